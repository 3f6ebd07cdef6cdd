// ddpg.h -- Deep Deterministic Policy Gradient. What its test sees besides algo_ddpg is
// deterministic.h.
#ifndef ALGO_DDPG_H
#define ALGO_DDPG_H

#include "deterministic.h"

extern const algo_class algo_ddpg;

#endif
