// mujoco_tasks.h -- the MuJoCo tasks there are, a file each.
#ifndef MUJOCO_TASKS_H
#define MUJOCO_TASKS_H

#include <stepwire/env.h>

extern const sw_env_class mujoco_ant_v4;
extern const sw_env_class mujoco_ant_v5;
extern const sw_env_class mujoco_half_cheetah_v4;
extern const sw_env_class mujoco_half_cheetah_v5;
extern const sw_env_class mujoco_hopper_v4;
extern const sw_env_class mujoco_hopper_v5;
extern const sw_env_class mujoco_humanoid_standup_v4;
extern const sw_env_class mujoco_humanoid_standup_v5;
extern const sw_env_class mujoco_humanoid_v4;
extern const sw_env_class mujoco_humanoid_v5;
extern const sw_env_class mujoco_inverted_double_pendulum_v4;
extern const sw_env_class mujoco_inverted_double_pendulum_v5;
extern const sw_env_class mujoco_inverted_pendulum_v4;
extern const sw_env_class mujoco_inverted_pendulum_v5;
extern const sw_env_class mujoco_pusher_v4;
extern const sw_env_class mujoco_pusher_v5;
extern const sw_env_class mujoco_reacher_v4;
extern const sw_env_class mujoco_reacher_v5;
extern const sw_env_class mujoco_swimmer_v4;
extern const sw_env_class mujoco_swimmer_v5;
extern const sw_env_class mujoco_walker2d_v4;
extern const sw_env_class mujoco_walker2d_v5;

// All of them: an array of `*count` classes that live for ever.
const sw_env_class *const *mujoco_tasks(int *count);

#endif
