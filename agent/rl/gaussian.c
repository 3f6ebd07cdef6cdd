// gaussian.c -- the diagonal Gaussian with a state-independent log-std.
//
//   log pi(a) = sum_j -z_j^2 / 2 - s_j - log(2 pi) / 2      z_j = (a_j - mean_j) / e^s_j
//   H         = sum_j s_j + (1 + log(2 pi)) / 2
//   KL(o||pi) = sum_j s_j - s^o_j + (e^(2 s^o_j) + (mean_j - mean^o_j)^2) / (2 e^(2 s_j)) - 1/2
//
// Loops run over rows inside elements, so that e^s_j is computed once.
#include <math.h>

#include "dist.h"

static const float half_log_2pi = 0.918938533f;

static void sample(const dist *d, const dist_batch *pi, random_state *random, float *actions)
{
    const int A = d->actions;
    for (int j = 0; j < A; j++) {
        const float std = expf(pi->own[j]);
        for (int i = 0; i < pi->n; i++) {
            const float noise = (float) random_normal(random);
            actions[i * A + j] = pi->outputs[i * A + j] + std * noise;
        }
    }
}

static void mode(const dist *d, const dist_batch *pi, float *actions)
{
    for (int i = 0; i < pi->n * d->actions; i++) {
        actions[i] = pi->outputs[i];
    }
}

static void log_density(const dist *d, const dist_batch *pi, const float *actions, float *logp)
{
    const int A = d->actions;
    for (int i = 0; i < pi->n; i++) {
        logp[i] = 0;
    }
    for (int j = 0; j < A; j++) {
        const float s = pi->own[j];
        const float inv_std = expf(-s);
        for (int i = 0; i < pi->n; i++) {
            const float z = (actions[i * A + j] - pi->outputs[i * A + j]) * inv_std;
            logp[i] -= 0.5f * z * z + s + half_log_2pi;
        }
    }
}

static void entropy(const dist *d, const dist_batch *pi, float *h)
{
    float sum = 0;
    for (int j = 0; j < d->actions; j++) {
        sum += pi->own[j] + 0.5f + half_log_2pi;
    }
    for (int i = 0; i < pi->n; i++) {
        h[i] = sum;
    }
}

static void kl_divergence(const dist *d, const dist_batch *old, const dist_batch *pi, float *kl)
{
    const int A = d->actions;
    for (int i = 0; i < pi->n; i++) {
        kl[i] = 0;
    }
    for (int j = 0; j < A; j++) {
        const float ds = pi->own[j] - old->own[j];
        const float same = ds + 0.5f * expm1f(-2 * ds);  // where the means are equal
        const float inv_std = expf(-pi->own[j]);
        for (int i = 0; i < pi->n; i++) {
            const float z = (pi->outputs[i * A + j] - old->outputs[i * A + j]) * inv_std;
            kl[i] += same + 0.5f * z * z;
        }
    }
}

// dKL/dmean_j = z_j / e^s_j, dKL/ds_j = 1 - e^(2 (s^o_j - s_j)) - z_j^2, with z_j between the means
static void add_kl_gradient(const dist *d, const dist_batch *pi, const dist_gradient *g)
{
    const int A = d->actions;
    for (int j = 0; j < A; j++) {
        const float inv_std = expf(-pi->own[j]);
        const float shrunk = -expm1f(2 * (g->old->own[j] - pi->own[j]));
        float ds = 0;
        for (int i = 0; i < pi->n; i++) {
            const float z = (pi->outputs[i * A + j] - g->old->outputs[i * A + j]) * inv_std;
            g->doutputs[i * A + j] += g->dkl[i] * z * inv_std;
            ds += g->dkl[i] * (shrunk - z * z);
        }
        g->down[j] += ds;
    }
}

// dlogp/dmean_j = z_j / e^s_j, dlogp/ds_j = z_j^2 - 1, dH/ds_j = 1
static void backward(const dist *d, const dist_batch *pi, const dist_gradient *g)
{
    const int A = d->actions;
    for (int j = 0; j < A; j++) {
        const float inv_std = expf(-pi->own[j]);
        float ds = 0;
        for (int i = 0; i < pi->n; i++) {
            const float z = (g->actions[i * A + j] - pi->outputs[i * A + j]) * inv_std;
            g->doutputs[i * A + j] = g->dlogp[i] * z * inv_std;
            ds += g->dlogp[i] * (z * z - 1) + g->dentropy[i];
        }
        g->down[j] += ds;
    }
    if (g->old != NULL) {
        add_kl_gradient(d, pi, g);
    }
}

// M = diag(1 / e^(2 s_j)) for the means, diag(2) for the log-stds
static void fisher(const dist *d, const dist_batch *pi, const dist_batch *v, float *outputs,
                   float *own)
{
    const int A = d->actions;
    for (int j = 0; j < A; j++) {
        const float precision = expf(-2 * pi->own[j]);
        for (int i = 0; i < pi->n; i++) {
            outputs[i * A + j] = precision * v->outputs[i * A + j];
        }
        own[j] += (float) (2 * pi->n) * v->own[j];
    }
}

const dist_class dist_gaussian = {
    .name = "gaussian",
    .sample = sample,
    .mode = mode,
    .log_density = log_density,
    .entropy = entropy,
    .kl = kl_divergence,
    .backward = backward,
    .fisher = fisher,
};
