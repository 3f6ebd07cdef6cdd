// a2c.h -- advantage actor-critic, synchronous. What its test sees besides algo_a2c.
#ifndef ALGO_A2C_H
#define ALGO_A2C_H

#include <rmsprop.h>

#include "descent.h"

extern const algo_class algo_a2c;

// What an update reports.
enum {
    A2C_POLICY_LOSS,         // -mean log pi A, without the entropy bonus
    A2C_VALUE_LOSS,          // without its coefficient
    A2C_ENTROPY,             // nats
    A2C_GRAD_NORM,           // before it was limited
    A2C_EXPLAINED_VARIANCE,  // rollout_explained_variance(), before the update
    A2C_LR,
    A2C_RATIO_ERROR,  // largest |pi / pi_old - 1|: 0 but for rounding
    A2C_STAT_COUNT
};

typedef struct a2c {
    on_policy base;
    descent descent;
    rmsprop rmsprop[DESCENT_PARTS];
} a2c;

// The losses of the batch in the descent: each adds its gradient to its network's and its figures
// to the statistics, and returns the loss.
double a2c_policy_loss(a2c *l);
double a2c_value_loss(a2c *l);

#endif
