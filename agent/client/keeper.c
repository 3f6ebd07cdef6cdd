// keeper.c -- one thread that pings.
//
// Everything is under one mutex, which the thread gives up only to sleep; nothing it does takes
// time, since sends never wait. Sockets are opened and used by the thread alone. A server
// stays on the list when its last session is gone: there are few, and one without sessions costs
// nothing.
//
// A Pong is looked for soon after its Ping, at intervals that double: most come within a
// millisecond, and a server that is silent must not keep the thread busy.
#include "keeper.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "endpoint.h"
#include "line.h"
#include "log.h"
#include "request.h"
#include "socket.h"

enum {
    MAX_REPLY = 1 << 20,      // bytes; a Pong of many sessions is still small
    MAX_SOCKETS = 1 << 14,    // a connection with its monitor takes three
    SHORTEST_PERIOD_MS = 10,  // however short a lease the server grants
    WATCH_MS = 1000,          // between pings of a watched server; and how long one may take
    FIRST_LOOK_MS = 2,        // for the Pong, after the Ping
    LONGEST_SLEEP_MS = 3600 * 1000
};

typedef struct server {
    struct server *next;
    line line;           // without a socket until the first Ping
    uint64_t *sessions;  // [count]
    size_t count, capacity;
    int64_t period_ms;  // a third of the shortest lease
    int64_t due;        // when the next Ping is
    uint64_t pings;     // sent so far

    bool watched;
    bool silent, draining;  // what the last Pong, or its absence, says
    uint64_t doubted;       // pings up to this one no longer count
    int64_t quiet_since;    // when the first Ping was due that has had no answer; -1: none is out
    int64_t look;           // when to look for the Pong
    int64_t look_ms;        // and how long after the last look that is
} server;

struct keeper {
    void *context;
    char *keys;  // as in sw_client_options
    sw_log log;
    arena arena;  // of the Pong at hand
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool stop;
    server *servers;
};

// ---- the thread ---------------------------------------------------------------------------------

static void take_pong(server *s, const Stepwire__Reply *reply)
{
    if (reply->result_case == STEPWIRE__REPLY__RESULT_PONG && reply->seq > s->doubted) {
        s->silent = false;
        s->draining = reply->pong->draining;
        s->quiet_since = -1;
    }
}

static void take_replies(keeper *k, server *s)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (s->line.socket != NULL && socket_receive(s->line.socket, &message)) {
        Stepwire__Reply *reply;
        if (reply_unpack(&message, &k->arena, &reply) == SW_OK) {
            take_pong(s, reply);
        }
    }
    zmq_msg_close(&message);
}

static sw_status ping(keeper *k, server *s)
{
    sw_status st = SW_OK;
    while (s->line.monitor != NULL && line_next_event(&s->line) != SOCKET_NOTHING) {
    }
    if (s->line.socket == NULL || s->line.over) {
        st = line_connect(&s->line, k->context);
    }
    if (st != SW_OK) {
        return st;
    }
    zmq_msg_t message;
    st = request_pack_ping(++s->pings, s->sessions, s->count, &message);
    if (st != SW_OK) {
        return st;
    }
    return socket_send(s->line.socket, &message);
}

// How often the server is pinged, ms.
static int64_t period_of(const server *s)
{
    const bool often = s->watched && (s->count == 0 || s->period_ms > WATCH_MS);
    return often ? WATCH_MS : s->period_ms;
}

static void ping_now(keeper *k, server *s, int64_t now)
{
    const int64_t period_ms = period_of(s);
    s->quiet_since = s->quiet_since < 0 ? now : s->quiet_since;
    if (ping(k, s) == SW_OK) {
        s->due = now + period_ms;
        s->look_ms = FIRST_LOOK_MS;
    } else {
        // while connecting nothing can be sent; soon enough, then
        s->due = now + period_ms / 10 + 1;
        s->look_ms = period_ms;
        log_line(&k->log, SW_LOG_DEBUG, "%s: no ping: %s", s->line.endpoint, sw_last_error());
    }
}

