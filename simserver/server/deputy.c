// deputy.c -- see the header.
//
// Leaving must cost less than waking a thread. So the deputy is woken only by the first absence
// after a quiet time, then looks every DEPUTY_MS, and sleeps again when there has been none for
// QUIET_MS.
#include "deputy.h"

#include "clock.h"

enum { QUIET_MS = 1000 };

sw_status deputy_init(deputy *d)
{
    *d = (deputy){.stopping = false};
    return clock_init_wait(&d->lock, &d->wake);
}

void deputy_free(deputy *d)
{
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->wake);
}

void deputy_leave(deputy *d)
{
    atomic_store(&d->left_at, clock_ms());
    atomic_store(&d->away, true);
    // either this sees that nobody watches, or stop_watching() sees that somebody is away
    if (!atomic_exchange(&d->watching, true)) {
        pthread_mutex_lock(&d->lock);
        pthread_cond_signal(&d->wake);
        pthread_mutex_unlock(&d->lock);
    }
}

void deputy_return(deputy *d)
{
    atomic_store(&d->away, false);
}

static void stop_watching(deputy *d)
{
    atomic_store(&d->watching, false);
    if (atomic_load(&d->away)) {
        atomic_store(&d->watching, true);
    }
}

static void sleep_for_a_look(deputy *d)
{
    const struct timespec until = clock_in_ms(DEPUTY_MS);
    pthread_cond_timedwait(&d->wake, &d->lock, &until);
}

bool deputy_is_needed(deputy *d)
{
    return atomic_load(&d->away) && clock_ms() - atomic_load(&d->left_at) >= DEPUTY_MS;
}

bool deputy_watch(deputy *d)
{
    bool needed = false;
    pthread_mutex_lock(&d->lock);
    while (!d->stopping && !needed) {
        if (!atomic_load(&d->watching)) {
            pthread_cond_wait(&d->wake, &d->lock);
            continue;
        }
        sleep_for_a_look(d);
        needed = deputy_is_needed(d);
        if (!atomic_load(&d->away) && clock_ms() - atomic_load(&d->left_at) >= QUIET_MS) {
            stop_watching(d);
        }
    }
    pthread_mutex_unlock(&d->lock);
    return needed;
}

void deputy_stop(deputy *d)
{
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
}
