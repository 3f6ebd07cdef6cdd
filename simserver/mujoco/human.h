// human.h -- what Humanoid and HumanoidStandup share: a robot with the shape of a human.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/humanoid_v5.py and humanoidstandup_v5.py, and their
// _v4.py, whose classes differ in the posture that the model has, in reward and end.
//
//   state   qpos = (x, y, z, quaternion w x y z,               m, 1, rad
//                   abdomen z y x, right hip x z y, knee, left ones,
//                   right shoulder 1 2, elbow, left ones)
//           qvel = (velocity, angular velocity, d joints / dt)
//   obs     z, quaternion, joints                              22   + x, y if not excluded
//           qvel                                               23
//           cinert, inertia and mass of the 13 bodies          130  all four as MuJoCo last
//           cvel, their velocities                             78   computed them; each can be
//           qfrc_actuator, torques at the joints               17   left out
//           cfrc_ext, contact forces on the bodies             78   0 after a reset
//   action  torque at the joints, in that order,               17 in [-0.4, 0.4], times 25 to
//           but abdomen y z x                                  300 N m
//   reset   every number of (qpos, qvel) = the model's + U(-0.01, 0.01)
//
// Version 4 leaves nothing out, and observes the world too, as a 14th body, and 6 torques at the
// root, all of which are 0: 376 numbers. It has no settings of those below but the first ones.
#ifndef HUMAN_H
#define HUMAN_H

#include <math.h>

#include "mujoco_env.h"

// The settings, which are the last ones in the tables of both: row FIRST + HUMAN_NOISE, where FIRST
// is how many the task has of its own. The last two are where mujoco_task wants them.
enum {
    HUMAN_CTRL_WEIGHT,
    HUMAN_NOISE,
    HUMAN_EXCLUDE_POSITION,
    HUMAN_SETTINGS_V4,
    HUMAN_CONTACT_WEIGHT = HUMAN_SETTINGS_V4,
    HUMAN_CONTACT_RANGE,
    HUMAN_CINERT,
    HUMAN_CVEL,
    HUMAN_QFRC_ACTUATOR,
    HUMAN_CFRC_EXT,
    HUMAN_FRAME_SKIP,
    HUMAN_XML_FILE,
    HUMAN_SETTINGS
};

// Their rows; COST is what the cost of contact forces is called.
#define HUMAN_COMMON_SETTINGS(FIRST, COST)                                                         \
    [(FIRST) +                                                                                     \
        HUMAN_CTRL_WEIGHT] = MUJOCO_CTRL_WEIGHT(0.1),                                              \
        [(FIRST) + HUMAN_NOISE] = MUJOCO_NOISE(1e-2),                                              \
        [(FIRST) + HUMAN_EXCLUDE_POSITION] = MUJOCO_EXCLUDE_POSITION,                              \
        [(FIRST) + HUMAN_CONTACT_WEIGHT] =                                                         \
            MUJOCO_WEIGHT(COST "_weight", 5e-7, "cost of the sum of the squared contact forces"),  \
        [(FIRST) + HUMAN_CONTACT_RANGE] =                                                          \
            MUJOCO_RANGE(COST "_range", -INFINITY, 10, "what that cost is clipped to"),            \
        [(FIRST) + HUMAN_CINERT] = MUJOCO_SWITCH("include_cinert_in_observation", true,            \
                                                 "show inertia and mass of the bodies"),           \
        [(FIRST) + HUMAN_CVEL] = MUJOCO_SWITCH("include_cvel_in_observation", true,                \
                                               "show the velocities of the bodies"),               \
        [(FIRST) + HUMAN_QFRC_ACTUATOR] = MUJOCO_SWITCH("include_qfrc_actuator_in_observation",    \
                                                        true, "show the torques at the joints"),   \
        [(FIRST) + HUMAN_CFRC_EXT] = MUJOCO_SWITCH("include_cfrc_ext_in_observation", true,        \
                                                   "show the contact forces on the bodies"),       \
        [(FIRST) + HUMAN_FRAME_SKIP] = MUJOCO_FRAME_SKIP(5),                                       \
        [(FIRST) + HUMAN_XML_FILE] = MUJOCO_XML_FILE

// The info columns that version 5 of both has at a reset too, and the first that is a task's own.
enum {
    HUMAN_X_POSITION,
    HUMAN_Y_POSITION,
    HUMAN_TENDON_LENGTH,
    HUMAN_TENDON_VELOCITY = HUMAN_TENDON_LENGTH + 2,
    HUMAN_INFOS = HUMAN_TENDON_VELOCITY + 2
};

#define HUMAN_COMMON_INFOS                                                                         \
    [HUMAN_X_POSITION] = {"x_position", true}, [HUMAN_Y_POSITION] = {"y_position", true},          \
    [HUMAN_TENDON_LENGTH] = {"tendon_length[0]", true},                                            \
    {"tendon_length[1]", true}, [HUMAN_TENDON_VELOCITY] = {"tendon_velocity[0]", true},            \
    {                                                                                              \
        "tendon_velocity[1]", true                                                                 \
    }

// For mujoco_task.check: refuses models without a body that is free to move, or whose tendons are
// not two, from hip to knee.
sw_status human_check(const mjModel *model, const sw_value *settings);

// How many numbers an observation has in a version; `common` are the settings from FIRST on.
int human_observation_size(const mjModel *model, const sw_value *common, int version);

// The functions of mujoco_task. Observing writes the info columns above.
void human_draw(mujoco_env *env, random_state *random);
void human_observe(const mujoco_env *env, sw_row *row);

// The costs of a step's action and of the contact forces after it, all as the settings have it.
double human_ctrl_cost(const mujoco_env *env);
double human_contact_cost(const mujoco_env *env);

#endif
