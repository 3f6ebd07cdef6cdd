// tcp_proxy.c -- one thread that carries bytes.
//
// The life of a connection; every place in a flow where it stops for a while is between two chunks:
//
//     live --cut--------------------------------------------> gone
//          --drop--> dropping --ms--------------------------> gone
//          --hold--> holding  --ms--> held --later bytes--> ghost --all said--> gone
//
// A ghost is a connection to the server whose client is no more: it says what is left to say, and
// nobody hears the answers. A repeated connection is a ghost that says all of it once more.
#include "tcp_proxy.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "tcp.h"

enum { MAX_LINES = 128, CHUNK = 4096, TICK_MS = 1, IDLE_MS = 20 };

typedef enum line_state { GONE, LIVE, DROPPING, HOLDING, HELD, GHOST } line_state;

typedef struct flow {
    uint64_t taken;  // bytes read so far
    fate_stall stall;
    int64_t stalled_until;  // ms
} flow;

typedef struct line {
    line_state state;
    fate fate;
    int client, server;  // -1: none
    flow up, down;
    uint8_t *said;  // [said_size] all that the client said...
    size_t said_size, said_room;
    size_t told;                   // ...and how much of it the server was given
    uint8_t answer[CHUNK];         // [answer_size] on the way to the client...
    size_t answer_size, answered;  // ...and how much of it arrived
    int64_t until;                 // ms, of the states that end with time
} line;

struct tcp_proxy {
    fate_options options;
    char server[TCP_MAX_ENDPOINT], endpoint[TCP_MAX_ENDPOINT];
    int listener;
    line lines[MAX_LINES];
    pthread_t thread;
    atomic_bool stop;
    pthread_mutex_t lock;  // of what stands below
    int connections;
    tcp_proxy_counts counts;
};

static void count(tcp_proxy *p, int *counter)
{
    pthread_mutex_lock(&p->lock);
    (*counter)++;
    pthread_mutex_unlock(&p->lock);
}


// ---- beginnings and ends ------------------------------------------------------------------------

static line *find_free(tcp_proxy *p)
{
    for (int i = 0; i < MAX_LINES; i++) {
        if (p->lines[i].state == GONE) {
            return &p->lines[i];
        }
    }
    return NULL;
}

static void take_connections(tcp_proxy *p)
{
    line *l;
    int client;
    while ((l = find_free(p)) != NULL && (client = tcp_accept(p->listener)) >= 0) {
        const int server = tcp_connect(p->server);
        if (server < 0) {
            tcp_close(client, true);
            continue;
        }
        const int number = p->connections;
        count(p, &p->connections);
        *l = (line){.state = LIVE,
                    .fate = fate_draw(&p->options, number),
                    .client = client,
                    .server = server,
                    .up.stall = fate_first_stall(&p->options, number, false),
                    .down.stall = fate_first_stall(&p->options, number, true)};
    }
}

static void end(line *l)
{
    tcp_close(l->client, l->fate.abrupt);
    tcp_close(l->server, l->fate.abrupt);
    free(l->said);
    *l = (line){.state = GONE};
}

// Begins to say once more all that the client of `l` said. Takes that over.
static void repeat(tcp_proxy *p, line *l, int64_t now)
{
    line *ghost = find_free(p);
    const int server = ghost != NULL ? tcp_connect(p->server) : -1;
    if (server < 0) {
        return;
    }
    *ghost = (line){.state = GHOST,
                    .fate = l->fate,
                    .client = -1,
                    .server = server,
                    .said = l->said,
                    .said_size = l->said_size,
                    .up.stalled_until = now + l->fate.repeat_ms};
    l->said = NULL;
    count(p, &p->counts.repeated);
}

static void leave_client(tcp_proxy *p, line *l, int64_t now)
{
    if (l->fate.repeated && l->state != HOLDING) {
        repeat(p, l, now);
    }
    end(l);
}

static void meet_fate(tcp_proxy *p, line *l, int64_t now)
{
    count(p, &p->counts.ends[l->fate.end]);
    l->until = now + l->fate.ms;
    switch (l->fate.end) {
    case FATE_DROP: l->state = DROPPING; break;
    case FATE_HOLD: l->state = HOLDING; break;
    default: leave_client(p, l, now); break;
    }
}

