// algo.h -- what a learning algorithm is to the rest of the agent: one const table per algorithm.
//
// The driver (agent/run/train.c) is the only caller. Its turn, for groups 0 .. G-1 in rotation:
//
//     recv(group) -> batch;  observe(group, batch)
//         GO:    act(group, batch), send
//         HOLD:  the group waits
//     update(); if it ran: act(group, last batch) and send for every waiting group, in group order
//
// Waiting groups are skipped. The reply to the first Reset goes to `act` alone. So observe(g, b)
// always speaks of the transition that began with the last act(g, ...), and the batch given to act
// is the one that observe saw last.
//
// Algorithms know nothing of sockets, files or logging. They own their policy and its normalisers.
// Nothing is allocated after open. All functions of one algo are called on one thread.
#ifndef ALGO_ALGO_H
#define ALGO_ALGO_H

#include <stepwire/client.h>  // sw_batch, sw_spec

typedef struct algo algo;  // each algorithm's own struct begins with what it likes

// What an algorithm is opened for. Everything pointed to outlives the algo.
typedef struct algo_problem {
    const sw_spec *spec;  // float64 observations and actions are float32 here
    int rows;             // in all groups
    int groups;
    const int *first_row;  // [groups + 1]; group g has rows first_row[g] .. first_row[g+1] - 1
    int64_t total_steps;   // transitions of the whole run: what annealing counts against
    uint64_t seed;         // everything random hangs off it, through random_mix(seed, purpose)
    int threads;           // cores it may use; no result depends on them
    bool evaluates;        // only decide() will be called: what learning needs may be left out
} algo_problem;

typedef enum algo_answer { ALGO_GO, ALGO_HOLD } algo_answer;

// One named array of an algorithm's state, for checkpoints.
typedef enum algo_dtype { ALGO_F32, ALGO_F64, ALGO_I64, ALGO_U64, ALGO_U8 } algo_dtype;

typedef struct algo_tensor {
    const char *name;  // unique, e.g. "policy.0.weight"; dots separate levels
    algo_dtype dtype;
    int dims;  // 0: a single number
    int64_t shape[4];
    void *data;  // row-major; the algorithm's own memory: saving reads it, loading writes it

    // NULL, or how many of the shape[0] lines are in use: only those are saved, and loading, which
    // takes any number up to shape[0], sets it. Large ones are compressed.
    int64_t *used;
} algo_tensor;

typedef sw_status (*algo_visit)(void *context, const algo_tensor *tensor);

typedef struct algo_class {
    const char *name;          // "ppo"
    const char *doc;           // one sentence with the paper
    const sw_setting *params;  // [param_count] hyper-parameters
    int param_count;
    const char *const *stat_names;  // [stat_count] the columns that `stats` writes
    int stat_count;

    // `values` [param_count], complete and checked, in the order of `params`. SW_INVALID_ARGUMENT
    // saying what does not fit: a task this algorithm cannot learn, parameters that contradict.
    sw_status (*open)(const algo_problem *problem, const sw_value *values, algo **a);

    // Learns what the last actions of `group` led to.
    algo_answer (*observe)(algo *a, int group, const sw_batch *batch);

    // Writes the next actions of `group` to actions [action_count], each [rows of the group,
    // shape...] in the spec's dtype, floats within the bounds.
    void (*act)(algo *a, int group, const sw_batch *batch, void *const *actions);

    // Returns false at once unless an update is due; improves the policy and returns true if one
    // is.
    bool (*update)(algo *a);

    // Writes [stat_count] numbers about the last update.
    void (*stats)(const algo *a, double *out);

    // Actions of the frozen policy, for evaluation: changes no state but the random numbers of
    // sampling. `batch` has at most problem.rows rows. Stochastic: as in training, and as
    // at its end if the problem evaluates; else the most likely action.
    void (*decide)(algo *a, const sw_batch *batch, bool stochastic, void *const *actions);

    // Calls `visit` for every array that must be kept, always in the same order; returns its first
    // error. Saving and loading are this one function with two visitors. After any turn they are
    // all that the algorithm will ever read of its past: one that was opened alike and loaded goes
    // on bit for bit. The names that begin with "policy." are all that decide() needs; their shapes
    // depend on neither rows nor groups. Those that begin with "replay." may be left out of a
    // checkpoint to save space: loading it then leaves the replay empty.
    sw_status (*tensors)(algo *a, algo_visit visit, void *context);

    // NULL is allowed.
    void (*close)(algo *a);
} algo_class;

// Every algorithm there is, [*count].
const algo_class *const *algo_list(int *count);

// NULL if there is none of that name.
const algo_class *algo_find(const char *name);

#endif
