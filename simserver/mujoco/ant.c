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
//   healthy 0.2 <= z <= 1, the state finite
//   reset   qpos = (0, 0, 0.75, 1, 0...) + U(-0.1, 0.1), the quaternion as that leaves it
//           qvel = 0.1 N(0, 1)
//
// X is where MuJoCo last computed that the torso was, one step of the simulation before qpos. F is
// cfrc_ext, the contact forces and torques of all bodies, each number clipped to [-1, 1]; 0 after a
// reset. All weights and ranges are settings.
//
// Version 4 has F in the observation (of the world too, whose is 0) and in the reward only if told
// to, and then shows it as reward_ctrl; pays the healthy reward on the step that terminates too;
// and reports positions of the torso instead of qpos.
#include <math.h>

#include "mujoco_env.h"
#include "mujoco_tasks.h"

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
    SETTINGS_V4,
    FORWARD_WEIGHT = SETTINGS_V4,
    MAIN_BODY,
    FRAME_SKIP,
    XML_FILE,
    SETTINGS
};

#define COMMON_SETTINGS                                                                            \
    [FORWARD_WEIGHT] = MUJOCO_FORWARD_WEIGHT(1), [CTRL_WEIGHT] = MUJOCO_CTRL_WEIGHT(0.5),          \
    [CONTACT_WEIGHT] = MUJOCO_WEIGHT("contact_cost_weight", 5e-4,                                  \
                                     "cost of the sum of the squared contact forces"),             \
    [HEALTHY_REWARD] = MUJOCO_HEALTHY_REWARD(1), [TERMINATE] = MUJOCO_TERMINATE,                   \
    [HEALTHY_Z] =                                                                                  \
        MUJOCO_RANGE("healthy_z_range", 0.2, 1, "heights of the torso that are healthy, m"),       \
    [FORCE_RANGE] = MUJOCO_RANGE("contact_force_range", -1, 1,                                     \
                                 "what contact forces are clipped to, N and N m"),                 \
    [NOISE] = MUJOCO_NOISE(0.1), [EXCLUDE_POSITION] = MUJOCO_EXCLUDE_POSITION,                     \
    [MAIN_BODY] = {.name = "main_body",                                                            \
                   .type = SW_INT,                                                                 \
                   .initial.i = 1,                                                                 \
                   .low = 0,                                                                       \
                   .high = 1000,                                                                   \
                   .doc = "number in the model of the body that is to move; 1 is the torso"},      \
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(5), [XML_FILE] = MUJOCO_XML_FILE

static const sw_setting settings[SETTINGS] = {
    COMMON_SETTINGS,
    [CONTACT_FORCES] = MUJOCO_SWITCH("include_cfrc_ext_in_observation", true,
                                     "show the contact forces in the observation"),
};

static const sw_setting settings_v4[SETTINGS] = {
    COMMON_SETTINGS,
    [CONTACT_FORCES] = MUJOCO_SWITCH("use_contact_forces", false,
                                     "show the contact forces, and let them cost something"),
};

enum {
    X_POSITION,
    Y_POSITION,
    DISTANCE,
    X_VELOCITY,
    Y_VELOCITY,
    REWARD_FORWARD,
    REWARD_CTRL,
    REWARD_SURVIVE,
    REWARD_CONTACT,
    FORWARD_REWARD_V4 = REWARD_CONTACT,
    INFOS
};

#define COMMON_INFOS(AT_RESET)                                                                     \
    [X_POSITION] = {"x_position", AT_RESET}, [Y_POSITION] = {"y_position", AT_RESET},              \
    [DISTANCE] = {"distance_from_origin", AT_RESET}, [X_VELOCITY] = {"x_velocity", false},         \
    [Y_VELOCITY] = {"y_velocity", false}, [REWARD_FORWARD] = {"reward_forward", false},            \
    [REWARD_CTRL] = {"reward_ctrl", false}, [REWARD_SURVIVE] = {"reward_survive", false}

static const sw_info infos[INFOS] = {
    COMMON_INFOS(true),
    [REWARD_CONTACT] = {"reward_contact", false},
};

static const sw_info infos_v4[INFOS] = {
    COMMON_INFOS(false),
    [FORWARD_REWARD_V4] = {"forward_reward", false},
};

static sw_status check(const mjModel *model, const sw_value *set)
{
    if (model->njnt == 0 || model->jnt_type[0] != mjJNT_FREE) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the first joint of the model is not free to move");
    }
    if (set[MAIN_BODY].i >= model->nbody) {
        return sw_fail(SW_INVALID_ARGUMENT, "setting 'main_body': %lld; the model has 0 to %d",
                       (long long) set[MAIN_BODY].i, (int) model->nbody - 1);
    }
    return SW_OK;
}

