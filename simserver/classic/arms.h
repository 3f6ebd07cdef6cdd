// arms.h -- what Bandit-v0 and TwoAction-v0 share: one state, and arms to be pulled once.
#ifndef ARMS_H
#define ARMS_H

#include "tabular_env.h"

// Fills the table of one state: action a pays means[a], and that is the end.
void arms_fill(const double *means, tabular_table *table);

// One: there is no second step. So that learners which need episodes with an end know of it.
int64_t arms_limit(const sw_value *settings);

// A bar for what each arm pays; the one that was pulled is of another colour.
void arms_draw(const tabular_env *env, const sw_picture *picture);

#endif
