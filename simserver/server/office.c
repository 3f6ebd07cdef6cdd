// office.c -- who takes turns at the desk, and when.
//
// Whoever holds the lock of the desk (desk.h) may take a turn there: read what came, send replies,
// hand jobs to the workers. No environment runs meanwhile. One thread, the clerk, sleeps until
// there are news. A worker that did the last rows of a job goes to the desk and answers it itself,
// which spares waking the clerk. While all workers are busy he would have nobody to give a request
// to, so he sleeps on: the next worker that has done a job, or has none, reads it.
//
// A step of microseconds is run by whoever read the request, after leaving the desk: waking a
// worker costs more. A deputy waits at the socket when the clerk does not come back from one.
//
// So the clerk and any worker may be inside an environment and never come back. They are runners
// (runners.h); the deputy and the thread that opened the office never run a row, and are never
// missed. A runner that was given up touches nothing here any more but the clerk's bell.
#include "office.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"

enum {
    WAIT_MS = SPEAKERS_LOOK_MS,  // longest sleep; ticks, too, are to add all time there is
    NAP_MS = 10,                 // longest sleep without an ear for requests
    CLOSE_MS = 5000              // for the environments to close
};

static void wake_clerk(office *o)
{
    const uint64_t one = 1;
    const ssize_t written = write(o->wake_fd, &one, sizeof(one));
    (void) written;  // fails only when it is awake already
}

// ---- at the desk -------------------------------------------------------------------------------

// Takes a turn as soon as the desk is free. False if more requests are waiting.
static bool take_turn(office *o, session **short_job)
{
    bool drained = true;
    *short_job = NULL;
    pthread_mutex_lock(&o->lock);
    if (!atomic_load(&o->closing)) {
        drained = desk_take_turn(&o->desk);
        *short_job = desk_take_short_job(&o->desk);
    }
    pthread_mutex_unlock(&o->lock);
    return drained;
}

// With the desk's lock: what a worker does there. True if there is more to do.
static bool answer_and_read(office *o, session **short_job)
{
    *short_job = NULL;
    if (atomic_load(&o->closing)) {
        desk_finish_jobs(&o->desk);
        return false;
    }
    const bool drained = desk_take_turn(&o->desk);
    *short_job = desk_take_short_job(&o->desk);
    return !drained || o->desk.first_short != NULL;
}

// Of a worker: takes turns at the desk until all jobs that are done are answered. False if others
// are there: they will answer them, for they look for such jobs again after leaving.
static bool visit_desk(office *o, runner *self)
{
    do {
        if (pthread_mutex_trylock(&o->lock) != 0) {
            return false;
        }
        session *job = NULL;
        const bool gone = runner_is_given_up(self);
        const bool more = gone || answer_and_read(o, &job);
        pthread_mutex_unlock(&o->lock);
        if (more) {
            wake_clerk(o);
        }
        if (gone) {
            return true;
        }
        if (job != NULL) {
            workers_run_here(&o->crew, self, job);
        }
    } while (workers_have_done(&o->crew));
    return true;
}

static bool has_news(const office *o)
{
    struct pollfd fd = {.fd = o->router_fd, .events = POLLIN};
    return poll(&fd, 1, 0) != 0;
}

// The painter, who may be kept from leaving the desk by everybody else, leaves it to the clerk.
static void hear(void *context, runner *self, workers_event event)
{
    office *o = context;
    if (workers_is_painter(self)) {
        wake_clerk(o);
    } else if (event == WORKERS_JOB_DONE) {
        atomic_store(&o->visited, true);
        visit_desk(o, self);
    } else if (!has_news(o) || !visit_desk(o, self)) {
        workers_end_watch(&o->crew);
        wake_clerk(o);
    }
}

// Leaves the desk, for somebody who will not look at it again soon.
static void leave_desk(office *o)
{
    pthread_mutex_unlock(&o->lock);
    if (workers_have_done(&o->crew)) {
        wake_clerk(o);
    }
}

