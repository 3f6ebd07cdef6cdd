// mujoco_env.h -- what all of Gymnasium's MuJoCo tasks share; a file per task holds the rest.
//
// A task is a mujoco_task, a step that calls mujoco_advance() and says what that was worth, and a
// MUJOCO_CLASS() that makes an sw_env_class of the two. Its environments are mujoco_env. Versions 4
// and 5 of a task are two mujoco_tasks in one file, which share what Gymnasium's have in common.
#ifndef MUJOCO_ENV_H
#define MUJOCO_ENV_H

#include <mujoco/mujoco.h>

#include <stepwire/env.h>

#include "mujoco_model.h"
#include "mujoco_render.h"
#include "random.h"

enum { MUJOCO_MAX_SETTINGS = 24, MUJOCO_MAX_BODIES = 4 };

typedef struct mujoco_env mujoco_env;

// What is particular to a task besides its class.
typedef struct mujoco_task {
    const sw_env_class *env_class;
    int version;  // 4 or 5
    const mujoco_xml *xml;
    int64_t max_episode_steps;
    const sw_info *infos;  // [info_count]
    int info_count;

    // Rows of the table env_class->settings, MUJOCO_FRAME_SKIP and MUJOCO_XML_FILE among them. The
    // class offers the first env_class->setting_count of them; the others, which Gymnasium's
    // version 4 does not have, keep their defaults.
    int setting_count;

    // Whether it looks at the contact forces on bodies, data->cfrc_ext, which have a price.
    bool contact_forces;

    // Names of bodies that the model must have, and whose ids the task wants in mujoco_env.bodies.
    const char *bodies[MUJOCO_MAX_BODIES];

    // Optional: refuses a model, which may be the user's, that lacks what the functions below read;
    // and settings that it cannot be used with. It has an actuator or more, and the bodies above.
    // SW_INVALID_ARGUMENT naming the setting and what is allowed; the task is named by who calls
    // it.
    sw_status (*check)(const mjModel *model, const sw_value *settings);

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
    double dt;                               // s per step
    int frame_skip;                          // steps of the simulation in one
    int bodies[MUJOCO_MAX_BODIES];           // ids, in the order of task->bodies
    sw_value settings[MUJOCO_MAX_SETTINGS];  // [task->setting_count]
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
#define MUJOCO_WHOLE(NAME, INITIAL, LOW, HIGH, DOC)                                                \
    {                                                                                              \
        .name = NAME, .type = SW_INT, .initial.i = INITIAL, .low = LOW, .high = HIGH, .doc = DOC   \
    }
#define MUJOCO_WEIGHT(NAME, INITIAL, DOC) MUJOCO_NUMBER(NAME, INITIAL, -1e6, 1e6, DOC)
#define MUJOCO_RANGE(NAME, LOW, HIGH, DOC)                                                         \
    {                                                                                              \
        .name = NAME, .type = SW_VECTOR, .length = 2, .initial.v = {LOW, HIGH}, .doc = DOC         \
    }

// Those that several tasks have.
#define MUJOCO_FORWARD_WEIGHT(INITIAL)                                                             \
    MUJOCO_WEIGHT("forward_reward_weight", INITIAL, "reward for moving forward at 1 m/s")
#define MUJOCO_CTRL_WEIGHT(INITIAL)                                                                \
    MUJOCO_WEIGHT("ctrl_cost_weight", INITIAL, "cost of the sum of the squared actions")
#define MUJOCO_CONTACT_WEIGHT(NAME, INITIAL)                                                       \
    MUJOCO_WEIGHT(NAME, INITIAL, "cost of the sum of the squared contact forces")
#define MUJOCO_HEALTHY_REWARD(INITIAL)                                                             \
    MUJOCO_WEIGHT("healthy_reward", INITIAL, "reward for a step that ends healthy")
#define MUJOCO_TERMINATE                                                                           \
    MUJOCO_SWITCH("terminate_when_unhealthy", true, "whether an unhealthy state ends the episode")
#define MUJOCO_NOISE(INITIAL) MUJOCO_NOISE_UP_TO(INITIAL, 10)
#define MUJOCO_NOISE_UP_TO(INITIAL, HIGH)                                                          \
    MUJOCO_NUMBER("reset_noise_scale", INITIAL, 0, HIGH,                                           \
                  "scale of the noise in the state that begins an episode")
#define MUJOCO_EXCLUDE_POSITION                                                                    \
    MUJOCO_SWITCH("exclude_current_positions_from_observation", true,                              \
                  "leave out of the observation where it is, as the task does not depend on it")
#define MUJOCO_INCLUDE(NAME, WHAT)                                                                 \
    MUJOCO_SWITCH("include_" NAME "_in_observation", true, "observe " WHAT)
#define MUJOCO_FRAME_SKIP(INITIAL)                                                                 \
    MUJOCO_WHOLE("frame_skip", INITIAL, 1, 1000,                                                   \
                 "steps of the simulation in one step of the task, all with the same action")
#define MUJOCO_XML_FILE                                                                            \
    {                                                                                              \
        .name = "xml_file", .type = SW_STRING,                                                     \
        .doc = "model file in the server's directory of models; empty: the task's own model"       \
    }

// Describes a task: "observation" float64, unbounded; "action" float64 within the control ranges of
// the model; infos, time limit and dt. SW_INVALID_ARGUMENT if a range among the settings is empty;
// errors of mujoco_model_acquire() and of task->check().
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

// ---- what steps are made of -----------------------------------------------------------------

// Adds noise, uniform in [-scale, scale), to every number of qpos, then of qvel.
void mujoco_add_noise(mujoco_env *env, double scale, random_state *random);

// Likewise, but to qvel noise that is normal with standard deviation `scale`.
void mujoco_add_normal_noise(mujoco_env *env, double scale, random_state *random);

// Writes numbers [count] to `to`, in the second form each clipped to [low, high]; returns what
// follows them there.
double *mujoco_put(double *to, const double *numbers, int count);
double *mujoco_put_clipped(double *to, const double *numbers, int count, double low, double high);

// x, or the end of range = {low, high} beyond which it is.
double mujoco_clip(double x, const double *range);

// The sum of the squares of numbers [count].
double mujoco_square_sum(const double *numbers, int count);

// True if low < x < high for range = {low, high}; a NaN is not.
bool mujoco_is_within(double x, const double *range);

// ---- what classes are made of ---------------------------------------------------------------

// For task->check: refuses a model whose state is not qpos [count] and qvel [count].
// SW_INVALID_ARGUMENT naming what the task needs.
sw_status mujoco_check_state(const mjModel *model, int count);

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
