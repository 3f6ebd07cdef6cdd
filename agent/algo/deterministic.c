#include "deterministic.h"

#include <stdlib.h>
#include <string.h>

#include <vec.h>

// ---- acting -------------------------------------------------------------------------------------

// Writes what an actor does: act [n, act_dim].
static void choose(mlp *actor, const float *x, int n, float *act)
{
    const int last = actor->layer_count - 1;
    const float *u = mlp_forward(actor, x, n);
    vec_tanh(act, u, n * actor->layers[last].out);
}

void deterministic_explore(off_policy *o, const float *x, int n, random_state *random,
                           float *actions)
{
    deterministic *d = (deterministic *) o;
    choose(&d->actor, x, n, actions);
    for (int i = 0; i < n * o->act_dim; i++) {
        const float noise = (float) (d->noise * random_normal(random));
        actions[i] = vec_clamp1(actions[i] + noise, -1, 1);
    }
}

void deterministic_decide(off_policy *o, const float *x, int n, random_state *random,
                          bool stochastic, float *actions)
{
    if (stochastic) {
        deterministic_explore(o, x, n, random, actions);
    } else {
        choose(&((deterministic *) o)->actor, x, n, actions);
    }
}


// ---- learning -----------------------------------------------------------------------------------

// A step size as it is now.
static double anneal(const deterministic *d, double lr)
{
    return lr * (d->anneal ? 1 - off_policy_progress(&d->base) : 1);
}

void deterministic_next(deterministic *d)
{
    const replay_batch *b = &d->base.batch;
    choose(&d->target, b->next, b->n, d->act);
}

void deterministic_criticise(deterministic *d)
{
    const replay_batch *b = &d->base.batch;
    critics_target(&d->critics, b, d->act, NULL);
    critics_learn(&d->critics, b, anneal(d, d->critic_lr));
    d->base.sums[DET_CRITIC_LOSS] += d->critics.loss;
    d->base.sums[DET_Q_MEAN] += d->critics.mean;
}

double deterministic_gradient(deterministic *d)
{
    const replay_batch *b = &d->base.batch;
    const int count = b->n * d->base.act_dim;
    double sum = 0;

    choose(&d->actor, b->obs, b->n, d->act);
    critics_judge(&d->critics, b, d->act, true, d->value, d->dact);
    for (int i = 0; i < b->n; i++) {
        sum += (double) d->value[i];
    }
    for (int i = 0; i < count; i++) {
        d->dact[i] *= -(1 - d->act[i] * d->act[i]) / (float) b->n;
    }
    mlp_backward(&d->actor, d->dact, b->n);
    return -sum / b->n;
}

double deterministic_improve(deterministic *d)
{
    mlp_zero_grads(&d->actor);
    const double loss = deterministic_gradient(d);
    adam_step(&d->adam, d->actor.params, d->actor.grads, anneal(d, d->lr));
    vec_mix(d->target.params, (float) d->tau, d->actor.params, d->actor.param_count);
    critics_follow(&d->critics, d->tau);
    return loss;
}


// ---- opening, saving, closing -------------------------------------------------------------------

static sw_status init_actor(deterministic *d, int most, random_state *random)
{
    off_policy *o = &d->base;
    mlp_shape shape = o->shape;
    shape.in = o->obs_dim;
    shape.out = o->act_dim;
    sw_status st = mlp_init(&d->actor, &shape, 0, most);
    if (st == SW_OK) {
        st = mlp_init(&d->target, &shape, 0, o->batch_rows);
    }
    if (st == SW_OK) {
        st = adam_init(&d->adam, d->actor.param_count, 1e-8);
    }
    if (st == SW_OK) {
        init_mlp(&d->actor, INIT_UNIFORM, 1, random);
        memcpy(d->target.params, d->actor.params, (size_t) d->actor.param_count * sizeof(float));
    }
    return st;
}

static sw_status init_batch(deterministic *d)
{
    const size_t n = (size_t) d->base.batch_rows, act_dim = (size_t) d->base.act_dim;
    d->act = vec_new(n * act_dim);
    d->value = vec_new(n);
    d->dact = vec_new(n * act_dim);
    if (!d->act || !d->value || !d->dact) {
        return sw_fail(SW_NO_MEMORY, "no memory for a batch of %d rows", d->base.batch_rows);
    }
    return SW_OK;
}

sw_status deterministic_open(deterministic *d, const algo_problem *problem, const sw_value *values,
                             const off_policy_class *kind, const char *name, int count)
{
    off_policy *o = &d->base;
    random_state random = random_seed(random_mix(problem->seed, OFF_SEED_NETWORKS));

    d->lr = values[DET_LR].f;
    d->critic_lr = values[DET_CRITIC_LR].f;
    d->anneal = values[DET_ANNEAL].b;
    d->tau = values[DET_TAU].f;
    d->noise = values[DET_NOISE].f;
    sw_status st = off_policy_init(o, problem, values, kind, name, false);
    if (st == SW_OK) {
        const int most = o->batch_rows > problem->rows ? o->batch_rows : problem->rows;
        st = init_actor(d, most, &random);
    }
    if (st == SW_OK) {
        st = critics_init(&d->critics, o, count, &random);
    }
    if (st == SW_OK) {
        st = init_batch(d);
    }
    if (st != SW_OK) {
        deterministic_close((algo *) d);
    }
    return st;
}

sw_status deterministic_tensors(algo *a, algo_visit visit, void *context)
{
    deterministic *d = (deterministic *) a;
    const tensor_visitor to = {visit, context};
    sw_status st = tensors_mlp(&to, "policy", &d->actor);
    if (st == SW_OK) {
        st = tensors_mlp(&to, "target_policy", &d->target);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam", &d->adam);
    }
    if (st == SW_OK) {
        st = critics_tensors(&d->critics, &to);
    }
    return st == SW_OK ? off_policy_tensors(&d->base, &to) : st;
}

void deterministic_close(algo *a)
{
    deterministic *d = (deterministic *) a;
    if (d == NULL) {
        return;
    }
    mlp_free(&d->actor);
    mlp_free(&d->target);
    adam_free(&d->adam);
    critics_free(&d->critics);
    free(d->act);
    free(d->value);
    free(d->dact);
    off_policy_free(&d->base);
    free(d);
}
