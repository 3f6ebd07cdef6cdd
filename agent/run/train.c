// train.c -- the only caller of the pool while there is something to learn.
//
//   for groups 0 .. G-1 in rotation, those that wait skipped:
//     recv(g) -> batch
//     the first batch of a group:  act(g, batch), send
//     every other:                 observe(g, batch)
//                                    GO:    act(g, batch), send
//                                    HOLD:  g waits
//     update(); if it ran: see that nothing diverged; report; act(g, its batch) and send for every
//     g
//                          that waits, in order
//     if a checkpoint is due: recv from every g that does not wait, and hold the batch; save
//
// Nothing here depends on time or on the order of arrival, but when a checkpoint is due: it changes
// when a batch is received, and nothing else.
#include "train.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "episode.h"
#include "exchange.h"
#include "finite.h"
#include "lane.h"

struct driver {
    train_options options;
    exchange exchange;
    lane *lanes;  // [group_count]
    int group_count;
    episodes running;
    recent recent;
    int64_t steps;
    int64_t next;         // the group whose turn it is, if it does not wait
    uint8_t updated;      // groups that wait may act
    double began;         // seconds; time spent before is spent before this
    int64_t bad_updates;  // in a row: with a statistic that is not finite
    bool diverged;
    bool done;
};


// ---- opening ------------------------------------------------------------------------------------

static sw_status open_lanes(driver *d)
{
    d->lanes = calloc((size_t) d->group_count, sizeof(*d->lanes));
    if (d->lanes == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to train with %d groups", d->group_count);
    }
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < d->group_count; i++) {
        st = lane_init(&d->lanes[i], d->options.pool, i);
    }
    return st;
}

sw_status train_open(const train_options *options, driver **d)
{
    assert(options->class->stat_count <= TRAIN_MAX_STATS);
    sw_pool *pool = options->pool;
    driver *new = calloc(1, sizeof(*new));
    if (new == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to train");
    }
    new->options = *options;
    new->group_count = sw_pool_groups(pool);
    const int last = new->group_count - 1;
    sw_status st = open_lanes(new);
    if (st == SW_OK) {
        st = episodes_init(&new->running, sw_pool_first_row(pool, last) + sw_pool_rows(pool, last));
    }
    if (st == SW_OK) {
        st = exchange_init(&new->exchange, pool, options->interrupts, 2);
    }
    if (st != SW_OK) {
        train_close(new);
        return st;
    }
    *d = new;
    return SW_OK;
}

void train_close(driver *d)
{
    if (d == NULL) {
        return;
    }
    for (int i = 0; d->lanes != NULL && i < d->group_count; i++) {
        lane_free(&d->lanes[i]);
    }
    exchange_free(&d->exchange);
    episodes_free(&d->running);
    free(d->lanes);
    free(d);
}

bool train_has_diverged(const driver *d)
{
    return d->diverged;
}

int64_t train_steps(const driver *d)
{
    return d->steps;
}


// ---- turns --------------------------------------------------------------------------------------

static sw_status act(driver *d, int g)
{
    const train_options *o = &d->options;
    d->lanes[g].waiting = false;
    o->class->act(o->algo, g, d->lanes[g].batch, d->exchange.actions);
    return exchange_send(&d->exchange, g);
}

static void count(driver *d, const lane *l)
{
    const sw_batch *b = l->batch;
    episode ended;
    for (int i = 0; i < b->rows; i++) {
        if (episodes_step(&d->running, l->first_row + i, b->rewards[i], b->flags[i], &ended)) {
            recent_add(&d->recent, &ended);
        }
    }
    d->steps += b->rows;
}

// Ends training with the reason that was given last.
static sw_status diverge(driver *d)
{
    char why[400];
    snprintf(why, sizeof(why), "%s", sw_last_error());
    d->diverged = true;
    return sw_fail(SW_FAILED_PRECONDITION, "after %lld steps %s", (long long) d->steps, why);
}

static sw_status check_parameters(driver *d)
{
    const train_options *o = &d->options;
    return algo_check_finite(o->class, o->algo) == SW_OK ? SW_OK : diverge(d);
}

static sw_status report(driver *d)
{
    const train_options *o = &d->options;
    double stats[TRAIN_MAX_STATS];
    o->class->stats(o->algo, stats);
    d->bad_updates = algo_check_stats(o->class, stats) == SW_OK ? 0 : d->bad_updates + 1;
    if (d->bad_updates == TRAIN_BAD_UPDATES) {
        return diverge(d);
    }
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
        if (d->lanes[g].waiting) {
            st = act(d, g);
        }
    }
    d->updated = st != SW_OK;
    return st;
}

static bool is_interrupted(const driver *d)
{
    return d->options.interrupts != NULL && *d->options.interrupts > 0;
}

// The second interrupt is an error.
static sw_status check_interrupts(const driver *d)
{
    const bool at_once = is_interrupted(d) && *d->options.interrupts > 1;
    return at_once ? sw_fail(SW_INTERRUPTED, "interrupted") : SW_OK;
}

// What becomes of an error of exchange_recv(): an interrupt ends training with what there is, since
// the rest of this turn does not come in time.
static sw_status take_error(driver *d, sw_status st)
{
    if (st == SW_INTERRUPTED && *d->options.interrupts == 1) {
        d->done = true;
        return SW_OK;
    }
    return st;
}

static sw_status update(driver *d)
{
    const train_options *o = &d->options;
    d->updated = o->class->update(o->algo);
    if (!d->updated) {
        return SW_OK;
    }
    sw_status st = check_parameters(d);
    if (st == SW_OK) {
        st = report(d);
    }
    // an interrupt may have kept the report from evaluating: what it would have seen must stay
    d->done = d->steps >= o->steps || is_interrupted(d);
    return st != SW_OK || d->done ? st : act_for_waiting(d);
}

