#include "human.h"

#include <math.h>

enum { ROOT_QPOS = 2, ROOT_FORCES = 6, TENDONS = 2 };  // x and y; of the free joint

static const sw_value *common(const mujoco_env *env)
{
    return env->settings + env->task->setting_count - HUMAN_SETTINGS;
}

sw_status human_check(const mjModel *model, const sw_value *settings)
{
    (void) settings;
    if (model->njnt == 0 || model->jnt_type[0] != mjJNT_FREE) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the first joint of the model is not free to move");
    }
    if (model->ntendon != TENDONS) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the model has %d tendons, the task reports those of %d",
                       (int) model->ntendon, TENDONS);
    }
    return SW_OK;
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
    mujoco_add_noise(env, common(env)[HUMAN_NOISE].f, random);
}

static void observe(const mujoco_env *env, double *to)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const sw_value *set = common(env);
    const int position = set[HUMAN_EXCLUDE_POSITION].b ? ROOT_QPOS : 0;
    const int body = env->task->version == 4 ? 0 : 1;
    const int force = env->task->version == 4 ? 0 : ROOT_FORCES;
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

void human_observe(const mujoco_env *env, sw_row *row)
{
    const mjData *d = env->data;
    observe(env, row->observations[0]);
    if (env->task->version >= 5) {
        row->infos[HUMAN_X_POSITION] = d->qpos[0];
        row->infos[HUMAN_Y_POSITION] = d->qpos[1];
        mujoco_put(row->infos + HUMAN_TENDON_LENGTH, d->ten_length, TENDONS);
        mujoco_put(row->infos + HUMAN_TENDON_VELOCITY, d->ten_velocity, TENDONS);
    }
}

double human_ctrl_cost(const mujoco_env *env)
{
    return common(env)[HUMAN_CTRL_WEIGHT].f * mujoco_square_sum(env->data->ctrl, env->model->nu);
}

double human_contact_cost(const mujoco_env *env)
{
    const double *range = common(env)[HUMAN_CONTACT_RANGE].v;
    const double cost = common(env)[HUMAN_CONTACT_WEIGHT].f *
                        mujoco_square_sum(env->data->cfrc_ext, 6 * env->model->nbody);
    return fmin(fmax(cost, range[0]), range[1]);
}
