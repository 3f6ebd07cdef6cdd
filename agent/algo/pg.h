// pg.h -- the policy gradient with a learned baseline.
#ifndef ALGO_PG_H
#define ALGO_PG_H

#include "gradient_learner.h"

extern const algo_class algo_pg;

#endif
