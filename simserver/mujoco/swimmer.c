// Swimmer: a chain of three links learns to swim forward in a viscous fluid.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/swimmer_v5.py, swimmer_v4.py, assets/swimmer.xml,
// after Coulom, Reinforcement Learning Using Neural Networks, 2002. What it shares with the other
// planar robots is in planar.h.
//
//   state   qpos = (x, y, angle of the first link,             m, m, rad, rad, rad
//                   second to first, third to second)
//           qvel = d qpos / dt
//   obs     angle of the first link, two joints, qvel          8 numbers
//   action  torque at the two joints                           2 in [-1, 1], times 150 N m
//   reward  1 * (x' - x)/0.04 s  -  1e-4 |action|^2
//   end     never terminated; truncated after 1000 steps
//   reset   (qpos, qvel) = U(-0.1, 0.1)
//
// The plane is seen from above; nothing touches. All weights are settings. Version 4 has the reward
// for moving forward in two columns, reward_fwd and forward_reward.
#include <math.h>

#include "mujoco_tasks.h"
#include "planar.h"

enum { SETTINGS_V4 = PLANAR_SETTINGS, FRAME_SKIP = SETTINGS_V4, XML_FILE, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    PLANAR_COMMON_SETTINGS(1e-4, 0.1),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(4),
    [XML_FILE] = MUJOCO_XML_FILE,
};

enum {
    X_POSITION,
    Y_POSITION,
    DISTANCE,
    X_VELOCITY,
    Y_VELOCITY,
    REWARD_FORWARD,
    REWARD_CTRL,
    INFOS,
    FORWARD_REWARD = INFOS,
    INFOS_V4
};

static const sw_info infos[INFOS] = {
    [X_POSITION] = {"x_position", true},          [Y_POSITION] = {"y_position", true},  // m
    [DISTANCE] = {"distance_from_origin", true},                                        // m
    [X_VELOCITY] = {"x_velocity", false},          // m/s, mean of the step
    [Y_VELOCITY] = {"y_velocity", false},          // likewise
    [REWARD_FORWARD] = {"reward_forward", false},  // the terms of the reward...
    [REWARD_CTRL] = {"reward_ctrl", false},        // ...this one negative
};

static const sw_info infos_v4[INFOS_V4] = {
    [X_POSITION] = {"x_position", false},         [Y_POSITION] = {"y_position", false},
    [DISTANCE] = {"distance_from_origin", false}, [X_VELOCITY] = {"x_velocity", false},
    [Y_VELOCITY] = {"y_velocity", false},         [REWARD_FORWARD] = {"reward_fwd", false},
    [REWARD_CTRL] = {"reward_ctrl", false},       [FORWARD_REWARD] = {"forward_reward", false},
};

// How many numbers of qpos the observation leaves out.
static int excluded(const sw_value *values)
{
    return values[PLANAR_EXCLUDE_POSITION].b ? 2 : 0;
}

static int observation_size(const mjModel *model, const sw_value *values)
{
    return model->nq + model->nv - excluded(values);
}

static void tell_place(const mujoco_env *env, sw_row *row)
{
    const double *qpos = env->data->qpos;
    row->infos[X_POSITION] = qpos[0];
    row->infos[Y_POSITION] = qpos[1];
    row->infos[DISTANCE] = hypot(qpos[0], qpos[1]);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const int first = excluded(env->settings);
    double *velocities = mujoco_put(row->observations[0], d->qpos + first, m->nq - first);
    mujoco_put(velocities, d->qvel, m->nv);
    if (env->task->version >= 5) {
        tell_place(env, row);
    }
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const double y = e->data->qpos[1];
    planar_gain gain;
    const sw_status st = planar_advance(e, row->actions[0], &gain);
    if (st != SW_OK) {
        return st;
    }
    observe(e, row);
    tell_place(e, row);
    row->infos[X_VELOCITY] = gain.velocity;
    row->infos[Y_VELOCITY] = (e->data->qpos[1] - y) / e->dt;
    row->infos[REWARD_FORWARD] = gain.forward;
    row->infos[REWARD_CTRL] = -gain.cost;
    if (e->task->version == 4) {
        row->infos[FORWARD_REWARD] = gain.forward;
    }
    row->reward = gain.forward - gain.cost;
    return SW_OK;
}

#define COMMON                                                                                     \
    .check = planar_check, .xml = &mujoco_xml_swimmer, .max_episode_steps = 1000,                  \
    .setting_count = SETTINGS, .observation_size = observation_size, .draw = planar_draw,          \
    .observe = observe, .camera = {.body = 2, .height = 0, .distance = 4.5, .elevation = -45}

static const mujoco_task v5 = {
    .env_class = &mujoco_swimmer_v5,
    .version = 5,
    .infos = infos,
    .info_count = INFOS,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_swimmer_v4,
    .version = 4,
    .infos = infos_v4,
    .info_count = INFOS_V4,
    COMMON,
};

#define DOC "a chain of three links swims forward"

MUJOCO_CLASS(mujoco_swimmer_v5, v5, .id = "Swimmer-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_swimmer_v4, v4, .id = "Swimmer-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = step);
