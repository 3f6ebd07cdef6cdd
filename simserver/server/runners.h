// runners.h -- the threads that run rows, any of which may never come back from an environment.
//
// A runner writes one word for each row it begins, which costs nothing. Whoever watches remembers
// since when a runner's word has been the same. One that is stuck is given up and replaced: another
// thread takes over its duty. If it comes back after all, it finds itself given up and ends.
//
// The lock is shared with the work that runners divide among themselves (workers.h), because a job
// that ends and a runner that is given up exclude each other. All functions without a word about
// the lock are for the one thread that starts the others, without it.
#ifndef SERVER_RUNNERS_H
#define SERVER_RUNNERS_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <stepwire/status.h>

#include "session.h"

typedef struct runner {
    alignas(64) atomic_uint_fast64_t at;  // rows it has begun << 32 | the row it began last
    atomic_bool given_up;                 // set under the lock
    session *job;                         // whose rows it runs; NULL: none. Under the lock

    int64_t counted_since;  // CPU time at which it began what counts as physics, ns; 0: it has not
    int number;             // of its place in the list
    void (*duty)(void *context, struct runner *self);  // until it returns
    void *context;
    struct runners *all;
    pthread_t thread;
    bool ended;  // under the lock

    uint64_t seen;       // `at` when it was looked at...
    int64_t seen_since;  // ...and when it was first seen there, ms
} runner;

typedef struct runners {
    pthread_mutex_t lock;
    pthread_cond_t has_ended;  // one of them
    runner *list;              // [capacity], the first `count` were started
    int count, capacity;
    int alive;  // not yet ended; under the lock
} runners;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status runners_init(runners *t);

// None may be left.
void runners_free(runners *t);

// Makes room for `capacity` threads, those that will replace others included, until
// runners_leave(). SW_NO_MEMORY.
sw_status runners_open(runners *t, int capacity);

// Starts one, with every signal blocked; in the place of one that has ended, if there is any.
// SW_CAPACITY if there is no room, SW_NO_MEMORY if the system has no thread.
sw_status runners_add(runners *t, void (*duty)(void *context, runner *self), void *context);

// One that has been in the same row for `timeout` ms; NULL if there is none. `now` is in ms.
runner *runners_find_stuck(runners *t, int64_t now, int64_t timeout);

// How many more may be started.
int runners_count_places(runners *t);

// How many were given up and have not come back.
int runners_count_stuck(runners *t);

// True if nobody else is left.
bool runners_are_stuck(runners *t);

// Waits until all have ended, but not longer than `timeout_ms`. False if some have not.
bool runners_wait(runners *t, int timeout_ms);

// Gives up all that have not ended. Returns how many that were: while they live, nothing that they
// may still touch, `t` included, may be freed. If there is none, `t` is as after runners_init().
int runners_leave(runners *t);

// ---- for a runner ------------------------------------------------------------------------------

// It is about to run a row of its job.
static inline void runner_begin_row(runner *r, int row)
{
    const uint64_t at = atomic_load_explicit(&r->at, memory_order_relaxed);
    atomic_store_explicit(&r->at, ((at >> 32) + 1) << 32 | (uint32_t) row, memory_order_relaxed);
}

static inline int runner_row(const runner *r)
{
    return (int) (uint32_t) atomic_load_explicit(&r->at, memory_order_relaxed);
}

static inline bool runner_is_given_up(const runner *r)
{
    return atomic_load_explicit(&r->given_up, memory_order_relaxed);
}

#endif
