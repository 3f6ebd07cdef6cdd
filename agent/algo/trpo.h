// trpo.h -- Trust Region Policy Optimization.
#ifndef ALGO_TRPO_H
#define ALGO_TRPO_H

#include "natural_learner.h"

extern const algo_class algo_trpo;

// Statistics beside those of natural_learner.h.
enum {
    TRPO_LINE_SEARCH = NATURAL_STAT_COUNT,  // steps tried; step_size 0 says that none was taken
    TRPO_STAT_COUNT
};

#endif
