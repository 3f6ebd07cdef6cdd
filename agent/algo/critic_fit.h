// critic_fit.h -- fits a critic to the targets of a rollout, by epochs of Adam on minibatches.
#ifndef ALGO_CRITIC_FIT_H
#define ALGO_CRITIC_FIT_H

#include <adam.h>
#include <critic_input.h>
#include <minibatch.h>
#include <random.h>

#include "tensors.h"

// Its hyper-parameters, CRITIC_PARAM_COUNT lines of an algorithm's table from `first` on. The
// sources of the values are in trpo.c.
enum { CRITIC_LR, CRITIC_EPOCHS, CRITIC_MINIBATCH, CRITIC_PARAM_COUNT };

// clang-format off
#define CRITIC_FIT_PARAMS(first)                                                                   \
    [(first) + CRITIC_LR] = {"critic_lr", SW_FLOAT, 0, {.f = 1e-3}, 0, 1, NULL,                    \
        "Adam's step size, for the critic"},                                                       \
    [(first) + CRITIC_EPOCHS] = {"critic_epochs", SW_INT, 0, {.i = 20}, 1, 1000, NULL,             \
        "the critic's passes over a rollout"},                                                     \
    [(first) + CRITIC_MINIBATCH] = {"minibatch", SW_INT, 0, {.i = 128}, 1, 1 << 20, NULL,          \
        "rows per gradient step of the critic"}
// clang-format on

typedef struct critic_fit_options {
    double lr;
    double adam_epsilon;
    int epochs;              // passes over a rollout
    int minibatch;           // rows per gradient step, at most
    uint64_t seed;           // of the order of the rows
    const dist *of_actions;  // what an action is, for a critic of actions; NULL: a critic of states
} critic_fit_options;

// Reads `values` [CRITIC_PARAM_COUNT] into lr, epochs and minibatch.
void critic_fit_read(critic_fit_options *options, const sw_value *values);

typedef struct critic_fit {
    critic_fit_options options;
    mlp *critic;  // V(s) or Q(s, a); not owned
    adam adam;    // saved
    minibatch batch;
    random_state shuffle;  // saved
    int *order;            // [steps * rows] transitions to learn from
    float *dvalue;         // [minibatch]
    critic_input input;
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

// The same with the transitions of rows first .. last - 1 alone.
double critic_fit_rows(critic_fit *f, const rollout *r, int first, int last);

// Shows adam.critic.* and random.shuffle.
sw_status critic_fit_tensors(critic_fit *f, const tensor_visitor *to);

#endif
