#include "critic_fit.h"

#include <math.h>
#include <stdlib.h>

#include <vec.h>

void critic_fit_read(critic_fit_options *options, const sw_value *values)
{
    options->lr = values[CRITIC_LR].f;
    options->epochs = (int) values[CRITIC_EPOCHS].i;
    options->minibatch = (int) values[CRITIC_MINIBATCH].i;
}

sw_status critic_fit_init(critic_fit *f, mlp *critic, const rollout *r,
                          const critic_fit_options *options)
{
    *f = (critic_fit){.options = *options, .critic = critic, .shuffle = random_seed(options->seed)};
    sw_status st = adam_init(&f->adam, critic->param_count, options->adam_epsilon);
    if (st == SW_OK) {
        st = minibatch_init(&f->batch, r, options->minibatch);
    }
    f->order = malloc((size_t) r->capacity * (size_t) r->rows * sizeof(*f->order));
    f->dvalue = vec_new((size_t) options->minibatch);
    if (st == SW_OK) {
        st = critic_input_init(&f->input, options->of_actions, r->obs_dim, options->minibatch);
    }
    if (st == SW_OK && (f->order == NULL || f->dvalue == NULL)) {
        st = sw_fail(SW_NO_MEMORY, "no memory to fit a critic to %d steps of %d rows", r->capacity,
                     r->rows);
    }
    if (st != SW_OK) {
        critic_fit_free(f);
    }
    return st;
}

void critic_fit_free(critic_fit *f)
{
    adam_free(&f->adam);
    minibatch_free(&f->batch);
    free(f->order);
    free(f->dvalue);
    critic_input_free(&f->input);
    *f = (critic_fit){0};
}

// One step of Adam on the rows that were gathered, unless its gradient is not finite; returns the
// sum of their (V - ret)^2 / 2.
static double step(critic_fit *f)
{
    const minibatch *b = &f->batch;
    const float *x = critic_input_see(&f->input, b->obs, b->act, b->n);
    const float *v = mlp_forward(f->critic, x, b->n);
    double squares = 0;

    for (int i = 0; i < b->n; i++) {
        const float error = v[i] - b->ret[i];
        squares += error * error;
        f->dvalue[i] = error / (float) b->n;
    }
    mlp_zero_grads(f->critic);
    mlp_backward(f->critic, f->dvalue, b->n);
    if (isfinite(vec_sum_squares(f->critic->grads, f->critic->param_count))) {
        adam_step(&f->adam, f->critic->params, f->critic->grads, f->options.lr);
    }
    return squares / 2;
}

double critic_fit_run(critic_fit *f, const rollout *r)
{
    return critic_fit_rows(f, r, 0, r->rows);
}

double critic_fit_rows(critic_fit *f, const rollout *r, int first, int last)
{
    const int n = rollout_valid_rows(r, first, last, f->order);
    const int parts = minibatch_count(n, f->options.minibatch);
    double loss = 0;

    for (int epoch = 0; epoch < f->options.epochs && n > 0; epoch++) {
        random_shuffle(&f->shuffle, f->order, n);
        for (int k = 0; k < parts; k++) {
            const int begin = minibatch_begin(n, parts, k);
            minibatch_gather(&f->batch, r, f->order + begin,
                             minibatch_begin(n, parts, k + 1) - begin);
            loss += step(f);
        }
    }
    return n > 0 ? loss / n / f->options.epochs : 0;
}

sw_status critic_fit_tensors(critic_fit *f, const tensor_visitor *to)
{
    const sw_status st = tensors_adam(to, "adam.critic", &f->adam);
    return st == SW_OK ? tensors_random(to, "random.shuffle", &f->shuffle, 1) : st;
}
