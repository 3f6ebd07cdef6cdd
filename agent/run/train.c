// train.c -- the only caller of the pool while there is something to learn.
//
//   for groups 0 .. G-1 in rotation, those that wait skipped:
//     recv(g) -> batch
//     the first batch of a group:  act(g, batch), send
//     every other:                 observe(g, batch)
//                                    GO:    act(g, batch), send
//                                    HOLD:  g waits
//     update(); if it ran: report; act(g, its batch) and send for every g that waits, in order
//
// Nothing here depends on time or on the order of arrival.
#include "train.h"

#include <assert.h>
#include <stdlib.h>

#include "clock.h"
#include "episode.h"
#include "exchange.h"

typedef struct group {
    int first_row;
    const sw_batch *batch;  // the last one; valid until the next send
    bool begun;             // the reply to Reset has been seen
    bool waiting;           // for an update
} group;

typedef struct driver {
    const train_options *options;
    exchange exchange;
    group *groups;     // [group_count]
    episode *running;  // [rows of the pool]
    int group_count;
    int64_t steps;
    recent recent;
    double began;  // seconds
} driver;

static void close_driver(driver *d)
{
    exchange_free(&d->exchange);
    free(d->groups);
    free(d->running);
}

static sw_status open_driver(driver *d, const train_options *o)
{
    const int groups = sw_pool_groups(o->pool);
    const int rows = sw_pool_first_row(o->pool, groups - 1) + sw_pool_rows(o->pool, groups - 1);
    *d = (driver){.options = o, .group_count = groups};
    d->groups = calloc((size_t) groups, sizeof(*d->groups));
    d->running = calloc((size_t) rows, sizeof(*d->running));
    if (d->groups == NULL || d->running == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to train with %d rows", rows);
    }
    for (int g = 0; g < groups; g++) {
        d->groups[g].first_row = sw_pool_first_row(o->pool, g);
    }
    return exchange_init(&d->exchange, o->pool, o->interrupts, 2);
}

static sw_status act(driver *d, int g)
{
    const train_options *o = d->options;
    d->groups[g].waiting = false;
    o->class->act(o->algo, g, d->groups[g].batch, d->exchange.actions);
    return exchange_send(&d->exchange, g);
}

static void count(driver *d, const group *g)
{
    const sw_batch *b = g->batch;
    episode ended;
    for (int i = 0; i < b->rows; i++) {
        if (episode_step(&d->running[g->first_row + i], b->rewards[i], b->flags[i], &ended)) {
            recent_add(&d->recent, &ended);
        }
    }
    d->steps += b->rows;
}

static sw_status report(const driver *d)
{
    const train_options *o = d->options;
    double stats[TRAIN_MAX_STATS];
    o->class->stats(o->algo, stats);
    const report_row row = {.steps = d->steps,
                            .episodes = d->recent.count,
                            .wall_s = clock_seconds() - d->began,
                            .return_mean = recent_return(&d->recent),
                            .length_mean = recent_length(&d->recent),
                            .stats = stats};
    return o->report(o->context, &row);
}

static sw_status act_for_waiting(driver *d)
{
    sw_status st = SW_OK;
    for (int g = 0; st == SW_OK && g < d->group_count; g++) {
        if (d->groups[g].waiting) {
            st = act(d, g);
        }
    }
    return st;
}

static bool is_interrupted(const driver *d)
{
    return d->options->interrupts != NULL && *d->options->interrupts > 0;
}

// One group's turn; *done once training is over.
static sw_status turn(driver *d, int g, bool *done)
{
    const train_options *o = d->options;
    group *now = &d->groups[g];
    sw_status st = exchange_recv(&d->exchange, g, &now->batch);
    if (st == SW_INTERRUPTED && *o->interrupts == 1) {
        *done = true;  // with what there is: the rest of this iteration does not come in time
        return SW_OK;
    }
    if (st != SW_OK) {
        return st;
    }
    if (!now->begun) {
        now->begun = true;
        return act(d, g);
    }
    count(d, now);
    now->waiting = o->class->observe(o->algo, g, now->batch) == ALGO_HOLD;
    if (!now->waiting) {
        st = act(d, g);
    }
    if (st != SW_OK || !o->class->update(o->algo)) {
        return st;
    }
    st = report(d);
    *done = d->steps >= o->steps || is_interrupted(d);
    return st != SW_OK || *done ? st : act_for_waiting(d);
}

static sw_status rotate(driver *d)
{
    sw_status st = exchange_reset(&d->exchange);
    bool done = false;
    while (st == SW_OK && !done) {
        int turns = 0;
        for (int g = 0; st == SW_OK && !done && g < d->group_count; g++) {
            if (!d->groups[g].waiting) {
                st = turn(d, g, &done);
                turns++;
            }
        }
        assert(turns > 0);  // an algorithm that holds every group must have an update due
    }
    return st;
}

sw_status train_run(const train_options *options)
{
    assert(options->class->stat_count <= TRAIN_MAX_STATS);
    driver d;
    sw_status st = open_driver(&d, options);
    if (st == SW_OK) {
        d.began = clock_seconds();
        st = rotate(&d);
    }
    close_driver(&d);
    return st;
}