// Looks for the Pong, and pings if it is time.
static void attend(keeper *k, server *s, int64_t now)
{
    take_replies(k, s);  // first: the thread itself may have been stopped for long
    s->silent = s->silent || (s->quiet_since >= 0 && now - s->quiet_since >= WATCH_MS);
    s->look_ms *= 2;
    if (s->due <= now) {
        ping_now(k, s, now);
    }
    s->look = s->quiet_since < 0 ? s->due : now + s->look_ms;
}

// Attends to every server that it is time for. Returns when the next one is.
static int64_t attend_all(keeper *k, int64_t now)
{
    int64_t next = now + LONGEST_SLEEP_MS;
    for (server *s = k->servers; s != NULL; s = s->next) {
        if (s->count == 0 && !s->watched) {
            continue;
        }
        if (s->due <= now || s->look <= now) {
            attend(k, s, now);
        }
        next = s->due < next ? s->due : next;
        next = s->look < next ? s->look : next;
    }
    return next;
}

static void *keep(void *argument)
{
    keeper *k = argument;
    pthread_mutex_lock(&k->mutex);
    while (!k->stop) {
        const int64_t next = attend_all(k, clock_ms());
        const struct timespec until = {.tv_sec = next / 1000, .tv_nsec = next % 1000 * 1000000};
        pthread_cond_timedwait(&k->changed, &k->mutex, &until);
    }
    pthread_mutex_unlock(&k->mutex);
    return NULL;
}


// ---- from other threads -------------------------------------------------------------------------

// Signals are for the program's own threads: a Ctrl-C must interrupt the one that waits in recv.
static int start_thread(keeper *k)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    const int error = pthread_create(&k->thread, NULL, keep, k);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

static void end_context(void *context)
{
    while (zmq_ctx_term(context) != 0 && zmq_errno() == EINTR) {  // a signal must not stop it
    }
}

sw_status keeper_open(const sw_client_options *options, keeper **out)
{
    keeper *k = calloc(1, sizeof(*k));
    if (k == NULL || (options->keys != NULL && (k->keys = strdup(options->keys)) == NULL)) {
        free(k);
        return sw_fail(SW_NO_MEMORY, "no memory for the client's thread");
    }
    k->log = options->log;
    k->context = socket_context(options->endpoint);
    if (k->context == NULL) {
        free(k->keys);
        free(k);
        return sw_fail(SW_IO, "ZeroMQ does not start: %s", zmq_strerror(zmq_errno()));
    }
    zmq_ctx_set(k->context, ZMQ_MAX_SOCKETS, MAX_SOCKETS);
    const sw_status st = clock_init_wait(&k->mutex, &k->changed);
    if (st != SW_OK) {
        end_context(k->context);
        free(k);
        return st;
    }
    const int error = start_thread(k);
    if (error != 0) {
        pthread_cond_destroy(&k->changed);
        pthread_mutex_destroy(&k->mutex);
        end_context(k->context);
        free(k->keys);
        free(k);
        return sw_fail(SW_IO, "the client's thread does not start: %s", strerror(error));
    }
    *out = k;
    return SW_OK;
}

void *keeper_context(const keeper *k)
{
    return k->context;
}

static server *find_server(keeper *k, const char *endpoint)
{
    for (server *s = k->servers; s != NULL; s = s->next) {
        if (strcmp(s->line.endpoint, endpoint) == 0) {
            return s;
        }
    }
    const sw_client_options options = {
        .endpoint = endpoint, .keys = k->keys, .max_message = MAX_REPLY};
    server *s = calloc(1, sizeof(*s));
    if (s != NULL && line_init(&s->line, &options) != SW_OK) {
        free(s);
        s = NULL;
    }
    if (s != NULL) {
        s->quiet_since = -1;
        s->due = s->look = INT64_MAX;
        s->next = k->servers;
        k->servers = s;
        if (k->keys == NULL && !endpoint_is_local(endpoint)) {
            log_line(&k->log, SW_LOG_WARNING,
                     "%s: not encrypted, and nobody checks who is there: see --keys", endpoint);
        }
    }
    return s;
}

