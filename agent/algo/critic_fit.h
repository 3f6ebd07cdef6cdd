// critic_fit.h -- fits a critic to the targets of a rollout, by epochs of Adam on minibatches.
#ifndef ALGO_CRITIC_FIT_H
#define ALGO_CRITIC_FIT_H

#include <adam.h>
#include <minibatch.h>
#include <random.h>

#include "tensors.h"

typedef struct critic_fit_options {
    double lr;
    double adam_epsilon;
    int epochs;     // passes over a rollout
    int minibatch;  // rows per gradient step, at most
    uint64_t seed;  // of the order of the rows
} critic_fit_options;

typedef struct critic_fit {
    critic_fit_options options;
    mlp *critic;  // V(s); not owned
    adam adam;    // saved
    minibatch batch;
    random_state shuffle;  // saved
    int *order;            // [steps * rows] transitions to learn from
    float *dvalue;         // [minibatch]
} critic_fit;

// `critic` outlives the fit and takes batches of options->minibatch rows; `r` says how large the
// rollouts will be. SW_NO_MEMORY: then nothing needs freeing.
sw_status critic_fit_init(critic_fit *f, mlp *critic, const rollout *r,
                          const critic_fit_options *options);

// A zeroed critic_fit is allowed.
void critic_fit_free(critic_fit *f);

// Moves V(s) towards `ret` of the valid transitions; every one is used once in each epoch. Returns
// the mean of (V - ret)^2 / 2 as the steps found it; 0 if no transition is valid, and then nothing
// changes.
double critic_fit_run(critic_fit *f, const rollout *r);

// Shows adam.critic.* and random.shuffle.
sw_status critic_fit_tensors(critic_fit *f, const tensor_visitor *to);

#endif
