// workers.c -- chunks of rows to threads.
//
// A job is cut into chunks of a fixed number of rows, its grain, chosen so that a chunk takes about
// CHUNK_NS: long enough that taking one costs nothing beside it, short enough that the threads
// finish together and that the next session's rows need not wait long. Threads take chunks under
// one lock, from the oldest job that has any. Whoever finishes the last chunk of a job reports it.
//
// Who runs which rows, and when, changes no result: rows share nothing (step.h).
#include "workers.h"

#include <assert.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "step.h"

enum {
    CHUNK_NS = 150000,  // of work in one chunk
    WHOLE_NS = 100000,  // a job of less is not divided
    SHORT_NS = 20000,   // a job of less is not worth waking a thread for
};

static const double newest = 0.25;  // weight of the last job in the average cost of a row

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t) t.tv_sec * 1000000000 + t.tv_nsec;
}

// Runs a chunk; returns the time it took.
static int64_t run_chunk(workers *w, session *x, int first, int count)
{
    const int64_t start = clock_ns(CLOCK_MONOTONIC);
    const int64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    step_rows(x, first, count, &w->log);
    if (x->job == JOB_RESET || x->job == JOB_STEP) {
        atomic_fetch_add_explicit(&w->physics_ns,
                                  (uint64_t) (clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu),
                                  memory_order_relaxed);
    }
    if (x->job == JOB_STEP) {
        atomic_fetch_add_explicit(&w->steps, (uint64_t) count, memory_order_relaxed);
    }
    return clock_ns(CLOCK_MONOTONIC) - start;
}

// Rows in a chunk of the session's job, so that each thread gets as many chunks as the others. With
// no measurement yet, one.
static int choose_grain(const session *x, int threads)
{
    const double row_ns = x->row_ns[x->job];
    if (!(row_ns > 0)) {
        return 1;
    }
    if (row_ns * x->job_rows < WHOLE_NS) {
        return x->job_rows;
    }
    const int share = (x->job_rows + threads - 1) / threads;
    const double chunks = ceil(row_ns * share / CHUNK_NS);
    return chunks < share ? (int) ceil(share / chunks) : 1;
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
static bool finish_chunk(workers *w, session *x, int count, int64_t ns)
{
    x->job_ns += ns;
    x->rows_unfinished -= count;
    if (x->rows_unfinished > 0) {
        return false;
    }
    double *average = &x->row_ns[x->job];
    const double now = (double) x->job_ns / x->job_rows;
    *average = *average > 0 ? *average + newest * (now - *average) : now;
    append(&w->first_done, &w->last_done, x);
    return true;
}

// Takes the next chunk under the lock; false if there is none.
static bool take_chunk(workers *w, session **x, int *first, int *count)
{
    session *job = w->first;
    if (job == NULL) {
        return false;
    }
    const int left = job->job_rows - job->rows_taken;
    *x = job;
    *first = job->rows_taken;
    *count = left < job->grain ? left : job->grain;
    job->rows_taken += *count;
    if (*count == left) {
        w->first = job->next;
    }
    return true;
}

static void *work(void *argument)
{
    workers *w = argument;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        session *x;
        int first, count;
        if (take_chunk(w, &x, &first, &count)) {
            pthread_mutex_unlock(&w->lock);
            const int64_t ns = run_chunk(w, x, first, count);
            pthread_mutex_lock(&w->lock);
            if (finish_chunk(w, x, count, ns)) {
                pthread_mutex_unlock(&w->lock);
                w->report(w->context);
                pthread_mutex_lock(&w->lock);
            }
        } else if (w->stopping) {
            break;
        } else {
            w->idle++;
            pthread_cond_wait(&w->wake, &w->lock);
            w->idle--;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

// ---- for the thread that owns the core ----------------------------------------------------------

sw_status workers_init(workers *w, void (*report)(void *context), void *context, const sw_log *log)
{
    *w = (workers){.report = report, .context = context, .log = *log};
    if (pthread_mutex_init(&w->lock, NULL) != 0) {
        return sw_fail(SW_NO_MEMORY, "cannot make a mutex");
    }
    if (pthread_cond_init(&w->wake, NULL) != 0) {
        pthread_mutex_destroy(&w->lock);
        return sw_fail(SW_NO_MEMORY, "cannot make a condition variable");
    }
    return SW_OK;
}

void workers_free(workers *w)
{
    assert(w->count == 0);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
}

sw_status workers_start(workers *w, int count)
{
    assert(w->count == 0 && count > 0);
    w->threads = calloc((size_t) count, sizeof(*w->threads));
    if (w->threads == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %d threads", count);
    }
    w->stopping = false;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
    while (w->count < count && pthread_create(&w->threads[w->count], NULL, work, w) == 0) {
        w->count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (w->count < count) {
        workers_stop(w);
        return sw_fail(SW_NO_MEMORY, "cannot start %d threads", count);
    }
    return SW_OK;
}

void workers_stop(workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->count; i++) {
        pthread_join(w->threads[i], NULL);
    }
    free(w->threads);
    w->threads = NULL;
    w->count = 0;
}

bool workers_is_short(const session *x)
{
    const double row_ns = x->row_ns[x->job];
    return x->job == JOB_STEP && row_ns > 0 && row_ns * x->job_rows < SHORT_NS;
}

static void begin_job(session *x)
{
    x->rows_taken = 0;
    x->rows_unfinished = x->job_rows;
    x->job_ns = 0;
}

void workers_run_here(workers *w, session *x)
{
    begin_job(x);
    const int64_t ns = run_chunk(w, x, 0, x->job_rows);
    pthread_mutex_lock(&w->lock);
    finish_chunk(w, x, x->job_rows, ns);
    pthread_mutex_unlock(&w->lock);
}

void workers_submit(workers *w, session *x)
{
    if (w->count == 0) {
        workers_run_here(w, x);
        return;
    }
    begin_job(x);
    x->grain = choose_grain(x, w->count);
    int wake = (x->job_rows + x->grain - 1) / x->grain;
    pthread_mutex_lock(&w->lock);
    append(&w->first, &w->last, x);
    if (wake > w->idle) {
        wake = w->idle;
    }
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < wake; i++) {
        pthread_cond_signal(&w->wake);
    }
}

session *workers_next_done(workers *w)
{
    pthread_mutex_lock(&w->lock);
    session *x = w->first_done;
    if (x != NULL) {
        w->first_done = x->next;
    }
    pthread_mutex_unlock(&w->lock);
    return x;
}

bool workers_have_done(workers *w)
{
    pthread_mutex_lock(&w->lock);
    const bool have = w->first_done != NULL;
    pthread_mutex_unlock(&w->lock);
    return have;
}
