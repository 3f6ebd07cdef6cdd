// reinforce.h -- the policy gradient from returns alone.
#ifndef ALGO_REINFORCE_H
#define ALGO_REINFORCE_H

#include "gradient_learner.h"

extern const algo_class algo_reinforce;

#endif
