#include "policy.h"

#include <stdlib.h>
#include <string.h>

#include <vec.h>

// The last layer of a policy starts 100 times smaller than the others, so that the first actions
// hardly depend on the observation (Andrychowicz et al. 2021, arXiv:2006.05990, section 3.2).
static const double output_gain = 0.01;

// Features tell normalised observations apart within this many standard deviations: 99.7 % of a
// Gaussian's.
static const double feature_deviations = 3;

// What the networks see, and what there is to make it from the encoder's numbers.
static sw_status init_sight(policy *p, const policy_options *options)
{
    feature_map *f = &p->features;
    sw_status st = normalizer_init(&p->norm, p->input.size, options->obs_clip);
    if (st == SW_OK) {
        st = feature_map_init(f, &options->features, p->input.size);
    }
    if (st != SW_OK) {
        return st;
    }
    p->obs_dim = f->out;
    if (f->kind == FEATURE_IDENTITY) {
        return SW_OK;
    }
    p->numbers = vec_new((size_t) options->max_batch * (size_t) f->in);
    if (p->numbers == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %d rows of %d numbers", options->max_batch,
                       f->in);
    }
    for (int j = 0; j < f->in; j++) {
        f->low[j] = -feature_deviations;
        f->high[j] = feature_deviations;
    }
    return p->normalize ? SW_OK : encoder_bounds(&p->input, f->low, f->high);
}

sw_status policy_init(policy *p, const sw_spec *spec, const policy_options *options,
                      random_state *random)
{
    mlp_shape shape = options->shape;

    if (spec->action_count != 1) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s has %d action tensors: policies have exactly one",
                       spec->id, spec->action_count);
    }
    *p = (policy){.action = &spec->actions[0], .normalize = options->normalize};
    sw_status st = encoder_init(&p->input, spec, options->features.kind == FEATURE_IDENTITY);
    if (st == SW_OK) {
        st = dist_init(&p->dist, p->action, options->squash);
    }
    if (st == SW_OK) {
        st = init_sight(p, options);
    }
    if (st == SW_OK) {
        shape.in = p->obs_dim;
        shape.out = p->dist.outputs;
        st = mlp_init(&p->net, &shape, p->dist.own_count, options->max_batch);
    }
    if (st != SW_OK) {
        policy_free(p);
        return st;
    }
    init_mlp(&p->net, options->init, output_gain, random);
    for (int j = 0; j < p->dist.own_count; j++) {
        p->net.extra[j] = (float) options->own_start;
    }
    return SW_OK;
}

void policy_free(policy *p)
{
    mlp_free(&p->net);
    free(p->numbers);
    normalizer_free(&p->norm);
    dist_free(&p->dist);
    *p = (policy){0};
}

// Encodes n rows where they will be normalised, and returns where that is.
static float *encode(const policy *p, const void *const *observations, int first, int n, float *x)
{
    float *numbers = p->numbers != NULL ? p->numbers : x;
    encoder_read(&p->input, observations, first, n, numbers);
    return numbers;
}

// From the encoder's numbers to what the networks see.
static void finish(const policy *p, float *numbers, int n, float *x)
{
    if (p->normalize) {
        normalizer_apply(&p->norm, numbers, n);
    }
    if (numbers != x) {
        feature_map_apply(&p->features, numbers, n, x);
    }
}

void policy_see(const policy *p, const void *const *observations, int first, int n, float *x)
{
    finish(p, encode(p, observations, first, n, x), n, x);
}

void policy_observe(policy *p, const void *const *observations, int n, float *x)
{
    float *numbers = encode(p, observations, 0, n, x);
    if (p->normalize) {
        normalizer_update(&p->norm, numbers, n);
    }
    finish(p, numbers, n, x);
}

void policy_see_again(const policy *p, const float *numbers, int n, float *x)
{
    float *copy = p->numbers != NULL ? p->numbers : x;
    memcpy(copy, numbers, (size_t) n * (size_t) p->input.size * sizeof(*copy));
    finish(p, copy, n, x);
}

dist_batch policy_forward(policy *p, const float *x, int n)
{
    return (dist_batch){.n = n, .outputs = mlp_forward(&p->net, x, n), .own = p->net.extra};
}

void policy_write(const policy *p, const float *actions, int n, void *out)
{
    p->dist.kind->write(&p->dist, p->action, actions, n, out);
}
