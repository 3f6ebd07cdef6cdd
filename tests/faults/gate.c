// gate.c -- one thread that carries bytes, and reads along until the point is reached.
//
// ZMTP 3 (rfc.zeromq.org/spec/23): a greeting of 64 bytes in each direction, then frames: flags (1:
// more follow, 2: the size has 8 bytes instead of 1, big-endian, 4: a command), size, body.
#include "gate.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "puppeteer.h"
#include "stepwire.pb-c.h"
#include "tcp.h"

enum { MAX_LINES = 16, MAX_BYTES = 1 << 20, GREETING = 64, IN_GREETING = 20, LOOK_MS = 2 };

// All that was said in one direction.
typedef struct speech {
    uint8_t bytes[MAX_BYTES];
    size_t size, passed;
    size_t frame;  // where the next frame begins that was not yet looked at
    bool ended;
} speech;

typedef struct line {
    bool used;
    int ends[2];          // client, server
    speech *speeches[2];  // of the client, of the server
} line;

struct gate {
    gate_point point;
    char server[TCP_MAX_ENDPOINT], endpoint[TCP_MAX_ENDPOINT];
    int listener;
    line lines[MAX_LINES];
    int connections;
    const line *held;  // the one on which the point was reached
    pthread_t thread;
    atomic_bool reached, open, stop;
};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

// ---- reading along ------------------------------------------------------------------------------

static bool is_kind(const gate *g, const uint8_t *body, size_t size)
{
    int kind = 0;
    if (g->point.from_server) {
        Stepwire__Reply *reply = stepwire__reply__unpack(NULL, size, body);
        must(reply != NULL);
        kind = (int) reply->result_case;
        stepwire__reply__free_unpacked(reply, NULL);
    } else {
        Stepwire__Request *request = stepwire__request__unpack(NULL, size, body);
        must(request != NULL);
        kind = (int) request->kind_case;
        stepwire__request__free_unpacked(request, NULL);
    }
    return kind == g->point.kind;
}

// Where the frame at `at` has its body, and that one's size. False if it is not all there.
static bool find_body(const speech *s, size_t at, size_t *body, size_t *size)
{
    if (at + 2 > s->size) {
        return false;
    }
    const bool is_long = (s->bytes[at] & 2) != 0;
    *body = at + (is_long ? 9 : 2);
    *size = 0;
    for (size_t i = at + 1; i < *body && i < s->size; i++) {
        *size = *size << 8 | s->bytes[i];
    }
    return *body + *size <= s->size;
}

// Moves s->frame on to the point. True if it is there.
static bool find_point(const gate *g, speech *s)
{
    size_t body, size;
    if (g->point.kind == 0) {
        s->frame = s->size < IN_GREETING ? s->size : IN_GREETING;
        return s->size > IN_GREETING;
    }
    s->frame = s->frame < GREETING ? GREETING : s->frame;
    while (find_body(s, s->frame, &body, &size)) {
        if ((s->bytes[s->frame] & 4) == 0 && is_kind(g, s->bytes + body, size)) {
            s->frame = g->point.after ? body + size : s->frame;
            return true;
        }
        s->frame = body + size;
    }
    return false;
}

// How much of what end `i` said may pass.
static size_t may_pass(gate *g, const line *l, int i)
{
    speech *s = l->speeches[i];
    const bool watched = g->point.from_server == (i == 1);
    if (atomic_load(&g->open)) {
        return s->size;
    }
    if (!atomic_load(&g->reached) && watched) {
        if (find_point(g, s)) {
            g->held = l;
            atomic_store(&g->reached, true);
        }
        return s->frame < s->size ? s->frame : s->size;
    }
    return g->held != l ? s->size : watched ? s->frame : s->passed;
}


// ---- carrying -----------------------------------------------------------------------------------

static void take_connection(gate *g)
{
    const int client = g->connections < MAX_LINES ? tcp_accept(g->listener) : -1;
    if (client < 0) {
        return;
    }
    const int server = tcp_connect(g->server);
    if (server < 0) {
        tcp_close(client, true);
        return;
    }
    line *l = &g->lines[g->connections++];
    *l = (line){.used = true, .ends = {client, server}};
    for (int i = 0; i < 2; i++) {
        l->speeches[i] = calloc(1, sizeof(speech));
        must(l->speeches[i] != NULL);
    }
}

static void end(line *l)
{
    for (int i = 0; i < 2 && l->used; i++) {
        tcp_close(l->ends[i], false);
        free(l->speeches[i]);
    }
    l->used = false;
}

// From end `i` to the other one, to nowhere if that is gone. False if this one is gone: what the
// client said goes to the server first, but the last words of a server are lost.
static bool carry(gate *g, line *l, int i)
{
    speech *s = l->speeches[i];
    must(s->size < MAX_BYTES);
    const ssize_t n = s->ended ? -1 : tcp_read(l->ends[i], s->bytes + s->size, MAX_BYTES - s->size);
    s->size += n > 0 ? (size_t) n : 0;
    s->ended = n < 0;
    if (s->ended && i == 1) {
        return false;
    }
    const size_t most = may_pass(g, l, i);
    const ssize_t m =
        s->passed < most ? tcp_write(l->ends[1 - i], s->bytes + s->passed, most - s->passed) : 0;
    s->passed = m < 0 ? most : s->passed + (size_t) m;
    return !s->ended || s->passed < s->size;
}

static void *run(void *argument)
{
    gate *g = argument;
    while (!atomic_load(&g->stop)) {
        struct pollfd files[2 * MAX_LINES + 1] = {{.fd = g->listener, .events = POLLIN}};
        for (int i = 0; i < 2 * MAX_LINES; i++) {
            const line *l = &g->lines[i / 2];
            const bool heard = l->used && !l->speeches[i % 2]->ended;
            files[i + 1] = (struct pollfd){.fd = heard ? l->ends[i % 2] : -1, .events = POLLIN};
        }
        (void) poll(files, 2 * MAX_LINES + 1, LOOK_MS);
        take_connection(g);
        for (int i = 0; i < MAX_LINES; i++) {
            line *l = &g->lines[i];
            if (l->used && !(carry(g, l, 0) && carry(g, l, 1))) {
                end(l);
            }
        }
    }
    return NULL;
}


// ---- from the test's thread
// -----------------------------------------------------------------------

gate *gate_start(const char *server, gate_point point)
{
    gate *g = calloc(1, sizeof(*g));
    must(g != NULL);
    g->point = point;
    snprintf(g->server, sizeof(g->server), "%s", server);
    g->listener = tcp_listen(g->endpoint);
    must(pthread_create(&g->thread, NULL, run, g) == 0);
    return g;
}

const char *gate_endpoint(const gate *g)
{
    return g->endpoint;
}

bool gate_wait(gate *g, int timeout_ms)
{
    for (int ms = 0; ms < timeout_ms && !atomic_load(&g->reached); ms += LOOK_MS) {
        sleep_ms(LOOK_MS);
    }
    return atomic_load(&g->reached);
}

void gate_open(gate *g)
{
    atomic_store(&g->open, true);
}

void gate_stop(gate *g)
{
    atomic_store(&g->stop, true);
    pthread_join(g->thread, NULL);
    for (int i = 0; i < MAX_LINES; i++) {
        end(&g->lines[i]);
    }
    tcp_close(g->listener, false);
    free(g);
}
