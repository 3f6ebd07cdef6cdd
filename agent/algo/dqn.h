// dqn.h -- Deep Q-Network. What its test sees besides algo_dqn.
#ifndef ALGO_DQN_H
#define ALGO_DQN_H

#include "action_values.h"

extern const algo_class algo_dqn;

typedef struct dqn {
    off_policy base;
    action_values values;
    double lr;
    bool anneal;
    double epsilon[2];  // first, last
    double explore;     // part of the run from one to the other
    int64_t target_every;
    double tau;
} dqn;

// epsilon as it is now.
double dqn_epsilon(const dqn *q);

#endif
