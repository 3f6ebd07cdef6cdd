// Walker2d: a planar two-legged robot learns to walk forward.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/walker2d_v5.py, walker2d_v4.py,
// assets/walker2d_v5.xml, walker2d.xml. What it shares with Hopper, and how the versions differ
// besides in their models, is in upright.h.
//
//   state   qpos = (x, z, torso angle,                         m, m, rad,
//                   right thigh, leg, foot, left ones)         rad...
//           qvel = d qpos / dt                                 z begins at 1.25
//   obs     z, torso angle, right thigh, leg, foot,            17 numbers
//           left thigh, leg, foot, clip(qvel, -10, 10)
//   action  torque at right thigh, leg, foot,                  6 in [-1, 1], times 100 N m
//           left thigh, leg, foot
//   reward  1 * (x' - x)/0.008 s  +  1 [healthy]  -  1e-3 |action|^2
//   end     terminated when not healthy; truncated after 1000 steps
//   healthy 0.8 < z < 2,  |torso angle| < 1
//   reset   (qpos, qvel) = (0, 1.25, 0..., 0...) + U(-0.005, 0.005)
//
// All weights and ranges are settings. In version 4 the right foot is smoother than the left one.
#include "mujoco_tasks.h"
#include "upright.h"

enum { SETTINGS_V4 = UPRIGHT_SETTINGS, FRAME_SKIP = SETTINGS_V4, XML_FILE, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    UPRIGHT_COMMON_SETTINGS,
    [UPRIGHT_HEALTHY_Z] =
        MUJOCO_RANGE("healthy_z_range", 0.8, 2, "heights of the torso that are healthy, m"),
    [UPRIGHT_HEALTHY_ANGLE] =
        MUJOCO_RANGE("healthy_angle_range", -1, 1, "angles of the torso that are healthy, rad"),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(4),
    [XML_FILE] = MUJOCO_XML_FILE,
};

static sw_status step(void *env, sw_row *row)
{
    return upright_step(env, upright_is_healthy, row);
}

// The feet's friction is 1.9; that of version 4's right foot was forgotten, and is the legs'.
static void smooth_right_foot(mjModel *model)
{
    model->geom_friction[3 * mj_name2id(model, mjOBJ_GEOM, "foot_geom")] = 0.9;
}

static const mujoco_xml xml_v4 = {
    .name = "walker2d.xml", .base = &mujoco_xml_walker2d, .change = smooth_right_foot};

#define COMMON                                                                                     \
    .check = planar_check, .max_episode_steps = 1000, .setting_count = SETTINGS,                   \
    .observation_size = planar_observation_size, .draw = planar_draw, .observe = upright_observe,  \
    .camera = {.body = 2, .height = 1.15, .distance = 4, .elevation = -20}

static const mujoco_task v5 = {
    .env_class = &mujoco_walker2d_v5,
    .version = 5,
    .xml = &mujoco_xml_walker2d,
    .infos = upright_infos,
    .info_count = UPRIGHT_INFOS,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_walker2d_v4,
    .version = 4,
    .xml = &xml_v4,
    .infos = upright_infos_v4,
    .info_count = UPRIGHT_INFOS_V4,
    COMMON,
};

#define DOC "a two-legged robot in a plane walks forward"

MUJOCO_CLASS(mujoco_walker2d_v5, v5, .id = "Walker2d-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_walker2d_v4, v4, .id = "Walker2d-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = step);
