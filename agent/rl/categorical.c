// categorical.c -- a category per action element, each with its own logits.
//
//   p_k = e^(x_k - m) / sum_l e^(x_l - m)      m = max_l x_l, so that nothing overflows
//   log pi(a) = sum over elements of log p_a   H = sum over elements of -sum_k p_k log p_k
//   KL(old || pi) = sum over elements of sum_k p^old_k (log p^old_k - log p_k)
#include <math.h>

#include <vec.h>

#include "dist.h"

// log sum_k e^x_k
static float log_sum_exp(const float *x, int n)
{
    float m = x[0], sum = 0;
    for (int k = 1; k < n; k++) {
        m = x[k] > m ? x[k] : m;
    }
    for (int k = 0; k < n; k++) {
        sum += vec_exp1(x[k] - m);
    }
    return m + logf(sum);
}

// Entropy of one element with logits x [n], lse = log_sum_exp(x).
static float element_entropy(const float *x, int n, float lse)
{
    float h = 0;
    for (int k = 0; k < n; k++) {
        h -= vec_exp1(x[k] - lse) * (x[k] - lse);
    }
    return h;
}

static void sample(const dist *d, const dist_batch *pi, random_state *random, float *actions)
{
    const float *x = pi->outputs;
    for (int i = 0; i < pi->n; i++) {
        for (int j = 0; j < d->actions; j++) {
            const int K = d->choices[j];
            const float lse = log_sum_exp(x, K);
            float rest = (float) random_unit(random);
            int k = 0;
            while (k < K - 1 && (rest -= vec_exp1(x[k] - lse)) >= 0) {
                k++;
            }
            actions[i * d->actions + j] = (float) k;
            x += K;
        }
    }
}

static void mode(const dist *d, const dist_batch *pi, float *actions)
{
    const float *x = pi->outputs;
    for (int i = 0; i < pi->n; i++) {
        for (int j = 0; j < d->actions; j++) {
            int best = 0;
            for (int k = 1; k < d->choices[j]; k++) {
                best = x[k] > x[best] ? k : best;
            }
            actions[i * d->actions + j] = (float) best;
            x += d->choices[j];
        }
    }
}

// Category k of an element is the number low + k.
static void write_actions(const dist *d, const sw_tensor *to, const float *actions, int n,
                          void *out)
{
    const int A = d->actions;
    for (int i = 0; i < n * A; i++) {
        const double category = to->low[i % A] + (double) actions[i];
        if (to->dtype == SW_INT32) {
            ((int32_t *) out)[i] = (int32_t) category;
        } else {
            ((int64_t *) out)[i] = (int64_t) category;
        }
    }
}

static void log_density(const dist *d, const dist_batch *pi, const float *actions, float *logp)
{
    const float *x = pi->outputs;
    for (int i = 0; i < pi->n; i++) {
        logp[i] = 0;
        for (int j = 0; j < d->actions; j++) {
            const int a = (int) actions[i * d->actions + j];
            logp[i] += x[a] - log_sum_exp(x, d->choices[j]);
            x += d->choices[j];
        }
    }
}

static void entropy(const dist *d, const dist_batch *pi, float *h)
{
    const float *x = pi->outputs;
    for (int i = 0; i < pi->n; i++) {
        h[i] = 0;
        for (int j = 0; j < d->actions; j++) {
            h[i] += element_entropy(x, d->choices[j], log_sum_exp(x, d->choices[j]));
            x += d->choices[j];
        }
    }
}

static void kl_divergence(const dist *d, const dist_batch *old, const dist_batch *pi, float *kl)
{
    const float *o = old->outputs, *x = pi->outputs;
    for (int i = 0; i < pi->n; i++) {
        kl[i] = 0;
        for (int j = 0; j < d->actions; j++) {
            const int K = d->choices[j];
            const float lse_old = log_sum_exp(o, K), lse = log_sum_exp(x, K);
            for (int k = 0; k < K; k++) {
                kl[i] += vec_exp1(o[k] - lse_old) * ((o[k] - lse_old) - (x[k] - lse));
            }
            o += K;
            x += K;
        }
    }
}

// dKL/dx_k = p_k - p^old_k
static void add_kl_gradient(const dist *d, const dist_batch *pi, const dist_gradient *g)
{
    const float *o = g->old->outputs, *x = pi->outputs;
    float *dx = g->doutputs;
    for (int i = 0; i < pi->n; i++) {
        for (int j = 0; j < d->actions; j++) {
            const int K = d->choices[j];
            const float lse_old = log_sum_exp(o, K), lse = log_sum_exp(x, K);
            for (int k = 0; k < K; k++) {
                dx[k] += g->dkl[i] * (vec_exp1(x[k] - lse) - vec_exp1(o[k] - lse_old));
            }
            o += K;
            x += K;
            dx += K;
        }
    }
}

// dlogp/dx_k = [k = a] - p_k, dH/dx_k = -p_k (log p_k + H of the element)
static void backward(const dist *d, const dist_batch *pi, const dist_gradient *g)
{
    const float *x = pi->outputs;
    float *dx = g->doutputs;
    for (int i = 0; i < pi->n; i++) {
        for (int j = 0; j < d->actions; j++) {
            const int K = d->choices[j];
            const int a = (int) g->actions[i * d->actions + j];
            const float lse = log_sum_exp(x, K);
            const float h = element_entropy(x, K, lse);
            for (int k = 0; k < K; k++) {
                const float log_p = x[k] - lse;
                const float p = vec_exp1(log_p);
                dx[k] = g->dlogp[i] * ((float) (k == a) - p) - g->dentropy[i] * p * (log_p + h);
            }
            x += K;
            dx += K;
        }
    }
    if (g->old != NULL) {
        add_kl_gradient(d, pi, g);
    }
}

// M = diag(p) - p p^T for each element, so (M v)_k = p_k (v_k - sum_l p_l v_l)
static void fisher(const dist *d, const dist_batch *pi, const dist_batch *v, float *outputs,
                   float *own)
{
    const float *x = pi->outputs, *vx = v->outputs;
    (void) own;  // a categorical has none
    for (int i = 0; i < pi->n; i++) {
        for (int j = 0; j < d->actions; j++) {
            const int K = d->choices[j];
            const float lse = log_sum_exp(x, K);
            float mean = 0;
            for (int k = 0; k < K; k++) {
                mean += vec_exp1(x[k] - lse) * vx[k];
            }
            for (int k = 0; k < K; k++) {
                outputs[k] = vec_exp1(x[k] - lse) * (vx[k] - mean);
            }
            x += K;
            vx += K;
            outputs += K;
        }
    }
}

const dist_class dist_categorical = {
    .name = "categorical",
    .sample = sample,
    .mode = mode,
    .write = write_actions,
    .log_density = log_density,
    .entropy = entropy,
    .kl = kl_divergence,
    .backward = backward,
    .fisher = fisher,
};
