// team.c -- fork and join by two counters, when it pays.
//
// team_run() raises `round`; a helper that sees it rise computes its parts and sets its own `done`
// to the same number, for which team_run() waits. Part k belongs to thread k mod threads. Waiting
// is polling, then yielding: what we wait for takes microseconds, and a thread that the kernel has
// put aside gets our place. A helper that nobody called for IDLE_YIELDS sleeps.
//
// Processors that share one core's arithmetic units, or that others keep busy, are slower together
// than one alone, and nothing but the clock tells. So a team times itself: rounds are taken in
// spells of SPELL, fewer where they are long, together or by the caller's thread alone, whichever
// was clearly faster last time; every RETRY spells it is the turn of the other way.
#include "team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "clock.h"

enum { SPELL = 256, RETRY = 64 };
enum { POLLS = 2000, IDLE_YIELDS = 200, CACHE_LINE = 64 };

typedef struct helper {
    pthread_t thread;
    team *team;
    int number;        // 1 ..; the caller of team_run() is 0
    atomic_uint done;  // the last round this helper has finished
    char padding[CACHE_LINE];
} helper;

// Together has to take less than this part of the time alone.
static const double clearly = 0.8;

// After so many seconds a spell ends with the round.
static const double long_spell = 0.05;

struct team {
    int threads;

    bool together;      // this spell
    int rounds;         // of this spell so far
    int spells;         // so far
    double elapsed;     // seconds in this spell
    double seconds[2];  // that a round took in the last spell alone and in the last one together

    team_job job;  // NULL: end
    void *context;
    int parts;
    atomic_uint round;
    pthread_mutex_t mutex;  // guards the sleep of helpers, with `wake`
    pthread_cond_t wake;
    helper helpers[];  // [threads - 1]
};

// Polls until *counter differs from `old` (`differs`) or equals it; false if that takes longer than
// `yields` turns of other threads.
static bool poll_counter(atomic_uint *counter, unsigned old, bool differs, int yields)
{
    for (int i = 0; i < POLLS; i++) {
        if ((atomic_load_explicit(counter, memory_order_acquire) != old) == differs) {
            return true;
        }
    }
    for (int i = 0; i < yields; i++) {
        if ((atomic_load_explicit(counter, memory_order_acquire) != old) == differs) {
            return true;
        }
        sched_yield();
    }
    return false;
}

static void run_parts(const team *t, int number)
{
    for (int part = number; part < t->parts; part += t->threads) {
        t->job(t->context, part);
    }
}

// A helper's life.
static void *help(void *context)
{
    helper *h = context;
    team *t = h->team;
    for (unsigned seen = 0;; seen++) {
        if (!poll_counter(&t->round, seen, true, IDLE_YIELDS)) {
            pthread_mutex_lock(&t->mutex);
            while (atomic_load(&t->round) == seen) {
                pthread_cond_wait(&t->wake, &t->mutex);
            }
            pthread_mutex_unlock(&t->mutex);
        }
        if (t->job == NULL) {
            return NULL;
        }
        run_parts(t, h->number);
        atomic_store_explicit(&h->done, seen + 1, memory_order_release);
    }
}

// Tells the helpers that a new round has begun and returns its number.
static unsigned begin_round(team *t, team_job job, void *context, int parts)
{
    t->job = job;
    t->context = context;
    t->parts = parts;
    pthread_mutex_lock(&t->mutex);
    const unsigned round = atomic_fetch_add(&t->round, 1) + 1;
    pthread_cond_broadcast(&t->wake);
    pthread_mutex_unlock(&t->mutex);
    return round;
}

sw_status team_new(int threads, team **result)
{
    team *t = calloc(1, sizeof(*t) + (size_t) (threads - 1) * sizeof(t->helpers[0]));
    if (t == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a team of %d threads", threads);
    }
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->wake, NULL);
    for (t->threads = 1; t->threads < threads; t->threads++) {
        helper *h = &t->helpers[t->threads - 1];
        h->team = t;
        h->number = t->threads;
        if (pthread_create(&h->thread, NULL, help, h) != 0) {
            const int started = t->threads;
            team_close(t);
            return sw_fail(SW_NO_MEMORY, "only %d of %d threads could be started", started,
                           threads);
        }
    }
    t->together = threads > 1;
    *result = t;
    return SW_OK;
}

static void run_together(team *t, team_job job, void *context, int parts)
{
    const unsigned round = begin_round(t, job, context, parts);
    run_parts(t, 0);
    for (int i = 0; i < t->threads - 1; i++) {
        while (!poll_counter(&t->helpers[i].done, round, false, IDLE_YIELDS)) {
        }
    }
}

static void end_spell(team *t)
{
    t->seconds[t->together] = t->elapsed / t->rounds;
    t->rounds = 0;
    t->elapsed = 0;
    if (++t->spells % RETRY == 0) {
        t->together = !t->together;
    } else {
        t->together = t->seconds[1] < clearly * t->seconds[0];
    }
}

void team_run(team *t, team_job job, void *context, int parts)
{
    const double begin = clock_seconds();
    if (t->together) {
        run_together(t, job, context, parts);
    } else {
        for (int part = 0; part < parts; part++) {
            job(context, part);
        }
    }
    t->elapsed += clock_seconds() - begin;
    t->rounds++;
    if (t->threads > 1 && (t->rounds == SPELL || t->elapsed > long_spell)) {
        end_spell(t);
    }
}

void team_close(team *t)
{
    if (t == NULL) {
        return;
    }
    begin_round(t, NULL, NULL, 0);
    for (int i = 0; i < t->threads - 1; i++) {
        pthread_join(t->helpers[i].thread, NULL);
    }
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}