// What goes through on a later connection lets go of those held back.
static void overtake(tcp_proxy *p, const line *by, size_t bytes)
{
    for (int i = 0; i < MAX_LINES; i++) {
        line *l = &p->lines[i];
        if (l->state == HELD && l->fate.number < by->fate.number) {
            l->fate.later -= (int64_t) bytes;
            if (l->fate.later <= 0) {
                l->state = GHOST;
                count(p, &p->counts.let_go);
            }
        }
    }
}


// ---- bytes --------------------------------------------------------------------------------------

// How many bytes may be taken in now, 0 while the flow stands still.
static size_t room(const line *l, const flow *f, int64_t now)
{
    const bool counted = l->fate.from_server == (f == &l->down);
    const uint64_t stall = f->stall.at - f->taken;
    const uint64_t left = counted ? l->fate.at - f->taken : CHUNK;
    const bool waits = f == &l->down ? l->answered < l->answer_size : l->told < l->said_size;
    if (waits || now < f->stalled_until) {
        return 0;
    }
    const uint64_t most = left < stall ? left : stall;
    return most < CHUNK ? (size_t) most : CHUNK;
}

static void note_taken(tcp_proxy *p, flow *f, size_t bytes, int64_t now)
{
    f->taken += bytes;
    if (f->taken == f->stall.at) {
        f->stalled_until = now + f->stall.ms;
        fate_next_stall(&p->options, &f->stall);
        count(p, &p->counts.stalls);
    }
}

// Listens to the client. -1 if it is gone.
static ssize_t hear(line *l, size_t most)
{
    if (l->said_size + most > l->said_room) {
        l->said_room = 2 * (l->said_size + most);
        l->said = realloc(l->said, l->said_room);
        if (l->said == NULL) {
            abort();
        }
    }
    const ssize_t n = tcp_read(l->client, l->said + l->said_size, most);
    l->said_size += n > 0 ? (size_t) n : 0;
    return n;
}

// Writes what is left of bytes [size], of which *done are written. False if the peer is gone.
static bool push(int fd, const uint8_t *bytes, size_t size, size_t *done)
{
    const ssize_t n = *done < size ? tcp_write(fd, bytes + *done, size - *done) : 0;
    *done += n > 0 ? (size_t) n : 0;
    return n >= 0;
}

static bool tell(line *l)
{
    return push(l->server, l->said, l->said_size, &l->told);
}

// Reads and forgets. False if the peer is gone.
static bool ignore(int fd)
{
    uint8_t bytes[CHUNK];
    ssize_t n;
    while ((n = tcp_read(fd, bytes, sizeof(bytes))) > 0) {
    }
    return n == 0;
}

static void carry(tcp_proxy *p, line *l, int64_t now)
{
    ssize_t n = 0;
    size_t most = room(l, &l->up, now);
    if (most > 0 && (n = hear(l, most)) > 0) {
        note_taken(p, &l->up, (size_t) n, now);
        overtake(p, l, (size_t) n);
    }
    bool good = n >= 0 && tell(l);
    most = room(l, &l->down, now);
    if (good && most > 0) {
        n = tcp_read(l->server, l->answer, most);
        good = n >= 0;
        if (n > 0) {
            l->answer_size = (size_t) n;
            l->answered = 0;
            note_taken(p, &l->down, (size_t) n, now);
        }
    }
    good = good && push(l->client, l->answer, l->answer_size, &l->answered);
    if (!good) {
        leave_client(p, l, now);
    } else if ((l->fate.from_server ? l->down.taken : l->up.taken) >= l->fate.at &&
               l->told == l->said_size && l->answered == l->answer_size) {
        meet_fate(p, l, now);
    }
}

static void hold(line *l, int64_t now)
{
    const bool more = hear(l, CHUNK) >= 0 && now < l->until;
    if (!ignore(l->server)) {
        end(l);
    } else if (!more) {
        tcp_close(l->client, l->fate.abrupt);
        l->client = -1;
        l->state = HELD;
    }
}