// ---- duties ------------------------------------------------------------------------------------

// Waits until the clerk is woken or, if he is to hear them, there may be requests at the desk.
static void wait_for_news(const office *o, bool hears_requests, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = hears_requests ? o->router_fd : -1, .events = POLLIN},
                           {.fd = o->wake_fd, .events = POLLIN}};
    poll(fds, 2, timeout_ms);  // whatever ends it, a look at the desk is next
    if (fds[1].revents != 0) {
        uint64_t count;
        const ssize_t got = read(o->wake_fd, &count, sizeof(count));
        (void) got;  // only to make it unreadable
    }
}

// Sleeps without an ear for requests, until a worker has nothing to do. False if one has already,
// or if none came by since the last nap: rows that take long are no reason to keep anybody waiting.
static bool nap(office *o)
{
    if (!atomic_exchange(&o->visited, false) || !workers_watch(&o->crew)) {
        return false;
    }
    wait_for_news(o, false, NAP_MS);
    workers_end_watch(&o->crew);
    return true;
}

static void be_clerk(void *context, runner *self)
{
    office *o = context;
    deputy_return(&o->deputy);  // the clerk before this one may have been given up
    while (!atomic_load(&o->closing)) {
        session *job;
        const bool drained = take_turn(o, &job);
        if (job != NULL) {
            deputy_leave(&o->deputy);
            workers_run_here(&o->crew, self, job);
            if (runner_is_given_up(self)) {
                wake_clerk(o);  // who is another one now
                return;
            }
            deputy_return(&o->deputy);
        } else if (drained && !workers_have_done(&o->crew) && !nap(o)) {
            wait_for_news(o, true, WAIT_MS);
        }
    }
}

// Does what the clerk does, but for short jobs, one of which keeps the clerk away: they go to the
// workers. Takes one more turn after each wait, because the news it woke up for are told once.
static void stand_in(office *o)
{
    while (!atomic_load(&o->closing)) {
        session *job;
        const bool drained = take_turn(o, &job);
        if (job != NULL) {
            workers_submit(&o->crew, job);
            continue;
        }
        if (!deputy_is_needed(&o->deputy)) {
            return;
        }
        if (drained && !workers_have_done(&o->crew)) {
            wait_for_news(o, true, DEPUTY_MS);
        }
    }
}

static void be_deputy(void *context, runner *self)
{
    (void) self;  // runs no rows
    office *o = context;
    while (deputy_watch(&o->deputy)) {
        stand_in(o);
    }
}

// ---- life --------------------------------------------------------------------------------------

