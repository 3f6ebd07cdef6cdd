// dqn.h -- Deep Q-Network. What its test sees besides algo_dqn.
#ifndef ALGO_DQN_H
#define ALGO_DQN_H

#include <adam.h>

#include "off_policy.h"

extern const algo_class algo_dqn;

typedef struct dqn {
    off_policy base;
    double lr;
    bool anneal;
    bool is_double, is_huber;
    double epsilon[2];  // first, last
    double explore;     // part of the run from one to the other
    int64_t target_every;
    double tau;
    float max_grad_norm;
    mlp net, target;  // Q, Q^-
    adam adam;
    float *y;        // [batch]
    float *dvalues;  // [batch, k]
} dqn;

// Writes y for base.batch.
void dqn_targets(dqn *q);

// The loss of base.batch for these targets: adds its gradient to net's, its figures to the sums,
// and returns it.
double dqn_loss(dqn *q);

#endif