static void haunt(line *l, int64_t now)
{
    if (now < l->up.stalled_until) {
        return;
    }
    const bool had_more = l->told < l->said_size;
    if (!ignore(l->server) || !tell(l)) {
        end(l);
    } else if (had_more) {
        l->until = now + l->fate.ms;
    } else if (now >= l->until) {
        end(l);
    }
}

static void advance(tcp_proxy *p, line *l, int64_t now)
{
    switch (l->state) {
    case GONE: break;
    case LIVE: carry(p, l, now); break;
    case DROPPING:
        if (!ignore(l->client) || !ignore(l->server) || now >= l->until) {
            leave_client(p, l, now);
        }
        break;
    case HOLDING: hold(l, now); break;
    case HELD:
        if (!ignore(l->server)) {
            end(l);
        }
        break;
    case GHOST: haunt(l, now); break;
    }
}


// ---- the thread ---------------------------------------------------------------------------------

// What to wait for at both ends of a line; true if time matters too.
static bool watch(const line *l, int64_t now, struct pollfd *client, struct pollfd *server)
{
    *client = (struct pollfd){.fd = -1};
    *server = (struct pollfd){.fd = -1};
    if (l->state == GONE) {
        return false;
    }
    *server = (struct pollfd){.fd = l->server, .events = POLLIN};
    if (l->state != LIVE) {
        return l->state != HELD;
    }
    const bool up = l->told < l->said_size, down = l->answered < l->answer_size;
    client->events = (short) ((room(l, &l->up, now) > 0 ? POLLIN : 0) | (down ? POLLOUT : 0));
    server->events = (short) ((room(l, &l->down, now) > 0 ? POLLIN : 0) | (up ? POLLOUT : 0));
    client->fd = client->events != 0 ? l->client : -1;  // else its end would wake us all the time
    server->fd = server->events != 0 ? l->server : -1;
    return now < l->up.stalled_until || now < l->down.stalled_until;
}

static void *run(void *argument)
{
    tcp_proxy *p = argument;
    while (!atomic_load(&p->stop)) {
        struct pollfd files[2 * MAX_LINES + 1] = {{.fd = p->listener, .events = POLLIN}};
        bool hurry = false;
        for (int i = 0; i < MAX_LINES; i++) {
            hurry |= watch(&p->lines[i], clock_ms(), &files[2 * i + 1], &files[2 * i + 2]);
        }
        (void) poll(files, 2 * MAX_LINES + 1, hurry ? TICK_MS : IDLE_MS);
        take_connections(p);
        for (int i = 0; i < MAX_LINES; i++) {
            advance(p, &p->lines[i], clock_ms());
        }
    }
    return NULL;
}

tcp_proxy *tcp_proxy_start(const char *server, const fate_options *options)
{
    tcp_proxy *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        abort();
    }
    p->options = *options;
    snprintf(p->server, sizeof(p->server), "%s", server);
    p->listener = tcp_listen(p->endpoint);
    pthread_mutex_init(&p->lock, NULL);
    if (pthread_create(&p->thread, NULL, run, p) != 0) {
        abort();
    }
    return p;
}

const char *tcp_proxy_endpoint(const tcp_proxy *p)
{
    return p->endpoint;
}

tcp_proxy_counts tcp_proxy_count(tcp_proxy *p)
{
    pthread_mutex_lock(&p->lock);
    const tcp_proxy_counts counts = p->counts;
    pthread_mutex_unlock(&p->lock);
    return counts;
}

void tcp_proxy_print(tcp_proxy *p, FILE *out)
{
    pthread_mutex_lock(&p->lock);
    const int connections = p->connections;
    pthread_mutex_unlock(&p->lock);
    fprintf(out, "seed %llu, %d connections:\n", (unsigned long long) p->options.seed, connections);
    for (int i = 0; i < connections; i++) {
        const fate f = fate_draw(&p->options, i);
        fate_print(&f, out);
    }
}

void tcp_proxy_stop(tcp_proxy *p)
{
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    for (int i = 0; i < MAX_LINES; i++) {
        if (p->lines[i].state != GONE) {
            end(&p->lines[i]);
        }
    }
    tcp_close(p->listener, false);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
