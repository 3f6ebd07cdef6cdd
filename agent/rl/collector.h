// collector.h -- fills a rollout, group by group, for any on-policy method.
//
// A group's part of a rollout is `horizon` steps of its rows. A group that has its part waits until
// all have, the method learns, and the next rollout is acted by the new policy. Observations are
// normalised once, when they arrive; what the policy saw is what it learns from.
#ifndef RL_COLLECTOR_H
#define RL_COLLECTOR_H

#include "policy.h"
#include "rollout.h"

typedef struct collector_options {
    int rows, groups;
    const int *first_row;  // [groups + 1], outlives the collector
    int horizon;           // steps
    double gamma, lambda;  // of the advantages; gamma also of the returns that scale rewards
    bool scale_rewards;
    double reward_clip;  // limit of a reward after scaling; 0: none
    uint64_t seed;       // of the sampled actions: each group has its own stream
} collector_options;

typedef struct collector {
    collector_options options;
    policy *policy;         // not owned
    mlp *critic;            // V(s); not owned
    return_scaler returns;  // saved with the policy
    rollout data;
    int *step;             // [groups] of its rollout: `horizon` while it waits; -1 before the first
    random_state *random;  // [groups]
    float *finals;         // [rows, obs_dim] scratch
    int *final_rows;       // [rows] scratch: whom they belong to
} collector;

// `actor` and `critic` must outlive the collector and take batches of options->rows. SW_NO_MEMORY:
// then nothing needs freeing.
sw_status collector_init(collector *c, policy *actor, mlp *critic,
                         const collector_options *options);

// A zeroed collector is allowed.
void collector_free(collector *c);

// Samples the next actions of a group for the observations in `batch`, which collector_observe()
// saw last, if it saw any; writes them to `actions` as the task takes them.
void collector_act(collector *c, int group, const sw_batch *batch, void *actions);

// Stores what the group's last actions led to. Returns true if that completed its part.
bool collector_observe(collector *c, int group, const sw_batch *batch);

// Whether every group has its part.
bool collector_is_full(const collector *c);

// Completes a full rollout: values, advantages and targets, with the critic that was there while
// it was collected.
void collector_finish(collector *c);

// Begins the next rollout where this one ended.
void collector_restart(collector *c);

#endif