static int size_observation(const mjModel *model, const sw_value *set, int first_body)
{
    return model->nq - (set[EXCLUDE_POSITION].b ? 2 : 0) + model->nv +
           (set[CONTACT_FORCES].b ? 6 * (model->nbody - first_body) : 0);
}

static int observation_size(const mjModel *model, const sw_value *set)
{
    return size_observation(model, set, 1);
}

static int observation_size_v4(const mjModel *model, const sw_value *set)
{
    return size_observation(model, set, 0);
}

static void draw(mujoco_env *env, random_state *random)
{
    mujoco_add_normal_noise(env, env->settings[NOISE].f, random);
}

static void show_position(const double *xy, sw_row *row)
{
    row->infos[X_POSITION] = xy[0];
    row->infos[Y_POSITION] = xy[1];
    row->infos[DISTANCE] = hypot(xy[0], xy[1]);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const mjModel *m = env->model;
    const mjData *d = env->data;
    const sw_value *set = env->settings;
    const bool is_v4 = env->task->version == 4;
    const int first = set[EXCLUDE_POSITION].b ? 2 : 0;
    double *observation = row->observations[0];
    observation = mujoco_put(observation, d->qpos + first, m->nq - first);
    observation = mujoco_put(observation, d->qvel, m->nv);
    if (set[CONTACT_FORCES].b) {
        const int body = is_v4 ? 0 : 1;
        mujoco_put_clipped(observation, d->cfrc_ext + 6 * body, 6 * (m->nbody - body),
                           set[FORCE_RANGE].v[0], set[FORCE_RANGE].v[1]);
    }
    if (!is_v4) {
        show_position(d->qpos, row);
    }
}

static bool is_healthy(const mujoco_env *env)
{
    const mjData *d = env->data;
    const double *range = env->settings[HEALTHY_Z].v;
    bool finite = true;
    for (int i = 0; i < env->model->nq; i++) {
        finite = finite && isfinite(d->qpos[i]);
    }
    for (int i = 0; i < env->model->nv; i++) {
        finite = finite && isfinite(d->qvel[i]);
    }
    return finite && range[0] <= d->qpos[2] && d->qpos[2] <= range[1];
}

static double contact_cost(const mujoco_env *env)
{
    const double *range = env->settings[FORCE_RANGE].v;
    double sum = 0;
    for (int i = 0; i < 6 * env->model->nbody; i++) {
        const double force = fmin(fmax(env->data->cfrc_ext[i], range[0]), range[1]);
        sum += force * force;
    }
    return env->settings[CONTACT_WEIGHT].f * sum;
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const sw_value *set = e->settings;
    const bool is_v4 = e->task->version == 4;
    const double *action = row->actions[0];
    const double *position = e->data->xpos + 3 * set[MAIN_BODY].i;
    const double x = position[0];
    const double y = position[1];
    const sw_status st = mujoco_advance(e, action);
    if (st != SW_OK) {
        return st;
    }
    const double velocity = (position[0] - x) / e->dt;
    const bool healthy = is_healthy(e);
    const bool ends = !healthy && set[TERMINATE].b;
    const bool paid = healthy || (is_v4 && ends);
    const double forward = set[FORWARD_WEIGHT].f * velocity;
    const double survive = paid ? set[HEALTHY_REWARD].f : 0;
    const double ctrl = set[CTRL_WEIGHT].f * mujoco_square_sum(action, e->model->nu);
    const double contact = is_v4 && !set[CONTACT_FORCES].b ? 0 : contact_cost(e);

    observe(e, row);
    row->infos[X_VELOCITY] = velocity;
    row->infos[Y_VELOCITY] = (position[1] - y) / e->dt;
    row->infos[REWARD_FORWARD] = forward;
    row->infos[REWARD_SURVIVE] = survive;
    if (is_v4) {
        show_position(position, row);
        row->infos[REWARD_CTRL] = set[CONTACT_FORCES].b ? -contact : -ctrl;
        row->infos[FORWARD_REWARD_V4] = forward;
    } else {
        row->infos[REWARD_CTRL] = -ctrl;
        row->infos[REWARD_CONTACT] = -contact;
    }
    row->reward = forward + survive - (ctrl + contact);
    row->terminated = ends;
    return SW_OK;
}

#define COMMON                                                                                     \
    .xml = &mujoco_xml_ant, .max_episode_steps = 1000, .info_count = INFOS,                        \
    .setting_count = SETTINGS, .check = check, .draw = draw, .observe = observe,                   \
    .camera = {.body = 1, .height = 0.75, .distance = 4, .elevation = -45}

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
