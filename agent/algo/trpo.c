// trpo.c -- Trust Region Policy Optimization.
//
// Schulman et al. 2015, arXiv:1502.05477, with the advantages of Schulman et al. 2016,
// arXiv:1506.02438.
//
//   given a rollout collected with pi_old:
//     A, R <- GAE(gamma, lambda)                                         collector_finish
//     maximise  L(theta) = mean_i r_i A_i   subject to  mean_i KL(pi_old || pi)(s_i) <= delta (14)
//     g     =  dL / dtheta at theta_old
//     x     =  (F + damping I)^-1 g, by conjugate gradient               appendix C.1
//     beta  =  sqrt( 2 delta / x^T (F + damping I) x )                   appendix C
//     theta <- theta_old + shrink^j beta x for the first j = 0, 1 ... backtracks - 1 that has
//              L(theta) > L(theta_old) and mean KL <= delta; theta_old if none has
//     critic: epochs of Adam on (V - R)^2
//
//   hyper-parameter   here      sb3-contrib   its zoo, MuJoCo   Tianshou   baselines trpo_mpi
//   rows per update   8 x 128   2048          2 x 1024          16 x 64    1024
//   max_kl            .01       .01           .01               .01        .01
//   damping           .1        .1            .1                .1         .1
//   cg_iterations     15        15            25                10         10
//   backtracks        10        10            10                10         10
//   shrink            .8        .8            .8                .8         .5
//   critic_epochs     20        10            20                20         5
//   critic_lr         1e-3      1e-3          1e-3              1e-3       1e-3
//   minibatch         128       128           128               all        64
//   lambda            .95       .95           .95               .95        .98
//
// Differences from the paper: the critic is fitted by Adam, advantages are standardised, and those
// of actor_critic.h (normalised observations, scaled rewards, orthogonal initialisation). F is
// exact and uses all rows: a part of them (baselines takes a fifth, Engstrom et al. 2020 a tenth)
// would save little here, where simulating takes most of the time. The KL of a step that is taken
// is never above delta (baselines allows 1.5 delta).
#include "trpo.h"

#include <stdlib.h>

enum { BACKTRACKS = NATURAL_PARAM_COUNT, SHRINK, PARAM_COUNT };

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    NATURAL_PARAMS,
    [BACKTRACKS] = {"backtracks", SW_INT, 0, {.i = 10}, 1, 1000, NULL,
        "step lengths that the line search tries"},
    [SHRINK] = {"shrink", SW_FLOAT, 0, {.f = 0.8}, 0.01, 0.99, NULL,
        "a step length over the one before it"},
};
// clang-format on

static const char *const stat_names[TRPO_STAT_COUNT] = {
    NATURAL_STAT_NAMES,
    [TRPO_LINE_SEARCH] = "line_search",
};

typedef struct trpo {
    natural_learner base;
    double max_kl, shrink;
    int backtracks;
} trpo;

static double search_line(natural_learner *l, const natural_direction *direction,
                          natural_point *point)
{
    trpo *t = (trpo *) l;
    double *tries = &l->base.stats[TRPO_LINE_SEARCH];
    double rate = natural_rate(direction, t->max_kl);

    for (; rate > 0 && *tries < t->backtracks; rate *= t->shrink) {
        ++*tries;
        natural_move(&l->natural, rate, point);
        if (point->objective > direction->start.objective && point->kl <= t->max_kl) {
            return rate;
        }
    }
    natural_move(&l->natural, 0, point);
    return 0;
}

static sw_status open_trpo(const algo_problem *problem, const sw_value *values, algo **a)
{
    trpo *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for trpo");
    }
    t->max_kl = values[NATURAL_MAX_KL].f;
    t->shrink = values[SHRINK].f;
    t->backtracks = (int) values[BACKTRACKS].i;
    const sw_status st =
        natural_learner_open(&t->base, problem, values, search_line, TRPO_STAT_COUNT);
    if (st == SW_OK) {
        *a = (algo *) t;
    }
    return st;
}

const algo_class algo_trpo = {
    .name = "trpo",
    .doc = "Trust Region Policy Optimization (Schulman et al. 2015, arXiv:1502.05477)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = TRPO_STAT_COUNT,
    .open = open_trpo,
    ON_POLICY_FUNCTIONS,
    .tensors = natural_learner_tensors,
    .close = natural_learner_close,
};
