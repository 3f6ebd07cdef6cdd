// fitted_q.c -- fitted Q iteration, for one Discrete action.
//
// Ernst, Geurts, Wehenkel 2005, "Tree-Based Batch Mode Reinforcement Learning", JMLR 6, Figure 1;
// with networks: Riedmiller 2005, "Neural Fitted Q Iteration", ECML 2005, section 3, and its
// incremental form, section 3.3: data is added by what was learned from the data before.
//
//   symbol    shape   meaning
//   F                 the transitions seen so far (s, a, R, discount, s'): all of the replay
//   Q_k       [k]     values of the actions in a state when k steps are left; Q_0 = 0
//
//   until the run ends:
//     act: with probability epsilon any action, else argmax_a Q(s, a); add what happened to F
//     every 1 / updates_per_step transitions, `iterations` times:
//       y      =  R + discount max_a Q_k(s', a)     for all of F
//       Q_k+1  =  the regression of y on (s, a):  `epochs` passes over F, shuffled, of Adam down
//                 mean (Q(s, a) - y)^2 / 2, from Q_k on
//
// Q is what hidden makes it: "" is a linear map, which on a one-hot state is a table, else a
// network. Regressions that end near y converge as value iteration does, by gamma in an iteration.
//
// Differences from the papers: the regression is Adam's on minibatches, not trees or Rprop on all
// of F at once, and does not begin anew; where F has grown, Q goes on from what it was.
#include "fitted_q.h"

#include <limits.h>
#include <stdlib.h>

#include <minibatch.h>

enum { LR = OFF_PARAM_COUNT, EPSILON, ITERATIONS, EPOCHS, PARAM_COUNT };

// The papers' shapes of networks and data differ from task to task; these are for small ones.
// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    OFF_POLICY_DATA_PARAMS("64,64", 1000),
    [OFF_UPDATES_PER_STEP] = {"updates_per_step", SW_FLOAT, 0, {.f = 0.001}, 0, 1, NULL,
        "updates per transition, each of `iterations`"},
    [LR] = {"lr", SW_FLOAT, 0, {.f = 1e-3}, 0, 1, NULL, "Adam's step size"},
    [EPSILON] = {"epsilon", SW_FLOAT, 0, {.f = 0.1}, 0, 1, NULL,
        "probability of a random action"},
    [ITERATIONS] = {"iterations", SW_INT, 0, {.i = 10}, 1, 1e6, NULL,
        "Q_k to Q_k+1 in an update"},
    [EPOCHS] = {"epochs", SW_INT, 0, {.i = 5}, 1, 1e6, NULL,
        "passes over all transitions in an iteration"},
};
// clang-format on

enum { LOSS, Q_MEAN, GRAD_NORM, SUMS };

static const char *const stat_names[SUMS + 1] = {
    [LOSS] = "loss", [Q_MEAN] = "q_mean", [GRAD_NORM] = "grad_norm", [SUMS] = "updates"};

static void explore(off_policy *o, const float *x, int n, random_state *random, float *actions)
{
    fitted_q *f = (fitted_q *) o;
    action_values_choose(&f->values, x, n, f->epsilon, random, actions);
}

static void decide(off_policy *o, const float *x, int n, random_state *random, bool stochastic,
                   float *actions)
{
    fitted_q *f = (fitted_q *) o;
    action_values_choose(&f->values, x, n, stochastic ? f->epsilon : 0, random, actions);
}

// One pass over F; returns the mean loss.
static double fit(fitted_q *f)
{
    off_policy *o = &f->base;
    const int n = (int) o->replay.count, parts = minibatch_count(n, o->batch_rows);
    double loss = 0;

    for (int i = 0; i < n; i++) {
        f->order[i] = i;
    }
    random_shuffle(&o->sample, f->order, n);
    for (int k = 0; k < parts; k++) {
        const int begin = minibatch_begin(n, parts, k), end = minibatch_begin(n, parts, k + 1);
        replay_gather(&o->replay, f->order + begin, end - begin, &o->batch);
        action_values_learn(&f->values, &o->batch, f->lr);
        loss += f->values.loss * (end - begin) / n;
    }
    return loss;
}

double fitted_q_iterate(fitted_q *f)
{
    double loss = 0;
    for (int epoch = 0; epoch < f->epochs; epoch++) {
        loss = fit(f);
    }
    action_values_follow(&f->values, 1);
    return loss;
}

static void learn(off_policy *o)
{
    fitted_q *f = (fitted_q *) o;
    double loss = 0;
    for (int k = 0; k < f->iterations; k++) {
        loss = fitted_q_iterate(f);
    }
    o->sums[LOSS] += loss;
    o->sums[Q_MEAN] += f->values.mean;
    o->sums[GRAD_NORM] += f->values.norm;
}


// ---- algo_class ---------------------------------------------------------------------------------

static const off_policy_class kind = {
    .explore = explore, .decide = decide, .learn = learn, .stat_count = SUMS, .learns_whole = true};

static void close_fitted_q(algo *a)
{
    fitted_q *f = (fitted_q *) a;
    if (f == NULL) {
        return;
    }
    action_values_free(&f->values);
    free(f->order);
    off_policy_free(&f->base);
    free(f);
}

static sw_status init_order(fitted_q *f, int64_t buffer)
{
    if (buffer > INT_MAX) {
        return sw_fail(SW_INVALID_ARGUMENT, "a pass over %lld transitions: lower buffer to %d",
                       (long long) buffer, INT_MAX);
    }
    f->order = malloc((size_t) buffer * sizeof(*f->order));
    return f->order != NULL ? SW_OK
                            : sw_fail(SW_NO_MEMORY, "no memory for the order of %lld transitions",
                                      (long long) buffer);
}

static sw_status open_fitted_q(const algo_problem *problem, const sw_value *values, algo **a)
{
    const action_values_options squares = {0};
    fitted_q *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for fitted_q");
    }
    f->lr = values[LR].f;
    f->epsilon = values[EPSILON].f;
    f->iterations = (int) values[ITERATIONS].i;
    f->epochs = (int) values[EPOCHS].i;
    sw_status st = off_policy_init(&f->base, problem, values, &kind, "fitted_q", true);
    if (st == SW_OK) {
        st = action_values_init(&f->values, &f->base, problem, &squares);
    }
    if (st == SW_OK && !problem->evaluates) {
        st = init_order(f, values[OFF_BUFFER].i);
    }
    if (st != SW_OK) {
        close_fitted_q((algo *) f);
        return st;
    }
    *a = (algo *) f;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    fitted_q *f = (fitted_q *) a;
    const tensor_visitor to = {visit, context};
    const sw_status st = action_values_tensors(&f->values, &to);
    return st == SW_OK ? off_policy_tensors(&f->base, &to) : st;
}

const algo_class algo_fitted_q = {
    .name = "fitted_q",
    .doc = "Fitted Q iteration, linear or neural (Ernst et al. 2005, JMLR 6; Riedmiller 2005, "
           "Neural Fitted Q Iteration)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = SUMS + 1,
    .open = open_fitted_q,
    OFF_POLICY_FUNCTIONS,
    .tensors = visit_tensors,
    .close = close_fitted_q,
};
