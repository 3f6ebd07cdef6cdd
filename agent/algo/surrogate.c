#include "surrogate.h"

#include <math.h>
#include <stdlib.h>

#include <vec.h>

sw_status surrogate_init(surrogate *s, policy *p, const rollout *r, int max_rows)
{
    const size_t n = (size_t) max_rows;

    *s = (surrogate){.policy = p};
    sw_status st = minibatch_init(&s->batch, r, max_rows);
    s->log_ratio = vec_new(n);
    s->ratio = vec_new(n);
    s->entropy = vec_new(n);
    s->dlogp = vec_new(n);
    s->dentropy = vec_new(n);
    s->doutputs = vec_new(n * (size_t) p->dist.outputs);
    if (st == SW_OK &&
        (!s->log_ratio || !s->ratio || !s->entropy || !s->dlogp || !s->dentropy || !s->doutputs)) {
        st = sw_fail(SW_NO_MEMORY, "no memory to learn from %d rows at once", max_rows);
    }
    if (st != SW_OK) {
        surrogate_free(s);
    }
    return st;
}

void surrogate_free(surrogate *s)
{
    minibatch_free(&s->batch);
    free(s->log_ratio);
    free(s->ratio);
    free(s->entropy);
    free(s->dlogp);
    free(s->dentropy);
    free(s->doutputs);
    *s = (surrogate){0};
}

void surrogate_measure(surrogate *s, const dist_batch *pi)
{
    const minibatch *b = &s->batch;
    const dist *d = &s->policy->dist;

    d->kind->log_density(d, pi, b->act, s->log_ratio);
    vec_add_scaled(s->log_ratio, -1, b->logp, b->n);
    vec_exp(s->ratio, s->log_ratio, b->n);
    d->kind->entropy(d, pi, s->entropy);
}

void surrogate_backward(surrogate *s, const dist_batch *pi, const dist_gradient *more)
{
    const dist *d = &s->policy->dist;
    mlp *net = &s->policy->net;
    dist_gradient g = more != NULL ? *more : (dist_gradient){0};

    g.actions = s->batch.act;
    g.dlogp = s->dlogp;
    g.dentropy = s->dentropy;
    g.doutputs = s->doutputs;
    g.down = net->dextra;
    d->kind->backward(d, pi, &g);
    mlp_backward(net, s->doutputs, s->batch.n);
}

double surrogate_ratio_error(const surrogate *s)
{
    double error = 0;
    for (int i = 0; i < s->batch.n; i++) {
        error = fmax(error, fabs((double) s->ratio[i] - 1.0));
    }
    return error;
}
