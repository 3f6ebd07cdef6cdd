// Hopper-v5: a planar one-legged robot learns to hop forward.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/hopper_v5.py, assets/hopper.xml. What it shares with
// Walker2d is in planar.h.
//
//   state   qpos = (x, z, torso angle, thigh, leg, foot)       m, m, rad, rad, rad, rad
//           qvel = d qpos / dt                                 z begins at 1.25
//   obs     z, torso angle, thigh, leg, foot,                  11 numbers
//           clip(qvel, -10, 10)
//   action  torque at thigh, leg and foot                      3 in [-1, 1], times 200 N m
//   reward  1 * (x' - x)/0.008 s  +  1 [healthy]  -  1e-3 |action|^2
//   end     terminated when not healthy; truncated after 1000 steps
//   healthy 0.7 < z,  |torso angle| < 0.2,
//           every number of qpos[2:] and qvel in (-100, 100)
//   reset   (qpos, qvel) = (0, 1.25, 0..., 0...) + U(-0.005, 0.005)
//
// All weights and ranges are settings.
#include <math.h>

#include "mujoco_tasks.h"
#include "planar.h"

enum { HEALTHY_STATE = PLANAR_SETTINGS, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    PLANAR_COMMON_SETTINGS,
    [PLANAR_HEALTHY_Z] =
        MUJOCO_RANGE("healthy_z_range", 0.7, INFINITY, "heights of the torso that are healthy, m"),
    [PLANAR_HEALTHY_ANGLE] =
        MUJOCO_RANGE("healthy_angle_range", -0.2, 0.2, "angles of the torso that are healthy, rad"),
    [HEALTHY_STATE] = MUJOCO_RANGE("healthy_state_range", -100, 100,
                                   "healthy values of all of the state but x and z"),
};

static bool is_healthy(const mujoco_env *env)
{
    const mjData *d = env->data;
    const double *range = env->settings[HEALTHY_STATE].v;
    for (int i = 2; i < env->model->nq; i++) {
        if (!planar_is_within(d->qpos[i], range)) {
            return false;
        }
    }
    for (int i = 0; i < env->model->nv; i++) {
        if (!planar_is_within(d->qvel[i], range)) {
            return false;
        }
    }
    return planar_is_upright(env);
}

static const mujoco_task task = {
    .env_class = &mujoco_hopper_v5,
    .xml = &mujoco_xml_hopper,
    .max_episode_steps = 1000,
    .infos = planar_infos,
    .info_count = PLANAR_INFOS,
    .observation_size = planar_observation_size,
    .draw = planar_draw,
    .observe = planar_observe,
    .camera = {.body = 2, .height = 1.15, .distance = 3, .elevation = -20},
};

static sw_status step(void *env, sw_row *row)
{
    return planar_step(env, is_healthy, row);
}

MUJOCO_CLASS(mujoco_hopper_v5, task, .id = "Hopper-v5",
             .doc = "a one-legged robot in a plane hops forward", .settings = settings,
             .setting_count = SETTINGS, .step = step);
