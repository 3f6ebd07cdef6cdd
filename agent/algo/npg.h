// npg.h -- the natural policy gradient.
#ifndef ALGO_NPG_H
#define ALGO_NPG_H

#include "natural_learner.h"

extern const algo_class algo_npg;

#endif
