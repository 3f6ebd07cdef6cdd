// off_policy.h -- what algorithms that learn from a replay begin with.
//
// They differ in how they act and in what they learn from a minibatch; all else of algo_class is
// here. Actions are kept as the networks have them: numbers in [-1, 1] for the bounds of a float
// action, the number of a category for a Discrete one.
//
// After every turn, while its group simulates, `updates_per_step` gradient steps are made for each
// of its transitions. The action sent in turn n comes from the parameters after the updates of turn
// n - 1, whatever the number of threads and however slow the network: nothing depends on time.
#ifndef ALGO_OFF_POLICY_H
#define ALGO_OFF_POLICY_H

#include <encoder.h>
#include <init.h>
#include <mlp.h>
#include <replay.h>
#include <team.h>

#include "algo.h"
#include "tensors.h"

// The hyper-parameters that all of them have: the first OFF_PARAM_COUNT of each one's table.
enum {
    OFF_GAMMA,
    OFF_OBS_SCALE,
    OFF_HIDDEN,
    OFF_ACTIVATION,
    OFF_BUFFER,
    OFF_BATCH,
    OFF_START_STEPS,
    OFF_N_STEP,
    OFF_UPDATES_PER_STEP,
    OFF_PARAM_COUNT
};

// `widths` of the hidden layers, transitions of random actions at first: as the algorithms differ.
// clang-format off
#define OFF_POLICY_PARAMS(widths, random_steps)                                                    \
    OFF_POLICY_DATA_PARAMS(widths, random_steps),                                                  \
    [OFF_UPDATES_PER_STEP] = {"updates_per_step", SW_FLOAT, 0, {.f = 1}, 0, 1000, NULL,            \
        "gradient steps per transition"}

// All of them but updates_per_step, for those whose update is something else.
#define OFF_POLICY_DATA_PARAMS(widths, random_steps)                                               \
    [OFF_GAMMA] = {"gamma", SW_FLOAT, 0, {.f = 0.99}, 0, 1, NULL, "discount per step"},            \
    [OFF_OBS_SCALE] = {"obs_scale", SW_BOOL, 0, {.b = false}, 0, 0, NULL,                          \
        "show networks [-1, 1] for the bounds of a float observation, where it has any"},          \
    [OFF_HIDDEN] = {"hidden", SW_STRING, 0, {.s = widths}, 0, 0, NULL,                             \
        "widths of the hidden layers of every network"},                                           \
    [OFF_ACTIVATION] = {"activation", SW_STRING, 0, {.s = "relu"}, 0, 0, ACTIVATION_CHOICES,       \
        "function of the hidden layers"},                                                          \
    [OFF_BUFFER] = {"buffer", SW_INT, 0, {.i = 1000000}, 1, 1LL << 40, NULL,                       \
        "transitions in the replay; the memory for all of them is taken at the start"},            \
    [OFF_BATCH] = {"batch", SW_INT, 0, {.i = 256}, 1, 1 << 20, NULL,                               \
        "transitions per gradient step"},                                                          \
    [OFF_START_STEPS] = {"start_steps", SW_INT, 0, {.i = (random_steps)}, 0, 1e15, NULL,           \
        "transitions of random actions before anything is learned"},                               \
    [OFF_N_STEP] = {"n_step", SW_INT, 0, {.i = 1}, 1, 100, NULL,                                   \
        "steps of reward before the critic is asked"}
// clang-format on

enum { OFF_MAX_STATS = 16 };

// Purposes of random_mix(problem->seed, purpose).
enum { OFF_SEED_EXPLORE = 1, OFF_SEED_SAMPLE, OFF_SEED_DECIDE, OFF_SEED_NETWORKS };

typedef struct off_policy off_policy;

// What an algorithm adds. `x` [n, obs_dim] is what the networks see, `actions` [n, act_dim].
typedef struct off_policy_class {
    // Chooses as in training, with exploration.
    void (*explore)(off_policy *o, const float *x, int n, random_state *random, float *actions);

    // Chooses for evaluation, changing nothing but `random`.
    void (*decide)(off_policy *o, const float *x, int n, random_state *random, bool stochastic,
                   float *actions);

    // Makes one update, a gradient step from `batch`, and adds to `sums`.
    void (*learn)(off_policy *o);

    int stat_count;     // numbers in `sums`, at most OFF_MAX_STATS
    bool learns_whole;  // of the replay: no `batch` is drawn for learn()
} off_policy_class;

// An algorithm's struct begins with it; it was zeroed by calloc().
struct off_policy {
    const off_policy_class *kind;
    const sw_spec *spec;
    const sw_tensor *action;
    int groups;
    const int *first_row;
    mlp_shape shape;  // of the hidden layers
    double gamma, updates_per_step;
    int64_t start_steps;
    int64_t total_steps;
    encoder input;
    int obs_dim, act_dim;
    int choices;  // categories of a Discrete action; 0: the action is floats
    replay replay;
    replay_batch batch;
    int batch_rows;
    random_state *explore;  // [groups]
    random_state sample, decide;
    float *seen;     // [rows, obs_dim]  what the last actions answered
    float *done;     // [rows, act_dim]  the last actions
    float *scratch;  // [rows, obs_dim]
    float *chosen;   // [rows, act_dim]  by decide()
    team *team;

    int64_t steps;               // transitions observed, faulty ones too
    int64_t updates;             // gradient steps made
    double due;                  // gradient steps still to be made; after a turn less than one
    int64_t reported;            // `steps` at the last report
    double sums[OFF_MAX_STATS];  // over the gradient steps since then
    int64_t sum_count;
    double means[OFF_MAX_STATS];  // at the last report
};

// Opens what an algorithm's struct begins with, reading the first OFF_PARAM_COUNT `values`.
// `discrete` says which actions the algorithm is for; `name` is the algorithm's. One that only
// evaluates has neither replay nor batch, and explores as at the end of the run.
// SW_INVALID_ARGUMENT for other actions, saying what fits, for a replay smaller than a batch, and
// for observations that cannot be encoded; SW_NO_MEMORY. Then off_policy_free() must still be
// called.
sw_status off_policy_init(off_policy *o, const algo_problem *problem, const sw_value *values,
                          const off_policy_class *kind, const char *name, bool discrete);

// Frees what off_policy_init() made; not the struct. A zeroed one is allowed.
void off_policy_free(off_policy *o);

// The part of the run that is over, from 0 to 1.
double off_policy_progress(const off_policy *o);

// Shows steps, updates, due, report.*, acted.*, random.* and, where there is one, replay.*:
// networks and their optimisers are the algorithm's to show. Errors of tensors_replay().
sw_status off_policy_tensors(off_policy *o, const tensor_visitor *to);

// algo_class's functions. `stats` writes the means since the last report, and then updates.
algo_answer off_policy_observe(algo *a, int group, const sw_batch *batch);
void off_policy_act(algo *a, int group, const sw_batch *batch, void *const *actions);
bool off_policy_update(algo *a);
void off_policy_stats(const algo *a, double *out);
void off_policy_decide(algo *a, const sw_batch *batch, bool stochastic, void *const *actions);

// Their lines in the table.
#define OFF_POLICY_FUNCTIONS                                                                       \
    .observe = off_policy_observe, .act = off_policy_act, .update = off_policy_update,             \
    .stats = off_policy_stats, .decide = off_policy_decide

#endif
