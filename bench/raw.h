// raw.h -- what the simulation itself costs: a MuJoCo task without server, network or learner.
//
// A step is what MuJoCo must compute for it and nothing else: the action copied into ctrl,
// frame_skip times mj_step(), mj_rnePostConstraint() where the task observes the forces of
// contacts; then a look at whether the episode is over. No observation, reward or info is made.
// Beginning an episode is the task's own function. Each thread of one per core steps its own rows,
// one after the other, and waits for nobody.
//
// The models, the initial states and the actions are the server's, and so are the trajectories:
// raw_open() makes sure of that.
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <mujoco/mujoco.h>
#include <stdint.h>

#include <stepwire/status.h>

typedef struct raw raw;

// Makes and resets the environments of `rows` rows, and plays some episodes of one in step with the
// task's own class: SW_INTERNAL if they part. SW_NOT_FOUND if there is no such MuJoCo task;
// SW_NO_MEMORY; errors of the class.
sw_status raw_open(const char *task, int rows, raw **r);

// Steps for `seconds`; gives steps of environments per second. SW_NO_MEMORY if a thread cannot be
// started; errors of a reset.
sw_status raw_step(raw *r, double seconds, double *steps_per_second);

// Steps of environments so far.
int64_t raw_steps(const raw *r);

// The task's model. Valid until raw_close().
const mjModel *raw_model(const raw *r);

// NULL is allowed.
void raw_close(raw *r);

#endif
