// classic_env.h -- what the tasks of classic control share; a file per task holds the rest.
//
// Their state is a few numbers. A task is a classic_task, which says how these begin, move, are
// observed and look, and a CLASSIC_CLASS() that makes an sw_env_class of it.
#ifndef CLASSIC_ENV_H
#define CLASSIC_ENV_H

#include <stepwire/env.h>

#include "draw.h"

enum { CLASSIC_MAX_NUMBERS = 4, CLASSIC_MAX_OBSERVATION = 6 };

#define CLASSIC_PI 3.14159265358979323846

typedef struct classic_env classic_env;

typedef struct classic_task {
    const sw_env_class *env_class;

    // The state: so many numbers, each drawn by a reset from U(reset_low, reset_high).
    int numbers;
    double reset_low[CLASSIC_MAX_NUMBERS], reset_high[CLASSIC_MAX_NUMBERS];
    int exchanged;  // how many of them, the first ones, another program has too; others begin as 0

    // "observation" is float32 [observation_size]; its bounds are rounded as it is.
    int observation_size;
    double observation_low[CLASSIC_MAX_OBSERVATION], observation_high[CLASSIC_MAX_OBSERVATION];

    // "action" is int64 [], from 0 to choices - 1; or, if choices is 0, float32 [1] within
    // +-action_limit.
    int choices;
    double action_limit;

    double reward_low, reward_high;
    int64_t max_episode_steps;
    double dt;  // s per step; 0: not a matter of time

    // Optional: changes what depends on the setting.
    void (*adjust)(const sw_value *setting, sw_spec *spec);

    // Moves env->state; writes reward and terminated. A float action may be beyond its limit.
    void (*step)(classic_env *env, double action, sw_row *row);

    void (*observe)(const double *state, float *observation);

    void (*draw)(const classic_env *env, const sw_picture *picture);
} classic_task;

struct classic_env {
    const classic_task *task;
    sw_value setting;  // of a task that has one
    double state[CLASSIC_MAX_NUMBERS];
};

// Defines the class NAME of `TASK`, a classic_task. What follows is the rest of the class: id, doc,
// at most one setting, and state_formats, of which there are two: all numbers of the state as
// float64, and the exchanged ones.
#define CLASSIC_CLASS(NAME, TASK, ...)                                                             \
    static sw_status NAME##_describe(const sw_value *values, sw_spec *spec)                        \
    {                                                                                              \
        return classic_describe(&(TASK), values, spec);                                            \
    }                                                                                              \
    static sw_status NAME##_init(void *env, const sw_value *values)                                \
    {                                                                                              \
        classic_init(env, &(TASK), values);                                                        \
        return SW_OK;                                                                              \
    }                                                                                              \
    const sw_env_class NAME = {.env_size = sizeof(classic_env),                                    \
                               .describe = NAME##_describe,                                        \
                               .init = NAME##_init,                                                \
                               .reset = classic_reset,                                             \
                               .step = classic_step,                                               \
                               .close = classic_close,                                             \
                               .render = classic_render,                                           \
                               .state_size = classic_state_size,                                   \
                               .save = classic_save,                                               \
                               .load = classic_load,                                               \
                               __VA_ARGS__}

// What the functions of a class do, told which task it is.
sw_status classic_describe(const classic_task *task, const sw_value *values, sw_spec *spec);
void classic_init(classic_env *env, const classic_task *task, const sw_value *values);

// The functions of every class, as sw_env_class has them.
sw_status classic_reset(void *env, uint64_t seed, sw_row *row);
sw_status classic_step(void *env, sw_row *row);
void classic_close(void *env);
sw_status classic_render(void *env, const sw_picture *picture);
size_t classic_state_size(const void *env, int format);
sw_status classic_save(void *env, int format, void *state);
sw_status classic_load(void *env, int format, const void *state, sw_row *row);

#endif
