// ppo.h -- Proximal Policy Optimization. What its test sees besides algo_ppo.
#ifndef ALGO_PPO_H
#define ALGO_PPO_H

#include <adam.h>

#include "anchor.h"
#include "descent.h"
#include "ppo_objective.h"

extern const algo_class algo_ppo;

// The hyper-parameters that are PPO's own, from the table in ppo.c.
typedef struct ppo_config {
    float clip;  // of the values
    int epochs, minibatch;
    double target_kl;
    bool value_clip, adv_norm;
} ppo_config;

// What an update reports.
enum {
    // means over its minibatches
    PPO_POLICY_LOSS,  // minus the objective, without the entropy bonus
    PPO_VALUE_LOSS,   // without its coefficient
    PPO_ENTROPY,      // nats
    PPO_APPROX_KL,    // E[r - 1 - log r], nats (Schulman 2020, joschu.net/blog/kl-approx.html)
    PPO_CLIP_FRAC,    // share of rows whose gradient the clip removed
    PPO_GRAD_NORM,    // before it was limited
    PPO_MEANS,        // how many these are
    // of the update as a whole
    PPO_EXPLAINED_VARIANCE = PPO_MEANS,  // rollout_explained_variance(), before the update
    PPO_LR,
    PPO_RATIO_ERROR,  // largest |r - 1| in the first minibatch: 0 but for rounding
    PPO_KL,           // mean KL(old || new) of the rollout, nats; where KL is not in the objective,
                      // approx_kl of the last minibatch, which costs no further passes
    PPO_BETA,         // weight of the KL in this update
    PPO_EPOCHS,       // made before target_kl ended them
    PPO_STAT_COUNT
};

typedef struct ppo {
    on_policy base;
    ppo_config cfg;
    ppo_objective objective;  // its beta is saved
    descent descent;
    anchor anchor;  // all zero where KL is not in the objective
    adam adam[DESCENT_PARTS];
    random_state shuffle;

    // the update at hand
    int minibatches;   // seen so far
    double approx_kl;  // of the last one
} ppo;

// The losses of the minibatch in the descent and the anchor: each adds its gradient to its
// network's and its figures to the statistics, and returns the loss.
double ppo_policy_loss(ppo *p);
double ppo_value_loss(ppo *p);

#endif
