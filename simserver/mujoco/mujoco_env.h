// mujoco_env.h -- what all of Gymnasium's MuJoCo tasks share; a file per task holds the rest.
//
// A task is a mujoco_task and an sw_env_class whose environments are mujoco_env. Its class uses
// mujoco_reset() and mujoco_close() as they are; its describe and init pass its mujoco_task to
// those here, and its step calls mujoco_advance() and then says what it was worth.
#ifndef MUJOCO_ENV_H
#define MUJOCO_ENV_H

#include <mujoco/mujoco.h>

#include <stepwire/env.h>

#include "mujoco_model.h"
#include "random.h"

enum { MUJOCO_MAX_SETTINGS = 16 };

typedef struct mujoco_env mujoco_env;

// What is particular to a task.
typedef struct mujoco_task {
    const char *id;
    const mujoco_xml *xml;
    int64_t max_episode_steps;
    const sw_setting *settings;  // [setting_count]; the first is MUJOCO_FRAME_SKIP
    int setting_count;
    const sw_info *infos;  // [info_count]
    int info_count;

    // How many float64 numbers an observation has under `settings`.
    int (*observation_size)(const mjModel *model, const sw_value *settings);

    // Chooses where an episode begins: writes data->qpos and data->qvel, which hold the model's
    // initial state. Takes everything random from `random`.
    void (*draw)(mujoco_env *env, random_state *random);

    // Writes the observation of the state, and the info columns that a reset has too. Uses what the
    // last step left: positions of bodies and contact forces lag behind qpos in Gymnasium too.
    void (*observe)(const mujoco_env *env, sw_row *row);
} mujoco_task;

struct mujoco_env {
    const mujoco_task *task;
    const mjModel *model;  // shared by every environment of the task
    mjData *data;
    double dt;  // s per step
    sw_value settings[MUJOCO_MAX_SETTINGS];
};

// Rows for a task's table of settings. The names and defaults are Gymnasium's arguments.
#define MUJOCO_SWITCH(NAME, INITIAL, DOC)                                                          \
    {                                                                                              \
        .name = NAME, .type = SW_BOOL, .initial.b = INITIAL, .doc = DOC                            \
    }
#define MUJOCO_NUMBER(NAME, INITIAL, LOW, HIGH, DOC)                                               \
    {                                                                                              \
        .name = NAME, .type = SW_FLOAT, .initial.f = INITIAL, .low = LOW, .high = HIGH, .doc = DOC \
    }
#define MUJOCO_RANGE(NAME, LOW, HIGH, DOC)                                                         \
    {                                                                                              \
        .name = NAME, .type = SW_VECTOR, .length = 2, .initial.v = {LOW, HIGH}, .doc = DOC         \
    }
#define MUJOCO_FRAME_SKIP(INITIAL)                                                                 \
    {                                                                                              \
        .name = "frame_skip", .type = SW_INT, .initial.i = INITIAL, .low = 1, .high = 1000,        \
        .doc = "steps of the simulation in one step of the task, all with the same action"         \
    }

// Describes a task: "observation" float64, unbounded; "action" float64 within the control ranges of
// the model; infos, time limit and dt. SW_INVALID_ARGUMENT if a range among the settings is empty;
// errors of mujoco_model_acquire().
sw_status mujoco_describe(const mujoco_task *task, const sw_value *settings, sw_spec *spec);

// Gives the environment its model and data. Errors of mujoco_model_acquire(); SW_ENVIRONMENT if
// MuJoCo has no memory.
sw_status mujoco_init(mujoco_env *env, const mujoco_task *task, const sw_value *settings);

// sw_env_class.reset of every task: the initial state, changed by task->draw().
sw_status mujoco_reset(void *env, uint64_t seed, sw_row *row);

// Begins an episode in a given state: qpos [nq] (quaternions need not be normalised) and qvel [nv].
// Everything else is as after a reset. For comparisons with Gymnasium. SW_ENVIRONMENT if MuJoCo
// finds the state bad; then reset or set again.
sw_status mujoco_set_state(mujoco_env *env, const double *qpos, const double *qvel, sw_row *row);

// Applies action [nu] for one step of the task: frame_skip steps of the simulation. The action is
// not clipped; MuJoCo clamps a copy of its own. SW_ENVIRONMENT if the simulation diverged or MuJoCo
// gave up; then reset.
sw_status mujoco_advance(mujoco_env *env, const double *action);

// Adds noise, uniform in [-scale, scale), to every number of qpos, then of qvel.
void mujoco_add_noise(mujoco_env *env, double scale, random_state *random);

// sw_env_class.close of every task.
void mujoco_close(void *env);

#endif
