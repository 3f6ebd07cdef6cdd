// npg.c -- the natural policy gradient.
//
// Kakade 2001, "A Natural Policy Gradient", NIPS 14: steepest ascent where a step is as long as it
// changes the distribution over actions, not the parameters.
//
//   given a rollout collected with pi_old:
//     A, R  <- GAE(gamma, lambda)                                        collector_finish
//     g     =  mean_i A_i d log pi(a_i|s_i) / d theta
//     F     =  mean_i E_a~pi[ (d log pi(a|s_i) / d theta) (...)^T ]      section 3
//     x     =  (F + damping I)^-1 g                                      natural_solve
//     theta <- theta + alpha x
//     critic: epochs of Adam on (V - R)^2
//
// alpha is a rate, as in the paper, or such that the step's KL is max_kl by its quadratic estimate,
// as Peters, Schaal 2008 ("Natural Actor-Critic") and Rajeswaran et al. 2017 (arXiv:1703.02660, eq.
// 5) normalise it. With a rate, steps shrink with the gradient; with a radius they all change the
// policy alike.
//
// Differences from the paper: F is the expectation over actions, exact for the states at hand, not
// the outer products of the actions taken; it is damped, and the system is solved by conjugate
// gradient; advantages instead of Q, standardised.
#include "npg.h"

#include <stdlib.h>
#include <string.h>

enum { STEP = NATURAL_PARAM_COUNT, LR, PARAM_COUNT };

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    NATURAL_PARAMS,
    [STEP] = {"step", SW_STRING, 0, {.s = "kl"}, 0, 0, "kl|rate",
        "how long a step is: by max_kl or by lr"},
    [LR] = {"lr", SW_FLOAT, 0, {.f = 0.1}, 0, 1e3, NULL,
        "alpha, where step is rate: natural gradients per step"},
};
// clang-format on

static const char *const stat_names[NATURAL_STAT_COUNT] = {NATURAL_STAT_NAMES};

typedef struct npg {
    natural_learner base;
    bool by_rate;
    double lr, max_kl;
} npg;

static double take_step(natural_learner *l, const natural_direction *direction,
                        natural_point *point)
{
    const npg *n = (const npg *) l;
    double rate = natural_rate(direction, n->max_kl);
    if (n->by_rate && rate > 0) {
        rate = n->lr;
    }
    natural_move(&l->natural, rate, point);
    return rate;
}

static sw_status open_npg(const algo_problem *problem, const sw_value *values, algo **a)
{
    npg *n = calloc(1, sizeof(*n));
    if (n == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for npg");
    }
    n->by_rate = strcmp(values[STEP].s, "rate") == 0;
    n->lr = values[LR].f;
    n->max_kl = values[NATURAL_MAX_KL].f;
    const sw_status st =
        natural_learner_open(&n->base, problem, values, take_step, NATURAL_STAT_COUNT);
    if (st == SW_OK) {
        *a = (algo *) n;
    }
    return st;
}

const algo_class algo_npg = {
    .name = "npg",
    .doc = "Natural policy gradient, by a KL radius or a rate (Kakade 2001)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = NATURAL_STAT_COUNT,
    .open = open_npg,
    ON_POLICY_FUNCTIONS,
    .tensors = natural_learner_tensors,
    .close = natural_learner_close,
};
