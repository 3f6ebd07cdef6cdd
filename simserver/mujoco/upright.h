// upright.h -- what Hopper and Walker2d share: a planar robot (planar.h) that must not fall.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/hopper_v5.py and walker2d_v5.py, and their _v4.py,
// whose classes differ in the model, in the ranges that are healthy, and in nothing else.
//
//   state   qpos = (x, z, angle of the torso, angles of the joints)       m, m, rad, rad...
//   obs     qpos[1:], clip(qvel, -10, 10)      qpos[0:] if x is not excluded
//   reward  w_f (x' - x) / dt  +  h [healthy]  -  w_c |action|^2
//   end     terminated when not healthy
//
// Version 4 pays h on the step that terminates too, and has fewer info columns.
#ifndef UPRIGHT_H
#define UPRIGHT_H

#include "planar.h"

// The settings that both have besides planar.h's.
enum {
    UPRIGHT_HEALTHY_REWARD = PLANAR_SETTINGS,
    UPRIGHT_TERMINATE,
    UPRIGHT_HEALTHY_Z,
    UPRIGHT_HEALTHY_ANGLE,
    UPRIGHT_SETTINGS
};

// The rows of a table of settings that are the same for both: all but the ranges.
#define UPRIGHT_COMMON_SETTINGS                                                                    \
    PLANAR_COMMON_SETTINGS(1e-3, 5e-3), [UPRIGHT_HEALTHY_REWARD] = MUJOCO_HEALTHY_REWARD(1),       \
                                        [UPRIGHT_TERMINATE] = MUJOCO_TERMINATE

enum { UPRIGHT_INFOS_V4 = 2, UPRIGHT_INFOS = 6 };
extern const sw_info upright_infos_v4[UPRIGHT_INFOS_V4];
extern const sw_info upright_infos[UPRIGHT_INFOS];

// mujoco_task.observe.
void upright_observe(const mujoco_env *env, sw_row *row);

// True if z and the angle of the torso are strictly inside their ranges; a NaN is not.
bool upright_is_healthy(const mujoco_env *env);

// A step of the task; is_healthy() judges the state after it. Errors of mujoco_advance().
sw_status upright_step(mujoco_env *env, bool (*is_healthy)(const mujoco_env *env), sw_row *row);

#endif
