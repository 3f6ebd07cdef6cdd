#include "planar.h"

#include <math.h>
#include <string.h>

static const double max_velocity = 10;  // m/s or rad/s, in the observation only

enum { X_POSITION, Z_DISTANCE, X_VELOCITY, REWARD_FORWARD, REWARD_CTRL, REWARD_SURVIVE };

const sw_info planar_infos[PLANAR_INFOS] = {
    [X_POSITION] = {"x_position", true},              // m
    [Z_DISTANCE] = {"z_distance_from_origin", true},  // m above the initial height
    [X_VELOCITY] = {"x_velocity", false},             // m/s, mean of the step
    [REWARD_FORWARD] = {"reward_forward", false},     // the terms of the reward...
    [REWARD_CTRL] = {"reward_ctrl", false},           // ...this one negative
    [REWARD_SURVIVE] = {"reward_survive", false},
};

int planar_observation_size(const mjModel *model, const sw_value *settings)
{
    return model->nq + model->nv - (settings[PLANAR_EXCLUDE_X].b ? 1 : 0);
}

void planar_draw(mujoco_env *env, random_state *random)
{
    mujoco_add_noise(env, env->settings[PLANAR_NOISE].f, random);
}

void planar_observe(const mujoco_env *env, sw_row *row)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    double *observation = row->observations[0];
    for (int i = env->settings[PLANAR_EXCLUDE_X].b ? 1 : 0; i < m->nq; i++) {
        *observation++ = d->qpos[i];
    }
    for (int i = 0; i < m->nv; i++) {
        *observation++ = fmin(fmax(d->qvel[i], -max_velocity), max_velocity);
    }
    row->infos[X_POSITION] = d->qpos[0];
    row->infos[Z_DISTANCE] = d->qpos[1] - m->qpos0[1];
}

bool planar_is_within(double x, const double *range)
{
    return range[0] < x && x < range[1];
}

bool planar_is_upright(const mujoco_env *env)
{
    const double *qpos = env->data->qpos;
    return planar_is_within(qpos[1], env->settings[PLANAR_HEALTHY_Z].v) &&
           planar_is_within(qpos[2], env->settings[PLANAR_HEALTHY_ANGLE].v);
}

sw_status planar_step(mujoco_env *env, bool (*is_healthy)(const mujoco_env *env), sw_row *row)
{
    const sw_value *set = env->settings;
    const double *action = row->actions[0];
    const double x = env->data->qpos[0];
    const sw_status st = mujoco_advance(env, action);
    if (st != SW_OK) {
        return st;
    }
    const double velocity = (env->data->qpos[0] - x) / env->dt;
    const bool healthy = is_healthy(env);
    double effort = 0;
    for (int i = 0; i < env->model->nu; i++) {
        effort += action[i] * action[i];
    }
    const double forward = set[PLANAR_FORWARD_WEIGHT].f * velocity;
    const double survive = healthy ? set[PLANAR_HEALTHY_REWARD].f : 0;
    const double cost = set[PLANAR_CTRL_WEIGHT].f * effort;

    planar_observe(env, row);
    row->infos[X_VELOCITY] = velocity;
    row->infos[REWARD_FORWARD] = forward;
    row->infos[REWARD_CTRL] = -cost;
    row->infos[REWARD_SURVIVE] = survive;
    row->reward = forward + survive - cost;
    row->terminated = !healthy && set[PLANAR_TERMINATE].b;
    return SW_OK;
}
