#include "mujoco_tasks.h"

#include <mujoco/mujoco.h>

const sw_env_class *const *mujoco_tasks(int *count)
{
    static const sw_env_class *const tasks[] = {
        &mujoco_ant_v5,
        &mujoco_ant_v4,
        &mujoco_half_cheetah_v5,
        &mujoco_half_cheetah_v4,
        &mujoco_hopper_v5,
        &mujoco_hopper_v4,
        &mujoco_humanoid_v5,
        &mujoco_humanoid_v4,
        &mujoco_humanoid_standup_v5,
        &mujoco_humanoid_standup_v4,
        &mujoco_inverted_double_pendulum_v5,
        &mujoco_inverted_double_pendulum_v4,
        &mujoco_inverted_pendulum_v5,
        &mujoco_inverted_pendulum_v4,
        &mujoco_pusher_v5,
#if mjVERSION_HEADER < 300  // pusher.c says why
        &mujoco_pusher_v4,
#endif
        &mujoco_reacher_v5,
        &mujoco_reacher_v4,
        &mujoco_swimmer_v5,
        &mujoco_swimmer_v4,
        &mujoco_walker2d_v5,
        &mujoco_walker2d_v4,
    };
    *count = (int) (sizeof(tasks) / sizeof(tasks[0]));
    return tasks;
}
