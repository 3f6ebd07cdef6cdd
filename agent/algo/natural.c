// natural.c -- surrogate, Fisher-vector products and the direction they lead to.
//
// F v = J^T M J v is three passes: the network's tangent J v, the distribution's Fisher matrix M,
// the network's backward J^T. Own parameters of the distribution are their own outputs: their part
// of J is the identity. All passes are over the activations of one forward at theta_old, so nothing
// may go forward between natural_start()'s forward and the last product.
#include "natural.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

static void multiply(void *context, const float *v, float *av)
{
    natural_fisher(context, v, av);
}

static bool allocate(natural *s, const rollout *r)
{
    const policy *p = s->surrogate.policy;
    const size_t n = (size_t) r->capacity * (size_t) r->rows;
    const size_t P = (size_t) p->net.param_count;

    s->theta_old = vec_new(P);
    s->g = vec_new(P);
    s->x = vec_new(P);
    s->old_outputs = vec_new(n * (size_t) p->dist.outputs);
    s->kl = vec_new(n);
    s->order = malloc(n * sizeof(*s->order));
    return s->theta_old && s->g && s->x && s->old_outputs && s->kl && s->order;
}

sw_status natural_init(natural *s, policy *p, const rollout *r, const natural_options *options)
{
    *s = (natural){.options = *options};
    sw_status st = surrogate_init(&s->surrogate, p, r, r->capacity * r->rows);
    if (st == SW_OK && options->cg_iterations > 0) {
        st = cg_init(&s->cg, p->net.param_count, options->cg_iterations);
    }
    if (st == SW_OK && !allocate(s, r)) {
        st = sw_fail(SW_NO_MEMORY, "no memory for natural gradients of %d steps of %d rows",
                     r->capacity, r->rows);
    }
    if (st != SW_OK) {
        natural_free(s);
        return st;
    }
    s->cg.tolerance = options->cg_tolerance;
    s->cg.product = multiply;
    s->cg.context = s;
    return SW_OK;
}

void natural_free(natural *s)
{
    free(s->theta_old);
    free(s->g);
    free(s->x);
    free(s->old_outputs);
    free(s->kl);
    free(s->order);
    surrogate_free(&s->surrogate);
    cg_free(&s->cg);
    *s = (natural){0};
}

int natural_gather(natural *s, const rollout *r)
{
    minibatch *b = &s->surrogate.batch;
    minibatch_gather(b, r, s->order, rollout_valid(r, s->order));
    if (s->options.adv_norm) {
        vec_standardize(b->adv, b->n);
    }
    return b->n;
}

// Its own parameters are the last of theta_old.
dist_batch natural_old_policy(const natural *s)
{
    const mlp *net = &s->surrogate.policy->net;
    return (dist_batch){.n = s->surrogate.batch.n,
                        .outputs = s->old_outputs,
                        .own = s->theta_old + net->param_count - net->extra_count};
}

// Writes r, H and KL of every row, and their means.
static void measure(natural *s, const dist_batch *pi, natural_point *point)
{
    const surrogate *u = &s->surrogate;
    const minibatch *b = &u->batch;
    const dist *d = &u->policy->dist;
    const dist_batch old = natural_old_policy(s);
    double gain = 0, entropy = 0, kl = 0;

    surrogate_measure(&s->surrogate, pi);
    d->kind->kl(d, &old, pi, s->kl);
    for (int i = 0; i < b->n; i++) {
        gain += u->ratio[i] * b->adv[i];
        entropy += u->entropy[i];
        kl += s->kl[i];
    }
    *point = (natural_point){.objective = (gain + s->options.entropy_coef * entropy) / b->n,
                             .surrogate = gain / b->n,
                             .entropy = entropy / b->n,
                             .kl = kl / b->n,
                             .ratio_error = surrogate_ratio_error(u)};
}

// g = mean r A dlogp/dtheta + c mean dH/dtheta
static void compute_gradient(natural *s, const dist_batch *pi)
{
    surrogate *u = &s->surrogate;
    const minibatch *b = &u->batch;
    mlp *net = &u->policy->net;
    const float n = (float) b->n;

    for (int i = 0; i < b->n; i++) {
        u->dlogp[i] = u->ratio[i] * b->adv[i] / n;
        u->dentropy[i] = (float) s->options.entropy_coef / n;
    }
    mlp_zero_grads(net);
    surrogate_backward(u, pi, NULL);
    memcpy(s->g, net->grads, (size_t) net->param_count * sizeof(float));
}

void natural_start(natural *s, natural_direction *direction)
{
    policy *p = s->surrogate.policy;
    const minibatch *b = &s->surrogate.batch;
    const mlp *net = &p->net;
    const size_t outputs = (size_t) b->n * (size_t) p->dist.outputs;

    const dist_batch pi = policy_forward(p, b->obs, b->n);
    memcpy(s->theta_old, net->params, (size_t) net->param_count * sizeof(float));
    memcpy(s->old_outputs, pi.outputs, outputs * sizeof(float));
    measure(s, &pi, &direction->start);
    compute_gradient(s, &pi);
    direction->grad_norm = sqrt(vec_dot(s->g, s->g, net->param_count));
}

void natural_solve(natural *s, natural_direction *direction)
{
    natural_start(s, direction);
    direction->residual = cg_solve(&s->cg, s->g, s->x);
    direction->curvature = vec_dot(s->x, s->cg.ax, s->cg.count);
}

void natural_fisher(natural *s, const float *v, float *fv)
{
    surrogate *u = &s->surrogate;
    const dist *d = &u->policy->dist;
    mlp *net = &u->policy->net;
    const int n = u->batch.n;
    const float damping = (float) s->options.damping;
    const dist_batch pi = natural_old_policy(s);
    const dist_batch jv = {
        .n = n, .outputs = mlp_tangent(net, v, n), .own = v + net->param_count - net->extra_count};

    mlp_zero_grads(net);
    d->kind->fisher(d, &pi, &jv, u->doutputs, net->dextra);
    mlp_backward(net, u->doutputs, n);
    for (int i = 0; i < net->param_count; i++) {
        fv[i] = net->grads[i] / (float) n + damping * v[i];
    }
}

void natural_move(natural *s, double rate, natural_point *point)
{
    surrogate *u = &s->surrogate;
    mlp *net = &u->policy->net;
    memcpy(net->params, s->theta_old, (size_t) net->param_count * sizeof(float));
    if (rate != 0) {  // x may be anything then
        vec_add_scaled(net->params, (float) rate, s->x, net->param_count);
    }
    const dist_batch pi = policy_forward(u->policy, u->batch.obs, u->batch.n);
    measure(s, &pi, point);
}

double natural_rate(const natural_direction *direction, double max_kl)
{
    const double c = direction->curvature;
    return c > 0 && isfinite(c) ? sqrt(2 * max_kl / c) : 0;
}
