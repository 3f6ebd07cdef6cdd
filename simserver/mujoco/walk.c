#include "walk.h"

#include <math.h>

sw_status walk_check(const mjModel *model, const sw_value *settings)
{
    (void) settings;
    if (model->njnt == 0 || model->jnt_type[0] != mjJNT_FREE) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the first joint of the model is not a free one");
    }
    return SW_OK;
}

void walk_report_position(walk_point position, sw_row *row)
{
    row->infos[WALK_X_POSITION] = position.x;
    row->infos[WALK_Y_POSITION] = position.y;
    row->infos[WALK_DISTANCE] = hypot(position.x, position.y);
}

void walk_judge(const mujoco_env *env, const walk_step *step, sw_row *row)
{
    const bool is_v4 = env->task->version == 4;
    const double velocity = (step->to.x - step->from.x) / env->dt;
    const double forward = step->forward_weight * velocity;
    const bool ends = !step->is_healthy && step->terminates;
    const bool paid = step->is_healthy || (is_v4 && ends);
    const double survive = paid ? step->healthy_reward : 0;

    row->reward = forward + survive - (step->ctrl_cost + step->contact_cost);
    row->terminated = ends;
    if (is_v4) {
        walk_report_position(step->to, row);
    }
    row->infos[WALK_X_VELOCITY] = velocity;
    row->infos[WALK_Y_VELOCITY] = (step->to.y - step->from.y) / env->dt;
    row->infos[WALK_FORWARD] = forward;
    row->infos[WALK_CTRL] = -step->ctrl_cost;
    row->infos[WALK_SURVIVE] = survive;
    row->infos[WALK_CONTACT] = is_v4 ? forward : -step->contact_cost;
}
