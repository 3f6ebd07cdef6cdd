// planar.h -- what Hopper and Walker2d share: a robot in the x-z plane that is to move along x.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/hopper_v5.py and walker2d_v5.py, whose classes
// differ in the model, in the ranges that are healthy, and in nothing else.
//
//   state   qpos = (x, z, angle of the torso, angles of the joints)       m, m, rad, rad...
//           qvel = d qpos / dt
//   obs     qpos[1:], clip(qvel, -10, 10)      qpos[0:] if x is not excluded
//   action  torque of each motor as a part of its largest, nominally in [-1, 1]
//   reward  w_f (x' - x) / dt  +  h [healthy]  -  w_c |action|^2
//           (the action as it came: MuJoCo clamps its copy, the cost does not)
//   end     terminated when not healthy
//   reset   every number of (qpos, qvel) = the model's + U(-noise, noise)
#ifndef PLANAR_H
#define PLANAR_H

#include "mujoco_env.h"

// The settings, in the order of both tables.
enum {
    PLANAR_FRAME_SKIP,
    PLANAR_FORWARD_WEIGHT,
    PLANAR_CTRL_WEIGHT,
    PLANAR_HEALTHY_REWARD,
    PLANAR_TERMINATE,
    PLANAR_HEALTHY_Z,
    PLANAR_HEALTHY_ANGLE,
    PLANAR_NOISE,
    PLANAR_EXCLUDE_X,
    PLANAR_SETTINGS  // a task's own come after these
};

// The rows of a table of settings that are the same for both.
#define PLANAR_COMMON_SETTINGS                                                                     \
    [PLANAR_FRAME_SKIP] = MUJOCO_FRAME_SKIP(4),                                                    \
    [PLANAR_FORWARD_WEIGHT] =                                                                      \
        MUJOCO_NUMBER("forward_reward_weight", 1, 0, 0, "reward for moving forward at 1 m/s"),     \
    [PLANAR_CTRL_WEIGHT] =                                                                         \
        MUJOCO_NUMBER("ctrl_cost_weight", 1e-3, 0, 0, "cost of the sum of the squared actions"),   \
    [PLANAR_HEALTHY_REWARD] =                                                                      \
        MUJOCO_NUMBER("healthy_reward", 1, 0, 0, "reward for a step that ends healthy"),           \
    [PLANAR_TERMINATE] = MUJOCO_SWITCH("terminate_when_unhealthy", true,                           \
                                       "whether an unhealthy state ends the episode"),             \
    [PLANAR_NOISE] = MUJOCO_NUMBER("reset_noise_scale", 5e-3, 0, 10,                               \
                                   "largest noise in the state that begins an episode"),           \
    [PLANAR_EXCLUDE_X] =                                                                           \
        MUJOCO_SWITCH("exclude_current_positions_from_observation", true,                          \
                      "leave x out of the observation, since the task does not depend on it")

enum { PLANAR_INFOS = 6 };
extern const sw_info planar_infos[PLANAR_INFOS];

// The functions of mujoco_task.
int planar_observation_size(const mjModel *model, const sw_value *settings);
void planar_draw(mujoco_env *env, random_state *random);
void planar_observe(const mujoco_env *env, sw_row *row);

// True if z and the angle of the torso are strictly inside their ranges; a NaN is not.
bool planar_is_upright(const mujoco_env *env);

// A step of the task; is_healthy() judges the state after it. Errors of mujoco_advance().
sw_status planar_step(mujoco_env *env, bool (*is_healthy)(const mujoco_env *env), sw_row *row);

// True if low < x < high for range = {low, high}.
bool planar_is_within(double x, const double *range);

#endif
