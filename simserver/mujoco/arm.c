#include "arm.h"

const sw_info arm_infos[ARM_INFOS] = {
    [ARM_DIST_INFO] = {"reward_dist", false},  // the terms of the reward
    [ARM_CTRL_INFO] = {"reward_ctrl", false},
    [ARM_NEAR_INFO] = {"reward_near", false},
};

// What the places of the bodies are worth; near is 0 where the thing is the hand.
typedef struct terms {
    double dist;
    double near;
} terms;

const double *arm_body(const mujoco_env *env, int place)
{
    return env->data->xpos + 3 * env->bodies[place];
}

static terms weigh_distances(const mujoco_env *env)
{
    const sw_value *set = env->settings;
    const double *thing = arm_body(env, ARM_THING);
    terms t = {.dist = -set[ARM_DIST_WEIGHT].f * mju_dist3(thing, arm_body(env, ARM_GOAL))};
    if (env->task->bodies[ARM_HAND] != NULL) {
        t.near = -set[ARM_NEAR_WEIGHT].f * mju_dist3(thing, arm_body(env, ARM_HAND));
    }
    return t;
}

void arm_draw_velocities(mujoco_env *env, int moving, random_state *random)
{
    for (int i = 0; i < moving; i++) {
        env->data->qvel[i] = random_uniform(random, -0.005, 0.005);
    }
}

sw_status arm_step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const bool is_v4 = e->task->version == 4;
    const double *action = row->actions[0];
    const terms before = weigh_distances(e);
    const sw_status st = mujoco_advance(e, action);
    if (st != SW_OK) {
        return st;
    }
    const terms t = is_v4 ? before : weigh_distances(e);
    const double effort = mujoco_square_sum(action, e->model->nu);
    const double ctrl = -e->settings[ARM_CONTROL_WEIGHT].f * effort;

    e->task->observe(e, row);
    row->infos[ARM_DIST_INFO] = t.dist;
    row->infos[ARM_CTRL_INFO] = is_v4 ? -effort : ctrl;
    if (e->task->info_count > ARM_NEAR_INFO) {
        row->infos[ARM_NEAR_INFO] = t.near;
    }
    row->reward = t.dist + ctrl + t.near;
    return SW_OK;
}