sw_status office_init(office *o, const sw_server_options *options)
{
    *o = (office){.log = options->log, .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (o->wake_fd < 0) {
        return sw_fail(SW_IO, "no eventfd: %s", strerror(errno));
    }
    if (pthread_mutex_init(&o->lock, NULL) != 0) {
        return sw_fail(SW_NO_MEMORY, "cannot make a mutex");
    }
    o->has_lock = true;
    sw_status st = workers_init(&o->crew, hear, o, &options->log);
    if (st != SW_OK) {
        return st;
    }
    o->has_crew = true;
    st = desk_open(&o->desk, options, &o->crew);
    if (st == SW_OK) {
        o->router_fd = socket_fd(o->desk.router);
    }
    return st;
}

// Closes the idle sessions' environments on a thread, because they may hang there too.
static void close_sessions(office *o)
{
    atomic_store(&o->closing, true);
    desk_lose_sessions(&o->desk);
    if (workers_start(&o->crew, 1, 0) == SW_OK) {
        workers_finish(&o->crew);
        runners_wait(&o->crew.threads, CLOSE_MS);
    }
    pthread_mutex_lock(&o->lock);
    o->left_in = workers_leave(&o->crew);
    desk_finish_jobs(&o->desk);
    pthread_mutex_unlock(&o->lock);
}

bool office_free(office *o)
{
    if (o->was_open && o->left_in == 0 && o->desk.core.session_count > 0) {
        close_sessions(o);
    }
    desk_hang_up(&o->desk);
    if (o->left_in > 0) {
        return false;
    }
    server_free(&o->desk.core);
    if (o->has_crew) {
        workers_free(&o->crew);
    }
    if (o->has_lock) {
        pthread_mutex_destroy(&o->lock);
    }
    if (o->wake_fd >= 0) {
        close(o->wake_fd);
    }
    return true;
}

sw_status office_start(office *o, int threads)
{
    enum { OTHERS = 2 };  // than workers and painter
    o->was_open = true;
    sw_status st = deputy_init(&o->deputy);
    if (st != SW_OK) {
        return st;
    }
    st = workers_start(&o->crew, threads, OTHERS);
    st = st == SW_OK ? runners_add(&o->crew.threads, be_deputy, o) : st;
    st = st == SW_OK ? runners_add(&o->crew.threads, be_clerk, o) : st;
    if (st != SW_OK) {
        const int soon = 10000;  // nothing has begun that could take its time
        office_close(o);
        office_wait(o, soon);
        office_leave(o);
    }
    return st;
}

static sw_status replace(office *o, const runner *stuck, const sw_env_class *task)
{
    runners *threads = &o->crew.threads;
    const sw_status st = runners_add(threads, stuck->duty, stuck->context);
    const int hanging = runners_count_stuck(threads);
    if (st != SW_OK) {
        return sw_fail(SW_ENVIRONMENT,
                       "%d environments hang, of %s the last, and no thread is left to take over "
                       "from those inside them: find out what they wait for, or allow more time "
                       "with --step-timeout, and start the server again",
                       hanging, task->id);
    }
    log_line(&o->log, SW_LOG_WARNING,
             "%s: a new thread takes over from the one that hangs there; %d hang, and the server "
             "can replace %d more",
             task->id, hanging, runners_count_places(threads));
    return SW_OK;
}

sw_status office_replace_stuck(office *o, int64_t now, int64_t timeout)
{
    sw_status st = SW_OK;
    runner *r;
    while (st == SW_OK && (r = runners_find_stuck(&o->crew.threads, now, timeout)) != NULL) {
        session *x;
        int row;
        const sw_env_class *task = NULL;
        pthread_mutex_lock(&o->lock);
        if (workers_give_up(&o->crew, r, &x, &row)) {
            task = x->task;
            desk_give_up(&o->desk, x, row);
        }
        leave_desk(o);
        if (task != NULL) {
            st = replace(o, r, task);
        }
    }
    return st;
}

int office_drain(office *o)
{
    pthread_mutex_lock(&o->lock);
    server_drain(&o->desk.core);
    int sessions = 0;
    for (int i = 0; i < o->desk.core.session_count; i++) {
        sessions += !server_is_hidden(o->desk.core.sessions[i]);
    }
    leave_desk(o);
    return sessions;
}

void office_close(office *o)
{
    pthread_mutex_lock(&o->lock);
    atomic_store(&o->closing, true);
    desk_submit_short_jobs(&o->desk);
    pthread_mutex_unlock(&o->lock);
    workers_finish(&o->crew);
    deputy_stop(&o->deputy);
    wake_clerk(o);
}

bool office_wait(office *o, int timeout_ms)
{
    return runners_wait(&o->crew.threads, timeout_ms);
}

bool office_is_stuck(office *o)
{
    return runners_are_stuck(&o->crew.threads);
}

int office_leave(office *o)
{
    pthread_mutex_lock(&o->lock);
    o->left_in = workers_leave(&o->crew);
    desk_finish_jobs(&o->desk);
    pthread_mutex_unlock(&o->lock);
    if (o->left_in == 0) {
        deputy_free(&o->deputy);
        atomic_store(&o->closing, false);
    }
    return o->left_in;
}
