#include "planar.h"

sw_status planar_check(const mjModel *model, const sw_value *settings)
{
    enum { PLACE_AND_ANGLE = 3 };
    (void) settings;
    if (model->nq < PLACE_AND_ANGLE) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the model has %d positions; a robot in a plane has x, "
                       "another and an angle first",
                       (int) model->nq);
    }
    return SW_OK;
}

int planar_observation_size(const mjModel *model, const sw_value *settings)
{
    return model->nq + model->nv - (settings[PLANAR_EXCLUDE_POSITION].b ? 1 : 0);
}

void planar_draw(mujoco_env *env, random_state *random)
{
    mujoco_add_noise(env, env->settings[PLANAR_NOISE].f, random);
}

sw_status planar_advance(mujoco_env *env, const double *action, planar_gain *gain)
{
    const sw_value *set = env->settings;
    const double x = env->data->qpos[0];
    const sw_status st = mujoco_advance(env, action);
    if (st != SW_OK) {
        return st;
    }
    const double velocity = (env->data->qpos[0] - x) / env->dt;
    *gain = (planar_gain){
        .velocity = velocity,
        .forward = set[PLANAR_FORWARD_WEIGHT].f * velocity,
        .cost = set[PLANAR_CTRL_WEIGHT].f * mujoco_square_sum(action, env->model->nu),
    };
    return SW_OK;
}
