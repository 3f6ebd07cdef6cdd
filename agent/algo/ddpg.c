// ddpg.c -- Deep Deterministic Policy Gradient, for actions that are floats.
//
// Lillicrap et al. 2016, "Continuous control with deep reinforcement learning", arXiv:1509.02971,
// Algorithm 1. Symbols are those of deterministic.h and critics.h; there is one critic, Q.
//
//   act: a = clip(mu(s) + noise N(0, 1), -1, 1)
//   for each gradient step, a minibatch (s, a, r, discount, s') of the replay:
//     y        =  r + discount Q^-(s', mu^-(s'))
//     Q        <- Adam(d/dQ mean (Q(s, a) - y)^2)
//     theta    <- Adam(-d/dtheta mean Q(s, mu(s)))
//     Q^-      <- Q^- + tau (Q - Q^-),  theta^- <- theta^- + tau (theta - theta^-)
//
//   hyper-parameter   here, CleanRL and the authors of TD3   paper
//   hidden            256,256                                400,300
//   lr                3e-4                                   1e-4
//   critic_lr         3e-4                                   1e-3
//   tau               .005                                   .001
//   batch             256                                    64
//   start_steps       25000                                  0
//   noise             N(0, .1) each time                     Ornstein-Uhlenbeck, .15 and .2
//
// Sources of the left column: CleanRL, ddpg_continuous_action.py; sfujim/TD3, OurDDPG.py; "our
// DDPG" of Fujimoto et al. 2018, arXiv:1802.09477, section 6.1, learns better than the original.
//
// Differences from the paper: noise that does not depend on the step before, no batch
// normalisation, no weight decay; actions enter the critic's first layer, not its second; the last
// layers begin like the others, not within +-3e-3.
#include "ddpg.h"

#include <stdlib.h>

static const sw_setting params[DET_PARAM_COUNT] = {DETERMINISTIC_PARAMS};

static const char *const stat_names[DET_SUMS + 1] = {DETERMINISTIC_STAT_NAMES};

// off_policy_class
static void learn(off_policy *o)
{
    deterministic *d = (deterministic *) o;
    deterministic_next(d);
    deterministic_criticise(d);
    o->sums[DET_ACTOR_LOSS] += deterministic_improve(d);
}

static const off_policy_class kind = {.explore = deterministic_explore,
                                      .decide = deterministic_decide,
                                      .learn = learn,
                                      .stat_count = DET_SUMS};

static sw_status open_ddpg(const algo_problem *problem, const sw_value *values, algo **a)
{
    deterministic *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for ddpg");
    }
    const sw_status st = deterministic_open(d, problem, values, &kind, "ddpg", 1);
    if (st == SW_OK) {
        *a = (algo *) d;
    }
    return st;
}

const algo_class algo_ddpg = {
    .name = "ddpg",
    .doc = "Deep Deterministic Policy Gradient (Lillicrap et al. 2016, arXiv:1509.02971)",
    .params = params,
    .param_count = DET_PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = DET_SUMS + 1,
    .open = open_ddpg,
    OFF_POLICY_FUNCTIONS,
    .tensors = deterministic_tensors,
    .close = deterministic_close,
};
