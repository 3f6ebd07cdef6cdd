// acktr.h -- Actor Critic using Kronecker-Factored Trust Region. What its tests see besides
// algo_acktr.
#ifndef ALGO_ACKTR_H
#define ALGO_ACKTR_H

#include <kfac.h>

#include "natural.h"
#include "on_policy.h"

extern const algo_class algo_acktr;

// What an update reports.
enum {
    ACKTR_POLICY_LOSS,         // minus the surrogate after the step, without the entropy bonus
    ACKTR_VALUE_LOSS,          // mean over the critic's steps
    ACKTR_ENTROPY,             // after the step, nats
    ACKTR_KL,                  // mean KL(old || new) of the step, nats
    ACKTR_STEP_SIZE,           // eta; 0: the policy stayed
    ACKTR_CRITIC_STEP_SIZE,    // mean over the critic's steps
    ACKTR_GRAD_NORM,           // of the policy
    ACKTR_EXPLAINED_VARIANCE,  // rollout_explained_variance(), before the update
    ACKTR_LR,                  // eta_max
    ACKTR_RATIO_ERROR,         // largest |r - 1| before the step: 0 but for rounding
    ACKTR_STAT_COUNT
};

// A network that is moved by K-FAC, and how far at most.
typedef struct acktr_half {
    kfac factors;   // saved
    double lr;      // eta_max
    double max_kl;  // delta
} acktr_half;

typedef struct acktr {
    on_policy base;
    acktr_half actor, critic;
    bool anneal;
    natural natural;      // g, x and theta of the actor
    random_state random;  // of `drawn`; saved
    float *drawn;         // [n, act_dim]  an action of pi for every row

    // the critic's batch, which is everything a rollout has
    int critic_epochs;
    minibatch values;
    int *order;     // [n]
    float *dvalue;  // [n]
    float *x;       // [critic's P]  along which it moves

    float *ones, *zeros;  // [n, or as many as a distribution has outputs or own parameters]
} acktr;

// The actor's step, once natural_start() has written `direction` and `drawn` is filled: completes
// `direction`, moves theta and writes to `end` where that is. Returns eta.
double acktr_step(acktr *k, natural_direction *direction, natural_point *end);

// The critic's steps. Returns the mean of (V - R)^2 / 2 as they found it; 0 if no transition is
// valid, not a number if the factors have no inverse, and then nothing changes.
double acktr_fit_critic(acktr *k);

#endif
