// surrogate.h -- a policy on a batch of transitions: how it differs from the one that made them,
// and the gradient of whatever is made of that.
//
//   symbol   shape   meaning
//   r        [n]     pi(a|s) / pi_old(a|s)
//   H        [n]     entropy of pi(.|s), nats
//   L                a loss that depends on log pi(a|s) and H of every row
#ifndef ALGO_SURROGATE_H
#define ALGO_SURROGATE_H

#include <minibatch.h>
#include <policy.h>

typedef struct surrogate {
    policy *policy;  // not owned
    minibatch batch;
    float *log_ratio, *ratio;  // [n]  log r, r
    float *entropy;            // [n]  H
    float *dlogp, *dentropy;   // [n]  dL/dlogp, dL/dH: the caller's, for surrogate_backward()
    float *doutputs;           // [n, outputs]  scratch
} surrogate;

// Room for batches of `max_rows` of `r`; `p` outlives it and takes such batches. SW_NO_MEMORY: then
// nothing needs freeing.
sw_status surrogate_init(surrogate *s, policy *p, const rollout *r, int max_rows);

// A zeroed surrogate is allowed.
void surrogate_free(surrogate *s);

// Writes log_ratio, ratio and entropy of the batch under pi, its distributions.
void surrogate_measure(surrogate *s, const dist_batch *pi);

// Adds the gradient of L to that of the policy's network, whose last forward made pi. `more` has
// what L depends on besides, old and dkl of dist.h, or is NULL.
void surrogate_backward(surrogate *s, const dist_batch *pi, const dist_gradient *more);

// Largest |r - 1|: 0 but for rounding while pi is pi_old.
double surrogate_ratio_error(const surrogate *s);

#endif