static sw_status turn(driver *d, int g)
{
    const train_options *o = &d->options;
    lane *now = &d->lanes[g];
    sw_status st = SW_OK;
    if (!lane_release(now)) {
        st = exchange_recv(&d->exchange, g, &now->batch);
    }
    if (st != SW_OK) {
        return take_error(d, st);
    }
    d->next = (g + 1) % d->group_count;
    if (!now->begun) {
        now->begun = true;
        return act(d, g);
    }
    count(d, now);
    now->waiting = o->class->observe(o->algo, g, now->batch) == ALGO_HOLD;
    if (!now->waiting) {
        st = act(d, g);
    }
    return st == SW_OK ? update(d) : st;
}

// An algorithm that holds every group must have an update due, so there is one that does not wait.
static int choose_group(const driver *d)
{
    int g = (int) d->next;
    for (int i = 0; i < d->group_count && d->lanes[g].waiting; i++) {
        g = (g + 1) % d->group_count;
    }
    assert(!d->lanes[g].waiting);
    return g;
}

// Holds what is outstanding; after an error too, as much of it as comes.
static sw_status receive_all(driver *d)
{
    sw_status first = SW_OK;
    for (int i = 0; i < d->group_count; i++) {
        lane *l = &d->lanes[i];
        if (!lane_is_outstanding(l)) {
            continue;
        }
        const sw_status st = exchange_recv(&d->exchange, i, &l->batch);
        if (st == SW_OK) {
            lane_hold(l);
        }
        first = first == SW_OK ? st : first;
    }
    return first;
}

static sw_status save_if_due(driver *d)
{
    const train_options *o = &d->options;
    const bool may_be_lost = d->bad_updates > 0;  // what was saved before may be better
    if (d->done || may_be_lost || o->is_due == NULL || !o->is_due(o->context)) {
        return SW_OK;
    }
    sw_status st = check_parameters(d);
    if (st != SW_OK) {
        return st;
    }
    st = receive_all(d);
    return st == SW_OK ? o->save(o->context) : take_error(d, st);
}

// Asks for what every group's next turn begins with. A step without a reply that was kept is lost:
// the pool knows, and does not look at the actions.
static sw_status begin(driver *d)
{
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < d->group_count; i++) {
        const lane *l = &d->lanes[i];
        if (lane_is_outstanding(l)) {
            st =
                l->begun ? exchange_send(&d->exchange, i) : sw_pool_reset(d->options.pool, i, NULL);
        }
    }
    return st == SW_OK && d->updated ? act_for_waiting(d) : st;
}

sw_status train_run(driver *d, double wall_s)
{
    d->began = clock_seconds() - wall_s;
    // with the iteration that was the last; or before anything that an interrupt put off is done
    d->done = (d->updated && d->steps >= d->options.steps) || is_interrupted(d);
    sw_status st = d->done ? check_interrupts(d) : begin(d);
    if (st != SW_OK || d->done) {
        return st;
    }
    st = save_if_due(d);
    while (st == SW_OK && !d->done) {
        st = turn(d, choose_group(d));
        if (st == SW_OK) {
            st = save_if_due(d);
        }
        d->done = d->done || is_interrupted(d);
    }
    if (st == SW_OK && receive_all(d) == SW_INTERRUPTED) {
        st = check_interrupts(d);
    }
    return st == SW_OK ? check_parameters(d) : st;
}


// ---- checkpoints --------------------------------------------------------------------------------

sw_status train_keep(driver *d)
{
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < d->group_count; i++) {
        st = lane_keep(&d->lanes[i]);
    }
    return st;
}

sw_status train_tensors(void *self, algo_visit visit, void *context)
{
    driver *d = self;
    const tensor_visitor to = {visit, context};
    const algo_tensor numbers[] = {{"run.steps", ALGO_I64, 0, {0}, &d->steps, NULL},
                                   {"run.next", ALGO_I64, 0, {0}, &d->next, NULL},
                                   {"run.updated", ALGO_U8, 0, {0}, &d->updated, NULL},
                                   {"run.bad_updates", ALGO_I64, 0, {0}, &d->bad_updates, NULL}};
    sw_status st = episodes_tensors(&d->running, &to);
    if (st == SW_OK) {
        st = recent_tensors(&d->recent, &to);
    }
    if (st == SW_OK) {
        st = tensors_list(&to, numbers, sizeof(numbers) / sizeof(numbers[0]));
    }
    for (int g = 0; st == SW_OK && g < d->group_count; g++) {
        st = lane_tensors(&d->lanes[g], &to);
    }
    return st;
}

sw_status train_make_room(driver *d, const checkpoint *from)
{
    sw_status st = SW_OK;
    for (int g = 0; st == SW_OK && g < d->group_count; g++) {
        st = lane_make_room(&d->lanes[g], from);
    }
    return st;
}

sw_status train_restore(driver *d, train_gap *gap)
{
    *gap = (train_gap){.groups = 0};
    sw_status st = SW_OK;
    if (d->next < 0 || d->next >= d->group_count) {
        return sw_fail(SW_PROTOCOL, "a checkpoint of another number of groups than %d",
                       d->group_count);
    }
    for (int g = 0; st == SW_OK && g < d->group_count; g++) {
        bool is_anew;
        st = lane_restore(&d->lanes[g], &is_anew, gap->why, sizeof(gap->why));
        gap->groups += st == SW_OK && is_anew;
    }
    return st;
}
