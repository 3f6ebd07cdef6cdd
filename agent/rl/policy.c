#include "policy.h"

// The last layer of a policy starts 100 times smaller than the others, so that the first actions
// hardly depend on the observation (Andrychowicz et al. 2021, arXiv:2006.05990, section 3.2).
static const double output_gain = 0.01;

sw_status policy_init(policy *p, const sw_spec *spec, const policy_options *options,
                      random_state *random)
{
    mlp_shape shape = options->shape;

    if (spec->action_count != 1) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s has %d action tensors: policies have exactly one",
                       spec->id, spec->action_count);
    }
    *p = (policy){.action = &spec->actions[0], .normalize = options->normalize};
    sw_status st = encoder_init(&p->input, spec);
    if (st == SW_OK) {
        st = dist_init(&p->dist, p->action, options->squash);
    }
    if (st == SW_OK) {
        st = normalizer_init(&p->norm, p->input.size, options->obs_clip);
    }
    if (st == SW_OK) {
        shape.in = p->input.size;
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
    normalizer_free(&p->norm);
    dist_free(&p->dist);
    *p = (policy){0};
}

void policy_see(const policy *p, const void *const *observations, int first, int n, float *x)
{
    encoder_read(&p->input, observations, first, n, x);
    if (p->normalize) {
        normalizer_apply(&p->norm, x, n);
    }
}

void policy_observe(policy *p, const void *const *observations, int n, float *x)
{
    encoder_read(&p->input, observations, 0, n, x);
    if (p->normalize) {
        normalizer_update(&p->norm, x, n);
        normalizer_apply(&p->norm, x, n);
    }
}

dist_batch policy_forward(policy *p, const float *x, int n)
{
    return (dist_batch){.n = n, .outputs = mlp_forward(&p->net, x, n), .own = p->net.extra};
}

void policy_write(const policy *p, const float *actions, int n, void *out)
{
    p->dist.kind->write(&p->dist, p->action, actions, n, out);
}
