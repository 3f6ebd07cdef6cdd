// anchor.h -- the policy that made a rollout, kept while another learns from it, so that it can be
// said how far that has gone: KL(pi_old || pi), exactly, of every row.
#ifndef ALGO_ANCHOR_H
#define ALGO_ANCHOR_H

#include <policy.h>
#include <rollout.h>

typedef struct anchor {
    policy *policy;      // not owned
    float *all_outputs;  // [steps, rows, outputs]  pi_old of the whole rollout
    float *outputs;      // [n, outputs]  of the batch
    float *own;          // [own_count]
    dist_batch old;      // pi_old of the batch: views of the two
    float *kl;           // [n]
    float *dkl;          // [n]  dL/dKL: the caller's
} anchor;

// Room for batches of `max_rows` of rollouts like `r`. `p` must outlive it. SW_NO_MEMORY: then
// nothing needs freeing.
sw_status anchor_init(anchor *a, policy *p, const rollout *r, int max_rows);

// A zeroed anchor is allowed.
void anchor_free(anchor *a);

// Takes the policy as it is for pi_old of the rollout.
void anchor_take(anchor *a, const rollout *r);

// Takes the transitions index [n] of the rollout, which are t * rows + r, as the batch.
void anchor_gather(anchor *a, const int *index, int n);

// Writes KL(pi_old || pi) of every row of the batch to `kl` and returns their sum.
double anchor_measure(anchor *a, const dist_batch *pi);

#endif
