#include "planar.h"

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

enum { V4_X_POSITION, V4_X_VELOCITY };

const sw_info planar_infos_v4[PLANAR_INFOS_V4] = {
    [V4_X_POSITION] = {"x_position", false},
    [V4_X_VELOCITY] = {"x_velocity", false},
};

int planar_observation_size(const mjModel *model, const sw_value *settings)
{
    return model->nq + model->nv - (settings[PLANAR_EXCLUDE_X].b ? 1 : 0);
}

void planar_draw(mujoco_env *env, random_state *random)
{
    mujoco_add_noise(env, env->settings[PLANAR_NOISE].f, random);
}

static void observe(const mujoco_env *env, double *observation)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const int first = env->settings[PLANAR_EXCLUDE_X].b ? 1 : 0;
    observation = mujoco_put(observation, d->qpos + first, m->nq - first);
    mujoco_put_clipped(observation, d->qvel, m->nv, -max_velocity, max_velocity);
}

void planar_observe(const mujoco_env *env, sw_row *row)
{
    observe(env, row->observations[0]);
    if (env->task->version >= 5) {
        row->infos[X_POSITION] = env->data->qpos[0];
        row->infos[Z_DISTANCE] = env->data->qpos[1] - env->model->qpos0[1];
    }
}

bool planar_is_upright(const mujoco_env *env)
{
    const double *qpos = env->data->qpos;
    return mujoco_is_within(qpos[1], env->settings[PLANAR_HEALTHY_Z].v) &&
           mujoco_is_within(qpos[2], env->settings[PLANAR_HEALTHY_ANGLE].v);
}

sw_status planar_step(mujoco_env *env, bool (*is_healthy)(const mujoco_env *env), sw_row *row)
{
    const sw_value *set = env->settings;
    const bool is_v4 = env->task->version == 4;
    const double *action = row->actions[0];
    const double x = env->data->qpos[0];
    const sw_status st = mujoco_advance(env, action);
    if (st != SW_OK) {
        return st;
    }
    const double velocity = (env->data->qpos[0] - x) / env->dt;
    const bool healthy = is_healthy(env);
    const bool ends = !healthy && set[PLANAR_TERMINATE].b;
    const bool paid = healthy || (is_v4 && ends);
    const double forward = set[PLANAR_FORWARD_WEIGHT].f * velocity;
    const double survive = paid ? set[PLANAR_HEALTHY_REWARD].f : 0;
    const double cost = set[PLANAR_CTRL_WEIGHT].f * mujoco_square_sum(action, env->model->nu);

    planar_observe(env, row);
    if (is_v4) {
        row->infos[V4_X_POSITION] = env->data->qpos[0];
        row->infos[V4_X_VELOCITY] = velocity;
    } else {
        row->infos[X_VELOCITY] = velocity;
        row->infos[REWARD_FORWARD] = forward;
        row->infos[REWARD_CTRL] = -cost;
        row->infos[REWARD_SURVIVE] = survive;
    }
    row->reward = forward + survive - cost;
    row->terminated = ends;
    return SW_OK;
}
