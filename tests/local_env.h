// local_env.h -- one environment in this process, without a server: what tests compare with.
#ifndef LOCAL_ENV_H
#define LOCAL_ENV_H

#include <stepwire/client.h>
#include <stepwire/env.h>

#include "arena.h"
#include "random.h"

typedef struct local_env {
    const sw_env_class *task;
    sw_spec spec;
    sw_value settings[SW_MAX_SETTINGS];
    sw_row row;                          // what the last reset or step wrote
    void *actions[SW_MAX_TENSORS];       // [action_count], to be written before a step
    void *observations[SW_MAX_TENSORS];  // [observation_count], those of `row`
    int64_t elapsed;                     // steps of this episode
    void *env;
    arena memory;
} local_env;

// True of every task; with sanitizers, which make all this many times slower, of one of each kind.
bool local_env_is_typical(const char *id);

// The class of a task of any kind; NULL if there is none.
const sw_env_class *local_env_task(const char *id);

// Describes the task under settings [count] and makes one environment. On failure there is nothing
// to close.
sw_status local_env_open(local_env *e, const sw_env_class *task, const sw_assignment *settings,
                         int count);

void local_env_close(local_env *e);

sw_status local_env_reset(local_env *e, uint64_t seed);

// Steps with `actions`, and truncates at the time limit of the spec as a server does.
sw_status local_env_step(local_env *e);

// Begins an episode in `state`, whose format has that name; the task must have it.
sw_status local_env_load(local_env *e, const char *format, const void *state);

// The info column of that name in `row`; NaN if there is none.
double local_env_info(const local_env *e, const char *name);

// Writes random actions: uniform within the bounds, [-1, 1] where there are none. Counter-v0 is
// never told to fail or to hang: its command stays 0.
void local_env_draw_actions(local_env *e, random_state *random);

#endif
