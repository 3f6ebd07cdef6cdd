// server.c -- stepwire/server.h: a thread with the socket, one that could take it over, and
// workers.
//
// Whoever owns the socket owns the core, and moves messages: it reads what came, sends the core's
// replies, hands its jobs to the workers, and sleeps until the socket or an eventfd has something.
// The eventfd is written by whoever finishes a job elsewhere, and by stop. A step of microseconds
// is run by the owner itself, under the conditions of relay.h.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core.h"
#include "endpoint.h"
#include "relay.h"
#include "serve.h"
#include "socket.h"
#include "workers.h"

enum {
    REQUESTS_AT_ONCE = 64,         // before finished jobs get their turn
    TICK_MS = SERVER_TICK_MS / 4,  // between looks at the leases
    WAIT_MS = SERVER_TICK_MS / 2   // longest sleep, so that ticks add all time there is
};

struct sw_server {
    server core;
    workers crew;
    relay relay;
    bool has_crew;
    int threads;
    void *context, *router;
    int wake_fd;
    atomic_bool stopping;
    sw_status status;  // why serving ended
    bool relaying;     // there are two threads that take turns
    session *short_jobs;
    char endpoint[SOCKET_MAX_ENDPOINT];
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t random_id(void *context)
{
    (void) context;
    uint64_t id;
    while (getrandom(&id, sizeof(id), 0) != (ssize_t) sizeof(id)) {  // a signal, early in a boot
    }
    return id;
}

// ---- open and close ----------------------------------------------------------------------------

static sw_status check_options(const sw_server_options *options)
{
    if (options->threads < 0 || options->threads > WORKERS_MAX) {
        return sw_fail(SW_INVALID_ARGUMENT, "threads: %d, allowed are 0 (one per core) to %d",
                       options->threads, WORKERS_MAX);
    }
    if (!options->insecure && !endpoint_is_local(options->endpoint)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s can be reached from other machines: bind loopback or ipc, or say "
                       "--insecure to serve whoever comes",
                       options->endpoint);
    }
    return SW_OK;
}

static int count_cores(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (int) cores;
}

// The parts in the order in which they are made; on failure the caller takes down what is there.
static sw_status build(sw_server *s, const sw_server_options *options)
{
    s->threads = options->threads > 0 ? options->threads : count_cores();
    s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (s->wake_fd < 0) {
        return sw_fail(SW_IO, "no eventfd: %s", strerror(errno));
    }
    sw_status st = workers_init(&s->crew, s->wake_fd, &options->log);
    if (st != SW_OK) {
        return st;
    }
    s->has_crew = true;
    const server_config config = {
        .limits = options->limits, .name = options->name, .random = random_id, .log = options->log};
    st = server_init(&s->core, &config, now_ms());
    if (st != SW_OK) {
        return st;
    }
    s->context = zmq_ctx_new();
    if (s->context == NULL) {
        return sw_fail(SW_IO, "no ZeroMQ context: %s", zmq_strerror(errno));
    }
    return socket_bind(s->context, options->endpoint, options->limits.max_message, &s->router,
                       s->endpoint);
}

sw_status sw_server_open(const sw_server_options *options, sw_server **out)
{
    sw_status st = check_options(options);
    if (st != SW_OK) {
        return st;
    }
    sw_server *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a server");
    }
    st = build(s, options);
    if (st != SW_OK) {
        sw_server_close(s);
        return st;
    }
    *out = s;
    return SW_OK;
}

void sw_server_close(sw_server *s)
{
    if (s == NULL) {
        return;
    }
    server_free(&s->core);
    if (s->has_crew) {
        workers_free(&s->crew);
    }
    socket_close(s->router, NULL);
    if (s->context != NULL) {
        zmq_ctx_term(s->context);
    }
    if (s->wake_fd >= 0) {
        close(s->wake_fd);
    }
    free(s);
}

sw_status sw_server_add(sw_server *s, const sw_env_class *task)
{
    return server_add(&s->core, task);
}

const char *sw_server_endpoint(const sw_server *s)
{
    return s->endpoint;
}

double server_physics_seconds(const sw_server *s)
{
    return 1e-9 * (double) atomic_load(&s->crew.physics_ns);
}

uint64_t server_steps(const sw_server *s)
{
    return atomic_load(&s->crew.steps);
}

// ---- serving -----------------------------------------------------------------------------------

static void send_reply(sw_server *s, const server_reply *reply)
{
    zmq_msg_t message;
    if (zmq_msg_init_size(&message, reply->size) != 0) {
        return;  // as good as lost on the way: it will be asked for again
    }
    memcpy(zmq_msg_data(&message), reply->bytes, reply->size);
    socket_reply(s->router, reply->peer.name, reply->peer.size, &message);
}

// Does what the core asks for after each call.
static void follow(sw_server *s)
{
    server_reply reply;
    while (server_next_reply(&s->core, &reply)) {
        send_reply(s, &reply);
    }
    session *x;
    while ((x = server_next_job(&s->core)) != NULL) {
        if (s->relaying && workers_is_short(x)) {
            x->next = s->short_jobs;
            s->short_jobs = x;
        } else {
            workers_submit(&s->crew, x);
        }
    }
}

