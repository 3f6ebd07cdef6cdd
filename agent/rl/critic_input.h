// critic_input.h -- what a critic sees: the observation, and of a critic of actions Q(s, a) also
// the action.
//
// After the obs_dim numbers that the policy sees come those of the action: categories one-hot,
// quantities as they are.
#ifndef RL_CRITIC_INPUT_H
#define RL_CRITIC_INPUT_H

#include "dist.h"

typedef struct critic_input {
    const dist *actions;  // what an action is; not owned; NULL: a critic of states V(s)
    int obs_dim;
    float *x;  // [max_rows, size] scratch; NULL for a critic of states
} critic_input;

// Numbers per row.
int critic_input_size(const dist *actions, int obs_dim);

// SW_NO_MEMORY: then nothing needs freeing.
sw_status critic_input_init(critic_input *in, const dist *actions, int obs_dim, int max_rows);

// A zeroed critic_input is allowed.
void critic_input_free(critic_input *in);

// What the critic sees [n, size] of obs [n, obs_dim] and actions [n, elements], n <= max_rows:
// valid until the next call. A critic of states sees `obs` itself, and `actions` are not read.
const float *critic_input_see(critic_input *in, const float *obs, const float *actions, int n);

#endif
