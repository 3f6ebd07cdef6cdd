// planar.h -- what Hopper, Walker2d, HalfCheetah and Swimmer share: a robot in a plane that is to
// move along x.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/hopper_v5.py, walker2d_v5.py, half_cheetah_v5.py and
// swimmer_v5.py, and their _v4.py.
//
//   state   qpos = (where it is: x, ...; angles)               m, rad
//           qvel = d qpos / dt
//   obs     qpos, with x only if that is not excluded; qvel
//   action  torque of each motor as a part of its largest, nominally in [-1, 1]
//   reward  w_f (x' - x) / dt  -  w_c |action|^2
//           (the action as it came: MuJoCo clamps its copy, the cost does not)
#ifndef PLANAR_H
#define PLANAR_H

#include "mujoco_env.h"

// The settings that begin the table of each; a task's own and the last two follow.
enum {
    PLANAR_FORWARD_WEIGHT,
    PLANAR_CTRL_WEIGHT,
    PLANAR_NOISE,
    PLANAR_EXCLUDE_POSITION,
    PLANAR_SETTINGS
};

#define PLANAR_COMMON_SETTINGS(CTRL_WEIGHT, NOISE)                                                 \
    [PLANAR_FORWARD_WEIGHT] = MUJOCO_FORWARD_WEIGHT(1),                                            \
    [PLANAR_CTRL_WEIGHT] = MUJOCO_CTRL_WEIGHT(CTRL_WEIGHT), [PLANAR_NOISE] = MUJOCO_NOISE(NOISE),  \
    [PLANAR_EXCLUDE_POSITION] = MUJOCO_EXCLUDE_POSITION

// mujoco_task.check: what says where a robot in a plane is must be there.
sw_status planar_check(const mjModel *model, const sw_value *settings);

// mujoco_task.observation_size for those of which x alone says where they are.
int planar_observation_size(const mjModel *model, const sw_value *settings);

// mujoco_task.draw: every number of (qpos, qvel) = the model's + U(-noise, noise).
void planar_draw(mujoco_env *env, random_state *random);

// What a step was worth.
typedef struct planar_gain {
    double velocity;  // m/s along x, mean of the step
    double forward;   // the reward for it
    double cost;      // of the action
} planar_gain;

// Steps with `action`. Errors of mujoco_advance(), and then no gain.
sw_status planar_advance(mujoco_env *env, const double *action, planar_gain *gain);

#endif
