// Ant: a robot on four legs learns to walk.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/ant_v5.py, ant_v4.py, assets/ant.xml.
//
//   state   qpos = (x, y, z, quaternion w x y z,               m, 1, rad
//                   hip and ankle of the legs: front left,     z begins at 0.75
//                   front right, back left, back right)
//           qvel = (velocity, angular velocity, d joints / dt)
//   obs     z, quaternion, joints, qvel,                       105 numbers
//           F of the 13 bodies of the robot
//   action  torque at hip and ankle of the legs: back right,   8 in [-1, 1], times 150 N m
//           front left, front right, back left
//   reward  1 * (X' - X)/0.05 s  +  1 [healthy]  -  0.5 |action|^2  -  5e-4 |F|^2
//   end     terminated when not healthy; truncated after 1000 steps
//   healthy 0.2 <= z <= 1
//   reset   qpos = (0, 0, 0.75, 1, 0...) + U(-0.1, 0.1), the quaternion as that leaves it
//           qvel = 0.1 N(0, 1)
//
// X is where the torso was when MuJoCo last computed it (walk.h). F is cfrc_ext, the contact forces
// and torques of all bodies, each number clipped to [-1, 1]; 0 after a reset. All weights and
// ranges are settings. Gymnasium also calls a state that is not finite unhealthy; here it is an
// error.
//
// Version 4 has F in the observation (of the world too, whose is 0) and in the reward only if told
// to, and then shows it as reward_ctrl. How it differs otherwise is in walk.h.
#include "mujoco_tasks.h"
#include "walk.h"

enum {
    CTRL_WEIGHT,
    CONTACT_FORCES,
    CONTACT_WEIGHT,
    HEALTHY_REWARD,
    TERMINATE,
    HEALTHY_Z,
    FORCE_RANGE,
    NOISE,
    EXCLUDE_POSITION,
    XML_FILE,
    SETTINGS_V4,
    FORWARD_WEIGHT = SETTINGS_V4,
    MAIN_BODY,
    FRAME_SKIP,
    SETTINGS
};

#define COMMON_SETTINGS                                                                            \
    [CTRL_WEIGHT] = MUJOCO_CTRL_WEIGHT(0.5),                                                       \
    [CONTACT_WEIGHT] = MUJOCO_CONTACT_WEIGHT("contact_cost_weight", 5e-4),                         \
    [HEALTHY_REWARD] = MUJOCO_HEALTHY_REWARD(1), [TERMINATE] = MUJOCO_TERMINATE,                   \
    [HEALTHY_Z] =                                                                                  \
        MUJOCO_RANGE("healthy_z_range", 0.2, 1, "heights of the torso that are healthy, m"),       \
    [FORCE_RANGE] =                                                                                \
        MUJOCO_RANGE("contact_force_range", -1, 1, "what contact forces are clipped to"),          \
    [NOISE] = MUJOCO_NOISE(0.1), [EXCLUDE_POSITION] = MUJOCO_EXCLUDE_POSITION,                     \
    [XML_FILE] = MUJOCO_XML_FILE, [FORWARD_WEIGHT] = MUJOCO_FORWARD_WEIGHT(1),                     \
    [MAIN_BODY] = MUJOCO_WHOLE("main_body", 1, 0, 1000,                                            \
                               "number in the model of the body that is to move; 1: the torso"),   \
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(5)

static const sw_setting settings[SETTINGS] = {
    COMMON_SETTINGS,
    [CONTACT_FORCES] = MUJOCO_INCLUDE("cfrc_ext", "the contact forces on the bodies"),
};

static const sw_setting settings_v4[SETTINGS] = {
    COMMON_SETTINGS,
    [CONTACT_FORCES] =
        MUJOCO_SWITCH("use_contact_forces", false, "observe the contact forces, and let them cost"),
};

#define INFOS(AT_RESET, LAST)                                                                      \
    WALK_COMMON_INFOS(AT_RESET, "reward_forward", "reward_ctrl", "reward_survive", LAST)

static const sw_info infos[WALK_INFOS] = {INFOS(true, "reward_contact")};
static const sw_info infos_v4[WALK_INFOS] = {INFOS(false, "forward_reward")};

