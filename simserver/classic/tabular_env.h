// tabular_env.h -- what the tasks with finitely many states share; a file per task fills its table.
//
// A task is a tabular_task, which says how large its table is, what stands in it and how a state
// looks, and a TABULAR_CLASS() that makes an sw_env_class of it. The table is the whole truth about
// the task: dynamic programming on it gives what no policy can exceed.
#ifndef TABULAR_ENV_H
#define TABULAR_ENV_H

#include <stepwire/env.h>

#include "draw.h"
#include "random.h"

enum { TABULAR_MAX_OUTCOMES = 3, TABULAR_MAX_FEATURES = 2, TABULAR_MAX_SETTINGS = 4 };

typedef struct tabular_outcome {
    double probability;
    int next;  // state
    double reward;
    bool is_terminated;
} tabular_outcome;

// What an action may lead to, in the order and with the repetitions of Gymnasium's env.P.
typedef struct tabular_choice {
    int count;
    tabular_outcome outcomes[TABULAR_MAX_OUTCOMES];  // [count]; the probabilities add up to 1
} tabular_choice;

typedef struct tabular_table {
    int states, actions;
    double *start;            // [states] how likely an episode begins there; adds up to 1
    tabular_choice *choices;  // [states, actions]
    double noise;             // standard deviation of what every reward has besides
} tabular_table;

typedef struct tabular_env tabular_env;

typedef struct tabular_task {
    const sw_env_class *env_class;

    // How many states and actions there are.
    void (*measure)(const sw_value *settings, int *states, int *actions);

    // Fills a table of that size, which is zeroed.
    void (*fill)(const sw_value *settings, tabular_table *table);

    // Optional: truncation after so many steps; 0 or no function: none.
    int64_t (*limit)(const sw_value *settings);

    // Optional: an observation is float32 [TABULAR_MAX_FEATURES], each within [0, 1], instead of
    // the number of the state. Returns whether it is; writes nothing if not.
    bool (*features)(const sw_value *settings, int state, float *out);

    void (*draw)(const tabular_env *env, const sw_picture *picture);
} tabular_task;

struct tabular_env {
    const tabular_task *task;
    sw_value settings[TABULAR_MAX_SETTINGS];
    tabular_table table;
    int state;
    int last_action;  // for the picture only; -1: none in this episode
    random_state random;
};

// Defines the class NAME of `TASK`, a tabular_task. What follows is the rest of the class: id, doc,
// settings, and state_formats, of which there are two: NAME/1, and NAME/state-seed, int64 state and
// uint64 seed of what follows.
#define TABULAR_CLASS(NAME, TASK, ...)                                                             \
    static sw_status NAME##_describe(const sw_value *values, sw_spec *spec)                        \
    {                                                                                              \
        return tabular_describe(&(TASK), values, spec);                                            \
    }                                                                                              \
    static sw_status NAME##_init(void *env, const sw_value *values)                                \
    {                                                                                              \
        return tabular_init(env, &(TASK), values);                                                 \
    }                                                                                              \
    const sw_env_class NAME = {.env_size = sizeof(tabular_env),                                    \
                               .describe = NAME##_describe,                                        \
                               .init = NAME##_init,                                                \
                               .reset = tabular_reset,                                             \
                               .step = tabular_step,                                               \
                               .close = tabular_close,                                             \
                               .render = tabular_render,                                           \
                               .state_size = tabular_state_size,                                   \
                               .save = tabular_save,                                               \
                               .load = tabular_load,                                               \
                               __VA_ARGS__}

// The table of an environment of that class, which lives as long as the environment; NULL if the
// class is none of TABULAR_CLASS().
const tabular_table *tabular_table_of(const sw_env_class *env_class, const void *env);

tabular_choice *tabular_at(const tabular_table *table, int state, int action);

// Adds an outcome to what an action may lead to.
void tabular_add(tabular_choice *choice, tabular_outcome outcome);

// What the functions of a class do, told which task it is. SW_NO_MEMORY.
sw_status tabular_describe(const tabular_task *task, const sw_value *settings, sw_spec *spec);
sw_status tabular_init(tabular_env *env, const tabular_task *task, const sw_value *settings);

// The functions of every class, as sw_env_class has them.
sw_status tabular_reset(void *env, uint64_t seed, sw_row *row);
sw_status tabular_step(void *env, sw_row *row);
void tabular_close(void *env);
sw_status tabular_render(void *env, const sw_picture *picture);
size_t tabular_state_size(const void *env, int format);
sw_status tabular_save(void *env, int format, void *state);
sw_status tabular_load(void *env, int format, const void *state, sw_row *row);

#endif
