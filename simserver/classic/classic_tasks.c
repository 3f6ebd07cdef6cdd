#include "classic_tasks.h"

const sw_env_class *const *classic_tasks(int *count)
{
    static const sw_env_class *const tasks[] = {
        &classic_acrobot_v1,      &classic_bandit_v0,
        &classic_cartpole_v1,     &classic_cliff_walking_v1,
        &classic_counter_v0,      &classic_frozen_lake_v1,
        &classic_gridworld_v0,    &classic_lqr_v0,
        &classic_mountain_car_v0, &classic_mountain_car_continuous_v0,
        &classic_pendulum_v1,     &classic_two_action_v0,
    };
    *count = (int) (sizeof(tasks) / sizeof(tasks[0]));
    return tasks;
}
