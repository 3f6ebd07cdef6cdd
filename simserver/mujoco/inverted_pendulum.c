// InvertedPendulum: a cart learns to keep the pole on it upright.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/inverted_pendulum_v5.py, inverted_pendulum_v4.py,
// assets/inverted_pendulum.xml.
//
//   state   qpos = (cart, pole)                                m, rad from upright
//           qvel = d qpos / dt
//   obs     qpos, qvel                                         4 numbers
//   action  force on the cart                                  1 in [-3, 3], times 100 N
//   reward  1 [not terminated]
//   end     terminated when |pole| > 0.2 or the state is not finite; truncated after 1000 steps
//   reset   every number of (qpos, qvel) = U(-0.01, 0.01)
//
// The noise is a setting of version 5. Version 4 pays 1 for the step that terminates too, and has
// no info columns.
#include <math.h>

#include "mujoco_env.h"
#include "mujoco_tasks.h"

enum { NOISE, FRAME_SKIP, XML_FILE, SETTINGS, SETTINGS_V4 = 0 };
enum { REWARD_SURVIVE, INFOS };

static const sw_setting settings[SETTINGS] = {
    [NOISE] = MUJOCO_NOISE(0.01),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(2),
    [XML_FILE] = MUJOCO_XML_FILE,
};

static const sw_info infos[INFOS] = {
    [REWARD_SURVIVE] = {"reward_survive", false},
};

static sw_status check(const mjModel *model, const sw_value *values)
{
    (void) values;
    return mujoco_check_state(model, 2);
}

static int observation_size(const mjModel *model, const sw_value *values)
{
    (void) values;
    return model->nq + model->nv;
}

static void draw(mujoco_env *env, random_state *random)
{
    mujoco_add_noise(env, env->settings[NOISE].f, random);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    double *rest = mujoco_put(row->observations[0], env->data->qpos, env->model->nq);
    mujoco_put(rest, env->data->qvel, env->model->nv);
}

static bool is_healthy(const mujoco_env *env)
{
    const double *qpos = env->data->qpos;
    const double *qvel = env->data->qvel;
    return isfinite(qpos[0]) && fabs(qpos[1]) <= 0.2 && isfinite(qvel[0]) && isfinite(qvel[1]);
}

static sw_status step(void *env, sw_row *row)
{
    mujoco_env *e = env;
    const sw_status st = mujoco_advance(e, row->actions[0]);
    if (st != SW_OK) {
        return st;
    }
    const bool is_v4 = e->task->version == 4;
    const bool healthy = is_healthy(e);
    observe(e, row);
    row->reward = healthy || is_v4 ? 1 : 0;
    row->terminated = !healthy;
    if (!is_v4) {
        row->infos[REWARD_SURVIVE] = row->reward;
    }
    return SW_OK;
}

#define COMMON                                                                                     \
    .xml = &mujoco_xml_inverted_pendulum, .max_episode_steps = 1000, .setting_count = SETTINGS,    \
    .check = check, .observation_size = observation_size, .draw = draw, .observe = observe,        \
    .camera = {.height = 0.2, .distance = 2.8, .elevation = -20}

static const mujoco_task v5 = {
    .env_class = &mujoco_inverted_pendulum_v5,
    .version = 5,
    .infos = infos,
    .info_count = INFOS,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_inverted_pendulum_v4,
    .version = 4,
    COMMON,
};

#define DOC "a cart on a rail keeps the pole on it upright"

MUJOCO_CLASS(mujoco_inverted_pendulum_v5, v5, .id = "InvertedPendulum-v5", .doc = DOC,
             .settings = settings, .setting_count = SETTINGS, .step = step);
MUJOCO_CLASS(mujoco_inverted_pendulum_v4, v4, .id = "InvertedPendulum-v4", .doc = DOC,
             .settings = settings, .setting_count = SETTINGS_V4, .step = step);
