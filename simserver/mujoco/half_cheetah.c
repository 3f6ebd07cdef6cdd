// HalfCheetah: a planar robot of a torso, a hind leg and a fore leg learns to run forward.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/half_cheetah_v5.py, half_cheetah_v4.py,
// assets/half_cheetah.xml. What it shares with the other planar robots is in planar.h.
//
//   state   qpos = (x, z, torso angle,                         m, m, rad,
//                   hind thigh, shin, foot, fore ones)         rad...
//           qvel = d qpos / dt                                 z is 0 at a height of 0.7 m
//   obs     z, torso angle, hind thigh, shin, foot,            17 numbers
//           fore thigh, shin, foot, qvel
//   action  torque at hind thigh, shin, foot,                  6 in [-1, 1], times 120, 90, 60,
//           fore thigh, shin, foot                             120, 60, 30 N m
//   reward  1 * (x' - x)/0.05 s  -  0.1 |action|^2
//   end     never terminated; truncated after 1000 steps
//   reset   qpos = U(-0.1, 0.1),  qvel = 0.1 N(0, 1)
//
// All weights are settings. Version 4 says reward_run for reward_forward.
#include "mujoco_tasks.h"
#include "planar.h"

enum { SETTINGS_V4 = PLANAR_SETTINGS, FRAME_SKIP = SETTINGS_V4, XML_FILE, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    PLANAR_COMMON_SETTINGS(0.1, 0.1),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(5),
    [XML_FILE] = MUJOCO_XML_FILE,
};

enum { X_POSITION, X_VELOCITY, REWARD_FORWARD, REWARD_CTRL, INFOS };

static const sw_info infos[INFOS] = {
    [X_POSITION] = {"x_position", true},           // m
    [X_VELOCITY] = {"x_velocity", false},          // m/s, mean of the step
    [REWARD_FORWARD] = {"reward_forward", false},  // the terms of the reward...
    [REWARD_CTRL] = {"reward_ctrl", false},        // ...this one negative
};

static const sw_info infos_v4[INFOS] = {
    [X_POSITION] = {"x_position", false},
    [X_VELOCITY] = {"x_velocity", false},
    [REWARD_FORWARD] = {"reward_run", false},
    [REWARD_CTRL] = {"reward_ctrl", false},
};

static void draw(mujoco_env *env, random_state *random)
{
    mujoco_add_normal_noise(env, env->settings[PLANAR_NOISE].f, random);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const int first = env->settings[PLANAR_EXCLUDE_POSITION].b ? 1 : 0;
    double *velocities = mujoco_put(row->observations[0], d->qpos + first, m->nq - first);
    mujoco_put(velocities, d->qvel, m->nv);
    if (env->task->version >= 5) {
        row->infos[X_POSITION] = d->qpos[0];
    }
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    planar_gain gain;
    const sw_status st = planar_advance(e, row->actions[0], &gain);
    if (st != SW_OK) {
        return st;
    }
    observe(e, row);
    row->infos[X_POSITION] = e->data->qpos[0];
    row->infos[X_VELOCITY] = gain.velocity;
    row->infos[REWARD_FORWARD] = gain.forward;
    row->infos[REWARD_CTRL] = -gain.cost;
    row->reward = gain.forward - gain.cost;
    return SW_OK;
}

#define COMMON                                                                                     \
    .check = planar_check, .xml = &mujoco_xml_half_cheetah, .max_episode_steps = 1000,             \
    .info_count = INFOS, .setting_count = SETTINGS, .observation_size = planar_observation_size,   \
    .draw = draw, .observe = observe,                                                              \
    .camera = {.body = 1, .height = 0.5, .distance = 4, .elevation = -20}

static const mujoco_task v5 = {
    .env_class = &mujoco_half_cheetah_v5,
    .version = 5,
    .infos = infos,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_half_cheetah_v4,
    .version = 4,
    .infos = infos_v4,
    COMMON,
};

#define DOC "a robot with a hind and a fore leg in a plane runs forward"

MUJOCO_CLASS(mujoco_half_cheetah_v5, v5, .id = "HalfCheetah-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_half_cheetah_v4, v4, .id = "HalfCheetah-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = step);
