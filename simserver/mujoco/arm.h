// arm.h -- what Reacher and Pusher share: an arm that is to bring something to a goal.
//
// Source: Gymnasium 1.4, gymnasium/envs/mujoco/reacher_v5.py and pusher_v5.py, and their _v4.py.
//
//   reward  - w_d |thing - goal|  -  w_n |thing - hand|  -  w_c |action|^2
//           (the action as it came: MuJoCo clamps its copy, the cost does not)
//   end     truncated only
//   reset   the arm's velocities U(-0.005, 0.005), all others 0
//
// Distances are in m between the places of bodies, which are one simulation step behind qpos.
// Version 4 takes them before the step, and its info reward_ctrl leaves out w_c.
#ifndef ARM_H
#define ARM_H

#include "mujoco_env.h"

// Places in mujoco_task.bodies. Reacher, whose thing is its hand, has no third.
enum { ARM_THING, ARM_GOAL, ARM_HAND };

// The first settings and the info columns. Those after the common ones are Pusher's.
enum { ARM_DIST_WEIGHT, ARM_CONTROL_WEIGHT, ARM_COMMON_SETTINGS, ARM_NEAR_WEIGHT = 2 };
enum { ARM_DIST_INFO, ARM_CTRL_INFO, ARM_COMMON_INFOS, ARM_NEAR_INFO = 2, ARM_INFOS };

#define ARM_SETTINGS(CONTROL_WEIGHT)                                                               \
    [ARM_DIST_WEIGHT] = MUJOCO_WEIGHT("reward_dist_weight", 1, "cost of each m to the goal"),      \
    [ARM_CONTROL_WEIGHT] = MUJOCO_WEIGHT("reward_control_weight", CONTROL_WEIGHT,                  \
                                         "cost of the sum of the squared actions")

extern const sw_info arm_infos[ARM_INFOS];

// Where the body at `place` is: (x, y, z) in m.
const double *arm_body(const mujoco_env *env, int place);

// Draws the velocities of the first `moving` joints; the others keep theirs.
void arm_draw_velocities(mujoco_env *env, int moving, random_state *random);

// sw_env_class.step of both.
sw_status arm_step(void *env, sw_row *row);

#endif
