// planar.h -- what Hopper and Walker2d share: a robot in the x-z plane that is to move along x.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/hopper_v5.py and walker2d_v5.py, and their _v4.py,
// whose classes differ in the model, in the ranges that are healthy, and in nothing else.
//
//   state   qpos = (x, z, angle of the torso, angles of the joints)       m, m, rad, rad...
//           qvel = d qpos / dt
//   obs     qpos[1:], clip(qvel, -10, 10)      qpos[0:] if x is not excluded
//   action  torque of each motor as a part of its largest, nominally in [-1, 1]
//   reward  w_f (x' - x) / dt  +  h [healthy]  -  w_c |action|^2
//           (the action as it came: MuJoCo clamps its copy, the cost does not)
//   end     terminated when not healthy
//   reset   every number of (qpos, qvel) = the model's + U(-noise, noise)
//
// Version 4 pays h on the step that terminates too, and has fewer info columns.
#ifndef PLANAR_H
#define PLANAR_H

#include "mujoco_env.h"

// The settings, in the order of both tables. A task's own come between these and the last two.
enum {
    PLANAR_FORWARD_WEIGHT,
    PLANAR_CTRL_WEIGHT,
    PLANAR_HEALTHY_REWARD,
    PLANAR_TERMINATE,
    PLANAR_HEALTHY_Z,
    PLANAR_HEALTHY_ANGLE,
    PLANAR_NOISE,
    PLANAR_EXCLUDE_X,
    PLANAR_SETTINGS
};

// The rows of a table of settings that are the same for both.
#define PLANAR_COMMON_SETTINGS                                                                     \
    [PLANAR_FORWARD_WEIGHT] = MUJOCO_FORWARD_WEIGHT(1),                                            \
    [PLANAR_CTRL_WEIGHT] = MUJOCO_CTRL_WEIGHT(1e-3),                                               \
    [PLANAR_HEALTHY_REWARD] = MUJOCO_HEALTHY_REWARD(1), [PLANAR_TERMINATE] = MUJOCO_TERMINATE,     \
    [PLANAR_NOISE] = MUJOCO_NOISE(5e-3), [PLANAR_EXCLUDE_X] = MUJOCO_EXCLUDE_POSITION

enum { PLANAR_INFOS_V4 = 2, PLANAR_INFOS = 6 };
extern const sw_info planar_infos_v4[PLANAR_INFOS_V4];
extern const sw_info planar_infos[PLANAR_INFOS];

// The functions of mujoco_task.
int planar_observation_size(const mjModel *model, const sw_value *settings);
void planar_draw(mujoco_env *env, random_state *random);
void planar_observe(const mujoco_env *env, sw_row *row);

// True if z and the angle of the torso are strictly inside their ranges; a NaN is not.
bool planar_is_upright(const mujoco_env *env);

// A step of the task; is_healthy() judges the state after it. Errors of mujoco_advance().
sw_status planar_step(mujoco_env *env, bool (*is_healthy)(const mujoco_env *env), sw_row *row);

#endif
