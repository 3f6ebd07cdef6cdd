// batch_actor_critic.h -- actor-critic: the critic says what an action was worth.
#ifndef ALGO_BATCH_ACTOR_CRITIC_H
#define ALGO_BATCH_ACTOR_CRITIC_H

#include "gradient_learner.h"

extern const algo_class algo_actor_critic;

#endif