static sw_status check(const mjModel *model, const sw_value *set)
{
    if (set[MAIN_BODY].i >= model->nbody) {
        return sw_fail(SW_INVALID_ARGUMENT, "setting 'main_body': %lld; the model has 0 to %d",
                       (long long) set[MAIN_BODY].i, (int) model->nbody - 1);
    }
    return walk_check(model, set);
}

static int observation_size(const mjModel *model, const sw_value *set)
{
    return model->nq - (set[EXCLUDE_POSITION].b ? 2 : 0) + model->nv +
           (set[CONTACT_FORCES].b ? 6 * (model->nbody - 1) : 0);
}

static int observation_size_v4(const mjModel *model, const sw_value *set)
{
    return observation_size(model, set) + (set[CONTACT_FORCES].b ? 6 : 0);
}

static void draw(mujoco_env *env, random_state *random)
{
    mujoco_add_normal_noise(env, env->settings[NOISE].f, random);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const sw_value *set = env->settings;
    const bool is_v4 = env->task->version == 4;
    const int first = set[EXCLUDE_POSITION].b ? 2 : 0;
    const int body = is_v4 ? 0 : 1;
    double *observation = row->observations[0];
    observation = mujoco_put(observation, d->qpos + first, m->nq - first);
    observation = mujoco_put(observation, d->qvel, m->nv);
    if (set[CONTACT_FORCES].b) {
        mujoco_put_clipped(observation, d->cfrc_ext + 6 * body, 6 * (m->nbody - body),
                           set[FORCE_RANGE].v[0], set[FORCE_RANGE].v[1]);
    }
    if (!is_v4) {
        walk_report_position((walk_point){d->qpos[0], d->qpos[1]}, row);
    }
}

static double contact_cost(const mujoco_env *env)
{
    const double *range = env->settings[FORCE_RANGE].v;
    double sum = 0;
    for (int i = 0; i < 6 * env->model->nbody; i++) {
        const double force = mujoco_clip(env->data->cfrc_ext[i], range);
        sum += force * force;
    }
    return env->settings[CONTACT_WEIGHT].f * sum;
}

static walk_point find_body(const mujoco_env *env)
{
    const double *position = env->data->xpos + 3 * env->settings[MAIN_BODY].i;
    return (walk_point){position[0], position[1]};
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const sw_value *set = e->settings;
    const bool is_v4 = e->task->version == 4;
    const double *action = row->actions[0];
    walk_step s = {.from = find_body(e)};
    const sw_status st = mujoco_advance(e, action);
    if (st != SW_OK) {
        return st;
    }
    const double z = e->data->qpos[2];
    const double *range = set[HEALTHY_Z].v;
    s.to = find_body(e);
    s.forward_weight = set[FORWARD_WEIGHT].f;
    s.is_healthy = range[0] <= z && z <= range[1];
    s.healthy_reward = set[HEALTHY_REWARD].f;
    s.terminates = set[TERMINATE].b;
    s.ctrl_cost = set[CTRL_WEIGHT].f * mujoco_square_sum(action, e->model->nu);
    s.contact_cost = is_v4 && !set[CONTACT_FORCES].b ? 0 : contact_cost(e);
    observe(e, row);
    walk_judge(e, &s, row);
    if (is_v4 && set[CONTACT_FORCES].b) {
        row->infos[WALK_CTRL] = -s.contact_cost;
    }
    return SW_OK;
}

#define COMMON                                                                                     \
    .xml = &mujoco_xml_ant, .max_episode_steps = 1000, .info_count = WALK_INFOS,                   \
    .setting_count = SETTINGS, .check = check, .draw = draw, .observe = observe,                   \
    .contact_forces = true, .camera = {.body = 1, .height = 0.75, .distance = 4, .elevation = -45}

static const mujoco_task v5 = {
    .env_class = &mujoco_ant_v5,
    .version = 5,
    .infos = infos,
    .observation_size = observation_size,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_ant_v4,
    .version = 4,
    .infos = infos_v4,
    .observation_size = observation_size_v4,
    COMMON,
};

#define DOC "a robot on four legs walks"

MUJOCO_CLASS(mujoco_ant_v5, v5, .id = "Ant-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_ant_v4, v4, .id = "Ant-v4", .doc = DOC, .settings = settings_v4,
             .setting_count = SETTINGS_V4, .step = step);
