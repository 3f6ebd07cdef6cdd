#include "action_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

sw_status action_values_init(action_values *v, const off_policy *o, const algo_problem *problem,
                             const action_values_options *options)
{
    const int most = o->batch_rows > problem->rows ? o->batch_rows : problem->rows;
    mlp_shape shape = o->shape;
    shape.in = o->obs_dim;
    shape.out = o->choices;
    *v = (action_values){.options = *options, .k = o->choices};
    sw_status st = mlp_init(&v->net, &shape, 0, most);
    if (st == SW_OK) {
        st = mlp_init(&v->target, &shape, 0, most);
    }
    if (st == SW_OK) {
        st = adam_init(&v->adam, v->net.param_count, 1e-8);
    }
    if (st != SW_OK) {
        return st;
    }
    v->y = vec_new((size_t) o->batch_rows);
    v->dvalues = vec_new((size_t) o->batch_rows * (size_t) v->k);
    if (v->y == NULL || v->dvalues == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the values of %d transitions", o->batch_rows);
    }
    if (shape.hidden_count > 0) {
        random_state random = random_seed(random_mix(problem->seed, OFF_SEED_NETWORKS));
        init_mlp(&v->net, INIT_UNIFORM, 1, &random);
    }
    return SW_OK;
}

void action_values_free(action_values *v)
{
    mlp_free(&v->net);
    mlp_free(&v->target);
    adam_free(&v->adam);
    free(v->y);
    free(v->dvalues);
    *v = (action_values){0};
}

static int best(const float *values, int k)
{
    int most = 0;
    for (int j = 1; j < k; j++) {
        most = values[j] > values[most] ? j : most;
    }
    return most;
}

void action_values_choose(action_values *v, const float *x, int n, double epsilon,
                          random_state *random, float *actions)
{
    const float *values = mlp_forward(&v->net, x, n);
    for (int i = 0; i < n; i++) {
        const bool any = epsilon > 0 && random_unit(random) < epsilon;
        actions[i] = any ? (float) random_below(random, (uint64_t) v->k)
                         : (float) best(values + i * v->k, v->k);
    }
}


// ---- the gradient step --------------------------------------------------------------------------

void action_values_target(action_values *v, const replay_batch *b)
{
    const float *after = mlp_forward(&v->target, b->next, b->n);
    const float *chooser = v->options.is_double ? mlp_forward(&v->net, b->next, b->n) : after;
    for (int i = 0; i < b->n; i++) {
        const int choice = best(chooser + i * v->k, v->k);
        v->y[i] = b->reward[i] + b->discount[i] * after[i * v->k + choice];
    }
}

void action_values_loss(action_values *v, const replay_batch *b)
{
    const int obs_dim = v->net.layers[0].in;
    const float *values = mlp_forward(&v->net, b->obs, b->n);
    double loss = 0, mean = 0;

    memset(v->dvalues, 0, (size_t) b->n * (size_t) v->k * sizeof(*v->dvalues));
    for (int i = 0; i < b->n; i++) {
        const int at = i * v->k + (int) b->input[i * (obs_dim + 1) + obs_dim];
        const float error = values[at] - v->y[i], size = fabsf(error);
        const bool far = v->options.is_huber && size > 1;

        loss += far ? (double) size - 0.5 : 0.5 * (double) (error * error);
        v->dvalues[at] = (far ? copysignf(1, error) : error) / (float) b->n;
        mean += (double) values[at];
    }
    mlp_backward(&v->net, v->dvalues, b->n);
    v->loss = loss / b->n;
    v->mean = mean / b->n;
}

void action_values_learn(action_values *v, const replay_batch *b, double lr)
{
    const int count = v->net.param_count;
    const double most = v->options.max_grad_norm;

    action_values_target(v, b);
    mlp_zero_grads(&v->net);
    action_values_loss(v, b);
    v->norm = sqrt((double) vec_sum_squares(v->net.grads, count));
    if (most > 0 && v->norm > most) {
        vec_scale(v->net.grads, (float) (most / v->norm), count);
    }
    adam_step(&v->adam, v->net.params, v->net.grads, lr);
}

void action_values_follow(action_values *v, double tau)
{
    if (tau < 1) {
        vec_mix(v->target.params, (float) tau, v->net.params, v->net.param_count);
    } else {
        memcpy(v->target.params, v->net.params, (size_t) v->net.param_count * sizeof(float));
    }
}

sw_status action_values_tensors(action_values *v, const tensor_visitor *to)
{
    sw_status st = tensors_mlp(to, "policy", &v->net);
    if (st == SW_OK) {
        st = tensors_mlp(to, "target", &v->target);
    }
    return st == SW_OK ? tensors_adam(to, "adam", &v->adam) : st;
}
