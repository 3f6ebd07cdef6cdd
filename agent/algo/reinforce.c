// reinforce.c -- REINFORCE, the policy gradient from returns alone.
//
// Williams 1992, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement
// Learning", Machine Learning 8, section 5 (whole episodes).
//
//   given whole episodes of pi:
//     total     Psi_t = R_0                as in the paper: all that was earned, for every action
//     to_go     Psi_t = R_t                an action did not earn what came before it
//     average   Psi_t = R_t - mean R       the paper's reinforcement baseline b
//     g     =  mean_t Psi_t d log pi(a_t|s_t) / d theta  +  c mean_t dH/dtheta
//     theta <- theta + alpha g, by Adam
//
// With gamma = 1 all three estimate the same gradient, with less variance from line to line: E[b
// dlogp] = 0 for whatever does not depend on the action, be it a constant or an earlier reward
// (Sutton, Barto 2018, 13.3 and 13.4). With a smaller gamma total weighs step t by gamma^t, which
// the others leave out (estimator.h): it hardly learns what happens late.
//
//   hyper-parameter   here      Tianshou's REINFORCE on MuJoCo
//   rows per update   8 x 256   2048
//   lr                1e-3      1e-3
//   gamma             .99       .99
//   obs_norm          true      true
//   adv_norm          false     true: returns are standardised, which is `average` at another scale
//
// Differences from the paper: returns are discounted; Adam, whose steps do not depend on the scale
// of Psi; those of actor_critic.h.
#include "reinforce.h"

#include <stdlib.h>

enum { ESTIMATOR = AC_BASE_COUNT, GRADIENT, PARAM_COUNT = GRADIENT + GRADIENT_PARAM_COUNT };

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    ACTOR_CRITIC_BASE_PARAMS(256),
    [ESTIMATOR] = {"estimator", SW_STRING, 0, {.s = "average"}, 0, 0, "total|to_go|average",
        "what actions are credited with: the episode's return, the return from there on, or that "
        "minus its mean"},
    GRADIENT_PARAMS(GRADIENT, 1e-3, false),
};
// clang-format on

static const char *const stat_names[GRADIENT_STAT_COUNT] = {GRADIENT_STAT_NAMES};

// on_policy_learn
static void learn(on_policy *l)
{
    gradient_learner_climb((gradient_learner *) l, 0, l->ac.collector.data.rows);
}

static sw_status open_reinforce(const algo_problem *problem, const sw_value *values, algo **a)
{
    const gradient_learner_options options = {
        .estimator.credit = estimator_credit_parse(values[ESTIMATOR].s),
        .learn = learn,
        .gradient = GRADIENT,
        .policy_rows = problem->rows,
    };
    gradient_learner *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for reinforce");
    }
    const sw_status st = gradient_learner_open(l, problem, values, &options);
    if (st == SW_OK) {
        *a = (algo *) l;
    }
    return st;
}

const algo_class algo_reinforce = {
    .name = "reinforce",
    .doc = "REINFORCE, the policy gradient from returns alone (Williams 1992)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = GRADIENT_STAT_COUNT,
    .open = open_reinforce,
    ON_POLICY_FUNCTIONS,
    .tensors = gradient_learner_tensors,
    .close = gradient_learner_close,
};
