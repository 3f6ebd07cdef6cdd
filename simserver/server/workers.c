// workers.c -- chunks of rows to threads.
//
// Threads take chunks (chunks.h) under one lock, from the oldest job that has any, each from a part
// of its own first: rows stay with the core whose cache has them, which is worth some percent of a
// cheap step. Whoever finishes the last chunk of a job reports it.
//
// Pictures have a queue and a thread of their own, so that steps have all workers however many
// pictures are asked for. Only one is drawn at a time: what draws in software has threads enough,
// which it starts when it draws first and which inherit the low priority.
//
// Who runs which rows, and when, changes no result: rows share nothing (step.h).
#include "workers.h"

#include <assert.h>
#include <sys/resource.h>

#include "chunks.h"
#include "clock.h"
#include "step.h"

enum {
    SHORT_NS = 20000,  // a job of less is not worth waking a thread for
    PAINTER_NICE = 5   // on a busy core the painter has a third of what a worker has
};

// CPU time counts as physics from here on. Reading that clock is a call of the system and takes as
// long as a tenth of a cheap step, so it is read once for all the chunks that follow one another.
static void begin_counting(runner *self)
{
    if (self->counted_since == 0) {
        self->counted_since = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    }
}

static void stop_counting(workers *w, runner *self)
{
    if (self->counted_since != 0) {
        const int64_t ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - self->counted_since;
        atomic_fetch_add_explicit(&w->physics_ns, (uint64_t) ns, memory_order_relaxed);
        self->counted_since = 0;
    }
}

// Runs a chunk, or what of it there is until the runner is given up; returns the time it took.
static int64_t run_chunk(workers *w, runner *self, session *x, int first, int count)
{
    const int64_t start = clock_ns(CLOCK_MONOTONIC);
    if (x->job == JOB_RESET || x->job == JOB_STEP) {
        begin_counting(self);
    } else {
        stop_counting(w, self);
    }
    int n = 0;
    for (; n < count && !runner_is_given_up(self); n++) {
        runner_begin_row(self, session_job_row(x, first + n));
        step_rows(x, first + n, 1, &w->log);
    }
    if (x->job == JOB_STEP) {
        atomic_fetch_add_explicit(&w->steps, (uint64_t) n, memory_order_relaxed);
    }
    return clock_ns(CLOCK_MONOTONIC) - start;
}

static void append(session **first, session **last, session *x)
{
    x->next = NULL;
    if (*first == NULL) {
        *first = x;
    } else {
        (*last)->next = x;
    }
    *last = x;
}

// Under the lock. True if that was the job's last chunk.
static bool finish_chunk(workers *w, runner *self, int count, int64_t ns)
{
    session *x = self->job;
    self->job = NULL;
    if (!chunks_finish(x, count, ns)) {
        return false;
    }
    append(&w->first_done, &w->last_done, x);
    return true;
}

static job_queue *queue_of(workers *w, const session *x)
{
    return x->job == JOB_RENDER ? &w->pictures : &w->jobs;
}

// Takes the next chunk under the lock; false if there is none.
static bool take_chunk(workers *w, job_queue *from, runner *self, int *first, int *count)
{
    session *job = from->first;
    if (job == NULL) {
        return false;
    }
    const int threads = w->count > 0 ? w->count : 1;
    *count = chunks_take(job, self->number % threads, threads, first);
    self->job = job;
    if (chunks_all_taken(job)) {
        from->first = job->next;
    }
    return true;
}

// Under the lock, which is released while the next chunk is run. False if there is none;
// *job_done if it was the last of its job.
static bool run_next_chunk(workers *w, job_queue *from, runner *self, bool *job_done)
{
    int first, count;
    if (!take_chunk(w, from, self, &first, &count)) {
        return false;
    }
    session *x = self->job;
    pthread_mutex_unlock(&w->threads.lock);
    const int64_t ns = run_chunk(w, self, x, first, count);
    pthread_mutex_lock(&w->threads.lock);
    *job_done = finish_chunk(w, self, count, ns);
    return true;
}

// Under the lock, which is released meanwhile.
static void tell(workers *w, runner *self, workers_event event)
{
    pthread_mutex_unlock(&w->threads.lock);
    stop_counting(w, self);
    w->report(w->context, self, event);
    pthread_mutex_lock(&w->threads.lock);
}

static void run_jobs(workers *w, job_queue *from, runner *self)
{
    pthread_mutex_lock(&w->threads.lock);
    while (!runner_is_given_up(self)) {
        bool job_done;
        if (run_next_chunk(w, from, self, &job_done)) {
            if (job_done) {
                tell(w, self, WORKERS_JOB_DONE);
            }
        } else if (w->stopping) {
            break;
        } else if (w->watching && from == &w->jobs) {
            tell(w, self, WORKERS_NO_JOB);
        } else {
            stop_counting(w, self);
            from->idle++;
            pthread_cond_wait(&from->wake, &w->threads.lock);
            from->idle--;
        }
    }
    stop_counting(w, self);
    pthread_mutex_unlock(&w->threads.lock);
}

// The duty of a worker.
static void work(void *context, runner *self)
{
    workers *w = context;
    run_jobs(w, &w->jobs, self);
}

// The duty of the painter. For Linux, 0 is the thread that calls and no other.
static void paint(void *context, runner *self)
{
    workers *w = context;
    const int priority = getpriority(PRIO_PROCESS, 0) + PAINTER_NICE;
    (void) setpriority(PRIO_PROCESS, 0, priority);  // may always be lowered
    run_jobs(w, &w->pictures, self);
}

