// squashed.c -- a diagonal Gaussian squashed into the bounds of the actions by tanh.
//
//   u ~ N(mean, std)        a_j = low_j + (tanh u_j + 1) / 2 (high_j - low_j)
//   log p(a) = log N(u) - sum_j f(u_j) - sum_j log((high_j - low_j) / 2)
//   H(a)     = H(u) + sum_j E[f(u_j)] + sum_j log((high_j - low_j) / 2)
//   f(u)     = log(1 - tanh^2 u), log_slope.h
//
// (Haarnoja et al. 2018, arXiv:1812.05905, appendix C.) Actions are u: from a, which is rounded, u
// could not be told. a is a one-to-one function of u that does not depend on the parameters, so
// that the derivatives of log p, the KL divergence and the Fisher matrix are the Gaussian's.
// Entropy is not: it has no closed form.
//
// E[f(u)] is the integral of phi(z) f(mean + std z) over z by the trapezoidal rule from -6 to 6,
// whose error falls exponentially with 1 / step for an analytic function (Trefethen, Weideman 2014,
// SIAM Review 56, 385-458). How fast depends on how far f's singularities, z = (+-i pi/2 - mean) /
// std, are from the real line: steps are 2/3 up to a std of 1, then 2/3 of 1 / std until MAX_NODES
// is reached. The error is below 2e-6 up to a std of 8 and 1e-3 at 20, before rounding. The sum is
// differentiated as it is.
#include <math.h>

#include <vec.h>

#include "gaussian.h"
#include "log_slope.h"

enum { MAX_NODES = 129 };

typedef struct quadrature {
    int n;
    float shift[MAX_NODES];   // std z
    float weight[MAX_NODES];  // phi(z) times the step
} quadrature;

static void choose_nodes(quadrature *q, float std)
{
    const float reach = 6, inv_sqrt_2pi = 0.398942280f;
    const float wanted = 18 * fmaxf(1, std);
    q->n = wanted < MAX_NODES - 1 ? (int) ceilf(wanted) + 1 : MAX_NODES;
    const float step = 2 * reach / (float) (q->n - 1);
    for (int k = 0; k < q->n; k++) {
        const float z = (float) k * step - reach;
        q->shift[k] = std * z;
        q->weight[k] = inv_sqrt_2pi * expf(-0.5f * z * z) * step;
    }
}

static void write_actions(const dist *d, const sw_tensor *to, const float *actions, int n,
                          void *out)
{
    const int A = d->actions;
    float *squashed = out;
    for (int i = 0; i < n * A; i++) {
        const double t = tanh((double) actions[i]);
        squashed[i] = (float) ((1 - t) / 2 * to->low[i % A] + (1 + t) / 2 * to->high[i % A]);
    }
}

static void log_density(const dist *d, const dist_batch *pi, const float *actions, float *logp)
{
    const int A = d->actions;
    gaussian_log_density(d, pi, actions, logp);
    for (int i = 0; i < pi->n; i++) {
        logp[i] -= d->log_volume;
        for (int j = 0; j < A; j++) {
            logp[i] -= log_slope(actions[i * A + j]);
        }
    }
}

static void entropy(const dist *d, const dist_batch *pi, float *h)
{
    const int A = d->actions;
    quadrature q;
    gaussian_entropy(d, pi, h);
    for (int i = 0; i < pi->n; i++) {
        h[i] += d->log_volume;
    }
    for (int j = 0; j < A; j++) {
        choose_nodes(&q, expf(pi->own[j]));
        for (int k = 0; k < q.n; k++) {
            for (int i = 0; i < pi->n; i++) {
                h[i] += q.weight[k] * log_slope(pi->outputs[i * A + j] + q.shift[k]);
            }
        }
    }
}

// f'(u) = -2 tanh u, du/dmean = 1, du/dlog std = std z
static void add_slope_gradient(const dist *d, const dist_batch *pi, const dist_gradient *g)
{
    const int A = d->actions;
    quadrature q;
    for (int j = 0; j < A; j++) {
        choose_nodes(&q, expf(pi->own[j]));
        for (int k = 0; k < q.n; k++) {
            float dsum = 0;
            for (int i = 0; i < pi->n; i++) {
                const float u = pi->outputs[i * A + j] + q.shift[k];
                const float du = g->dentropy[i] * q.weight[k] * -2 * vec_tanh1(u);
                g->doutputs[i * A + j] += du;
                dsum += du;
            }
            g->down[j] += dsum * q.shift[k];
        }
    }
}

static void backward(const dist *d, const dist_batch *pi, const dist_gradient *g)
{
    bool has_entropy = false;
    for (int i = 0; i < pi->n; i++) {
        has_entropy = has_entropy || g->dentropy[i] != 0;
    }
    gaussian_backward(d, pi, g);
    if (has_entropy) {
        add_slope_gradient(d, pi, g);
    }
}

const dist_class dist_squashed = {
    .name = "squashed gaussian",
    .sample = gaussian_sample,
    .mode = gaussian_mode,
    .write = write_actions,
    .log_density = log_density,
    .entropy = entropy,
    .kl = gaussian_kl,
    .backward = backward,
    .fisher = gaussian_fisher,
};
