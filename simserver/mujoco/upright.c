#include "upright.h"

static const double max_velocity = 10;  // m/s or rad/s, in the observation only

enum { X_POSITION, Z_DISTANCE, X_VELOCITY, REWARD_FORWARD, REWARD_CTRL, REWARD_SURVIVE };

const sw_info upright_infos[UPRIGHT_INFOS] = {
    [X_POSITION] = {"x_position", true},              // m
    [Z_DISTANCE] = {"z_distance_from_origin", true},  // m above the initial height
    [X_VELOCITY] = {"x_velocity", false},             // m/s, mean of the step
    [REWARD_FORWARD] = {"reward_forward", false},     // the terms of the reward...
    [REWARD_CTRL] = {"reward_ctrl", false},           // ...this one negative
    [REWARD_SURVIVE] = {"reward_survive", false},
};

enum { V4_X_POSITION, V4_X_VELOCITY };

const sw_info upright_infos_v4[UPRIGHT_INFOS_V4] = {
    [V4_X_POSITION] = {"x_position", false},
    [V4_X_VELOCITY] = {"x_velocity", false},
};

void upright_observe(const mujoco_env *env, sw_row *row)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const int first = env->settings[PLANAR_EXCLUDE_POSITION].b ? 1 : 0;
    double *velocities = mujoco_put(row->observations[0], d->qpos + first, m->nq - first);
    mujoco_put_clipped(velocities, d->qvel, m->nv, -max_velocity, max_velocity);
    if (env->task->version >= 5) {
        row->infos[X_POSITION] = d->qpos[0];
        row->infos[Z_DISTANCE] = d->qpos[1] - m->qpos0[1];
    }
}

bool upright_is_healthy(const mujoco_env *env)
{
    const double *qpos = env->data->qpos;
    return mujoco_is_within(qpos[1], env->settings[UPRIGHT_HEALTHY_Z].v) &&
           mujoco_is_within(qpos[2], env->settings[UPRIGHT_HEALTHY_ANGLE].v);
}

sw_status upright_step(mujoco_env *env, bool (*is_healthy)(const mujoco_env *env), sw_row *row)
{
    planar_gain gain;
    const sw_status st = planar_advance(env, row->actions[0], &gain);
    if (st != SW_OK) {
        return st;
    }
    const bool is_v4 = env->task->version == 4;
    const bool healthy = is_healthy(env);
    const bool ends = !healthy && env->settings[UPRIGHT_TERMINATE].b;
    const bool paid = healthy || (is_v4 && ends);
    const double survive = paid ? env->settings[UPRIGHT_HEALTHY_REWARD].f : 0;

    upright_observe(env, row);
    if (is_v4) {
        row->infos[V4_X_POSITION] = env->data->qpos[0];
        row->infos[V4_X_VELOCITY] = gain.velocity;
    } else {
        row->infos[X_VELOCITY] = gain.velocity;
        row->infos[REWARD_FORWARD] = gain.forward;
        row->infos[REWARD_CTRL] = -gain.cost;
        row->infos[REWARD_SURVIVE] = survive;
    }
    row->reward = gain.forward + survive - gain.cost;
    row->terminated = ends;
    return SW_OK;
}
