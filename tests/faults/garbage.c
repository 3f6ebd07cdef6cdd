#include "garbage.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "tcp.h"
#include "zmtp.h"

enum { CHUNK = 4096, LONGEST_LIFE = 200 };  // in throws

typedef enum manner {
    RANDOM_BYTES,
    AFTER_GREETING,   // random bytes after a right greeting
    AFTER_HANDSHAKE,  // likewise, after the handshake
    HUGE_FRAME,       // of a size that no server takes
    LARGE_FRAME,      // of the largest size it takes, of which it never gets all
    RANDOM_MESSAGES,  // in right frames
    RANDOM_REQUESTS,  // of right form
    OTHER_MECHANISM,
    SILENCE,
    MANNERS
} manner;

typedef struct talker {
    int fd;  // -1: none
    manner manner;
    int throws_left;
} talker;

struct garbage {
    char endpoint[TCP_MAX_ENDPOINT];
    uint64_t max_message;
    random_state random;
    talker talkers[GARBAGE_CONNECTIONS];
    int connections;
    int64_t bytes;
};

static uint64_t below(garbage *g, uint64_t n)
{
    return random_below(&g->random, n);
}

static void say(garbage *g, const talker *t, const void *bytes, size_t size)
{
    const ssize_t n = tcp_write(t->fd, bytes, size);
    g->bytes += n > 0 ? n : 0;
}

static void say_random_bytes(garbage *g, const talker *t)
{
    uint8_t bytes[CHUNK];
    const size_t size = 1 + below(g, CHUNK);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t) random_bits(&g->random);
    }
    say(g, t, bytes, size);
}

static void say_random_message(garbage *g, const talker *t)
{
    zmtp_bytes b = {.size = 0};
    const size_t size = below(g, 200);
    zmtp_begin_frame(&b, size);
    for (size_t i = 0; i < size; i++) {
        b.bytes[b.size++] = (uint8_t) random_bits(&g->random);
    }
    say(g, t, b.bytes, b.size);
}

static void say_random_request(garbage *g, const talker *t)
{
    static char *const tasks[] = {"Counter-v0", "Hopper-v5", "", "../../etc/passwd", "%s%n"};
    zmtp_bytes b = {.size = 0};
    Stepwire__Open open = STEPWIRE__OPEN__INIT;
    open.token = below(g, 3);
    open.env_id = tasks[below(g, 5)];
    open.rows = (uint32_t) (random_bits(&g->random) >> (32 + below(g, 32)));
    open.lease = 0.5;
    Stepwire__Step step = STEPWIRE__STEP__INIT;
    uint64_t sessions[64];
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = sessions;
    ping.n_sessions = below(g, 64);
    for (size_t i = 0; i < ping.n_sessions; i++) {
        sessions[i] = random_bits(&g->random);
    }
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.seq = below(g, 5);
    switch (below(g, 3)) {
    case 0:
        request.kind_case = STEPWIRE__REQUEST__KIND_OPEN;
        request.open = &open;
        break;
    case 1:
        request.kind_case = STEPWIRE__REQUEST__KIND_STEP;
        request.session = random_bits(&g->random);
        request.step = &step;
        break;
    default:
        request.kind_case = STEPWIRE__REQUEST__KIND_PING;
        request.ping = &ping;
        break;
    }
    zmtp_request(&b, &request);
    say(g, t, b.bytes, b.size);
}

// What comes before the garbage.
static void begin(garbage *g, const talker *t)
{
    zmtp_bytes b = {.size = 0};
    switch (t->manner) {
    case AFTER_GREETING: zmtp_greet(&b, "NULL"); break;
    case OTHER_MECHANISM: zmtp_greet(&b, below(g, 2) == 0 ? "CURVE" : "PLAIN"); break;
    case AFTER_HANDSHAKE:
    case HUGE_FRAME:
    case LARGE_FRAME:
    case RANDOM_MESSAGES:
    case RANDOM_REQUESTS:
        zmtp_greet(&b, "NULL");
        zmtp_shake_hands(&b);
        break;
    default: break;
    }
    if (t->manner == HUGE_FRAME) {
        zmtp_begin_frame(&b, UINT64_MAX >> below(g, 36));
    } else if (t->manner == LARGE_FRAME) {
        zmtp_begin_frame(&b, g->max_message);
    }
    say(g, t, b.bytes, b.size);
}

static void go_on(garbage *g, const talker *t)
{
    switch (t->manner) {
    case SILENCE: break;
    case RANDOM_MESSAGES: say_random_message(g, t); break;
    case RANDOM_REQUESTS: say_random_request(g, t); break;
    default: say_random_bytes(g, t); break;
    }
}

// Reads what the server says, now and then; a client that never reads is another kind of trouble.
static bool is_over(garbage *g, talker *t)
{
    uint8_t bytes[CHUNK];
    return --t->throws_left < 0 || (below(g, 2) == 0 && tcp_read(t->fd, bytes, sizeof(bytes)) < 0);
}

garbage *garbage_open(const char *endpoint, uint64_t seed, uint64_t max_message)
{
    garbage *g = calloc(1, sizeof(*g));
    if (g == NULL) {
        abort();
    }
    strcpy(g->endpoint, endpoint);
    g->max_message = max_message;
    g->random = random_seed(seed);
    for (int i = 0; i < GARBAGE_CONNECTIONS; i++) {
        g->talkers[i].fd = -1;
    }
    return g;
}

void garbage_throw(garbage *g)
{
    for (int i = 0; i < GARBAGE_CONNECTIONS; i++) {
        talker *t = &g->talkers[i];
        if (t->fd < 0) {
            *t = (talker){.fd = tcp_connect(g->endpoint),
                          .manner = (manner) below(g, MANNERS),
                          .throws_left = (int) below(g, LONGEST_LIFE)};
            if (t->fd >= 0) {
                g->connections++;
                begin(g, t);
            }
        } else if (is_over(g, t)) {
            tcp_close(t->fd, below(g, 2) == 0);
            t->fd = -1;
        } else {
            go_on(g, t);
        }
    }
}

int garbage_connections(const garbage *g)
{
    return g->connections;
}

int64_t garbage_bytes(const garbage *g)
{
    return g->bytes;
}

void garbage_close(garbage *g)
{
    for (int i = 0; i < GARBAGE_CONNECTIONS; i++) {
        tcp_close(g->talkers[i].fd, true);
    }
    free(g);
}
