#include "human.h"

enum { ROOT_QPOS = 2, ROOT_FORCES = 6, TENDONS = 2 };  // x and y; of the free joint

static const sw_value *common_settings(const mujoco_env *env)
{
    return env->settings + env->task->setting_count - HUMAN_SETTINGS;
}

int human_observation_size(const mjModel *model, const sw_value *common, int version)
{
    const int bodies = version == 4 ? model->nbody : model->nbody - 1;
    const int forces = version == 4 ? model->nv : model->nv - ROOT_FORCES;
    return model->nq - (common[HUMAN_EXCLUDE_POSITION].b ? ROOT_QPOS : 0) + model->nv +
           (common[HUMAN_CINERT].b ? 10 * bodies : 0) + (common[HUMAN_CVEL].b ? 6 * bodies : 0) +
           (common[HUMAN_QFRC_ACTUATOR].b ? forces : 0) +
           (common[HUMAN_CFRC_EXT].b ? 6 * bodies : 0);
}

void human_draw(mujoco_env *env, random_state *random)
{
    mujoco_add_noise(env, common_settings(env)[HUMAN_NOISE].f, random);
}

void human_observe(const mujoco_env *env, sw_row *row)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const sw_value *set = common_settings(env);
    const bool is_v4 = env->task->version == 4;
    const int position = set[HUMAN_EXCLUDE_POSITION].b ? ROOT_QPOS : 0;
    const int body = is_v4 ? 0 : 1;
    const int force = is_v4 ? 0 : ROOT_FORCES;
    double *to = row->observations[0];
    to = mujoco_put(to, d->qpos + position, m->nq - position);
    to = mujoco_put(to, d->qvel, m->nv);
    if (set[HUMAN_CINERT].b) {
        to = mujoco_put(to, d->cinert + 10 * body, 10 * (m->nbody - body));
    }
    if (set[HUMAN_CVEL].b) {
        to = mujoco_put(to, d->cvel + 6 * body, 6 * (m->nbody - body));
    }
    if (set[HUMAN_QFRC_ACTUATOR].b) {
        to = mujoco_put(to, d->qfrc_actuator + force, m->nv - force);
    }
    if (set[HUMAN_CFRC_EXT].b) {
        mujoco_put(to, d->cfrc_ext + 6 * body, 6 * (m->nbody - body));
    }
}

void human_report_tendons(const mujoco_env *env, double *infos)
{
    const int count = mjMIN(env->model->ntendon, TENDONS);
    mujoco_put(infos + HUMAN_TENDON_LENGTH, env->data->ten_length, count);
    mujoco_put(infos + HUMAN_TENDON_VELOCITY, env->data->ten_velocity, count);
}

double human_ctrl_cost(const mujoco_env *env)
{
    return common_settings(env)[HUMAN_CTRL_WEIGHT].f *
           mujoco_square_sum(env->data->ctrl, env->model->nu);
}

double human_contact_cost(const mujoco_env *env)
{
    const double *range = common_settings(env)[HUMAN_CONTACT_RANGE].v;
    const double cost = common_settings(env)[HUMAN_CONTACT_WEIGHT].f *
                        mujoco_square_sum(env->data->cfrc_ext, 6 * env->model->nbody);
    return mujoco_clip(cost, range);
}
