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

// The settings, which are the last ones in the tables of both.
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

// Their rows in that order; with more noise the contacts of a tangled human would not all find room
// in the model. To follow a task's own; COST is what the cost of contact is called.
#define HUMAN_COMMON_SETTINGS(COST)                                                                \
    MUJOCO_CTRL_WEIGHT(0.1), MUJOCO_NOISE_UP_TO(1e-2, 1), MUJOCO_EXCLUDE_POSITION,                 \
        MUJOCO_CONTACT_WEIGHT(COST "_weight", 5e-7),                                               \
        MUJOCO_RANGE(COST "_range", -INFINITY, 10, "what the cost of contact is clipped to"),      \
        MUJOCO_INCLUDE("cinert", "inertia and mass of the bodies"),                                \
        MUJOCO_INCLUDE("cvel", "the velocities of the bodies"),                                    \
        MUJOCO_INCLUDE("qfrc_actuator", "the torques at the joints"),                              \
        MUJOCO_INCLUDE("cfrc_ext", "the contact forces on the bodies"), MUJOCO_FRAME_SKIP(5),      \
        MUJOCO_XML_FILE

// The info columns that version 5 of both has of the two tendons, also to follow a task's own.
enum { HUMAN_TENDON_LENGTH, HUMAN_TENDON_VELOCITY = 2, HUMAN_TENDON_INFOS = 4 };

#define HUMAN_COMMON_INFOS                                                                         \
    {"tendon_length[0]", true}, {"tendon_length[1]", true}, {"tendon_velocity[0]", true},          \
    {                                                                                              \
        "tendon_velocity[1]", true                                                                 \
    }

// How many numbers an observation has in a version; `common` are the settings above.
int human_observation_size(const mjModel *model, const sw_value *common, int version);

// mujoco_task.draw.
void human_draw(mujoco_env *env, random_state *random);

// Writes the observation.
void human_observe(const mujoco_env *env, sw_row *row);

// Writes the tendons' info columns [HUMAN_TENDON_INFOS]; those of tendons that the model does not
// have are left out.
void human_report_tendons(const mujoco_env *env, double *infos);

// The costs of a step's action and of the contact forces after it, as the settings have them.
double human_ctrl_cost(const mujoco_env *env);
double human_contact_cost(const mujoco_env *env);

#endif
