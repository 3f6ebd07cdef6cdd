#include "descent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

bool descent_shares_trunk(const sw_value *values)
{
    return strcmp(values[DESCENT_TRUNK].s, "shared") == 0;
}

sw_status descent_init(descent *d, on_policy *l, const sw_value *values, int max_rows,
                       const descent_methods *methods)
{
    actor_critic *ac = &l->ac;
    const rollout *r = &ac->collector.data;

    *d = (descent){.methods = methods,
                   .learner = l,
                   .first_lr = values[DESCENT_LR].f,
                   .anneal = values[DESCENT_ANNEAL].b,
                   .entropy_coef = (float) values[DESCENT_ENTROPY_COEF].f,
                   .value_coef = (float) values[DESCENT_VALUE_COEF].f,
                   .max_grad_norm = (float) values[DESCENT_MAX_GRAD_NORM].f,
                   .net = {&ac->policy.net, &ac->critic}};
    sw_status st = surrogate_init(&d->surrogate, &ac->policy, r, max_rows);
    if (st == SW_OK) {
        st = minibatch_init(&d->values, r, max_rows);
    }
    d->dvalue = vec_new((size_t) max_rows);
    d->order = malloc((size_t) r->capacity * (size_t) r->rows * sizeof(*d->order));
    if (st == SW_OK && (d->dvalue == NULL || d->order == NULL)) {
        st = sw_fail(SW_NO_MEMORY, "no memory to learn from %d steps of %d rows", r->capacity,
                     r->rows);
    }
    if (st != SW_OK) {
        descent_free(d);
    }
    return st;
}

void descent_free(descent *d)
{
    surrogate_free(&d->surrogate);
    minibatch_free(&d->values);
    free(d->dvalue);
    free(d->order);
    *d = (descent){0};
}

int descent_begin(descent *d)
{
    d->lr = d->first_lr * (d->anneal ? on_policy_left(d->learner) : 1);
    return rollout_valid(&d->learner->ac.collector.data, d->order);
}

// team_job
static void compute_part(void *context, int part)
{
    descent *d = context;
    minibatch *b = part == DESCENT_POLICY ? &d->surrogate.batch : &d->values;
    minibatch_gather(b, &d->learner->ac.collector.data, d->rows, d->n);
    mlp_zero_grads(d->net[part]);
    d->methods->loss(d->learner, part);
}

static float sum_squares(const descent *d, int part)
{
    return vec_sum_squares(d->net[part]->grads, d->net[part]->param_count);
}

void descent_gradient(descent *d, const int *rows, int n)
{
    d->rows = rows;
    d->n = n;
    if (d->learner->ac.shared_trunk) {
        compute_part(d, DESCENT_POLICY);
        compute_part(d, DESCENT_CRITIC);
    } else {
        team_run(d->learner->team, compute_part, d, DESCENT_PARTS);
    }
    d->norm = sqrtf(sum_squares(d, DESCENT_POLICY) + sum_squares(d, DESCENT_CRITIC));
}

// team_job
static void move_part(void *context, int part)
{
    descent *d = context;
    const float limit = d->max_grad_norm;
    if (limit > 0 && d->norm > limit) {
        vec_scale(d->net[part]->grads, limit / d->norm, d->net[part]->param_count);
    }
    d->methods->move(d->learner, part);
}

void descent_step(descent *d)
{
    if (isfinite(d->norm)) {
        team_run(d->learner->team, move_part, d, DESCENT_PARTS);
    }
}
