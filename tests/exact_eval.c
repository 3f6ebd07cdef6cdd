// exact_eval.c -- how far the policy of a run is from the best there is, exactly.
//
//     exact_eval RUN
//
// Of a finite world it asks the policy for its most probable action in every state, and finds the
// value of these actions and the optimum by dynamic programming, under the run's gamma and without
// a time limit, both averaged over where episodes begin. Of LQR-v0 it plays the mean action from
// 1,000 starts, and compares the cost of that with the optimum by Riccati. Prints a JSON object:
// env, algo, value, optimal and gap, which is |value - optimal| / |optimal|.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "local_env.h"
#include "pool_ops.h"
#include "trained.h"

// A run's policy and its task, in one process.
typedef struct subject {
    config config;
    local_env env;
    int *first_row;  // [groups + 1]
    algo *algo;
} subject;

typedef struct outcome {
    double value, optimal;
} outcome;

// ---- opening a run --------------------------------------------------------------------------

static sw_status open_env(subject *s)
{
    sw_assignment settings[SW_MAX_SETTINGS];
    const sw_env_class *task = local_env_task(s->config.env);
    if (task == NULL) {
        return sw_fail(SW_NOT_FOUND, "%s: no such task here", s->config.env);
    }
    config_assignments(&s->config, settings);
    return local_env_open(&s->env, task, settings, s->config.setting_count);
}

static sw_status open_algo(subject *s)
{
    const config *c = &s->config;
    const int rows = (int) c->envs, groups = (int) c->groups;
    s->first_row = calloc((size_t) groups + 1, sizeof(*s->first_row));
    if (s->first_row == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %d groups", groups);
    }
    for (int g = 0; g <= groups; g++) {
        s->first_row[g] = pool_first_row(rows, groups, g);
    }
    const algo_problem problem = {.spec = &s->env.spec,
                                  .rows = rows,
                                  .groups = groups,
                                  .first_row = s->first_row,
                                  .total_steps = c->steps,
                                  .seed = (uint64_t) c->seed,
                                  .threads = 1};
    return c->algo->open(&problem, c->params, &s->algo);
}

static sw_status open_subject(subject *s, const char *run)
{
    checkpoint *c = NULL;
    sw_status st = trained_open(run, &s->config, &c);
    if (st == SW_OK) {
        st = open_env(s);
    }
    if (st == SW_OK) {
        st = open_algo(s);
    }
    if (st == SW_OK) {
        st = checkpoint_read_policy(c, s->config.algo, s->algo);
    }
    checkpoint_close(c);
    return st;
}

static void close_subject(subject *s)
{
    if (s->algo != NULL) {
        s->config.algo->close(s->algo);
    }
    free(s->first_row);
    if (s->env.env != NULL) {
        local_env_close(&s->env);
    }
}

// The most probable action for what the environment shows, into its own `actions`.
static void decide(subject *s)
{
    const sw_batch batch = {.rows = 1, .observations = (const void *const *) s->env.observations};
    s->config.algo->decide(s->algo, &batch, false, s->env.actions);
}

// ---- finite worlds --------------------------------------------------------------------------

static sw_status read_gamma(const config *c, double *gamma)
{
    for (int i = 0; i < c->algo->param_count; i++) {
        if (strcmp(c->algo->params[i].name, "gamma") == 0) {
            *gamma = c->params[i].f;
            return SW_OK;
        }
    }
    return sw_fail(SW_INVALID_ARGUMENT, "%s has no gamma", c->algo->name);
}

static sw_status choose(subject *s, int states, int *actions)
{
    const char *format = s->env.task->state_formats[1];
    for (int state = 0; state < states; state++) {
        const int64_t number_and_seed[2] = {state, 0};
        const sw_status st = local_env_load(&s->env, format, number_and_seed);
        if (st != SW_OK) {
            return st;
        }
        decide(s);
        actions[state] = (int) *(const int64_t *) s->env.actions[0];
    }
    return SW_OK;
}

static sw_status judge_world(subject *s, const tabular_table *table, outcome *out)
{
    double gamma = 0;
    double *values = calloc((size_t) table->states, sizeof(*values));
    int *actions = calloc((size_t) table->states, sizeof(*actions));
    sw_status st = values != NULL && actions != NULL
                       ? read_gamma(&s->config, &gamma)
                       : sw_fail(SW_NO_MEMORY, "no memory for %d states", table->states);
    if (st == SW_OK) {
        st = choose(s, table->states, actions);
    }
    if (st == SW_OK) {
        exact_optimum(table, gamma, values);
        out->optimal = exact_start(table, values);
        exact_value(table, gamma, actions, values);
        out->value = exact_start(table, values);
    }
    free(actions);
    free(values);
    return st;
}

// ---- LQR ------------------------------------------------------------------------------------

// Both are means of costs: the less the better.
static sw_status judge_lqr(subject *s, outcome *out)
{
    enum { STARTS = 1000 };
    *out = (outcome){0, 0};
    for (uint64_t seed = 0; seed < STARTS; seed++) {
        sw_status st = local_env_reset(&s->env, seed);
        while (st == SW_OK && !s->env.row.truncated) {
            decide(s);
            st = local_env_step(&s->env);
        }
        if (st != SW_OK) {
            return st;
        }
        out->value += local_env_info(&s->env, "cost") / STARTS;
        out->optimal += local_env_info(&s->env, "optimal_cost") / STARTS;
    }
    return SW_OK;
}

static sw_status judge(subject *s, outcome *out)
{
    const tabular_table *table = tabular_table_of(s->env.task, s->env.env);
    if (table != NULL) {
        return judge_world(s, table, out);
    }
    if (strcmp(s->config.env, "LQR-v0") == 0) {
        return judge_lqr(s, out);
    }
    return sw_fail(SW_INVALID_ARGUMENT, "%s: nobody knows its optimum", s->config.env);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "exact_eval RUN\n");
        return 2;
    }
    subject *s = calloc(1, sizeof(*s));
    outcome o = {0, 0};
    sw_status st = s != NULL ? open_subject(s, argv[1]) : SW_NO_MEMORY;
    if (st == SW_OK) {
        st = judge(s, &o);
    }
    if (st == SW_OK) {
        printf("{\"env\": \"%s\", \"algo\": \"%s\", \"value\": %.9g, \"optimal\": %.9g, "
               "\"gap\": %.6g}\n",
               s->config.env, s->config.algo->name, o.value, o.optimal,
               fabs(o.value - o.optimal) / fabs(o.optimal));
    } else {
        fprintf(stderr, "exact_eval: %s\n", sw_last_error());
    }
    if (s != NULL) {
        close_subject(s);
    }
    free(s);
    return st != SW_OK;
}
