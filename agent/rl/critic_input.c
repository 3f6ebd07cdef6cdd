#include "critic_input.h"

#include <stdlib.h>
#include <string.h>

#include <vec.h>

int critic_input_size(const dist *actions, int obs_dim)
{
    int size = obs_dim;
    for (int j = 0; actions != NULL && j < actions->actions; j++) {
        size += actions->choices != NULL ? actions->choices[j] : 1;
    }
    return size;
}

sw_status critic_input_init(critic_input *in, const dist *actions, int obs_dim, int max_rows)
{
    *in = (critic_input){.actions = actions, .obs_dim = obs_dim};
    if (actions == NULL) {
        return SW_OK;
    }
    in->x = vec_new((size_t) max_rows * (size_t) critic_input_size(actions, obs_dim));
    return in->x != NULL ? SW_OK
                         : sw_fail(SW_NO_MEMORY, "no memory for a critic of %d actions", max_rows);
}

void critic_input_free(critic_input *in)
{
    free(in->x);
    *in = (critic_input){0};
}

// Writes one action and returns where the next number goes.
static float *write_action(const dist *d, const float *action, float *x)
{
    for (int j = 0; j < d->actions; j++) {
        if (d->choices == NULL) {
            *x++ = action[j];
            continue;
        }
        for (int k = 0; k < d->choices[j]; k++) {
            *x++ = k == (int) action[j] ? 1 : 0;
        }
    }
    return x;
}

const float *critic_input_see(critic_input *in, const float *obs, const float *actions, int n)
{
    const dist *d = in->actions;
    float *x = in->x;
    if (d == NULL) {
        return obs;
    }
    for (int i = 0; i < n; i++) {
        memcpy(x, obs + i * in->obs_dim, (size_t) in->obs_dim * sizeof(*x));
        x = write_action(d, actions + i * d->actions, x + in->obs_dim);
    }
    return in->x;
}
