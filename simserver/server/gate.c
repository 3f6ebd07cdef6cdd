// gate.c -- a REP socket at the address where libzmq looks for someone to ask.
//
// A thread of its own, because libzmq asks from its I/O thread and the files may be slow. It ends
// when the context does.
#include "gate.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "clock.h"
#include "keys.h"
#include "log.h"

enum { KEY_BYTES = 32 };

// The frames of a question and of its answer, in order.
enum { VERSION, REQUEST_ID, DOMAIN, ADDRESS, ROUTING_ID, MECHANISM, KEY, QUESTION };

struct gate {
    void *context, *socket;
    char *directory;
    sw_log log;
    int64_t refused, warned;  // when a line was written last about a client, and a file, s
    pthread_t thread;
};

// Reads a message of exactly QUESTION frames; the others of a longer one are dropped. False, with
// errno set, if the context ends.
static bool receive(gate *g, zmq_msg_t *frames, bool *is_whole)
{
    int count = 0;
    for (bool more = true; more;) {
        zmq_msg_t *frame = &frames[count < QUESTION ? count : QUESTION - 1];
        if (zmq_msg_recv(frame, g->socket, 0) < 0) {
            return false;
        }
        more = zmq_msg_more(frame) != 0;
        count++;
    }
    *is_whole = count == QUESTION;
    return true;
}

static bool is_text(zmq_msg_t *frame, const char *text)
{
    return zmq_msg_size(frame) == strlen(text) &&
           memcmp(zmq_msg_data(frame), text, strlen(text)) == 0;
}

// Is a line due, after the last one? Strangers may come often, but must not fill a disk.
static bool is_due(int64_t *last)
{
    const int64_t now = clock_ms() / 1000;
    const bool due = *last == 0 || now > *last;
    if (due) {
        *last = now;
    }
    return due;
}

static void complain(gate *g, zmq_msg_t *address, const char *key)
{
    if (is_due(&g->refused)) {
        const int size = (int) zmq_msg_size(address);
        log_line(&g->log, SW_LOG_WARNING,
                 "refused a client at %.*s, its key is %s: it is not in %s/clients",
                 size > 0 ? size : 9, size > 0 ? (char *) zmq_msg_data(address) : "this host", key,
                 g->directory);
    }
}

// Lets the key in, or not; its text to key [KEYS_TEXT].
static bool judge(gate *g, zmq_msg_t *frames, char *key)
{
    if (!is_text(&frames[VERSION], "1.0") || !is_text(&frames[MECHANISM], "CURVE") ||
        zmq_msg_size(&frames[KEY]) != KEY_BYTES ||
        zmq_z85_encode(key, zmq_msg_data(&frames[KEY]), KEY_BYTES) == NULL) {
        return false;
    }
    bool found = false;
    if (keys_find_client(g->directory, key, &found) != SW_OK && is_due(&g->warned)) {
        log_line(&g->log, SW_LOG_WARNING, "%s", sw_last_error());
    }
    if (!found) {
        complain(g, &frames[ADDRESS], key);
    }
    return found;
}

// Whatever cannot be sent is not let in.
static void answer(gate *g, zmq_msg_t *request_id, const char *user)
{
    const char *const status = user != NULL ? "200" : "400";
    zmq_send(g->socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_msg_send(request_id, g->socket, ZMQ_SNDMORE);
    zmq_send(g->socket, status, strlen(status), ZMQ_SNDMORE);
    zmq_send(g->socket, "", 0, ZMQ_SNDMORE);  // no text
    zmq_send(g->socket, user, user != NULL ? strlen(user) : 0, ZMQ_SNDMORE);
    zmq_send(g->socket, "", 0, 0);  // no metadata
}

static void *keep_gate(void *context)
{
    gate *g = context;
    zmq_msg_t frames[QUESTION];
    for (int i = 0; i < QUESTION; i++) {
        zmq_msg_init(&frames[i]);
    }
    bool is_whole;
    while (receive(g, frames, &is_whole)) {
        char key[KEYS_TEXT];
        const bool is_let_in = is_whole && judge(g, frames, key);
        answer(g, &frames[REQUEST_ID], is_let_in ? key : NULL);
    }
    for (int i = 0; i < QUESTION; i++) {
        zmq_msg_close(&frames[i]);
    }
    zmq_close(g->socket);
    return NULL;
}

// Signals are for the program's own threads.
static int start_thread(gate *g)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&g->thread, NULL, keep_gate, g);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

// With the socket where libzmq looks for it.
static sw_status start(gate *g)
{
    const int linger = 0;
    g->socket = zmq_socket(g->context, ZMQ_REP);
    if (g->socket == NULL || zmq_setsockopt(g->socket, ZMQ_LINGER, &linger, sizeof(linger)) != 0 ||
        zmq_bind(g->socket, "inproc://zeromq.zap.01") != 0) {
        return sw_fail(SW_IO, "nobody could check keys: %s", zmq_strerror(errno));
    }
    const int error = start_thread(g);
    return error == 0 ? SW_OK : sw_fail(SW_NO_MEMORY, "cannot start a thread: %s", strerror(error));
}

sw_status gate_open(void *context, const char *directory, const sw_log *log, gate **out)
{
    bool found;
    sw_status st = keys_find_client(directory, "", &found);  // are they all readable?
    if (st != SW_OK) {
        return st;
    }
    gate *g = calloc(1, sizeof(*g));
    if (g == NULL || (g->directory = strdup(directory)) == NULL) {
        free(g);
        return sw_fail(SW_NO_MEMORY, "no memory to check keys");
    }
    g->context = context;
    g->log = *log;
    st = start(g);
    if (st != SW_OK) {
        if (g->socket != NULL) {
            zmq_close(g->socket);
        }
        free(g->directory);
        free(g);
        return st;
    }
    *out = g;
    return SW_OK;
}

void gate_close(gate *g)
{
    if (g == NULL) {
        return;
    }
    zmq_ctx_shutdown(g->context);  // wakes the thread, wherever it waits
    pthread_join(g->thread, NULL);
    free(g->directory);
    free(g);
}
