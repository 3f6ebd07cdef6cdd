// Pusher: an arm with seven joints learns to push an object to a goal.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/pusher_v5.py, pusher_v4.py, assets/pusher_v5.xml,
// pusher.xml. What it shares with Reacher, and how version 4 differs in that, is in arm.h.
//
//   state   qpos = (shoulder pan and lift, upper arm roll, elbow flex,   rad
//                   forearm roll, wrist flex and roll,
//                   object y, x, goal y, x)                    m from (-0.05, 0.45): y before x
//           qvel = d qpos / dt                                 the goal rests
//   obs     qpos of the 7 joints, their velocities,            23 numbers
//           places of hand, object and goal (x, y, z)
//   action  torque at each joint                               7 in [-2, 2] N m
//   reward  - 1 * |object - goal|  -  0.5 * |object - hand|  -  0.1 * |action|^2
//   end     truncated after 100 steps
//   reset   the joints at 0, their velocities U(-0.005, 0.005); the goal at 0; the object at
//           (y, x) = (U(-0.3, 0), U(-0.2, 0.2)), but more than 0.17 m from the goal
//
// The weights are settings of version 5. In version 4 the object weighs 600 times less. Since
// MuJoCo 3 such an object hardly moves when it is pushed (Gymnasium's issue 950), and as in
// Gymnasium there is no Pusher-v4 then.
#include <math.h>

#include "arm.h"
#include "mujoco_tasks.h"

enum { JOINTS = 7, OBJECT = JOINTS };  // numbers in qpos and qvel; where the object's begin
enum { FRAME_SKIP = ARM_NEAR_WEIGHT + 1, XML_FILE, SETTINGS, SETTINGS_V4 = 0 };

static const sw_setting settings[SETTINGS] = {
    ARM_SETTINGS(0.1),
    [ARM_NEAR_WEIGHT] =
        MUJOCO_WEIGHT("reward_near_weight", 0.5, "cost of each m between hand and object"),
    [FRAME_SKIP] = MUJOCO_FRAME_SKIP(5),
    [XML_FILE] = MUJOCO_XML_FILE,
};

static sw_status check(const mjModel *model, const sw_value *values)
{
    (void) values;
    return mujoco_check_state(model, JOINTS + 4);
}

static int observation_size(const mjModel *model, const sw_value *values)
{
    (void) model;
    (void) values;
    return 2 * JOINTS + 3 * 3;
}

static void draw(mujoco_env *env, random_state *random)
{
    double *object = env->data->qpos + OBJECT;
    do {
        object[0] = random_uniform(random, -0.3, 0);
        object[1] = random_uniform(random, -0.2, 0.2);
    } while (hypot(object[0], object[1]) <= 0.17);
    arm_draw_velocities(env, JOINTS, random);
}

static void observe(const mujoco_env *env, sw_row *row)
{
    double *observation = row->observations[0];
    observation = mujoco_put(observation, env->data->qpos, JOINTS);
    observation = mujoco_put(observation, env->data->qvel, JOINTS);
    observation = mujoco_put(observation, arm_body(env, ARM_HAND), 3);
    observation = mujoco_put(observation, arm_body(env, ARM_THING), 3);
    mujoco_put(observation, arm_body(env, ARM_GOAL), 3);
}

#define COMMON                                                                                     \
    .max_episode_steps = 100, .infos = arm_infos, .setting_count = SETTINGS,                       \
    .bodies = {[ARM_THING] = "object", [ARM_GOAL] = "goal", [ARM_HAND] = "tips_arm"},              \
    .check = check, .observation_size = observation_size, .draw = draw, .observe = observe,        \
    .camera = {.body = 12, .height = -0.2, .distance = 2.3, .elevation = -45}

static const mujoco_task v5 = {
    .env_class = &mujoco_pusher_v5,
    .version = 5,
    .xml = &mujoco_xml_pusher,
    .info_count = ARM_INFOS,
    COMMON,
};

static const mujoco_task v4 = {
    .env_class = &mujoco_pusher_v4,
    .version = 4,
    .xml = &mujoco_xml_pusher_v4,
    .info_count = ARM_COMMON_INFOS,
    COMMON,
};

#define DOC "an arm with seven joints pushes an object to a goal"

MUJOCO_CLASS(mujoco_pusher_v5, v5, .id = "Pusher-v5", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS, .step = arm_step);
MUJOCO_CLASS(mujoco_pusher_v4, v4, .id = "Pusher-v4", .doc = DOC, .settings = settings,
             .setting_count = SETTINGS_V4, .step = arm_step);
