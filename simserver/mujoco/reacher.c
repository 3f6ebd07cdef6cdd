// Reacher: a planar arm of two links learns to hold its fingertip to a target.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/reacher_v5.py, reacher_v4.py, assets/reacher.xml.
// What it shares with Pusher, and how version 4 differs in that, is in arm.h.
//
//   state   qpos = (shoulder, elbow, target x, y)              rad, rad, m, m
//           qvel = d qpos / dt                                 the target rests
//   obs     cos(shoulder, elbow), sin(shoulder, elbow),        10 numbers
//           target x, y, velocities of shoulder and elbow,
//           fingertip - target (x, y)                          version 4: (x, y, z), z = 0
//   action  torque at shoulder and elbow                       2 in [-1, 1], times 200 N m
//   reward  - 1 * |fingertip - target|  -  1 * |action|^2
//   end     truncated after 50 steps
//   reset   shoulder and elbow U(-0.1, 0.1), their velocities U(-0.005, 0.005);
//           target uniform in the disk of 0.2 m around the shoulder
//
// The weights are settings of version 5.
#include <math.h>

#include "arm.h"
#include "mujoco_tasks.h"

enum { JOINTS = 2, TARGET = JOINTS };  // numbers in qpos and qvel; where the target's begin
enum { FRAME_SKIP = ARM_COMMON_SETTINGS, XML_FILE, SETTINGS, SETTINGS_V4 = 0 };

static const sw_setting settings[SETTINGS] = {
    ARM_SETTINGS(1),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(2),
    [XML_FILE] = MUJOCO_XML_FILE,
};

static sw_status check(const mjModel *model, const sw_value *values)
{
    (void) values;
    return mujoco_check_state(model, JOINTS + 2);
}

static int observation_size_v5(const mjModel *model, const sw_value *values)
{
    (void) model;
    (void) values;
    return 10;
}

static int observation_size_v4(const mjModel *model, const sw_value *values)
{
    return observation_size_v5(model, values) + 1;
}

static void draw(mujoco_env *env, random_state *random)
{
    double *qpos = env->data->qpos;
    for (int i = 0; i < JOINTS; i++) {
        qpos[i] += random_uniform(random, -0.1, 0.1);
    }
    double *target = qpos + TARGET;
    do {
        target[0] = random_uniform(random, -0.2, 0.2);
        target[1] = random_uniform(random, -0.2, 0.2);
    } while (hypot(target[0], target[1]) >= 0.2);
    arm_draw_velocities(env, JOINTS, random);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    const double *qpos = env->data->qpos;
    double *observation = row->observations[0];
    for (int i = 0; i < JOINTS; i++) {
        observation[i] = cos(qpos[i]);
        observation[JOINTS + i] = sin(qpos[i]);
    }
    double difference[3];
    mju_sub3(difference, arm_body(env, ARM_THING), arm_body(env, ARM_GOAL));
    observation = mujoco_put(observation + 2 * JOINTS, qpos + TARGET, 2);
    observation = mujoco_put(observation, env->data->qvel, JOINTS);
    mujoco_put(observation, difference, env->task->version == 4 ? 3 : 2);
}

#define COMMON                                                                                     \
    .xml = &mujoco_xml_reacher, .max_episode_steps = 50, .infos = arm_infos,                       \
    .info_count = ARM_COMMON_INFOS, .setting_count = SETTINGS,                                     \
    .bodies = {[ARM_THING] = "fingertip", [ARM_GOAL] = "target"}, .check = check, .draw = draw,    \
    .observe = observe, .camera = {.height = 0, .distance = 0.95, .elevation = -70}

static const mujoco_task v5 = {
    .env_class = &mujoco_reacher_v5,
    .version = 5,
    .observation_size = observation_size_v5,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_reacher_v4,
    .version = 4,
    .observation_size = observation_size_v4,
    COMMON,
};

#define DOC "a two-link arm in a plane reaches for a target"

MUJOCO_CLASS(mujoco_reacher_v5, v5, .id = "Reacher-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = arm_step);
MUJOCO_CLASS(mujoco_reacher_v4, v4, .id = "Reacher-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = arm_step);
