// history.h -- the last rollouts as one long one, seen with today's eyes.
//
// Experience that is learned from again and again outlives the statistics that normalise
// observations and scale rewards, and the critic. So it is kept as the task gave it, and
// history_see() writes what networks make of it now. Steps are in the order of time; where one
// rollout ended the next went on, and what is added up along a row reaches across.
#ifndef RL_HISTORY_H
#define RL_HISTORY_H

#include "collector.h"

typedef struct history {
    const collector *source;  // not owned
    rollout data;
    int keep;         // steps of it that stay; the others are room for the rollout at hand
    float *numbers;   // [capacity + 1, rows, input.size]  observations, as encoder_read() has them
    double *rewards;  // [capacity, rows]  not scaled

    // of the transitions at which an episode was truncated, in no order
    int64_t final_count;
    float *finals;      // [capacity * rows, input.size]  final observations, likewise
    int64_t *final_at;  // [capacity * rows]  whose: t * rows + r

    float *seen;  // [critic's max_batch, obs_dim] scratch
} history;

// Keeps whole steps of about `transitions`, one rollout at least, of what `source` collects; that
// outlives the history and has a critic. SW_INVALID_ARGUMENT if an array had more than INT_MAX
// elements; SW_NO_MEMORY. Then nothing needs freeing.
sw_status history_init(history *h, const collector *source, int transitions);

// A zeroed history is allowed.
void history_free(history *h);

// To be called before each collector_act(): keeps the first observations of a group.
void history_begin(history *h, int group, const sw_batch *batch);

// To be called after each collector_observe(): keeps what it observed.
void history_observe(history *h, int group, const sw_batch *batch);

// The source's rollout is full: it becomes part of `data`, and the oldest steps that are now too
// many are forgotten.
void history_extend(history *h);

// Writes obs and reward of `data` as policy and scaler see them now.
void history_see(history *h);

// Writes value and final_value of `data` as the critic sees them now. After history_see().
void history_evaluate(history *h);

#endif
