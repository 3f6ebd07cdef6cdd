// eval.c -- groups take turns as in training. A row whose first episode is over goes on unwatched
// until its whole group is done.
#include "eval.h"

#include <math.h>
#include <stdlib.h>

#include "episode.h"
#include "exchange.h"

typedef struct evaluation {
    const eval_options *options;
    exchange exchange;
    episodes running;
    bool *over;       // [rows] the first episode has ended
    double *returns;  // [rows] of the episodes that count, [episodes] of it used
    double length;    // of all those together
    int64_t steps;    // that every row has made
    int episodes;
} evaluation;

// Notes what a reply says of rows whose first episode runs; returns how many still do.
static int watch(evaluation *e, int first_row, const sw_batch *batch)
{
    int left = 0;
    for (int i = 0; i < batch->rows; i++) {
        const int row = first_row + i;
        episode ended;
        if (e->over[row] ||
            !episodes_step(&e->running, row, batch->rewards[i], batch->flags[i], &ended)) {
            left += !e->over[row];
            continue;
        }
        e->over[row] = true;
        if (!ended.faulty) {
            e->returns[e->episodes++] = ended.total;
            e->length += (double) ended.length;
        }
    }
    return left;
}

static sw_status decide(evaluation *e, int group, const sw_batch *batch)
{
    const eval_options *o = e->options;
    o->class->decide(o->algo, batch, o->stochastic, e->exchange.actions);
    return exchange_send(&e->exchange, group);
}

// A policy that never gets anywhere would be watched for ever where nothing cuts it off.
static sw_status check_end(evaluation *e, int left)
{
    const sw_spec *spec = sw_pool_spec(e->options->pool);
    if (left == 0 || spec->max_episode_steps > 0 || e->steps < EVAL_MAX_STEPS) {
        return SW_OK;
    }
    return sw_fail(SW_FAILED_PRECONDITION,
                   "%s has no time limit, and %d episodes have not ended after %d steps: train "
                   "where there is one",
                   spec->id, left, EVAL_MAX_STEPS);
}

// A group's next step; *left becomes how many of its rows are not done.
static sw_status step(evaluation *e, int group, int *left)
{
    const sw_batch *batch;
    sw_status st = exchange_recv(&e->exchange, group, &batch);
    if (st != SW_OK) {
        return st;
    }
    *left = watch(e, sw_pool_first_row(e->options->pool, group), batch);
    st = check_end(e, *left);
    return st == SW_OK && *left > 0 ? decide(e, group, batch) : st;
}

static sw_status run(evaluation *e, int *left)
{
    const int groups = sw_pool_groups(e->options->pool);
    sw_status st = exchange_reset(&e->exchange);
    for (int g = 0; st == SW_OK && g < groups; g++) {
        const sw_batch *batch;  // of the reset
        st = exchange_recv(&e->exchange, g, &batch);
        left[g] = sw_pool_rows(e->options->pool, g);
        if (st == SW_OK) {
            st = decide(e, g, batch);
        }
    }
    bool done = false;
    while (st == SW_OK && !done) {
        done = true;
        e->steps++;
        for (int g = 0; st == SW_OK && g < groups; g++) {
            if (left[g] > 0) {
                st = step(e, g, &left[g]);
                done = false;
            }
        }
    }
    return st;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static void summarise(evaluation *e, eval_result *result)
{
    const int n = e->episodes, cut = n / 4;
    qsort(e->returns, (size_t) n, sizeof(*e->returns), ascending);
    const double m = episode_mean(e->returns, n);
    double squares = 0;
    for (int i = 0; i < n; i++) {
        squares += (e->returns[i] - m) * (e->returns[i] - m);
    }
    *result = (eval_result){.episodes = n,
                            .mean = m,
                            .iqm = episode_mean(e->returns + cut, n - 2 * cut),
                            .std = sqrt(squares / n),
                            .length = e->length / n};
}

sw_status eval_run(const eval_options *options, eval_result *result)
{
    const sw_pool *pool = options->pool;
    const int groups = sw_pool_groups(pool);
    const int rows = sw_pool_first_row(pool, groups - 1) + sw_pool_rows(pool, groups - 1);
    evaluation e = {.options = options};
    int *left = calloc((size_t) groups, sizeof(*left));  // [groups] rows not done
    e.over = calloc((size_t) rows, sizeof(*e.over));
    e.returns = calloc((size_t) rows, sizeof(*e.returns));
    sw_status st = left != NULL && e.over != NULL && e.returns != NULL
                       ? episodes_init(&e.running, rows)
                       : sw_fail(SW_NO_MEMORY, "no memory to evaluate %d episodes", rows);
    if (st == SW_OK) {
        st = exchange_init(&e.exchange, options->pool, options->interrupts, 1);
    }
    if (st == SW_OK) {
        st = run(&e, left);
    }
    if (st == SW_OK) {
        summarise(&e, result);
        result->lost = rows - e.episodes;
    }
    exchange_free(&e.exchange);
    free(e.returns);
    free(e.over);
    episodes_free(&e.running);
    free(left);
    return st;
}
