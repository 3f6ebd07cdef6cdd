// estimator.h -- what an action is credited with, and what the critic should have said.
//
// Policy gradients are E[sum_t Psi_t d log pi(a_t|s_t)], and many a Psi gives the same expectation
// with another variance (Schulman et al. 2016, arXiv:1506.02438, eq. 1). A trajectory is what a row
// did from where its episode, or the rollout, began to where one of them ended.
//
//   credit     Psi_t                                     needs
//   total      R_0, the return of the whole trajectory   whole episodes
//   to_go      R_t, the return from t on                 whole episodes
//   average    R_t - b, b the mean of all R_t            whole episodes
//   baseline   R_t - V(s_t)                              whole episodes, a critic
//   q          Q(s_t, a_t)                               a critic of actions
//   td         r_t + gamma V(s_t+1) - V(s_t)             a critic
//   n_step     R^n_t - V(s_t)                            a critic
//   gae        A_t below                                 a critic
//
//     R_t   = r_t + gamma R_t+1
//     R^n_t = r_t + ... + gamma^(n-1) r_t+n-1 + gamma^n V(s_t+n)
//     A_t   = delta_t + gamma lambda A_t+1      delta_t = r_t + gamma V(s_t+1) - V(s_t)   (eq. 16)
//
// V(s_t+1), or R_t+1, is 0 where the episode terminated and V(final observation) where it was
// truncated or where the rollout ends; without a critic there is no V, and a truncated episode
// counts as what it paid. b contains the returns of the trajectory it is subtracted from, which
// shrinks the gradient by one part in about as many as there are trajectories. The factor gamma^t
// that the gradient of a discounted return would have is left out, as nearly everybody does (Thomas
// 2014, "Bias in natural actor-critic algorithms"); only `total` has it, because R_0 counts what
// follows step t by gamma^t. So the first four estimate the same gradient where gamma is 1.
#ifndef RL_ESTIMATOR_H
#define RL_ESTIMATOR_H

#include <stdbool.h>

#include "rollout.h"

typedef enum estimator_credit {
    CREDIT_TOTAL,
    CREDIT_TO_GO,
    CREDIT_AVERAGE,
    CREDIT_BASELINE,
    CREDIT_Q,
    CREDIT_TD,
    CREDIT_N_STEP,
    CREDIT_GAE
} estimator_credit;

// What the critic is fitted to: R_t, r_t + gamma V(s_t+1), R^n_t or A_t + V(s_t), the TD(lambda)
// return. Of a critic of actions V(s_t) is Q(s_t, a_t).
typedef enum estimator_target {
    TARGET_MC,
    TARGET_TD,
    TARGET_N_STEP,
    TARGET_LAMBDA
} estimator_target;

typedef struct estimator {
    estimator_credit credit;
    estimator_target target;
    double gamma, lambda;
    int n_steps;  // of n_step, >= 1
} estimator;

// The one of these names.
estimator_credit estimator_credit_parse(const char *name);  // total, to_go ...
estimator_target estimator_target_parse(const char *name);  // mc, td, n_step, lambda

// Whether it reads values.
bool estimator_has_critic(const estimator *e);

// Whether the values it reads are Q(s, a).
bool estimator_has_action_critic(const estimator *e);

// Whether it reads lambda.
bool estimator_has_lambda(const estimator *e);

// Whether it needs to know how episodes went on to their end.
bool estimator_needs_whole_episodes(const estimator *e);

// Writes adv = Psi_t, and ret, the critic's targets (without a critic: R_t), of a rollout whose
// other arrays are filled; values are 0 without a critic. A faulty transition is passed over, its
// adv and ret are 0: what came before it ends as if truncated there, with the value of the
// observation in between; without a critic that value is unknown, and all that its trajectory did
// before is marked as skipped.
void estimate(const estimator *e, rollout *r);

#endif