bool workers_is_painter(const runner *self)
{
    return self->duty == paint;
}

// ---- threads -----------------------------------------------------------------------------------

sw_status workers_init(workers *w, workers_report report, void *context, const sw_log *log)
{
    *w = (workers){.report = report, .context = context, .log = *log};
    const sw_status st = runners_init(&w->threads);
    if (st != SW_OK) {
        return st;
    }
    if (pthread_cond_init(&w->jobs.wake, NULL) != 0) {
        runners_free(&w->threads);
        return sw_fail(SW_NO_MEMORY, "cannot make a condition variable");
    }
    if (pthread_cond_init(&w->pictures.wake, NULL) != 0) {
        pthread_cond_destroy(&w->jobs.wake);
        runners_free(&w->threads);
        return sw_fail(SW_NO_MEMORY, "cannot make a condition variable");
    }
    return SW_OK;
}

void workers_free(workers *w)
{
    pthread_cond_destroy(&w->jobs.wake);
    pthread_cond_destroy(&w->pictures.wake);
    runners_free(&w->threads);
}

sw_status workers_start(workers *w, int count, int others)
{
    assert(w->count == 0 && count > 0);
    sw_status st = runners_open(&w->threads, 2 * count + 1 + others);
    w->stopping = false;
    w->count = count;
    st = st == SW_OK ? runners_add(&w->threads, paint, w) : st;
    for (int i = 0; i < count && st == SW_OK; i++) {
        st = runners_add(&w->threads, work, w);
    }
    return st;
}

void workers_finish(workers *w)
{
    pthread_mutex_lock(&w->threads.lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->jobs.wake);
    pthread_cond_broadcast(&w->pictures.wake);
    pthread_mutex_unlock(&w->threads.lock);
}

int workers_leave(workers *w)
{
    w->count = 0;
    return runners_leave(&w->threads);
}

// Under the lock: the rows of a job that nobody has taken will not be run.
static void drop_untaken(workers *w, session *x)
{
    job_queue *from = queue_of(w, x);
    session *before = NULL;
    for (session *y = from->first; y != NULL; before = y, y = y->next) {
        if (y != x) {
            continue;
        }
        *(before == NULL ? &from->first : &before->next) = x->next;
        if (from->last == x) {
            from->last = before;
        }
        chunks_drop(x);
        return;
    }
}

bool workers_give_up(workers *w, runner *r, session **x, int *row)
{
    pthread_mutex_lock(&w->threads.lock);
    const bool stuck = r->job != NULL && r->at == r->seen;
    if (stuck) {
        atomic_store(&r->given_up, true);
        drop_untaken(w, r->job);
        *x = r->job;
        *row = runner_row(r);
    }
    pthread_mutex_unlock(&w->threads.lock);
    return stuck;
}

// ---- jobs --------------------------------------------------------------------------------------

bool workers_is_short(const session *x)
{
    const double ns = chunks_expected_ns(x);
    return x->job == JOB_STEP && ns > 0 && ns < SHORT_NS;
}

void workers_run_here(workers *w, runner *self, session *x)
{
    int first;
    chunks_cut(x, 0);
    const int rows = chunks_take(x, 0, 1, &first);
    pthread_mutex_lock(&w->threads.lock);
    self->job = x;
    pthread_mutex_unlock(&w->threads.lock);
    const int64_t ns = run_chunk(w, self, x, first, rows);
    stop_counting(w, self);
    pthread_mutex_lock(&w->threads.lock);
    finish_chunk(w, self, rows, ns);
    pthread_mutex_unlock(&w->threads.lock);
}

void workers_submit(workers *w, session *x)
{
    chunks_cut(x, w->count);
    job_queue *to = queue_of(w, x);
    int wake = chunks_count(x);
    pthread_mutex_lock(&w->threads.lock);
    append(&to->first, &to->last, x);
    if (wake > to->idle) {
        wake = to->idle;
    }
    pthread_mutex_unlock(&w->threads.lock);
    for (int i = 0; i < wake; i++) {
        pthread_cond_signal(&to->wake);
    }
}

bool workers_watch(workers *w)
{
    pthread_mutex_lock(&w->threads.lock);
    const bool busy = w->jobs.idle == 0;
    w->watching = busy;
    pthread_mutex_unlock(&w->threads.lock);
    return busy;
}

void workers_end_watch(workers *w)
{
    pthread_mutex_lock(&w->threads.lock);
    w->watching = false;
    pthread_mutex_unlock(&w->threads.lock);
}

bool workers_run_submitted(workers *w)
{
    runner self = {.given_up = false};
    bool job_done, any = false;
    pthread_mutex_lock(&w->threads.lock);
    while (run_next_chunk(w, &w->jobs, &self, &job_done) ||
           run_next_chunk(w, &w->pictures, &self, &job_done)) {
        any = true;
    }
    stop_counting(w, &self);
    pthread_mutex_unlock(&w->threads.lock);
    return any;
}

session *workers_next_done(workers *w)
{
    pthread_mutex_lock(&w->threads.lock);
    session *x = w->first_done;
    if (x != NULL) {
        w->first_done = x->next;
    }
    pthread_mutex_unlock(&w->threads.lock);
    return x;
}

bool workers_have_done(workers *w)
{
    pthread_mutex_lock(&w->threads.lock);
    const bool have = w->first_done != NULL;
    pthread_mutex_unlock(&w->threads.lock);
    return have;
}
