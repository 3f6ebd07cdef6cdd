// Hopper: a planar one-legged robot learns to hop forward.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/hopper_v5.py, hopper_v4.py, assets/hopper.xml. What
// it shares with Walker2d, and how the versions differ, is in upright.h.
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
#include "upright.h"

enum {
    HEALTHY_STATE = UPRIGHT_SETTINGS,
    SETTINGS_V4,
    FRAME_SKIP = SETTINGS_V4,
    XML_FILE,
    SETTINGS
};

static const sw_setting settings[SETTINGS] = {
    UPRIGHT_COMMON_SETTINGS,
    [UPRIGHT_HEALTHY_Z] =
        MUJOCO_RANGE("healthy_z_range", 0.7, INFINITY, "heights of the torso that are healthy, m"),
    [UPRIGHT_HEALTHY_ANGLE] =
        MUJOCO_RANGE("healthy_angle_range", -0.2, 0.2, "angles of the torso that are healthy, rad"),
    [HEALTHY_STATE] = MUJOCO_RANGE("healthy_state_range", -100, 100,
                                   "healthy values of all of the state but x and z"),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(4),
    [XML_FILE] = MUJOCO_XML_FILE,
};

static bool is_healthy(const mujoco_env *env)
{
    const mjData *d = env->data;
    const double *range = env->settings[HEALTHY_STATE].v;
    for (int i = 2; i < env->model->nq; i++) {
        if (!mujoco_is_within(d->qpos[i], range)) {
            return false;
        }
    }
    for (int i = 0; i < env->model->nv; i++) {
        if (!mujoco_is_within(d->qvel[i], range)) {
            return false;
        }
    }
    return upright_is_healthy(env);
}

static sw_status step(void *env, sw_row *row)
{
    return upright_step(env, is_healthy, row);
}

#define COMMON                                                                                     \
    .check = planar_check, .xml = &mujoco_xml_hopper, .max_episode_steps = 1000,                   \
    .setting_count = SETTINGS, .observation_size = planar_observation_size, .draw = planar_draw,   \
    .observe = upright_observe,                                                                    \
    .camera = {.body = 2, .height = 1.15, .distance = 3, .elevation = -20}

static const mujoco_task v5 = {
    .env_class = &mujoco_hopper_v5,
    .version = 5,
    .infos = upright_infos,
    .info_count = UPRIGHT_INFOS,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_hopper_v4,
    .version = 4,
    .infos = upright_infos_v4,
    .info_count = UPRIGHT_INFOS_V4,
    COMMON,
};

#define DOC "a one-legged robot in a plane hops forward"

MUJOCO_CLASS(mujoco_hopper_v5, v5, .id = "Hopper-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_hopper_v4, v4, .id = "Hopper-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = step);
