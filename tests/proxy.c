#include "proxy.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "socket.h"

enum { MAX_LINES = 8, MAX_MESSAGE = 1 << 20, LOOK_MS = 10 };

// A client's connection, and the one to the server that carries its messages on.
typedef struct line {
    uint8_t peer[SOCKET_MAX_PEER];
    size_t peer_size;
    void *dealer;
} line;

struct proxy {
    proxy_options options;
    void *context, *router;
    char endpoint[SOCKET_MAX_ENDPOINT];
    random_state random;
    line lines[MAX_LINES];
    int count;
    pthread_t thread;
    atomic_bool stop;
    atomic_int lost, repeated;
};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

// How often the next message is delivered.
static int roll(proxy *p)
{
    const double x = random_unit(&p->random);
    if (x < p->options.lose) {
        atomic_fetch_add(&p->lost, 1);
        return 0;
    }
    if (x < p->options.lose + p->options.repeat) {
        atomic_fetch_add(&p->repeated, 1);
        return 2;
    }
    return 1;
}

static line *find_line(proxy *p, const uint8_t *peer, size_t size)
{
    for (int i = 0; i < p->count; i++) {
        if (p->lines[i].peer_size == size && memcmp(p->lines[i].peer, peer, size) == 0) {
            return &p->lines[i];
        }
    }
    must(p->count < MAX_LINES);
    line *l = &p->lines[p->count++];
    memcpy(l->peer, peer, size);
    l->peer_size = size;
    const socket_options options = {.max_message = MAX_MESSAGE};
    must(socket_connect(p->context, p->options.server, &options, &l->dealer, NULL) == SW_OK);
    return l;
}

static void to_server(proxy *p)
{
    uint8_t peer[SOCKET_MAX_PEER];
    size_t size;
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (socket_next_request(p->router, peer, &size, &message)) {
        line *l = find_line(p, peer, size);
        for (int n = roll(p); n > 0; n--) {
            zmq_msg_t copy;
            zmq_msg_init(&copy);
            zmq_msg_copy(&copy, &message);
            (void) socket_send(l->dealer, &copy);  // a bad line is a bad line
        }
    }
    zmq_msg_close(&message);
}

static void to_client(proxy *p, line *l)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (socket_receive(l->dealer, &message)) {
        for (int n = roll(p); n > 0; n--) {
            zmq_msg_t copy;
            zmq_msg_init(&copy);
            zmq_msg_copy(&copy, &message);
            (void) socket_reply(p->router, l->peer, l->peer_size, &copy);
        }
    }
    zmq_msg_close(&message);
}

static void *carry(void *argument)
{
    proxy *p = argument;
    while (!atomic_load(&p->stop)) {
        void *sockets[MAX_LINES + 1] = {p->router};
        bool ready[MAX_LINES + 2];
        for (int i = 0; i < p->count; i++) {
            sockets[i + 1] = p->lines[i].dealer;
        }
        must(socket_wait(sockets, p->count + 1, -1, LOOK_MS, ready) == SW_OK);
        to_server(p);
        for (int i = 0; i < p->count; i++) {
            to_client(p, &p->lines[i]);
        }
    }
    return NULL;
}

proxy *proxy_start(const proxy_options *options)
{
    proxy *p = calloc(1, sizeof(*p));
    must(p != NULL);
    p->options = *options;
    p->random = random_seed(options->seed);
    p->context = zmq_ctx_new();
    const socket_options transport = {.max_message = MAX_MESSAGE};
    must(socket_bind(p->context, "tcp://127.0.0.1:*", &transport, &p->router, NULL) == SW_OK);
    socket_endpoint(p->router, p->endpoint);
    must(pthread_create(&p->thread, NULL, carry, p) == 0);
    return p;
}

const char *proxy_endpoint(const proxy *p)
{
    return p->endpoint;
}

int proxy_lost(const proxy *p)
{
    return atomic_load(&p->lost);
}

int proxy_repeated(const proxy *p)
{
    return atomic_load(&p->repeated);
}

void proxy_stop(proxy *p)
{
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    socket_close(p->router, NULL);
    for (int i = 0; i < p->count; i++) {
        socket_close(p->lines[i].dealer, NULL);
    }
    zmq_ctx_term(p->context);
    free(p);
}
