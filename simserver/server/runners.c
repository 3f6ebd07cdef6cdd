// runners.c -- see the header.
#include "runners.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

sw_status runners_init(runners *t)
{
    *t = (runners){.count = 0};
    return clock_init_wait(&t->lock, &t->has_ended);
}

void runners_free(runners *t)
{
    assert(t->count == 0);
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->has_ended);
}

sw_status runners_open(runners *t, int capacity)
{
    assert(t->count == 0);
    t->list = aligned_alloc(alignof(runner), (size_t) capacity * sizeof(runner));
    if (t->list == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %d threads", capacity);
    }
    memset(t->list, 0, (size_t) capacity * sizeof(runner));
    t->capacity = capacity;
    return SW_OK;
}

static void *live(void *argument)
{
    runner *self = argument;
    runners *t = self->all;
    self->duty(self->context, self);
    pthread_mutex_lock(&t->lock);
    self->ended = true;
    t->alive--;
    pthread_cond_signal(&t->has_ended);
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

// Under the lock. A place whose thread has ended, else one that never had any; NULL: none.
static runner *find_place(runners *t)
{
    for (int i = 0; i < t->count; i++) {
        if (t->list[i].ended) {
            return &t->list[i];
        }
    }
    return t->count < t->capacity ? &t->list[t->count] : NULL;
}

int runners_count_places(runners *t)
{
    pthread_mutex_lock(&t->lock);
    int places = t->capacity - t->count;
    for (int i = 0; i < t->count; i++) {
        places += t->list[i].ended;
    }
    pthread_mutex_unlock(&t->lock);
    return places;
}

static int start(runner *r)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
    const int failed = pthread_create(&r->thread, NULL, live, r);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

sw_status runners_add(runners *t, void (*duty)(void *context, runner *self), void *context)
{
    pthread_mutex_lock(&t->lock);
    runner *r = find_place(t);
    if (r == NULL) {
        pthread_mutex_unlock(&t->lock);
        return sw_fail(SW_CAPACITY, "no thread is left of %d", t->capacity);
    }
    const runner last = *r;
    *r = (runner){.number = (int) (r - t->list),
                  .duty = duty,
                  .context = context,
                  .all = t,
                  .seen = UINT64_MAX};  // nowhere
    t->alive++;
    pthread_mutex_unlock(&t->lock);
    const int failed = start(r);
    if (failed != 0) {
        pthread_mutex_lock(&t->lock);
        *r = last;
        t->alive--;
        pthread_mutex_unlock(&t->lock);
        return sw_fail(SW_NO_MEMORY, "cannot start a thread: %s", strerror(failed));
    }
    if (last.ended) {
        pthread_join(last.thread, NULL);  // which needs the lock no more
    } else {
        t->count++;
    }
    return SW_OK;
}

// Under the lock. True if it has been in the row it is in for `timeout` ms.
static bool is_stuck(runner *r, int64_t now, int64_t timeout)
{
    const uint64_t at = atomic_load_explicit(&r->at, memory_order_relaxed);
    if (r->job == NULL || runner_is_given_up(r) || at != r->seen) {
        r->seen = at;
        r->seen_since = now;
        return false;
    }
    return now - r->seen_since >= timeout;
}

runner *runners_find_stuck(runners *t, int64_t now, int64_t timeout)
{
    runner *found = NULL;
    pthread_mutex_lock(&t->lock);
    for (int i = 0; i < t->count && found == NULL; i++) {
        found = is_stuck(&t->list[i], now, timeout) ? &t->list[i] : NULL;
    }
    pthread_mutex_unlock(&t->lock);
    return found;
}

int runners_count_stuck(runners *t)
{
    int stuck = 0;
    pthread_mutex_lock(&t->lock);
    for (int i = 0; i < t->count; i++) {
        stuck += runner_is_given_up(&t->list[i]) && !t->list[i].ended;
    }
    pthread_mutex_unlock(&t->lock);
    return stuck;
}

bool runners_are_stuck(runners *t)
{
    const int stuck = runners_count_stuck(t);
    pthread_mutex_lock(&t->lock);
    const bool all = stuck == t->alive;
    pthread_mutex_unlock(&t->lock);
    return all;
}

bool runners_wait(runners *t, int timeout_ms)
{
    const struct timespec until = clock_in_ms(timeout_ms);
    int late = 0;
    pthread_mutex_lock(&t->lock);
    while (t->alive > 0 && late == 0) {
        late = pthread_cond_timedwait(&t->has_ended, &t->lock, &until);
    }
    const bool over = t->alive == 0;
    pthread_mutex_unlock(&t->lock);
    return over;
}

int runners_leave(runners *t)
{
    int left = 0;
    pthread_mutex_lock(&t->lock);
    for (int i = 0; i < t->count; i++) {
        runner *r = &t->list[i];
        if (r->ended) {
            pthread_join(r->thread, NULL);  // which needs the lock no more
        } else {
            atomic_store(&r->given_up, true);
            pthread_detach(r->thread);
            left++;
        }
    }
    pthread_mutex_unlock(&t->lock);
    if (left == 0) {
        free(t->list);
        t->list = NULL;
        t->count = t->capacity = 0;
    }
    return left;
}
