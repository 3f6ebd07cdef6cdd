#include "minibatch.h"

#include <stdlib.h>
#include <string.h>

#include <vec.h>

sw_status minibatch_init(minibatch *b, const rollout *r, int max_rows)
{
    const size_t n = (size_t) max_rows;
    *b = (minibatch){.obs = vec_new(n * (size_t) r->obs_dim),
                     .act = vec_new(n * (size_t) r->act_dim),
                     .logp = vec_new(n),
                     .value = vec_new(n),
                     .adv = vec_new(n),
                     .ret = vec_new(n)};
    if (!b->obs || !b->act || !b->logp || !b->value || !b->adv || !b->ret) {
        minibatch_free(b);
        return sw_fail(SW_NO_MEMORY, "no memory for a minibatch of %d rows", max_rows);
    }
    return SW_OK;
}

void minibatch_free(minibatch *b)
{
    free(b->obs);
    free(b->act);
    free(b->logp);
    free(b->value);
    free(b->adv);
    free(b->ret);
    *b = (minibatch){0};
}

void minibatch_gather(minibatch *b, const rollout *r, const int *index, int n)
{
    const size_t obs_size = (size_t) r->obs_dim * sizeof(float);
    const size_t act_size = (size_t) r->act_dim * sizeof(float);
    b->n = n;
    for (int i = 0; i < n; i++) {
        const int k = index[i];
        memcpy(b->obs + i * r->obs_dim, r->obs + k * r->obs_dim, obs_size);
        memcpy(b->act + i * r->act_dim, r->act + k * r->act_dim, act_size);
        b->logp[i] = r->logp[k];
        b->value[i] = r->value[k];
        b->adv[i] = r->adv[k];
        b->ret[i] = r->ret[k];
    }
}
