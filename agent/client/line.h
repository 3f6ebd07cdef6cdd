// line.h -- the connection to one server: with keys, renewed when ZeroMQ gives it up, and with
// words for why there is none.
#ifndef CLIENT_LINE_H
#define CLIENT_LINE_H

#include <stdbool.h>

#include <stepwire/client.h>

#include "socket.h"

typedef struct line {
    char endpoint[SOCKET_MAX_ENDPOINT];
    char *keys;  // directory; NULL: not encrypted
    size_t max_message;
    void *socket, *monitor;  // NULL before line_connect()
    bool over;               // ZeroMQ has given it up: connect once more
} line;

// Takes endpoint, keys and max_message over from `options`, and does not connect. The line is the
// caller's to free, after errors too: SW_INVALID_ARGUMENT if the endpoint is too long,
// SW_NO_MEMORY.
sw_status line_init(line *l, const sw_client_options *options);

// NULL sockets are allowed.
void line_free(line *l);

// Begins to connect, in the background, with the keys as they are in their files now; a socket that
// is there is replaced. Errors of socket_connect() and keys_read_client(): then it stays.
sw_status line_connect(line *l, void *context);

// The next event of the connection, without waiting.
socket_event line_next_event(line *l);

// Describes why the server does not let us in, after `refusal`, the event that said so. Asks the
// server who it is, for half a second at most. Always SW_UNAVAILABLE.
sw_status line_explain(const line *l, socket_event refusal);

// For a server that takes its time over a handshake: SW_OK if it still may come, so for one that
// was stopped; SW_UNAVAILABLE if something else answers there. As slow as line_explain().
sw_status line_check(const line *l);

#endif
