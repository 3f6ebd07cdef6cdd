// gaussian.c -- the diagonal Gaussian with a state-independent log-std.
//
//   log pi(a) = sum_j -z_j^2 / 2 - s_j - log(2 pi) / 2      z_j = (a_j - mean_j) / e^s_j
//   H         = sum_j s_j + (1 + log(2 pi)) / 2
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
}

const dist_class dist_gaussian = {
    .name = "gaussian",
    .sample = sample,
    .mode = mode,
    .log_density = log_density,
    .entropy = entropy,
    .backward = backward,
};
