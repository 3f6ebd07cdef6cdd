// natural.h -- the natural policy gradient of a batch: what npg, trpo and acktr step along.
//
//   symbol   shape   meaning
//   theta    [P]     parameters of the policy, the distribution's own among them
//   r        [n]     pi(a|s) / pi_old(a|s)
//   L                mean r A + c mean H: the surrogate, with an entropy bonus
//   g        [P]     dL / dtheta at theta_old
//   J_i              how row i's distribution (outputs and own parameters) moves with theta
//   M_i              Fisher matrix of row i's distribution
//   F        [P, P]  mean J_i^T M_i J_i: Fisher matrix of the policy, exact for these states; it is
//                    never formed, only multiplied by vectors
//   x        [P]     (F + damping I)^-1 g, by conjugate gradient; or whatever the caller finds
//
// Kakade 2001, "A Natural Policy Gradient", section 2; Schulman et al. 2015, arXiv:1502.05477,
// appendix C. A batch is everything a rollout has.
#ifndef ALGO_NATURAL_H
#define ALGO_NATURAL_H

#include <cg.h>

#include "surrogate.h"

typedef struct natural_options {
    double damping;       // >= 0
    double entropy_coef;  // c
    int cg_iterations;    // 0: x is the caller's, natural_solve() is not called
    double cg_tolerance;  // relative to |g|
    bool adv_norm;        // standardise the advantages of a batch
} natural_options;

typedef struct natural {
    natural_options options;
    surrogate surrogate;
    cg cg;
    float *theta_old;    // [P]
    float *g;            // [P]
    float *x;            // [P]
    float *old_outputs;  // [n, outputs]  of pi_old
    float *kl;           // [n] scratch
    int *order;          // [n]
} natural;

// What a policy is worth on the batch.
typedef struct natural_point {
    double objective;    // L
    double surrogate;    // mean r A
    double entropy;      // mean H, nats
    double kl;           // mean KL(pi_old || pi), nats
    double ratio_error;  // largest |r - 1|
} natural_point;

typedef struct natural_direction {
    natural_point start;  // at theta_old
    double grad_norm;     // |g|
    double residual;      // |g - (F + damping I) x| / |g|
    double curvature;     // x^T (F + damping I) x
} natural_direction;

// Makes room for batches of all rows of `r`. `p` must outlive it. SW_NO_MEMORY: then nothing
// needs freeing. The natural must stay where it is.
sw_status natural_init(natural *s, policy *p, const rollout *r, const natural_options *options);

// A zeroed natural is allowed.
void natural_free(natural *s);

// Takes the valid transitions of a rollout as the batch and returns how many there are.
int natural_gather(natural *s, const rollout *r);

// Takes the policy as it is for theta_old and computes g for the batch, which has rows: writes the
// direction's start and grad_norm.
void natural_start(natural *s, natural_direction *direction);

// natural_start(), then x by conjugate gradient and the rest of the direction.
void natural_solve(natural *s, natural_direction *direction);

// pi_old on the batch, once natural_start() has taken it.
dist_batch natural_old_policy(const natural *s);

// Writes F v + damping v [P] for v [P]. Only between natural_start() and the next forward of the
// policy, natural_move() included.
void natural_fisher(natural *s, const float *v, float *fv);

// theta = theta_old + rate x; what that is worth.
void natural_move(natural *s, double rate, natural_point *point);

// The rate at which the KL is max_kl by its second-order estimate, rate^2 / 2 x^T (F + damping I)
// x: sqrt(2 max_kl / curvature). 0 where there is no direction to go: g is 0, or not finite.
double natural_rate(const natural_direction *direction, double max_kl);

#endif
