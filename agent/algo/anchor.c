#include "anchor.h"

#include <stdlib.h>
#include <string.h>

#include <vec.h>

sw_status anchor_init(anchor *a, policy *p, const rollout *r, int max_rows)
{
    const size_t n = (size_t) max_rows, width = (size_t) p->dist.outputs;

    *a = (anchor){.policy = p};
    a->all_outputs = vec_new((size_t) r->capacity * (size_t) r->rows * width);
    a->outputs = vec_new(n * width);
    a->own = vec_new((size_t) p->dist.own_count);
    a->kl = vec_new(n);
    a->dkl = vec_new(n);
    if (!a->all_outputs || !a->outputs || !a->own || !a->kl || !a->dkl) {
        anchor_free(a);
        return sw_fail(SW_NO_MEMORY, "no memory for the old policy on %d steps of %d rows",
                       r->capacity, r->rows);
    }
    return SW_OK;
}

void anchor_free(anchor *a)
{
    free(a->all_outputs);
    free(a->outputs);
    free(a->own);
    free(a->kl);
    free(a->dkl);
    *a = (anchor){0};
}

void anchor_take(anchor *a, const rollout *r)
{
    const policy *p = a->policy;
    const int count = r->steps * r->rows, most = p->net.max_batch;
    const size_t width = (size_t) p->dist.outputs;

    for (int i = 0; i < count; i += most) {
        const int n = count - i < most ? count - i : most;
        const float *obs = r->obs + (size_t) i * (size_t) r->obs_dim;
        const dist_batch pi = policy_forward(a->policy, obs, n);
        memcpy(a->all_outputs + (size_t) i * width, pi.outputs, (size_t) n * width * sizeof(float));
    }
    memcpy(a->own, p->net.extra, (size_t) p->dist.own_count * sizeof(float));
}

void anchor_gather(anchor *a, const int *index, int n)
{
    const size_t width = (size_t) a->policy->dist.outputs;
    for (int i = 0; i < n; i++) {
        memcpy(a->outputs + (size_t) i * width, a->all_outputs + (size_t) index[i] * width,
               width * sizeof(float));
    }
    a->old = (dist_batch){.n = n, .outputs = a->outputs, .own = a->own};
}

double anchor_measure(anchor *a, const dist_batch *pi)
{
    const dist *d = &a->policy->dist;
    double sum = 0;
    d->kind->kl(d, &a->old, pi, a->kl);
    for (int i = 0; i < pi->n; i++) {
        sum += (double) a->kl[i];
    }
    return sum;
}
