// InvertedDoublePendulum: a cart learns to keep a pole on a pole on it upright.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/inverted_double_pendulum_v5.py,
// inverted_double_pendulum_v4.py, assets/inverted_double_pendulum.xml.
//
//   state   qpos = (cart, lower pole, upper pole)              m, rad, rad from in line
//           qvel = d qpos / dt
//   tip     (x, z) of the upper pole's end, at most 1.2 m above the rail; MuJoCo's place of it is
//           one simulation step behind qpos
//   obs     cart, sin(poles), cos(poles), clip(qvel, -10, 10), 9 numbers
//           clip(constraint force on the cart, -10, 10)        version 4: on all three joints
//   action  force on the cart                                  1 in [-1, 1], times 500 N
//   reward  10 [not terminated]  -  (0.01 x^2 + (z - 2)^2)
//           - (1e-3 (lower pole's velocity)^2 + 5e-3 (upper pole's velocity)^2)
//   end     terminated when z <= 1, which a NaN is not; truncated after 1000 steps
//   reset   qpos U(-0.1, 0.1), qvel 0.1 N(0, 1)
//
// The 10 and the 0.1 are settings of version 5. Version 4 pays the 10 for the step that terminates
// too, and has no info columns.
#include <math.h>

#include "mujoco_env.h"
#include "mujoco_tasks.h"

static const double most = 10;  // m/s, rad/s, N or N m in the observation

enum { JOINTS = 3, POLES = 2 };
enum { HEALTHY_REWARD, NOISE, FRAME_SKIP, XML_FILE, SETTINGS, SETTINGS_V4 = 0 };
enum { REWARD_SURVIVE, DISTANCE_PENALTY, VELOCITY_PENALTY, INFOS };

static const sw_setting settings[SETTINGS] = {
    [HEALTHY_REWARD] = MUJOCO_HEALTHY_REWARD(10),
    [NOISE] = MUJOCO_NOISE(0.1),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(5),
    [XML_FILE] = MUJOCO_XML_FILE,
};

static const sw_info infos[INFOS] = {
    [REWARD_SURVIVE] = {"reward_survive", false},      // the terms of the reward...
    [DISTANCE_PENALTY] = {"distance_penalty", false},  // ...this one and the next negative
    [VELOCITY_PENALTY] = {"velocity_penalty", false},
};

static sw_status check(const mjModel *model, const sw_value *values)
{
    (void) values;
    if (model->nsite == 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the model has no site, the first of which is the tip");
    }
    return mujoco_check_state(model, JOINTS);
}

static int observation_size_v5(const mjModel *model, const sw_value *values)
{
    (void) model;
    (void) values;
    return 1 + 2 * POLES + JOINTS + 1;
}

static int observation_size_v4(const mjModel *model, const sw_value *values)
{
    return observation_size_v5(model, values) + POLES;
}

static void draw(mujoco_env *env, random_state *random)
{
    mujoco_add_normal_noise(env, env->settings[NOISE].f, random);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const mjData *d = env->data;
    const int forces = env->task->version == 4 ? JOINTS : 1;
    double *observation = mujoco_put(row->observations[0], d->qpos, 1);
    for (int i = 0; i < POLES; i++) {
        observation[i] = sin(d->qpos[1 + i]);
        observation[POLES + i] = cos(d->qpos[1 + i]);
    }
    observation = mujoco_put_clipped(observation + 2 * POLES, d->qvel, JOINTS, -most, most);
    mujoco_put_clipped(observation, d->qfrc_constraint, forces, -most, most);
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const sw_status st = mujoco_advance(e, row->actions[0]);
    if (st != SW_OK) {
        return st;
    }
    const bool is_v4 = e->task->version == 4;
    const double *tip = e->data->site_xpos;
    const double x = tip[0];
    const double from_two = tip[2] - 2;
    const double *v = e->data->qvel;
    const bool fell = tip[2] <= 1;
    const double survive = fell && !is_v4 ? 0 : e->settings[HEALTHY_REWARD].f;
    const double distance = 0.01 * x * x + from_two * from_two;
    const double velocity = 1e-3 * v[1] * v[1] + 5e-3 * v[2] * v[2];

    observe(e, row);
    if (!is_v4) {
        row->infos[REWARD_SURVIVE] = survive;
        row->infos[DISTANCE_PENALTY] = -distance;
        row->infos[VELOCITY_PENALTY] = -velocity;
    }
    row->reward = survive - distance - velocity;
    row->terminated = fell;
    return SW_OK;
}

#define COMMON                                                                                     \
    .xml = &mujoco_xml_inverted_double_pendulum, .max_episode_steps = 1000,                        \
    .setting_count = SETTINGS, .check = check, .draw = draw, .observe = observe,                   \
    .camera = {.height = 0.4, .distance = 3.3, .elevation = -20}

static const mujoco_task v5 = {
    .env_class = &mujoco_inverted_double_pendulum_v5,
    .version = 5,
    .infos = infos,
    .info_count = INFOS,
    .observation_size = observation_size_v5,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_inverted_double_pendulum_v4,
    .version = 4,
    .observation_size = observation_size_v4,
    COMMON,
};

#define DOC "a cart on a rail keeps a pole on a pole upright"

MUJOCO_CLASS(mujoco_inverted_double_pendulum_v5, v5, .id = "InvertedDoublePendulum-v5", .doc = DOC,
             .settings = settings, .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_inverted_double_pendulum_v4, v4, .id = "InvertedDoublePendulum-v4", .doc = DOC,
             .settings = settings, .setting_count = SETTINGS_V4, .step = step);
