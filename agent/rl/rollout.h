// rollout.h -- the experience of one on-policy iteration.
//
// Arrays are row-major with time outermost: element (t, r, i) of a [steps, rows, dim] array is at
// ((t * rows) + r) * dim + i. Row r at step t is the transition from observation (t, r) to what
// followed it.
#ifndef RL_ROLLOUT_H
#define RL_ROLLOUT_H

#include <stdbool.h>
#include <stdint.h>

#include <stepwire/spec.h>  // sw_flag

typedef struct rollout {
    int steps;     // in it
    int capacity;  // steps at most
    int rows, obs_dim, act_dim;

    // filled by the collector
    float *obs;          // [steps + 1, rows, obs_dim]  what the policy saw; the one at t + 1 is the
                         //                             next episode's where one ended at t
    float *act;          // [steps + 1, rows, act_dim]  what it did, before any clipping to bounds;
                         //                             the last one is read by critics of actions
    float *logp;         // [steps, rows]  log pi_old(act | obs), in nats
    float *reward;       // [steps, rows]  as the critic counts it: scaled
    uint8_t *flags;      // [steps, rows]  sw_flag
    uint8_t *skip;       // [steps, rows]  1: it happened, but is not to be learned from
    float *final_value;  // [steps, rows]  V(final observation); read only where truncated

    float *value;  // [steps + 1, rows]  V(obs), or Q(obs, act) of a critic of actions

    // filled by estimate()
    float *adv;  // [steps, rows]  what the action is credited with
    float *ret;  // [steps, rows]  the critic's targets
} rollout;

// Allocates the arrays, zeroed, for `steps` at most, which are in it unless somebody says that
// there are fewer. SW_INVALID_ARGUMENT if one had more than INT_MAX elements; SW_NO_MEMORY. Then
// nothing needs freeing.
sw_status rollout_init(rollout *r, int steps, int rows, int obs_dim, int act_dim);

// A zeroed rollout is allowed.
void rollout_free(rollout *r);

// Whether transition i = t * rows + r is to be learned from: all but the faulty and the skipped.
static inline bool rollout_is_valid(const rollout *r, int i)
{
    return !(r->flags[i] & SW_FAULTY) && !r->skip[i];
}

// Zeroes what the collector filled, but for the first observations and actions.
void rollout_empty(rollout *r);

// Writes the indices t * rows + r of the transitions to learn from to index [steps * rows] and
// returns how many there are.
int rollout_valid(const rollout *r, int *index);

// The same of rows first .. last - 1 alone.
int rollout_valid_rows(const rollout *r, int first, int last, int *index);

// How much of the targets the critic knew, 1 - Var(ret - value) / Var(ret) over the
// transitions to learn from: 1 is everything, 0 nothing. 0 where the targets are all the same.
double rollout_explained_variance(const rollout *r);

#endif
