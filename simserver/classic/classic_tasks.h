// classic_tasks.h -- the tasks that need no simulator, a file each.
#ifndef CLASSIC_TASKS_H
#define CLASSIC_TASKS_H

#include <stepwire/env.h>

extern const sw_env_class classic_acrobot_v1;
extern const sw_env_class classic_bandit_v0;
extern const sw_env_class classic_cartpole_v1;
extern const sw_env_class classic_cliff_walking_v1;
extern const sw_env_class classic_counter_v0;
extern const sw_env_class classic_frozen_lake_v1;
extern const sw_env_class classic_gridworld_v0;
extern const sw_env_class classic_lqr_v0;
extern const sw_env_class classic_mountain_car_continuous_v0;
extern const sw_env_class classic_mountain_car_v0;
extern const sw_env_class classic_pendulum_v1;
extern const sw_env_class classic_two_action_v0;

// All of them: an array of `*count` classes that live for ever.
const sw_env_class *const *classic_tasks(int *count);

#endif
