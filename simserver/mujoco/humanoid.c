// Humanoid: a robot with the shape of a human learns to walk.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/humanoid_v5.py, humanoid_v4.py, assets/humanoid.xml.
// State, observation, action and reset are in human.h; it begins standing, with z = 1.4.
//
//   reward  1.25 (C' - C)/0.015 s  +  5 [healthy]  -  0.1 |action|^2
//           - min(5e-7 |cfrc_ext|^2, 10)
//   end     terminated when not healthy; truncated after 1000 steps
//   healthy 1 < z < 2
//
// C is x of the centre of mass of all bodies, where MuJoCo last computed it (walk.h). cfrc_ext are
// the contact forces and torques on all bodies. All weights and ranges are settings.
//
// Version 4 has no cost of contact forces; how it differs otherwise is in walk.h and human.h.
#include "human.h"
#include "mujoco_tasks.h"
#include "walk.h"

enum {
    FORWARD_WEIGHT,
    HEALTHY_REWARD,
    TERMINATE,
    HEALTHY_Z,
    FIRST_COMMON,
    SETTINGS_V4 = FIRST_COMMON + HUMAN_SETTINGS_V4,
    SETTINGS = FIRST_COMMON + HUMAN_SETTINGS
};

static const sw_setting settings[SETTINGS] = {
    [FORWARD_WEIGHT] = MUJOCO_FORWARD_WEIGHT(1.25),
    [HEALTHY_REWARD] = MUJOCO_HEALTHY_REWARD(5),
    [TERMINATE] = MUJOCO_TERMINATE,
    [HEALTHY_Z] = MUJOCO_RANGE("healthy_z_range", 1, 2, "heights of the torso that are healthy, m"),
    HUMAN_COMMON_SETTINGS("contact_cost"),
};

enum { TENDONS = WALK_INFOS, INFOS = TENDONS + HUMAN_TENDON_INFOS };

static const sw_info infos[INFOS] = {
    WALK_COMMON_INFOS(true, "reward_forward", "reward_ctrl", "reward_survive", "reward_contact"),
    HUMAN_COMMON_INFOS,
};

static const sw_info infos_v4[WALK_INFOS] = {
    WALK_COMMON_INFOS(false, "reward_linvel", "reward_quadctrl", "reward_alive", "forward_reward"),
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
    human_observe(env, row);
    if (env->task->version >= 5) {
        walk_report_position((walk_point){env->data->qpos[0], env->data->qpos[1]}, row);
        human_report_tendons(env, row->infos + TENDONS);
    }
}

static walk_point centre_of_mass(const mujoco_env *env)
{
    const mjModel *m = env->model;
    walk_point centre = {0, 0};
    double mass = 0;
    for (int i = 0; i < m->nbody; i++) {
        centre.x += m->body_mass[i] * env->data->xipos[3 * i];
        centre.y += m->body_mass[i] * env->data->xipos[3 * i + 1];
        mass += m->body_mass[i];
    }
    return (walk_point){centre.x / mass, centre.y / mass};
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const sw_value *set = e->settings;
    walk_step s = {.from = centre_of_mass(e)};
    const sw_status st = mujoco_advance(e, row->actions[0]);
    if (st != SW_OK) {
        return st;
    }
    s.to = centre_of_mass(e);
    s.forward_weight = set[FORWARD_WEIGHT].f;
    s.is_healthy = mujoco_is_within(e->data->qpos[2], set[HEALTHY_Z].v);
    s.healthy_reward = set[HEALTHY_REWARD].f;
    s.terminates = set[TERMINATE].b;
    s.ctrl_cost = human_ctrl_cost(e);
    s.contact_cost = e->task->version == 4 ? 0 : human_contact_cost(e);
    observe(e, row);
    walk_judge(e, &s, row);
    return SW_OK;
}

#define COMMON                                                                                     \
    .xml = &mujoco_xml_humanoid, .max_episode_steps = 1000, .setting_count = SETTINGS,             \
    .check = walk_check, .draw = human_draw, .observe = observe, .contact_forces = true,           \
    .camera = {.body = 1, .height = 1, .distance = 4, .elevation = -20}

static const mujoco_task v5 = {
    .env_class = &mujoco_humanoid_v5,
    .version = 5,
    .infos = infos,
    .info_count = INFOS,
    .observation_size = observation_size,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_humanoid_v4,
    .version = 4,
    .infos = infos_v4,
    .info_count = WALK_INFOS,
    .observation_size = observation_size_v4,
    COMMON,
};

#define DOC "a robot with the shape of a human walks"

MUJOCO_CLASS(mujoco_humanoid_v5, v5, .id = "Humanoid-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_humanoid_v4, v4, .id = "Humanoid-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = step);
