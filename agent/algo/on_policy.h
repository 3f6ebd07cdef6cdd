// on_policy.h -- what algorithms that learn from their own rollouts begin with.
//
// They differ in one function, which is given a rollout that is complete and improves policy and
// critic with it. All else of algo_class is here.
#ifndef ALGO_ON_POLICY_H
#define ALGO_ON_POLICY_H

#include <team.h>

#include "actor_critic.h"

enum { ON_POLICY_MAX_STATS = 24 };

typedef struct on_policy on_policy;

// Learns from ac.collector.data; `stats` are 0 before.
typedef void (*on_policy_learn)(on_policy *l);

// An algorithm's struct begins with it; it was zeroed by calloc().
struct on_policy {
    actor_critic ac;
    team *team;  // two threads at most: one for the policy, one for the critic
    on_policy_learn learn;
    int stat_count;
    double stats[ON_POLICY_MAX_STATS];  // of the last update
    int64_t total_steps;                // transitions of the whole run
    int64_t steps;                      // made so far, before this update
};

typedef struct on_policy_options {
    actor_critic_options ac;
    on_policy_learn learn;
    int stat_count;
} on_policy_options;

// Opens what an algorithm's struct begins with, reading the first AC_PARAM_COUNT `values`. Errors
// of actor_critic_init() and SW_NO_MEMORY; then on_policy_free() must still be called.
sw_status on_policy_init(on_policy *l, const algo_problem *problem, const sw_value *values,
                         const on_policy_options *options);

// Frees what on_policy_init() made; not the struct. A zeroed one is allowed.
void on_policy_free(on_policy *l);

// A number that falls linearly from 1 at the beginning of the run to 0 at its end.
double on_policy_left(const on_policy *l);

// Shows actor_critic_tensors(), steps and stats.
sw_status on_policy_tensors(on_policy *l, const tensor_visitor *to);

// algo_class's functions.
algo_answer on_policy_observe(algo *a, int group, const sw_batch *batch);
void on_policy_act(algo *a, int group, const sw_batch *batch, void *const *actions);
bool on_policy_update(algo *a);
void on_policy_stats(const algo *a, double *out);
void on_policy_decide(algo *a, const sw_batch *batch, bool stochastic, void *const *actions);

// Their lines in the table.
#define ON_POLICY_FUNCTIONS                                                                        \
    .observe = on_policy_observe, .act = on_policy_act, .update = on_policy_update,                \
    .stats = on_policy_stats, .decide = on_policy_decide

#endif
