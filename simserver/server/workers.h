// workers.h -- runs the jobs of sessions, in chunks of rows, on threads or in place.
//
//     workers_submit() --> chunks of rows --> step_rows() on any thread --> workers_next_done()
//
// Pictures, which may take seconds, are drawn by one more thread, the painter, at a priority so low
// that the others hardly feel it.
//
// A session is submitted and taken back by whoever has the core to himself at the time.
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "log.h"
#include "runners.h"
#include "session.h"

enum { WORKERS_MAX = 1024 };

// Jobs with rows that nobody has taken yet, oldest first, and the threads that run such.
typedef struct job_queue {
    session *first, *last;
    pthread_cond_t wake;  // there are chunks, or it is time to stop
    int idle;             // threads that wait for `wake`
} job_queue;

// What a thread reports, without any lock.
typedef enum workers_event {
    WORKERS_JOB_DONE,  // it did the last rows of a job
    WORKERS_NO_JOB     // it finds nothing to do, and there is a watch
} workers_event;

typedef void (*workers_report)(void *context, runner *self, workers_event event);

typedef struct workers {
    sw_log log;
    workers_report report;
    void *context;
    int count;  // of the threads that are workers

    runners threads;  // and the lock of what follows
    bool stopping;
    bool watching;             // see workers_watch()
    job_queue jobs, pictures;  // of the workers, of the painter
    session *first_done, *last_done;

    atomic_uint_fast64_t physics_ns;  // thread CPU time spent inside environments' rows
    atomic_uint_fast64_t steps;       // rows that were stepped
} workers;

// Without threads. SW_NO_MEMORY.
sw_status workers_init(workers *w, workers_report report, void *context, const sw_log *log);

// Starts `count` workers and the painter; as many threads may be replaced as there are workers, and
// `others` with other duties added to w->threads. SW_NO_MEMORY if they cannot be had: see
// workers_finish() for those that can.
sw_status workers_start(workers *w, int count, int others);

// Has the workers end when every job submitted has been done. See runners_wait().
void workers_finish(workers *w);

// Afterwards: see runners_leave().
int workers_leave(workers *w);

// The threads must have ended.
void workers_free(workers *w);

// Gives a runner up that runners_find_stuck() has found: the rows of its job that nobody has taken
// yet will not be run, and the job is done when those that were taken have come back. Returns its
// session, and the row that is stuck. False if it has come back meanwhile.
bool workers_give_up(workers *w, runner *r, session **x, int *row);

// Has a session's job run by the workers, or by workers_run_submitted().
void workers_submit(workers *w, session *x);

// True if the thread is the painter, who must not keep others waiting.
bool workers_is_painter(const runner *self);

// Begins a watch, if no worker is idle (else false): a worker that finds nothing to do reports it,
// and looks again, instead of going idle. It may end the watch.
bool workers_watch(workers *w);
void workers_end_watch(workers *w);

// True if the job is a step known to take less time than it takes to wake a thread.
bool workers_is_short(const session *x);

// Runs the whole job on the calling thread, which is `self`; it is done on return.
void workers_run_here(workers *w, runner *self, session *x);

// Runs all jobs that were submitted on the calling thread, which is no runner. False if there were
// none.
bool workers_run_submitted(workers *w);

// Takes a session whose job has been done; NULL if there is none.
session *workers_next_done(workers *w);

// True if there is one to take.
bool workers_have_done(workers *w);

#endif
