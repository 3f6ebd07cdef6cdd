// clock.h -- time for measuring and waiting: monotonic, from any beginning.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include <stepwire/status.h>

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t) t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t clock_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static inline double clock_seconds(void)
{
    return 1e-9 * (double) clock_ns(CLOCK_MONOTONIC);
}

// Makes a lock, and a condition variable to wait for under it, that goes by this clock.
// SW_NO_MEMORY: then there is neither.
sw_status clock_init_wait(pthread_mutex_t *lock, pthread_cond_t *signal);

// For pthread_cond_timedwait() on such a condition variable.
static inline struct timespec clock_in_ms(int64_t ms)
{
    const int64_t then = clock_ns(CLOCK_MONOTONIC) + ms * 1000000;
    return (struct timespec){.tv_sec = (time_t) (then / 1000000000),
                             .tv_nsec = (long) (then % 1000000000)};
}

#endif