// Its pings have become more urgent.
static void hurry(server *s, int64_t due)
{
    s->due = due < s->due ? due : s->due;
}

static bool add_session(server *s, uint64_t session, double lease)
{
    if (s->count == s->capacity) {
        const size_t capacity = s->capacity == 0 ? 8 : 2 * s->capacity;
        uint64_t *sessions = realloc(s->sessions, capacity * sizeof(*sessions));
        if (sessions == NULL) {
            return false;
        }
        s->sessions = sessions;
        s->capacity = capacity;
    }
    const int64_t third = (int64_t) (1e3 * lease / 3);
    const int64_t period_ms = third < SHORTEST_PERIOD_MS ? SHORTEST_PERIOD_MS : third;
    if (s->count == 0 || period_ms < s->period_ms) {
        s->period_ms = period_ms;
    }
    s->sessions[s->count++] = session;
    hurry(s, clock_ms() + period_of(s));
    return true;
}

void keeper_meet(keeper *k, const char *endpoint)
{
    pthread_mutex_lock(&k->mutex);
    (void) find_server(k, endpoint);
    pthread_mutex_unlock(&k->mutex);
}

sw_status keeper_add(keeper *k, const char *endpoint, uint64_t session, double lease)
{
    pthread_mutex_lock(&k->mutex);
    server *s = find_server(k, endpoint);
    const bool added = s != NULL && add_session(s, session, lease);
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->mutex);
    if (!added) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory to keep a session", endpoint);
    }
    return SW_OK;
}

void keeper_remove(keeper *k, uint64_t session)
{
    pthread_mutex_lock(&k->mutex);
    for (server *s = k->servers; s != NULL; s = s->next) {
        for (size_t i = 0; i < s->count; i++) {
            if (s->sessions[i] == session) {
                s->sessions[i] = s->sessions[--s->count];
            }
        }
    }
    pthread_mutex_unlock(&k->mutex);
}

sw_status keeper_watch(keeper *k, const char *endpoint)
{
    pthread_mutex_lock(&k->mutex);
    server *s = find_server(k, endpoint);
    if (s != NULL) {
        s->watched = true;
        hurry(s, clock_ms());
    }
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->mutex);
    return s != NULL ? SW_OK : sw_fail(SW_NO_MEMORY, "%s: no memory to watch it", endpoint);
}

keeper_view keeper_look(keeper *k, const char *endpoint)
{
    pthread_mutex_lock(&k->mutex);
    const server *s = find_server(k, endpoint);
    const keeper_view view = s == NULL || s->silent ? KEEPER_SILENT
                             : s->draining          ? KEEPER_DRAINING
                                                    : KEEPER_ANSWERS;
    pthread_mutex_unlock(&k->mutex);
    return view;
}

void keeper_doubt(keeper *k, const char *endpoint)
{
    pthread_mutex_lock(&k->mutex);
    server *s = find_server(k, endpoint);
    if (s != NULL) {
        s->silent = true;
        s->doubted = s->pings;
        hurry(s, clock_ms());
    }
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->mutex);
}

void keeper_close(keeper *k)
{
    if (k == NULL) {
        return;
    }
    pthread_mutex_lock(&k->mutex);
    k->stop = true;
    pthread_cond_signal(&k->changed);
    pthread_mutex_unlock(&k->mutex);
    pthread_join(k->thread, NULL);
    while (k->servers != NULL) {
        server *s = k->servers;
        k->servers = s->next;
        line_free(&s->line);
        free(s->sessions);
        free(s);
    }
    arena_free(&k->arena);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->mutex);
    end_context(k->context);
    free(k->keys);
    free(k);
}
