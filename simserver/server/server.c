// server.c -- stepwire/server.h: a desk, a thread that waits at it, and workers.
//
// Whoever holds the lock of the desk (desk.h) may take a turn there: read what came, send replies,
// hand jobs to the workers. No environment runs meanwhile. One thread, the clerk, sleeps until
// there are news. A worker that did the last rows of a job goes to the desk and answers it itself,
// which spares waking the clerk.
//
// A step of microseconds is run by whoever read the request, after leaving the desk: waking a
// worker costs more. A deputy waits at the socket when the clerk does not come back from one.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "deputy.h"
#include "desk.h"
#include "endpoint.h"
#include "serve.h"

enum { WAIT_MS = SERVER_TICK_MS / 2 };  // longest sleep, so that ticks add all time there is

struct sw_server {
    desk desk;
    pthread_mutex_t lock;  // of the desk, while there are threads
    bool has_lock;
    workers crew;
    bool has_crew;
    int threads;  // workers to start
    deputy deputy;
    int router_fd;  // readable when there may be something at the desk
    int wake_fd;    // an eventfd, readable when the clerk is to look at the desk or to stop
    atomic_bool stopping;
};

static void wake_clerk(sw_server *s)
{
    const uint64_t one = 1;
    const ssize_t written = write(s->wake_fd, &one, sizeof(one));
    (void) written;  // fails only when it is awake already
}

static void answer_done(void *context);

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
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        return sw_fail(SW_NO_MEMORY, "cannot make a mutex");
    }
    s->has_lock = true;
    sw_status st = workers_init(&s->crew, answer_done, s, &options->log);
    if (st != SW_OK) {
        return st;
    }
    s->has_crew = true;
    st = desk_open(&s->desk, options, &s->crew);
    if (st != SW_OK) {
        return st;
    }
    s->router_fd = socket_fd(s->desk.router);
    return SW_OK;
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
    desk_close(&s->desk);
    if (s->has_crew) {
        workers_free(&s->crew);
    }
    if (s->has_lock) {
        pthread_mutex_destroy(&s->lock);
    }
    if (s->wake_fd >= 0) {
        close(s->wake_fd);
    }
    free(s);
}

sw_status sw_server_add(sw_server *s, const sw_env_class *task)
{
    return server_add(&s->desk.core, task);
}

const char *sw_server_endpoint(const sw_server *s)
{
    return s->desk.endpoint;
}

double server_physics_seconds(const sw_server *s)
{
    return 1e-9 * (double) atomic_load(&s->crew.physics_ns);
}

uint64_t server_steps(const sw_server *s)
{
    return atomic_load(&s->crew.steps);
}

// ---- threads -----------------------------------------------------------------------------------

// Takes a turn at the desk as soon as it is free. False if more requests are waiting.
static bool take_turn(sw_server *s, session **short_jobs)
{
    pthread_mutex_lock(&s->lock);
    const bool drained = desk_take_turn(&s->desk);
    *short_jobs = desk_take_short_jobs(&s->desk);
    pthread_mutex_unlock(&s->lock);
    return drained;
}

static void run_short_jobs(sw_server *s, session *jobs)
{
    while (jobs != NULL) {
        session *x = jobs;
        jobs = x->next;  // which the job's end overwrites
        workers_run_here(&s->crew, x);
    }
}

// Of a worker, when a job is done. If others are at the desk they will answer it, for they look for
// such jobs again after leaving.
static void answer_done(void *context)
{
    sw_server *s = context;
    do {
        if (pthread_mutex_trylock(&s->lock) != 0) {
            return;
        }
        if (atomic_load(&s->stopping)) {
            desk_finish_jobs(&s->desk);
        } else if (!desk_take_turn(&s->desk)) {
            wake_clerk(s);
        }
        session *jobs = desk_take_short_jobs(&s->desk);
        pthread_mutex_unlock(&s->lock);
        run_short_jobs(s, jobs);
    } while (workers_have_done(&s->crew));
}

// Waits until there may be something at the desk, without touching it.
static void wait_for_news(const sw_server *s, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = s->router_fd, .events = POLLIN},
                           {.fd = s->wake_fd, .events = POLLIN}};
    poll(fds, 2, timeout_ms);  // whatever ends it, a look at the desk is next
    if (fds[1].revents != 0) {
        uint64_t count;
        const ssize_t got = read(s->wake_fd, &count, sizeof(count));
        (void) got;  // only to make it unreadable
    }
}

static void be_clerk(sw_server *s)
{
    while (!atomic_load(&s->stopping)) {
        session *jobs;
        const bool drained = take_turn(s, &jobs);
        if (jobs != NULL) {
            deputy_leave(&s->deputy);
            run_short_jobs(s, jobs);
            deputy_return(&s->deputy);
        } else if (drained && !workers_have_done(&s->crew)) {
            wait_for_news(s, WAIT_MS);
        }
    }
}

// Does what the clerk does, but for short jobs, one of which keeps the clerk away: they go to the
// workers. Takes one more turn after each wait, because the news it woke up for are told once.
static void stand_in(sw_server *s)
{
    for (;;) {
        session *jobs;
        const bool drained = take_turn(s, &jobs);
        while (jobs != NULL) {
            session *x = jobs;
            jobs = x->next;  // which the queue overwrites
            workers_submit(&s->crew, x);
        }
        if (!deputy_is_needed(&s->deputy)) {
            return;
        }
        if (drained && !workers_have_done(&s->crew)) {
            wait_for_news(s, DEPUTY_MS);
        }
    }
}

static void *be_deputy(void *context)
{
    sw_server *s = context;
    while (deputy_watch(&s->deputy)) {
        stand_in(s);
    }
    return NULL;
}

static sw_status start_deputy(sw_server *s, pthread_t *thread)
{
    const sw_status st = deputy_init(&s->deputy);
    if (st != SW_OK) {
        return st;
    }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
    const int failed = pthread_create(thread, NULL, be_deputy, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        deputy_free(&s->deputy);
        return sw_fail(SW_NO_MEMORY, "cannot start a thread: %s", strerror(failed));
    }
    return SW_OK;
}

sw_status sw_server_run(sw_server *s)
{
    sw_status st = workers_start(&s->crew, s->threads);
    if (st != SW_OK) {
        return st;
    }
    pthread_t thread;
    st = start_deputy(s, &thread);
    if (st == SW_OK) {
        be_clerk(s);
        deputy_stop(&s->deputy);
        pthread_join(thread, NULL);
        deputy_free(&s->deputy);
    }
    workers_stop(&s->crew);
    desk_finish_jobs(&s->desk);  // whatever was under way is answered
    atomic_store(&s->stopping, false);
    return st;
}

void sw_server_stop(sw_server *s)
{
    atomic_store(&s->stopping, true);
    wake_clerk(s);
}

// ---- one thread --------------------------------------------------------------------------------

sw_status sw_server_poll(sw_server *s, int timeout_ms)
{
    bool ready[2];
    const sw_status st = socket_wait(&s->desk.router, 1, -1, timeout_ms, ready);
    if (st != SW_OK && st != SW_INTERRUPTED) {
        return st;
    }
    desk_take_turn(&s->desk);
    desk_finish_jobs(&s->desk);  // which were run as they were submitted
    return SW_OK;
}
