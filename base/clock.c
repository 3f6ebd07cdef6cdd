// clock.c -- what waits by the monotonic clock: no change of the date makes a wait longer.
#include "clock.h"

static int init_signal(pthread_cond_t *signal)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return -1;
    }
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    const int failed = pthread_cond_init(signal, &attributes);
    pthread_condattr_destroy(&attributes);
    return failed;
}

sw_status clock_init_wait(pthread_mutex_t *lock, pthread_cond_t *signal)
{
    if (init_signal(signal) != 0) {
        return sw_fail(SW_NO_MEMORY, "cannot make a condition variable");
    }
    if (pthread_mutex_init(lock, NULL) != 0) {
        pthread_cond_destroy(signal);
        return sw_fail(SW_NO_MEMORY, "cannot make a mutex");
    }
    return SW_OK;
}
