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
// C is x of the centre of mass of all bodies, where MuJoCo last computed them to be, one step of
// the simulation before qpos. cfrc_ext are the contact forces and torques on all bodies. All
// weights and ranges are settings.
//
// Version 4 has no cost of contact forces, pays the healthy reward on the step that terminates too,
// and reports positions of the centre of mass instead of qpos.
#include <math.h>

#include "human.h"
#include "mujoco_tasks.h"

enum {
    FORWARD_WEIGHT,
    HEALTHY_REWARD,
    TERMINATE,
    HEALTHY_Z,
    COMMON_ONES,
    SETTINGS_V4 = COMMON_ONES + HUMAN_SETTINGS_V4,
    SETTINGS = COMMON_ONES + HUMAN_SETTINGS
};

static const sw_setting settings[SETTINGS] = {
    [FORWARD_WEIGHT] = MUJOCO_FORWARD_WEIGHT(1.25),
    [HEALTHY_REWARD] = MUJOCO_HEALTHY_REWARD(5),
    [TERMINATE] = MUJOCO_TERMINATE,
    [HEALTHY_Z] = MUJOCO_RANGE("healthy_z_range", 1, 2, "heights of the torso that are healthy, m"),
    HUMAN_COMMON_SETTINGS(COMMON_ONES, "contact_cost"),
};

enum {
    DISTANCE = HUMAN_INFOS,
    X_VELOCITY,
    Y_VELOCITY,
    REWARD_SURVIVE,
    REWARD_FORWARD,
    REWARD_CTRL,
    REWARD_CONTACT,
    INFOS
};

static const sw_info infos[INFOS] = {
    HUMAN_COMMON_INFOS,
    [DISTANCE] = {"distance_from_origin", true},
    [X_VELOCITY] = {"x_velocity", false},
    [Y_VELOCITY] = {"y_velocity", false},
    [REWARD_SURVIVE] = {"reward_survive", false},
    [REWARD_FORWARD] = {"reward_forward", false},
    [REWARD_CTRL] = {"reward_ctrl", false},
    [REWARD_CONTACT] = {"reward_contact", false},
};

enum {
    V4_REWARD_LINVEL,
    V4_REWARD_QUADCTRL,
    V4_REWARD_ALIVE,
    V4_X_POSITION,
    V4_Y_POSITION,
    V4_DISTANCE,
    V4_X_VELOCITY,
    V4_Y_VELOCITY,
    V4_FORWARD_REWARD,
    V4_INFOS
};

static const sw_info infos_v4[V4_INFOS] = {
    [V4_REWARD_LINVEL] = {"reward_linvel", false},
    [V4_REWARD_QUADCTRL] = {"reward_quadctrl", false},
    [V4_REWARD_ALIVE] = {"reward_alive", false},
    [V4_X_POSITION] = {"x_position", false},
    [V4_Y_POSITION] = {"y_position", false},
    [V4_DISTANCE] = {"distance_from_origin", false},
    [V4_X_VELOCITY] = {"x_velocity", false},
    [V4_Y_VELOCITY] = {"y_velocity", false},
    [V4_FORWARD_REWARD] = {"forward_reward", false},
};

static int observation_size(const mjModel *model, const sw_value *set)
{
    return human_observation_size(model, set + COMMON_ONES, 5);
}

static int observation_size_v4(const mjModel *model, const sw_value *set)
{
    return human_observation_size(model, set + COMMON_ONES, 4);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const double *qpos = env->data->qpos;
    human_observe(env, row);
    if (env->task->version >= 5) {
        row->infos[DISTANCE] = hypot(qpos[0], qpos[1]);
    }
}

typedef struct point {
    double x, y;
} point;

static point centre_of_mass(const mujoco_env *env)
{
    const mjModel *m = env->model;
    point centre = {0, 0};
    double mass = 0;
    for (int i = 0; i < m->nbody; i++) {
        centre.x += m->body_mass[i] * env->data->xipos[3 * i];
        centre.y += m->body_mass[i] * env->data->xipos[3 * i + 1];
        mass += m->body_mass[i];
    }
    return (point){centre.x / mass, centre.y / mass};
}

// What a step came to.
typedef struct outcome {
    point position, velocity;
    double forward, survive, ctrl, contact;  // the terms of the reward, costs positive
} outcome;

static void report(const outcome *o, sw_row *row)
{
    row->infos[X_VELOCITY] = o->velocity.x;
    row->infos[Y_VELOCITY] = o->velocity.y;
    row->infos[REWARD_SURVIVE] = o->survive;
    row->infos[REWARD_FORWARD] = o->forward;
    row->infos[REWARD_CTRL] = -o->ctrl;
    row->infos[REWARD_CONTACT] = -o->contact;
}

static void report_v4(const outcome *o, sw_row *row)
{
    row->infos[V4_REWARD_LINVEL] = o->forward;
    row->infos[V4_REWARD_QUADCTRL] = -o->ctrl;
    row->infos[V4_REWARD_ALIVE] = o->survive;
    row->infos[V4_X_POSITION] = o->position.x;
    row->infos[V4_Y_POSITION] = o->position.y;
    row->infos[V4_DISTANCE] = hypot(o->position.x, o->position.y);
    row->infos[V4_X_VELOCITY] = o->velocity.x;
    row->infos[V4_Y_VELOCITY] = o->velocity.y;
    row->infos[V4_FORWARD_REWARD] = o->forward;
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const sw_value *set = e->settings;
    const bool is_v4 = e->task->version == 4;
    const point before = centre_of_mass(e);
    const sw_status st = mujoco_advance(e, row->actions[0]);
    if (st != SW_OK) {
        return st;
    }
    outcome o = {.position = centre_of_mass(e)};
    o.velocity.x = (o.position.x - before.x) / e->dt;
    o.velocity.y = (o.position.y - before.y) / e->dt;
    const bool healthy = mujoco_is_within(e->data->qpos[2], set[HEALTHY_Z].v);
    const bool ends = !healthy && set[TERMINATE].b;
    const bool paid = healthy || (is_v4 && ends);
    o.forward = set[FORWARD_WEIGHT].f * o.velocity.x;
    o.survive = paid ? set[HEALTHY_REWARD].f : 0;
    o.ctrl = human_ctrl_cost(e);
    o.contact = is_v4 ? 0 : human_contact_cost(e);

    observe(e, row);
    (is_v4 ? report_v4 : report)(&o, row);
    row->reward = o.forward + o.survive - (o.ctrl + o.contact);
    row->terminated = ends;
    return SW_OK;
}

#define COMMON                                                                                     \
    .xml = &mujoco_xml_humanoid, .max_episode_steps = 1000, .setting_count = SETTINGS,             \
    .check = human_check, .draw = human_draw, .observe = observe,                                  \
    .camera = {.body = 1, .height = 2, .distance = 4, .elevation = -20}

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
    .info_count = V4_INFOS,
    .observation_size = observation_size_v4,
    COMMON,
};

#define DOC "a robot with the shape of a human walks"

MUJOCO_CLASS(mujoco_humanoid_v5, v5, .id = "Humanoid-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_humanoid_v4, v4, .id = "Humanoid-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = step);
