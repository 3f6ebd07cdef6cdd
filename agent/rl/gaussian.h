// gaussian.h -- the functions of dist_gaussian, as dist_class has them, for distributions made of
// it.
#ifndef RL_GAUSSIAN_H
#define RL_GAUSSIAN_H

#include "dist.h"

void gaussian_sample(const dist *d, const dist_batch *pi, random_state *random, float *actions);
void gaussian_mode(const dist *d, const dist_batch *pi, float *actions);
void gaussian_log_density(const dist *d, const dist_batch *pi, const float *actions, float *logp);
void gaussian_entropy(const dist *d, const dist_batch *pi, float *entropy);
void gaussian_kl(const dist *d, const dist_batch *old, const dist_batch *pi, float *kl);
void gaussian_backward(const dist *d, const dist_batch *pi, const dist_gradient *g);
void gaussian_fisher(const dist *d, const dist_batch *pi, const dist_batch *v, float *outputs,
                     float *own);

#endif
