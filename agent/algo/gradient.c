// gradient.c -- the likelihood-ratio gradient of a rollout, chunk by chunk.
//
// g is a sum over rows, so rollouts of any length go through the network in chunks that fit the
// cache. Rows are sorted part by part; a chunk never reaches into the next part, so the gradients
// of the parts are there on the way to their sum.
#include "gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

static bool allocate(gradient *s, const rollout *r)
{
    const policy *p = s->surrogate.policy;
    const size_t n = (size_t) r->capacity * (size_t) r->rows;

    s->g = vec_new((size_t) p->net.param_count);
    s->order = malloc(n * sizeof(*s->order));
    s->cut = malloc(((size_t) s->options.parts + 1) * sizeof(*s->cut));
    return s->g && s->order && s->cut;
}

sw_status gradient_init(gradient *s, policy *p, const rollout *r, const gradient_options *options)
{
    *s = (gradient){.options = *options};
    sw_status st = adam_init(&s->adam, p->net.param_count, options->adam_epsilon);
    if (st == SW_OK) {
        st = surrogate_init(&s->surrogate, p, r, GRADIENT_CHUNK);
    }
    if (st == SW_OK) {
        st = anchor_init(&s->old, p, r, GRADIENT_CHUNK);
    }
    if (st == SW_OK && !allocate(s, r)) {
        st = sw_fail(SW_NO_MEMORY, "no memory for gradients of %d steps of %d rows", r->capacity,
                     r->rows);
    }
    if (st != SW_OK) {
        gradient_free(s);
    }
    return st;
}

void gradient_free(gradient *s)
{
    free(s->g);
    free(s->order);
    free(s->cut);
    anchor_free(&s->old);
    surrogate_free(&s->surrogate);
    adam_free(&s->adam);
    *s = (gradient){0};
}

// Finds mean and scale of the credits. The rollout itself stays as it is, for a critic may be
// reading it.
static void measure_credits(gradient *s, const rollout *r)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < s->n; i++) {
        sum += (double) r->adv[s->order[i]];
    }
    const double mean = sum / s->n;
    for (int i = 0; i < s->n; i++) {
        const double x = (double) r->adv[s->order[i]] - mean;
        squares += x * x;
    }
    s->mean = (float) mean;
    s->scale = (float) (1 / (sqrt(squares / fmax(1, s->n - 1)) + 1e-8));
}

int gradient_gather(gradient *s, const rollout *r, int begin, int end)
{
    const int K = s->options.parts, rows = (end - begin) / K;

    s->n = 0;
    for (int k = 0; k < K; k++) {
        const int first = begin + k * rows;
        s->cut[k] = s->n;
        s->n += rollout_valid_rows(r, first, first + rows, s->order + s->n);
    }
    s->cut[K] = s->n;
    s->mean = 0;
    s->scale = 1;
    if (s->options.adv_norm && s->n > 0) {
        measure_credits(s, r);
    }
    return s->n;
}

// Rows of the chunk that begins at order[i], of transitions before order[end].
static int chunk_size(int i, int end)
{
    return end - i < GRADIENT_CHUNK ? end - i : GRADIENT_CHUNK;
}

// Takes order[i .. i + n - 1] through the network and measures them.
static dist_batch forward(gradient *s, const rollout *r, int i, int n)
{
    surrogate *u = &s->surrogate;
    minibatch_gather(&u->batch, r, s->order + i, n);
    for (int k = 0; k < n; k++) {
        u->batch.adv[k] = (u->batch.adv[k] - s->mean) * s->scale;
    }
    const dist_batch pi = policy_forward(u->policy, u->batch.obs, n);
    surrogate_measure(u, &pi);
    return pi;
}

// Adds the chunk's part of g = mean Psi dlogp/dtheta + c mean dH/dtheta to the network's gradient.
static void add_chunk(gradient *s, const rollout *r, int i, int n)
{
    surrogate *u = &s->surrogate;
    const float share = 1.0f / (float) s->n, c = (float) s->options.entropy_coef;

    const dist_batch pi = forward(s, r, i, n);
    for (int k = 0; k < n; k++) {
        u->dlogp[k] = u->batch.adv[k] * share;
        u->dentropy[k] = c * share;
    }
    surrogate_backward(u, &pi, NULL);
}

// With s_k = g_k / K, which is what the rows of part k add to g, Var(g) as gradient.h has it is
// (K sum_k |s_k|^2 - |g|^2) / (K - 1).
void gradient_compute(gradient *s, const rollout *r, gradient_report *report)
{
    mlp *net = &s->surrogate.policy->net;
    const int P = net->param_count, K = s->options.parts;
    double squares = 0;

    *report = (gradient_report){0};
    memset(s->g, 0, (size_t) P * sizeof(float));
    anchor_take(&s->old, r);
    for (int k = 0; k < K; k++) {
        mlp_zero_grads(net);
        for (int i = s->cut[k]; i < s->cut[k + 1]; i += GRADIENT_CHUNK) {
            add_chunk(s, r, i, chunk_size(i, s->cut[k + 1]));
            report->ratio_error = fmax(report->ratio_error, surrogate_ratio_error(&s->surrogate));
        }
        squares += vec_dot(net->grads, net->grads, P);
        vec_add_scaled(s->g, 1, net->grads, P);
    }
    const double square = vec_dot(s->g, s->g, P);
    report->norm = sqrt(square);
    report->variance = K > 1 ? (K * squares - square) / (K - 1) : 0;
}

static void take_step(gradient *s, double lr, double norm)
{
    mlp *net = &s->surrogate.policy->net;
    const double most = s->options.max_grad_norm;
    const double shrink = most > 0 && norm > most ? most / norm : 1;

    memcpy(net->grads, s->g, (size_t) net->param_count * sizeof(float));
    vec_scale(net->grads, (float) -shrink, net->param_count);  // Adam descends
    adam_step(&s->adam, net->params, net->grads, lr);
}

void gradient_climb(gradient *s, const rollout *r, double lr, gradient_report *report)
{
    const surrogate *u = &s->surrogate;
    double gain = 0, entropy = 0, kl = 0;

    if (isfinite(report->norm)) {
        take_step(s, lr, report->norm);
    }
    for (int i = 0; i < s->n; i += GRADIENT_CHUNK) {
        const int n = chunk_size(i, s->n);
        const dist_batch pi = forward(s, r, i, n);
        anchor_gather(&s->old, s->order + i, n);
        kl += anchor_measure(&s->old, &pi);
        for (int k = 0; k < n; k++) {
            gain += u->ratio[k] * u->batch.adv[k];
            entropy += u->entropy[k];
        }
    }
    report->surrogate = gain / s->n;
    report->entropy = entropy / s->n;
    report->kl = kl / s->n;
}

sw_status gradient_tensors(gradient *s, const tensor_visitor *to)
{
    return tensors_adam(to, "adam.policy", &s->adam);
}
