#include "mujoco_tasks.h"

const sw_env_class *const *mujoco_tasks(int *count)
{
    static const sw_env_class *const tasks[] = {
        &mujoco_half_cheetah_v5, &mujoco_half_cheetah_v4, &mujoco_hopper_v5,   &mujoco_hopper_v4,
        &mujoco_swimmer_v5,      &mujoco_swimmer_v4,      &mujoco_walker2d_v5, &mujoco_walker2d_v4,
    };
    *count = (int) (sizeof(tasks) / sizeof(tasks[0]));
    return tasks;
}
