// line.h -- the connection to one server: with keys, renewed when ZeroMQ gives it up, and with
// words for why there is none.
#ifndef CLIENT_LINE_H
#define CLIENT_LINE_H

#include <stdbool.h>

#include <stepwire/client.h>

#include "patience.h"
#include "socket.h"

typedef struct line {
    char endpoint[SOCKET_MAX_ENDPOINT];
    char *keys;  // directory; NULL: not encrypted
    size_t max_message;
    int64_t refused_ms;
    sw_log log;
    void *socket, *monitor;  // NULL before line_connect()
    bool over;               // ZeroMQ has given it up: connect once more
    bool wondered;           // about a handshake that takes long
} line;

// Takes endpoint, keys, max_message, refused_ms and log over from `options`, and does not connect.
// The line is the caller's to free, after errors too: SW_INVALID_ARGUMENT if the endpoint is too
// long, SW_NO_MEMORY.
sw_status line_init(line *l, const sw_client_options *options);

// NULL sockets are allowed.
void line_free(line *l);

// Begins to connect, in the background, with the keys as they are in their files now; a socket that
// is there is replaced. Errors of socket_connect() and keys_read_client(): then it stays.
sw_status line_connect(line *l, void *context);

// The next event of the connection, without waiting.
socket_event line_next_event(line *l);

// Is it time to give up? Errors of patience_check(), but for a server that does not let us
// in with what is wrong, and as soon as something that is no Stepwire server answers there. Asks
// the server who it is, for half a second at most: when it is refused, and once when a handshake
// takes longer than refused_ms.
sw_status line_check(line *l, const patience *p, int64_t silence_ms);

#endif
