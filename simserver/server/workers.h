// workers.h -- runs the jobs of sessions, in chunks of rows, on threads or in place.
//
//     workers_submit() --> chunks of rows --> step_rows() on any thread --> workers_next_done()
//
// A session is submitted and taken back by whoever has the core to himself at the time.
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "log.h"
#include "session.h"

enum { WORKERS_MAX = 1024 };

typedef struct workers {
    sw_log log;
    void (*report)(void *context);  // called by a worker when it has done the last rows of a job,
    void *context;                  //   without any lock
    pthread_t *threads;             // [count]
    int count;                      // 0: submit runs the job in place

    pthread_mutex_t lock;  // of what follows
    pthread_cond_t wake;   // there are chunks, or it is time to stop
    bool stopping;
    int idle;               // threads that wait for `wake`
    session *first, *last;  // jobs with rows that nobody has taken yet
    session *first_done, *last_done;

    atomic_uint_fast64_t physics_ns;  // thread CPU time spent inside environments' rows
    atomic_uint_fast64_t steps;       // rows that were stepped
} workers;

// Without threads: jobs are run in place. SW_NO_MEMORY.
sw_status workers_init(workers *w, void (*report)(void *context), void *context, const sw_log *log);

// Starts threads. SW_NO_MEMORY if they cannot be had: then there are none.
sw_status workers_start(workers *w, int count);

// Waits until every job submitted has been done, and ends the threads.
void workers_stop(workers *w);

// The threads must have been stopped.
void workers_free(workers *w);

// Has a session's job run. In place it is done on return.
void workers_submit(workers *w, session *x);

// True if the job is a step known to take less time than it takes to wake a thread.
bool workers_is_short(const session *x);

// Runs the whole job on the calling thread; it is done on return.
void workers_run_here(workers *w, session *x);

// Takes a session whose job has been done; NULL if there is none.
session *workers_next_done(workers *w);

// True if there is one to take.
bool workers_have_done(workers *w);

#endif
