// exact.h -- dynamic programming on the table of a task: the most that can be earned, and what a
// policy earns, exactly, discounted by gamma in [0, 1] and without a time limit.
#ifndef EXACT_H
#define EXACT_H

#include "tabular_env.h"

// Writes the values [states] of the best policy. A value that grows or falls for ever is +-inf.
void exact_optimum(const tabular_table *table, double gamma, double *values);

// Writes the values [states] of the policy that takes actions [states].
void exact_value(const tabular_table *table, double gamma, const int *actions, double *values);

// The mean of `values` over where episodes begin.
double exact_start(const tabular_table *table, const double *values);

#endif
