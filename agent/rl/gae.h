// gae.h -- generalised advantage estimation.
#ifndef RL_GAE_H
#define RL_GAE_H

#include "rollout.h"

// Writes adv and ret of a rollout whose other arrays are filled.
//
//     delta_t = r_t + gamma V(s_t+1) - V(s_t)
//     A_t     = delta_t + gamma lambda A_t+1         R_t = A_t + V(s_t), the TD(lambda) return
//
// Schulman et al. 2016, arXiv:1506.02438, eq. 16. V(s_t+1) is 0 where the episode terminated and
// V(final observation) where it was truncated; nothing is propagated across an end. A faulty
// transition is passed over: the one before it ends as if truncated there, with the value of the
// observation in between, and its own adv and ret are 0.
void gae(rollout *r, float gamma, float lambda);

#endif
