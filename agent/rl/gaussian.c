// gaussian.c -- the diagonal Gaussian with a state-independent log-std.
//
//   log pi(a) = sum_j -z_j^2 / 2 - s_j - log(2 pi) / 2      z_j = (a_j - mean_j) / e^s_j
//   H         = sum_j s_j + (1 + log(2 pi)) / 2
//   KL(o||pi) = sum_j s_j - s^o_j + (e^(2 s^o_j) + (mean_j - mean^o_j)^2) / (2 e^(2 s_j)) - 1/2
//
// Loops run over rows inside elements, so that e^s_j is computed once.
#include "gaussian.h"

#include <math.h>

static const float half_log_2pi = 0.918938533f;

void gaussian_sample(const dist *d, const dist_batch *pi, random_state *random, float *actions)
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

void gaussian_mode(const dist *d, const dist_batch *pi, float *actions)
{
    for (int i = 0; i < pi->n * d->actions; i++) {
        actions[i] = pi->outputs[i];
    }
}

static void write_actions(const dist *d, const sw_tensor *to, const float *actions, int n,
                          void *out)
{
    const int A = d->actions;
    float *clipped = out;
    for (int i = 0; i < n * A; i++) {
        const double low = to->low[i % A], high = to->high[i % A];
        const double a = (double) actions[i];
        clipped[i] = (float) (a < low ? low : a > high ? high : a);
    }
}

void gaussian_log_density(const dist *d, const dist_batch *pi, const float *actions, float *logp)
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

void gaussian_entropy(const dist *d, const dist_batch *pi, float *h)
{
    float sum = 0;
    for (int j = 0; j < d->actions; j++) {
        sum += pi->own[j] + 0.5f + half_log_2pi;
    }
    for (int i = 0; i < pi->n; i++) {
        h[i] = sum;
    }
}

void gaussian_kl(const dist *d, const dist_batch *old, const dist_batch *pi, float *kl)
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
void gaussian_backward(const dist *d, const dist_batch *pi, const dist_gradient *g)
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
void gaussian_fisher(const dist *d, const dist_batch *pi, const dist_batch *v, float *outputs,
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
    .sample = gaussian_sample,
    .mode = gaussian_mode,
    .write = write_actions,
    .log_density = gaussian_log_density,
    .entropy = gaussian_entropy,
    .kl = gaussian_kl,
    .backward = gaussian_backward,
    .fisher = gaussian_fisher,
};
