// ppo.h -- Proximal Policy Optimization. What its test sees besides algo_ppo.
#ifndef ALGO_PPO_H
#define ALGO_PPO_H

#include <adam.h>

#include "on_policy.h"
#include "surrogate.h"

extern const algo_class algo_ppo;

// The hyper-parameters that are PPO's own, from the table in ppo.c.
typedef struct ppo_config {
    double lr;
    bool anneal;
    float clip;
    int epochs, minibatch;
    float entropy_coef, value_coef;
    float max_grad_norm;
    bool value_clip, adv_norm;
    double adam_epsilon;
} ppo_config;

// What an update reports.
enum {
    // means over its minibatches
    PPO_POLICY_LOSS,  // without the entropy bonus
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
    PPO_STAT_COUNT
};

// Policy and critic are learned side by side; each half has what its thread writes to.
enum { PPO_POLICY, PPO_CRITIC, PPO_HALVES };

typedef struct ppo_half {
    mlp *net;
    adam adam;
    minibatch *batch;
    float squares;  // sum of squares of the gradient
} ppo_half;

typedef struct ppo {
    on_policy base;
    ppo_config cfg;
    ppo_half half[PPO_HALVES];
    surrogate surrogate;  // of the policy's half
    minibatch values;     // of the critic's half
    float *dvalue;        // [M]  of the critic's loss
    random_state shuffle;

    // the update at hand
    int *order;       // [horizon * rows] transitions to learn from
    int minibatches;  // so far
    const int *rows;  // [n] transitions of the minibatch
    int n;
    float shrink;  // what limits the norm of both gradients
} ppo;

// The losses of the batches in the two halves: each adds its gradient to its
// network's and its figures to the statistics, and returns the loss.
double ppo_policy_loss(ppo *p);
double ppo_value_loss(ppo *p);

#endif
