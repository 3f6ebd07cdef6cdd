// socket_pair.h -- a ROUTER and a DEALER of proto/socket.h, over real sockets of this machine.
#ifndef SOCKET_PAIR_H
#define SOCKET_PAIR_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"
#include "test.h"

enum { MAX_MESSAGE = 1000, PATIENCE_MS = 10000 };

typedef struct fixture {
    void *context;
    void *router, *dealer, *monitor;  // what a test opens here is closed for it
    char endpoint[SOCKET_MAX_ENDPOINT];
    char directory[32];
    char ipc[64];  // ipc://directory/s
} fixture;

static inline const char *path_of(const fixture *f)
{
    return f->ipc + strlen("ipc://");
}

static inline int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    *state = f;
    if (f == NULL || (f->context = zmq_ctx_new()) == NULL) {
        return -1;
    }
    strcpy(f->directory, "/tmp/test_socket_XXXXXX");
    if (mkdtemp(f->directory) == NULL) {
        return -1;
    }
    snprintf(f->ipc, sizeof(f->ipc), "ipc://%s/s", f->directory);
    return 0;
}

static inline int teardown(void **state)
{
    fixture *f = *state;
    socket_close(f->dealer, f->monitor);
    socket_close(f->router, NULL);
    zmq_ctx_term(f->context);  // would hang if a socket were left, or the I/O thread blocked
    unlink(path_of(f));
    rmdir(f->directory);
    free(f);
    return 0;
}

static inline void bind_router(fixture *f, const char *address)
{
    const socket_options options = {.max_message = MAX_MESSAGE};
    assert_ok(socket_bind(f->context, address, &options, &f->router, NULL));
    socket_endpoint(f->router, f->endpoint);
}

static inline void connect_dealer(fixture *f, const char *address)
{
    const socket_options options = {.max_message = 10 * MAX_MESSAGE};
    assert_ok(socket_connect(f->context, address, &options, &f->dealer, &f->monitor));
}

static inline bool can_read(void *socket, int timeout_ms)
{
    bool ready[2];
    assert_ok(socket_wait(&socket, 1, -1, timeout_ms, ready));
    return ready[0];
}

// Waits for `event`, whatever comes before it.
static inline void await_event(fixture *f, socket_event event)
{
    for (;;) {
        const socket_event next = monitor_next(f->monitor, NULL);
        if (next == event) {
            return;
        }
        if (next == SOCKET_NOTHING) {
            assert_true(can_read(f->monitor, PATIENCE_MS));
        }
    }
}

static inline zmq_msg_t message_of(const char *text)
{
    zmq_msg_t m;
    zmq_msg_init_size(&m, strlen(text));
    memcpy(zmq_msg_data(&m), text, strlen(text));
    return m;
}

static inline void assert_message(zmq_msg_t *m, const char *text)
{
    assert_int_equal(zmq_msg_size(m), strlen(text));
    assert_memory_equal(zmq_msg_data(m), text, strlen(text));
}

static inline void send_text(void *dealer, const char *text)
{
    zmq_msg_t m = message_of(text);
    assert_ok(socket_send(dealer, &m));
}

// Waits for a request, checks it, and sends `reply` back.
static inline void serve_one(fixture *f, const char *request, const char *reply)
{
    char peer[SOCKET_MAX_PEER];
    size_t peer_size;
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (!socket_next_request(f->router, peer, &peer_size, &m)) {
        assert_true(can_read(f->router, PATIENCE_MS));
    }
    assert_message(&m, request);
    zmq_msg_close(&m);
    m = message_of(reply);
    assert_true(socket_reply(f->router, peer, peer_size, &m));
}

static inline void await_reply(void *dealer, const char *text)
{
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (!socket_receive(dealer, &m)) {
        assert_true(can_read(dealer, PATIENCE_MS));
    }
    assert_message(&m, text);
    zmq_msg_close(&m);
}

#endif
