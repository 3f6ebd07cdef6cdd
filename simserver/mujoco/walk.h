// walk.h -- what Ant and Humanoid share: a robot that is free to move is to go along x on its legs.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/ant_v5.py and humanoid_v5.py, and their _v4.py.
//
//   reward  w_f (X' - X) / dt  +  h [healthy]  -  cost of the action  -  cost of contact forces
//   end     terminated when not healthy
//
// X is where the robot is, as MuJoCo last computed it: one step of the simulation before qpos.
// Version 4 pays h on the step that terminates too, and reports X instead of qpos.
#ifndef WALK_H
#define WALK_H

#include "mujoco_env.h"

// The info columns. Version 4 has the forward reward a second time, in the place of the last.
enum {
    WALK_X_POSITION,
    WALK_Y_POSITION,
    WALK_DISTANCE,
    WALK_X_VELOCITY,
    WALK_Y_VELOCITY,
    WALK_FORWARD,
    WALK_CTRL,
    WALK_SURVIVE,
    WALK_CONTACT,
    WALK_INFOS
};

// Their rows; AT_RESET is whether a reset reports positions, the others are names.
#define WALK_COMMON_INFOS(AT_RESET, FORWARD, CTRL, SURVIVE, LAST)                                  \
    [WALK_X_POSITION] = {"x_position", AT_RESET}, [WALK_Y_POSITION] = {"y_position", AT_RESET},    \
    [WALK_DISTANCE] = {"distance_from_origin", AT_RESET},                                          \
    [WALK_X_VELOCITY] = {"x_velocity", false}, [WALK_Y_VELOCITY] = {"y_velocity", false},          \
    [WALK_FORWARD] = {FORWARD, false}, [WALK_CTRL] = {CTRL, false},                                \
    [WALK_SURVIVE] = {SURVIVE, false}, [WALK_CONTACT] = {LAST, false}

typedef struct walk_point {
    double x, y;  // m
} walk_point;

// A step, as the task sees it.
typedef struct walk_step {
    walk_point from, to;  // where the robot was before and after it
    double forward_weight;
    bool is_healthy, terminates;  // terminates: if not healthy
    double healthy_reward;
    double ctrl_cost, contact_cost;
} walk_step;

// mujoco_task.check: the first joint must be a free one, whose position and speed are those of the
// robot.
sw_status walk_check(const mjModel *model, const sw_value *settings);

// Writes the info columns of a position that a reset has in version 5.
void walk_report_position(walk_point position, sw_row *row);

// Writes reward, end and info columns of a step; in version 5 all but the position's.
void walk_judge(const mujoco_env *env, const walk_step *step, sw_row *row);

#endif
