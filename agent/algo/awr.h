// awr.h -- Advantage-Weighted Regression. What its test sees besides algo_awr.
#ifndef ALGO_AWR_H
#define ALGO_AWR_H

#include <history.h>

#include "critic_fit.h"
#include "on_policy.h"
#include "surrogate.h"

extern const algo_class algo_awr;

// The hyper-parameters that are AWR's own, from the table in awr.c.
typedef struct awr_config {
    double lr;
    bool anneal;
    int epochs, minibatch;
    float temperature, weight_clip;
    float entropy_coef;
} awr_config;

// What an update reports.
enum {
    // means over its minibatches
    AWR_POLICY_LOSS,  // without the entropy bonus
    AWR_ENTROPY,      // nats
    AWR_GRAD_NORM,
    AWR_MEANS,  // how many these are
    // of the update as a whole
    AWR_VALUE_LOSS = AWR_MEANS,  // mean over the critic's minibatches
    AWR_APPROX_KL,               // of the newest rollout, from the policy that acted it, nats
    AWR_WEIGHT_MEAN,
    AWR_CLIP_FRAC,           // share of weights that were clipped
    AWR_EXPLAINED_VARIANCE,  // rollout_explained_variance() of all that is kept, before the update
    AWR_LR,
    AWR_STAT_COUNT
};

typedef struct awr {
    on_policy base;
    awr_config cfg;
    history history;
    critic_fit fit;
    adam adam;  // the policy's
    random_state shuffle;
    int *order;  // [transitions kept] those to learn from

    surrogate surrogate;  // of one minibatch, whose adv are the weights

    int minibatches;  // so far, of the update at hand
} awr;

// Turns adv of the transitions rows [n] of what is kept into weights.
void awr_weigh(awr *w, const int *rows, int n);

// The loss of the minibatch: adds its gradient to the network's and its figures to the statistics.
double awr_policy_loss(awr *w);

#endif
