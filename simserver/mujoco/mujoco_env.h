// mujoco_env.h -- what all of Gymnasium's MuJoCo tasks share; a file per task holds the rest.
//
// A task is a mujoco_task, a step that calls mujoco_advance() and says what that was worth, and a
// MUJOCO_CLASS() that makes an sw_env_class of the two. Its environments are mujoco_env.
#ifndef MUJOCO_ENV_H
#define MUJOCO_ENV_H

#include <mujoco/mujoco.h>

#include <stepwire/env.h>

#include "mujoco_model.h"
#include "mujoco_render.h"
#include "random.h"

enum { MUJOCO_MAX_SETTINGS = 16 };

typedef struct mujoco_env mujoco_env;

// What is particular to a task besides its class.
typedef struct mujoco_task {
    const sw_env_class *env_class;  // the first of its settings is MUJOCO_FRAME_SKIP
    const mujoco_xml *xml;
    int64_t max_episode_steps;
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

    mujoco_camera camera;  // Gymnasium's default_camera_config
} mujoco_task;

struct mujoco_env {
    const mujoco_task *task;
    const mjModel *model;  // shared by every environment of the task
    mjData *data;
    double dt;  // s per step
    sw_value settings[MUJOCO_MAX_SETTINGS];
};

// Defines the class NAME of `TASK`, a mujoco_task. What follows is the rest of the class: id, doc,
// settings, setting_count and step.
#define MUJOCO_CLASS(NAME, TASK, ...)                                                              \
    static sw_status NAME##_describe(const sw_value *values, sw_spec *spec)                        \
    {                                                                                              \
        return mujoco_describe(&(TASK), values, spec);                                             \
    }                                                                                              \
    static sw_status NAME##_init(void *env, const sw_value *values)                                \
    {                                                                                              \
        return mujoco_init(env, &(TASK), values);                                                  \
    }                                                                                              \
    const sw_env_class NAME = {.env_size = sizeof(mujoco_env),                                     \
                               .describe = NAME##_describe,                                        \
                               .init = NAME##_init,                                                \
                               .reset = mujoco_reset,                                              \
                               .close = mujoco_close,                                              \
                               .render = mujoco_render,                                            \
                               .state_formats = mujoco_state_formats,                              \
                               .state_size = mujoco_state_size,                                    \
                               .save = mujoco_save,                                                \
                               .load = mujoco_load,                                                \
                               __VA_ARGS__}

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

// The initial state of the model, with nothing that is derived from it. SW_ENVIRONMENT if MuJoCo
// gave up.
sw_status mujoco_clear(mujoco_env *env);

// Derives from qpos, qvel and ctrl, as they were written, all that MuJoCo derives from them.
// SW_ENVIRONMENT if MuJoCo finds the state bad or gave up; then clear or reset.
sw_status mujoco_complete(mujoco_env *env);

// Applies action [nu] for one step of the task: frame_skip steps of the simulation. The action is
// not clipped; MuJoCo clamps a copy of its own. SW_ENVIRONMENT if the simulation diverged or MuJoCo
// gave up; then reset.
sw_status mujoco_advance(mujoco_env *env, const double *action);

// Adds noise, uniform in [-scale, scale), to every number of qpos, then of qvel.
void mujoco_add_noise(mujoco_env *env, double scale, random_state *random);

// sw_env_class.close of every task.
void mujoco_close(void *env);

// sw_env_class.render of every task, through task->camera unless told otherwise. Errors of
// mujoco_render_draw().
sw_status mujoco_render(void *env, const sw_picture *picture);

// The state of every task, as sw_env_class has it; mujoco_state.c has the formats.
extern const char *const mujoco_state_formats[];
size_t mujoco_state_size(const void *env, int format);
sw_status mujoco_save(void *env, int format, void *state);
sw_status mujoco_load(void *env, int format, const void *state, sw_row *row);

#endif
