// HumanoidStandup: a robot with the shape of a human learns to stand up.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/humanoidstandup_v5.py, humanoidstandup_v4.py,
// assets/humanoidstandup.xml. State, observation, action and reset are in human.h; it begins lying
// on its back, with z = 0.105.
//
//   reward  z / 0.003 s  +  1  -  0.1 |action|^2  -  min(5e-7 |cfrc_ext|^2, 10)
//   end     truncated after 1000 steps
//
// The time is a step of the simulation, whatever frame_skip is. cfrc_ext are the contact forces and
// torques on all bodies. The weights of the costs are settings; uph_cost_weight is one too, but
// Gymnasium takes it and multiplies nothing with it, and so do we.
//
// Version 4 has the same reward, no settings, and of the info columns the first three.
#include "human.h"
#include "mujoco_tasks.h"
#include "walk.h"

enum { UPH_WEIGHT, FIRST_COMMON, SETTINGS_V4 = 0, SETTINGS = FIRST_COMMON + HUMAN_SETTINGS };

static const sw_setting settings[SETTINGS] = {
    [UPH_WEIGHT] = MUJOCO_WEIGHT("uph_cost_weight", 1, "has no effect, as in Gymnasium"),
    HUMAN_COMMON_SETTINGS("impact_cost"),
};

enum { REWARD_LINUP, REWARD_QUADCTRL, REWARD_IMPACT, INFOS_V4 };
enum {
    X_POSITION = INFOS_V4,
    Y_POSITION,
    Z_DISTANCE,
    TENDONS,
    INFOS = TENDONS + HUMAN_TENDON_INFOS
};

static const sw_info infos[INFOS] = {
    [REWARD_LINUP] = {"reward_linup", false},
    [REWARD_QUADCTRL] = {"reward_quadctrl", false},
    [REWARD_IMPACT] = {"reward_impact", false},
    [X_POSITION] = {"x_position", true},
    [Y_POSITION] = {"y_position", true},
    [Z_DISTANCE] = {"z_distance_from_origin", true},  // m above the initial height
    HUMAN_COMMON_INFOS,
};

static int observation_size(const mjModel *model, const sw_value *set)
{
    return human_observation_size(model, set + FIRST_COMMON, 5);
}

static int observation_size_v4(const mjModel *model, const sw_value *set)
{
    return human_observation_size(model, set + FIRST_COMMON, 4);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const double *qpos = env->data->qpos;
    human_observe(env, row);
    if (env->task->version >= 5) {
        row->infos[X_POSITION] = qpos[0];
        row->infos[Y_POSITION] = qpos[1];
        row->infos[Z_DISTANCE] = qpos[2] - env->model->qpos0[2];
        human_report_tendons(env, row->infos + TENDONS);
    }
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const sw_status st = mujoco_advance(e, row->actions[0]);
    if (st != SW_OK) {
        return st;
    }
    const double up = e->data->qpos[2] / e->model->opt.timestep;
    const double ctrl = human_ctrl_cost(e);
    const double impact = human_contact_cost(e);
    observe(e, row);
    row->infos[REWARD_LINUP] = up;
    row->infos[REWARD_QUADCTRL] = -ctrl;
    row->infos[REWARD_IMPACT] = -impact;
    row->reward = up - ctrl - impact + 1;
    return SW_OK;
}

#define COMMON                                                                                     \
    .infos = infos, .xml = &mujoco_xml_humanoid_standup, .max_episode_steps = 1000,                \
    .setting_count = SETTINGS, .check = walk_check, .draw = human_draw, .observe = observe,        \
    .contact_forces = true,                                                                        \
    .camera = {.body = 1, .height = 0.8925, .distance = 4, .elevation = -20}

static const mujoco_task v5 = {
    .env_class = &mujoco_humanoid_standup_v5,
    .version = 5,
    .info_count = INFOS,
    .observation_size = observation_size,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_humanoid_standup_v4,
    .version = 4,
    .info_count = INFOS_V4,
    .observation_size = observation_size_v4,
    COMMON,
};

#define DOC "a robot with the shape of a human stands up"

MUJOCO_CLASS(mujoco_humanoid_standup_v5, v5, .id = "HumanoidStandup-v5", .doc = DOC,
             .settings = settings, .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_humanoid_standup_v4, v4, .id = "HumanoidStandup-v4", .doc = DOC,
             .settings = settings, .setting_count = SETTINGS_V4, .step = step);
