#include "peer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "adder_task.h"
#include "codec.h"
#include "socket.h"

enum { MAX_KINDS = 32, LOOK_MS = 10 };

struct peer {
    void *context, *socket;
    char endpoint[SOCKET_MAX_ENDPOINT];
    peer_script script;
    void *script_context;
    pthread_t thread;
    atomic_bool stop;
    atomic_int counts[MAX_KINDS];
    adder_task task;
};

typedef struct frame {
    uint8_t peer[SOCKET_MAX_PEER];
    size_t peer_size;
    zmq_msg_t message;
} frame;

static void send_reply(peer *p, const frame *to, const Stepwire__Reply *reply)
{
    zmq_msg_t message;
    zmq_msg_init_size(&message, stepwire__reply__get_packed_size(reply));
    stepwire__reply__pack(reply, zmq_msg_data(&message));
    socket_reply(p->socket, to->peer, to->peer_size, &message);
}

static void send_garbage(peer *p, const frame *to)
{
    zmq_msg_t message;
    zmq_msg_init_size(&message, 5);
    memcpy(zmq_msg_data(&message), "\xff\xff\xff\xff\xff", 5);
    socket_reply(p->socket, to->peer, to->peer_size, &message);
}

static void handle(peer *p, frame *from)
{
    Stepwire__Request *request;
    arena_reset(&p->task.arena);
    must(codec_unpack_request(zmq_msg_data(&from->message), zmq_msg_size(&from->message),
                              &p->task.arena, &request) == SW_OK);
    atomic_fetch_add(&p->counts[request->kind_case], 1);
    if (p->script != NULL && p->script(p->script_context, request, NULL) == PEER_LOSE) {
        return;
    }
    adder_answer a;
    adder_task_answer(&p->task, request, &a);
    const peer_answer what =
        p->script != NULL ? p->script(p->script_context, request, &a.reply) : PEER_SEND;
    if (what == PEER_GARBAGE || what == PEER_GARBAGE_BEFORE) {
        send_garbage(p, from);
    }
    for (int i = what == PEER_TWICE ? 2 : what == PEER_SEND || what == PEER_GARBAGE_BEFORE; i > 0;
         i--) {
        send_reply(p, from, &a.reply);
    }
}

static void *serve(void *argument)
{
    peer *p = argument;
    frame from;
    zmq_msg_init(&from.message);
    while (!atomic_load(&p->stop)) {
        bool ready[2];
        if (socket_wait(&p->socket, 1, -1, LOOK_MS, ready) != SW_OK) {
            continue;
        }
        while (socket_next_request(p->socket, from.peer, &from.peer_size, &from.message)) {
            handle(p, &from);
        }
    }
    zmq_msg_close(&from.message);
    return NULL;
}

peer *peer_start(const char *address, peer_script script, void *context)
{
    peer *p = calloc(1, sizeof(*p));
    must(p != NULL);
    p->script = script;
    p->script_context = context;
    adder_task_init(&p->task);
    p->context = zmq_ctx_new();
    const socket_options transport = {.max_message = ADDER_MAX_MESSAGE};
    must(socket_bind(p->context, address, &transport, &p->socket, NULL) == SW_OK);
    socket_endpoint(p->socket, p->endpoint);
    must(pthread_create(&p->thread, NULL, serve, p) == 0);
    return p;
}

const char *peer_endpoint(const peer *p)
{
    return p->endpoint;
}

int peer_count(const peer *p, Stepwire__Request__KindCase kind)
{
    return atomic_load(&p->counts[kind]);
}

void peer_stop(peer *p)
{
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    socket_close(p->socket, NULL);
    zmq_ctx_term(p->context);
    adder_task_free(&p->task);
    free(p);
}
