// gradient.h -- one step of a policy along its gradient over a rollout, and how sure that is.
//
//   symbol   shape   meaning
//   theta    [P]     parameters of the policy, the distribution's own among them
//   Psi      [n]     what the actions are credited with: the rollout's adv, standardised if
//                    that is asked for
//   H        [n]     entropy of pi(.|s), nats
//   L                mean Psi log pi(a|s) + c mean H
//   g        [P]     dL / dtheta
//   K                parts that the rows are cut into, so that trajectories are disjoint
//   g_k      [P]     the gradient of part k, counted K-fold: g = mean_k g_k
//
// Var(g), the trace of its covariance, is estimated as sum_k |g_k - g|^2 / (K - 1) / K: the
// variance of one part's gradient, added up over the parameters, over the number of parts.
#ifndef ALGO_GRADIENT_H
#define ALGO_GRADIENT_H

#include <adam.h>

#include "anchor.h"
#include "surrogate.h"
#include "tensors.h"

enum { GRADIENT_CHUNK = 512 };  // rows that go through the network at once

typedef struct gradient_options {
    double entropy_coef;   // c
    double max_grad_norm;  // limit of |g| for the step; 0: none
    double adam_epsilon;
    bool adv_norm;  // standardise Psi over the rows
    int parts;      // K; 1: Var(g) is not estimated
} gradient_options;

typedef struct gradient {
    gradient_options options;
    surrogate surrogate;
    adam adam;          // saved
    anchor old;         // pi_old
    float *g;           // [P]
    int *order;         // [steps * rows] transitions to learn from, part by part
    int *cut;           // [K + 1] where each part begins in `order`
    int n;              // transitions in all
    float mean, scale;  // Psi is (adv - mean) * scale
} gradient;

typedef struct gradient_report {
    double norm;         // |g|
    double variance;     // Var(g); 0 if it is not estimated
    double ratio_error;  // largest |pi(a|s) / pi_old(a|s) - 1| before the step: 0 but for rounding
    // after the step, means over the rows
    double surrogate;  // Psi pi(a|s) / pi_old(a|s)
    double entropy;    // H
    double kl;         // KL(pi_old || pi), nats
} gradient_report;

// Makes room for rollouts like `r`. `p` must outlive it and take batches of GRADIENT_CHUNK rows.
// SW_NO_MEMORY: then nothing needs freeing.
sw_status gradient_init(gradient *s, policy *p, const rollout *r, const gradient_options *options);

// A zeroed gradient is allowed.
void gradient_free(gradient *s);

// Takes the valid transitions of rows begin .. end - 1, which K divides, and returns how many there
// are.
int gradient_gather(gradient *s, const rollout *r, int begin, int end);

// Computes g for what was gathered, which is not nothing; writes norm, variance and ratio_error.
void gradient_compute(gradient *s, const rollout *r, gradient_report *report);

// theta += Adam's step of size `lr` along g, if that is finite; writes what the policy is then to
// the report.
void gradient_climb(gradient *s, const rollout *r, double lr, gradient_report *report);

// Shows adam.policy.*.
sw_status gradient_tensors(gradient *s, const tensor_visitor *to);

#endif