static void finish_jobs(sw_server *s)
{
    session *x;
    while ((x = workers_next_done(&s->crew)) != NULL) {
        const int64_t now = now_ms();
        const int rows = x->job_rows;
        for (int n = 0; n < rows; n++) {
            server_row_done(&s->core, x, session_job_row(x, n), now);
        }
        follow(s);
    }
}

// False if more requests are waiting.
static bool take_requests(sw_server *s)
{
    bool drained = false;
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (int i = 0; i < REQUESTS_AT_ONCE && !drained; i++) {
        server_peer peer;
        drained = !socket_next_request(s->router, peer.name, &peer.size, &message);
        if (!drained) {
            server_request(&s->core, &peer, zmq_msg_data(&message), zmq_msg_size(&message),
                           now_ms());
            follow(s);
        }
    }
    zmq_msg_close(&message);
    return drained;
}

// Waits until there is something to do.
static sw_status wait_for_work(sw_server *s, int timeout_ms)
{
    bool ready[2];
    const sw_status st = socket_wait(&s->router, 1, s->wake_fd, timeout_ms, ready);
    if (st == SW_INTERRUPTED) {
        return SW_OK;
    }
    if (st == SW_OK && ready[1]) {
        uint64_t reports;
        const ssize_t got = read(s->wake_fd, &reports, sizeof(reports));
        (void) got;  // only to make it unreadable
    }
    return st;
}

// Handles what is there. False if more requests are waiting.
static bool take_turn(sw_server *s)
{
    finish_jobs(s);
    const bool drained = take_requests(s);
    finish_jobs(s);
    const int64_t now = now_ms();
    if (drained && now - s->core.ticked >= TICK_MS) {
        server_tick(&s->core, now);
        follow(s);
    }
    return drained;
}

// Runs the short jobs as thread `me`. False if the other thread owns the socket now.
static bool run_short_jobs(sw_server *s, int me)
{
    session *x;
    while ((x = s->short_jobs) != NULL) {
        s->short_jobs = x->next;
        if (!relay_lend(&s->relay, me)) {
            workers_submit(&s->crew, x);
            continue;
        }
        workers_run_here(&s->crew, x);
        if (!relay_take_back(&s->relay, me)) {
            workers_wake(s->wake_fd);
            return false;
        }
        finish_jobs(s);
    }
    return true;
}

// Serves as thread `me`. False if the other thread owns the socket now; true if it is time to stop.
static bool serve(sw_server *s, int me)
{
    while (s->status == SW_OK && !atomic_load(&s->stopping)) {
        const bool drained = take_turn(s);
        if (!run_short_jobs(s, me)) {
            return false;
        }
        s->status = wait_for_work(s, drained ? WAIT_MS : 0);
    }
    return true;
}

// The life of thread `me`, which owns the socket if `owns`.
static void take_part(sw_server *s, int me, bool owns)
{
    while (owns || relay_stand_by(&s->relay, me)) {
        if (serve(s, me)) {
            relay_stop(&s->relay);
            return;
        }
        owns = false;
    }
}

static void *be_second(void *argument)
{
    take_part(argument, 1, false);
    return NULL;
}

static sw_status start_second(sw_server *s, pthread_t *second)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
    const int failed = pthread_create(second, NULL, be_second, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        return sw_fail(SW_NO_MEMORY, "cannot start a thread: %s", strerror(failed));
    }
    return SW_OK;
}

// Serves until it is time to stop, the workers running.
static sw_status serve_by_two(sw_server *s)
{
    pthread_t second;
    sw_status st = relay_init(&s->relay);
    if (st != SW_OK) {
        return st;
    }
    s->relaying = true;
    s->status = SW_OK;
    st = start_second(s, &second);
    if (st == SW_OK) {
        take_part(s, 0, true);
        pthread_join(second, NULL);
        st = s->status;
    }
    s->relaying = false;
    relay_free(&s->relay);
    return st;
}

// Whatever is under way is answered.
static void finish_all(sw_server *s)
{
    session *x;
    while ((x = s->short_jobs) != NULL) {
        s->short_jobs = x->next;
        workers_submit(&s->crew, x);
    }
    workers_stop(&s->crew);
    finish_jobs(s);
}

sw_status sw_server_run(sw_server *s)
{
    sw_status st = workers_start(&s->crew, s->threads);
    if (st != SW_OK) {
        return st;
    }
    st = serve_by_two(s);
    finish_all(s);
    atomic_store(&s->stopping, false);
    return st;
}

void sw_server_stop(sw_server *s)
{
    atomic_store(&s->stopping, true);
    workers_wake(s->wake_fd);
}

sw_status sw_server_poll(sw_server *s, int timeout_ms)
{
    const sw_status st = wait_for_work(s, timeout_ms);
    if (st != SW_OK) {
        return st;
    }
    take_turn(s);
    return SW_OK;
}
