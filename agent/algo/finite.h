// finite.h -- whether what was learned is still made of numbers.
#ifndef ALGO_FINITE_H
#define ALGO_FINITE_H

#include "algo.h"

// Looks at every number of the arrays that begin with "policy" or "critic", which are all that
// actions depend on. SW_FAILED_PRECONDITION naming the first array with one that is infinite or not
// a number, and the hyper-parameters that make steps shorter.
sw_status algo_check_finite(const algo_class *class, algo *a);

// The same of statistics [class->stat_count].
sw_status algo_check_stats(const algo_class *class, const double *stats);

#endif
