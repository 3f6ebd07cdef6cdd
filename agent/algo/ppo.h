// ppo.h -- Proximal Policy Optimization. What its test sees besides algo_ppo.
#ifndef ALGO_PPO_H
#define ALGO_PPO_H

#include <adam.h>
#include <team.h>

#include "actor_critic.h"

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
} ppo_config;

// Means over all minibatches of an update, unless said otherwise.
typedef struct ppo_stats {
    double policy_loss, value_loss, entropy;
    double approx_kl;           // E[r - 1 - log r], nats (Schulman 2020, joschu.net/blog/kl-approx)
    double clip_frac;           // share of rows whose gradient the clip removed
    double explained_variance;  // 1 - Var(R - V) / Var(R), before the update
    double grad_norm;           // before it was limited
    double lr;                  // of this update
    double ratio_error;         // largest |r - 1| in the first minibatch: 0 but for rounding
} ppo_stats;

typedef struct ppo {
    ppo_config cfg;
    actor_critic ac;
    adam policy_adam, critic_adam;
    random_state shuffle;
    int64_t total_steps;
    int64_t steps;  // transitions learned from so far
    ppo_stats stats;
    int minibatches;  // of this update so far
    int *order;       // [horizon * rows] transitions to learn from
    team *team;       // computes the two halves of a minibatch side by side

    // the minibatch at hand, of at most M rows
    const int *rows;  // [n] their transitions
    int n;
    float squares[2];  // sum of squares of each half's gradient
    float shrink;      // what limits the norm of both
    // the policy's half
    float *policy_obs;  // [M, obs_dim]
    float *act;         // [M, act_dim]
    float *logp_old;    // [M]
    float *adv;         // [M]
    float *logp;        // [M]
    float *ratio;       // [M]
    float *entropy;     // [M]
    float *dlogp;       // [M]
    float *dentropy;    // [M]
    float *doutputs;    // [M, outputs]
    // the critic's half
    float *critic_obs;  // [M, obs_dim]
    float *value_old;   // [M]
    float *ret;         // [M]
    float *dvalue;      // [M]
    float *memory;      // behind both halves
} ppo;

// One half of a gradient step each, on the n rows of the gathered minibatch: adds the loss's
// gradient to the network's and the minibatch's figures to `stats`, and returns the loss.
double ppo_policy_loss(ppo *p, int n);
double ppo_value_loss(ppo *p, int n);

#endif
