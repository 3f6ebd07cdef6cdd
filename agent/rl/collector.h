// collector.h -- fills a rollout, group by group, for any on-policy method.
//
// A group's part of a rollout is `horizon` steps of its rows. A group that has its part waits until
// all have, the method learns, and the next rollout is acted by the new policy. Observations are
// normalised once, when they arrive; what the policy saw is what it learns from.
//
// Where the estimator needs whole episodes, a row's part are the episodes that it began in this
// rollout, up to the one it was in when `horizon` steps were over, to its end: what it does until
// the last row of its group is that far, and what is left then of an episode at the beginning of
// the next rollout, is skipped. So neither short nor long episodes are preferred.
//
// From its first step on a rollout holds nothing of the one before: what a group has not come to
// yet is zero.
#ifndef RL_COLLECTOR_H
#define RL_COLLECTOR_H

#include "critic_input.h"
#include "estimator.h"
#include "policy.h"
#include "rollout.h"

typedef struct collector_options {
    int rows, groups;
    const int *first_row;  // [groups + 1], outlives the collector
    int horizon;           // steps
    int longest_episode;   // steps; read only where whole episodes are needed
    estimator estimator;   // its gamma also of the returns that scale rewards
    bool scale_rewards;
    double reward_clip;  // limit of a reward after scaling; 0: none
    uint64_t seed;       // of the sampled actions: each group has its own stream
    bool revalues;       // collector_revalue() will be called
} collector_options;

typedef enum collector_row {
    ROW_COUNTS,  // what it does belongs to the rollout
    ROW_STALE,   // its episode began before the rollout
    ROW_DONE     // it has its part
} collector_row;

typedef struct collector {
    collector_options options;
    policy *policy;         // not owned
    mlp *critic;            // V(s) or Q(s, a); not owned; NULL: the estimator reads no values
    return_scaler returns;  // saved with the policy
    rollout data;
    int64_t *step;         // [groups] of its rollout; -1 before the first
    uint8_t *complete;     // [groups] 1: it has its part
    uint8_t *row;          // [rows] collector_row; always ROW_COUNTS where episodes may be cut
    random_state *random;  // [groups]
    critic_input input;    // of the critic

    // Final observations of truncated episodes: all of the rollout where the collector revalues,
    // else those of one reply.
    int64_t final_count;   // kept so far; 0 where it does not revalue
    float *finals;         // [capacity * rows or rows, obs_dim]
    int64_t *final_at;     // whose they are: t * rows + r
    float *final_actions;  // [same, act_dim]  of a critic of actions
} collector;

// Steps that a rollout has at most.
int collector_capacity(const collector_options *options);

// `actor` and `critic` must outlive the collector and take batches of options->rows. The critic
// takes what critic_input.h says. Errors of rollout_init(), and SW_NO_MEMORY: then nothing needs
// freeing.
sw_status collector_init(collector *c, policy *actor, mlp *critic,
                         const collector_options *options);

// A zeroed collector is allowed.
void collector_free(collector *c);

// Samples the next actions of a group for the observations in `batch`, which collector_observe()
// saw last, if it saw any; writes them to `actions` as the task takes them.
void collector_act(collector *c, int group, const sw_batch *batch, void *actions);

// Stores what the group's last actions led to. Returns true if that completed its part.
bool collector_observe(collector *c, int group, const sw_batch *batch);

// How many observations of each row the group that is furthest on has seen for the rollout at hand.
int64_t collector_seen(const collector *c);

// Whether every group has its part.
bool collector_is_full(const collector *c);

// Transitions that were made for the rollout at hand, skipped ones too.
int64_t collector_count(const collector *c);

// Completes a full rollout: values, credits and targets, with the critic that was there while it
// was collected.
void collector_finish(collector *c);

// Does so again with the critic as it is now.
void collector_revalue(collector *c);

// Begins the next rollout where this one ended.
void collector_restart(collector *c);

#endif
