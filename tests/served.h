// served.h -- a server in a thread of its own, and a client's socket to it, for tests.
#ifndef SERVED_H
#define SERVED_H

#include <pthread.h>
#include <stdatomic.h>

#include <stepwire/server.h>

#include "requests.h"

enum { SERVED_POLLED = -1, SERVED_PATIENCE_MS = 30000, SERVED_MAX_MESSAGE = 1 << 20 };

static const char served_tcp[] = "tcp://127.0.0.1:*";

typedef struct served {
    sw_server *server;
    pthread_t thread;
    bool polled;
    atomic_bool ended;       // sw_server_run() has returned, or sw_server_poll() is to be left
    sw_status result;        // what it returned
    char error[512];         // and sw_last_error()
    void *context, *dealer;  // the client's
    request request;         // the last one sent
} served;

// A server of Fake-v0 and `task` (NULL: none). `threads` may be SERVED_POLLED: then the thread
// calls sw_server_poll(). Asserts that it can.
void served_start(served *s, const sw_server_options *options, const sw_env_class *task);

// Runs it again, after served_wait().
void served_run(served *s);

// The options to start from: any port of loopback, `threads` workers, small messages.
sw_server_options served_options(int threads);

// Asserts that the server ends by itself within `ms`.
void served_wait(served *s, int ms);

// Closes both ends, after served_wait().
void served_close(served *s);

// Stops the server, which must end well, and closes both ends.
void served_finish(served *s);

// Sends bytes, or a request.
void served_send_bytes(served *s, const void *bytes, size_t size);
void served_send(served *s, uint64_t session, uint64_t seq, Stepwire__Request__KindCase kind,
                 const void *body);

// The next reply; to be freed with stepwire__reply__free_unpacked(). Asserts that one comes.
Stepwire__Reply *served_receive(served *s);

// Both.
Stepwire__Reply *served_ask(served *s, uint64_t session, uint64_t seq,
                            Stepwire__Request__KindCase kind, const void *body);

// Returns the session. Asserts that it is opened.
uint64_t served_open(served *s, const Stepwire__Open *open);

// Asserts what kind of reply it is, and frees it.
void served_expect(Stepwire__Reply *reply, Stepwire__Reply__ResultCase result);

// Asserts that it is an error of that code whose text contains `text`, and frees it.
void served_expect_error(Stepwire__Reply *reply, Stepwire__ErrorCode code, const char *text);

#endif
