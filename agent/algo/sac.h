// sac.h -- soft actor-critic. What its tests see besides algo_sac.
#ifndef ALGO_SAC_H
#define ALGO_SAC_H

#include <squashed_head.h>

#include "critics.h"

extern const algo_class algo_sac;

typedef struct sac {
    off_policy base;
    double lr, tau;
    bool learns_temperature;
    double target_entropy;  // Hbar
    mlp policy;             // mean and log-std, [2 A]
    adam adam;
    critics critics;
    squashed_head head;  // what the policy's outputs were made into last
    float log_alpha;
    adam temperature;  // Adam on log_alpha
    float *cost;       // [batch]  alpha log pi(a'|s')
    float *value;      // [batch]  min_i Q_i(s, a), a by the policy
    float *dact;       // [batch, A]
    float *doutputs;   // [batch, 2 A]
} sac;

// The three parts of a gradient step on base.batch, in this order. The noise of the action that
// each of the first two needs is in `head`: squashed_head_draw().

// Moves the critics towards r + discount (min_i Q_i^-(s', a') - alpha log pi(a'|s')).
void sac_learn_critics(sac *s);

// Moves the policy down J_pi and returns that; its gradient stays in policy.grads.
double sac_learn_policy(sac *s);

// Moves log alpha for the actions of sac_learn_policy() and returns their entropy, the mean of
// -log pi(a|s).
double sac_learn_temperature(sac *s);

#endif
