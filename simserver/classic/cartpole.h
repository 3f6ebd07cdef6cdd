// cartpole.h -- what comparisons with Gymnasium need of CartPole-v1.
#ifndef CARTPOLE_H
#define CARTPOLE_H

#include <stepwire/env.h>

// Begins an episode in a given state: x, x', angle, angle' in m, m/s, rad, rad/s. `env` is an
// environment of classic_cartpole_v1.
void cartpole_set_state(void *env, const double *state, sw_row *row);

#endif
