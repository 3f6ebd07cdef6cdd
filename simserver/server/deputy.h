// deputy.h -- stands in for a thread that others rely on while that thread is away for too long.
//
// The thread that waits at the socket runs steps of a few microseconds itself: handing them over
// costs more than the step. It says so with deputy_leave() and deputy_return(). Should it be away
// for DEPUTY_MS or longer after all, the deputy's deputy_watch() returns, and the deputy does what
// there is to do until deputy_is_needed() says that the other is back.
#ifndef SERVER_DEPUTY_H
#define SERVER_DEPUTY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <stepwire/status.h>

enum { DEPUTY_MS = 10 };

typedef struct deputy {
    atomic_bool away;
    atomic_int_fast64_t left_at;  // when the other last left, ms
    atomic_bool watching;         // the deputy looks every DEPUTY_MS, because the other left lately

    pthread_mutex_t lock;
    pthread_cond_t wake;  // there is something to watch, or it is time to stop
    bool stopping;        // under the lock
} deputy;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status deputy_init(deputy *d);
void deputy_free(deputy *d);

// For the thread that is watched. They cost two reads of the clock, but for the first after a quiet
// second, which wakes the deputy.
void deputy_leave(deputy *d);
void deputy_return(deputy *d);

// For the deputy: waits until the other has been away for too long (true) or deputy_stop() (false).
bool deputy_watch(deputy *d);

// The other is still away.
bool deputy_is_needed(deputy *d);

// Ends watching. From any thread.
void deputy_stop(deputy *d);

#endif
