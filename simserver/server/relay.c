// relay.c -- see the header.
//
// Lending must cost less than waking a thread. So the thread that stands by is woken only by the
// first step after a quiet time, then looks every RELAY_MS, and sleeps again once nothing has been
// lent for QUIET_NS.
#include "relay.h"

#include <time.h>

enum { LENT = 2 };

static const int64_t late_ns = (int64_t) RELAY_MS * 1000000;
static const int64_t quiet_ns = 100 * (int64_t) RELAY_MS * 1000000;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t) t.tv_sec * 1000000000 + t.tv_nsec;
}

sw_status relay_init(relay *r)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return sw_fail(SW_NO_MEMORY, "cannot make a condition variable");
    }
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    *r = (relay){.stopping = false};
    const int failed = pthread_cond_init(&r->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (failed != 0) {
        return sw_fail(SW_NO_MEMORY, "cannot make a condition variable");
    }
    if (pthread_mutex_init(&r->lock, NULL) != 0) {
        pthread_cond_destroy(&r->wake);
        return sw_fail(SW_NO_MEMORY, "cannot make a mutex");
    }
    return SW_OK;
}

void relay_free(relay *r)
{
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->wake);
}

bool relay_lend(relay *r, int me)
{
    if (!atomic_load(&r->stands_by)) {
        return false;
    }
    atomic_store(&r->lent_at, now_ns());
    atomic_store(&r->holder, me + LENT);
    // either this sees that nobody looks, or stop_watching() sees that something is lent
    if (!atomic_exchange(&r->watched, true)) {
        pthread_mutex_lock(&r->lock);
        pthread_cond_signal(&r->wake);
        pthread_mutex_unlock(&r->lock);
    }
    return true;
}

bool relay_take_back(relay *r, int me)
{
    int lent = me + LENT;
    return atomic_compare_exchange_strong(&r->holder, &lent, me);
}

static void stop_watching(relay *r)
{
    atomic_store(&r->watched, false);
    if (atomic_load(&r->holder) >= LENT) {
        atomic_store(&r->watched, true);
    }
}

// Looks at what the other thread does. True if this one owns the socket from now on.
static bool look(relay *r, int me)
{
    const int64_t passed = now_ns() - atomic_load(&r->lent_at);
    if (passed >= quiet_ns && atomic_load(&r->holder) < LENT) {
        stop_watching(r);
    }
    int lent = 1 - me + LENT;
    return passed >= late_ns && atomic_compare_exchange_strong(&r->holder, &lent, me);
}

static void sleep_for_a_look(relay *r)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += late_ns;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&r->wake, &r->lock, &until);
}

bool relay_stand_by(relay *r, int me)
{
    bool taken = false;
    pthread_mutex_lock(&r->lock);
    atomic_store(&r->stands_by, true);
    while (!taken && !r->stopping) {
        if (atomic_load(&r->watched)) {
            sleep_for_a_look(r);
            taken = look(r, me);
        } else {
            pthread_cond_wait(&r->wake, &r->lock);
        }
    }
    atomic_store(&r->stands_by, false);
    pthread_mutex_unlock(&r->lock);
    return taken;
}

void relay_stop(relay *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}
