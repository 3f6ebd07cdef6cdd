#include "actor_critic.h"

#include <stdlib.h>

#include <vec.h>

static const double critic_gain = 1;  // its output should reach the size of a return soon

static sw_status init_policy(actor_critic *ac, const algo_problem *problem,
                             const policy_options *options)
{
    random_state random = random_seed(random_mix(problem->seed, SEED_POLICY));
    return policy_init(&ac->policy, problem->spec, options, &random);
}

static sw_status init_critic(actor_critic *ac, const algo_problem *problem,
                             const policy_options *options)
{
    mlp_shape shape = options->shape;
    random_state random = random_seed(random_mix(problem->seed, SEED_CRITIC));

    shape.in = ac->policy.input.size;
    shape.out = 1;
    const sw_status st = mlp_init(&ac->critic, &shape, 0, options->max_batch);
    if (st == SW_OK) {
        init_mlp(&ac->critic, options->init, critic_gain, &random);
    }
    return st;
}

static sw_status init_collector(actor_critic *ac, const algo_problem *problem,
                                const sw_value *values)
{
    const collector_options options = {
        .rows = problem->rows,
        .groups = problem->groups,
        .first_row = problem->first_row,
        .horizon = (int) values[AC_HORIZON].i,
        .gamma = values[AC_GAMMA].f,
        .lambda = values[AC_LAMBDA].f,
        .scale_rewards = values[AC_REWARD_NORM].b,
        .reward_clip = values[AC_REWARD_CLIP].f,
        .seed = random_mix(problem->seed, SEED_SAMPLE),
    };
    return collector_init(&ac->collector, &ac->policy, &ac->critic, &options);
}

static sw_status init_scratch(actor_critic *ac, int rows)
{
    ac->obs = vec_new((size_t) rows * (size_t) ac->policy.input.size);
    ac->actions = vec_new((size_t) rows * (size_t) ac->policy.dist.actions);
    if (ac->obs == NULL || ac->actions == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the observations of %d rows", rows);
    }
    return SW_OK;
}

sw_status actor_critic_init(actor_critic *ac, const algo_problem *problem, const sw_value *values,
                            int max_batch)
{
    policy_options options = {
        .init = init_kind_parse(values[AC_INIT].s),
        .normalize = values[AC_OBS_NORM].b,
        .obs_clip = values[AC_OBS_CLIP].f,
        .own_start = values[AC_LOG_STD_INIT].f,
        .max_batch = max_batch > problem->rows ? max_batch : problem->rows,
    };
    *ac = (actor_critic){.random = random_seed(random_mix(problem->seed, SEED_DECIDE))};
    sw_status st = mlp_shape_parse(values[AC_HIDDEN].s, values[AC_ACTIVATION].s, &options.shape);
    if (st == SW_OK) {
        st = init_policy(ac, problem, &options);
    }
    if (st == SW_OK) {
        st = init_critic(ac, problem, &options);
    }
    if (st == SW_OK) {
        st = init_collector(ac, problem, values);
    }
    if (st == SW_OK) {
        st = init_scratch(ac, problem->rows);
    }
    if (st != SW_OK) {
        actor_critic_free(ac);
    }
    return st;
}

void actor_critic_free(actor_critic *ac)
{
    free(ac->actions);
    free(ac->obs);
    collector_free(&ac->collector);
    mlp_free(&ac->critic);
    policy_free(&ac->policy);
    *ac = (actor_critic){0};
}

void actor_critic_decide(actor_critic *ac, const sw_batch *batch, bool stochastic, void *actions)
{
    const dist *d = &ac->policy.dist;
    policy_see(&ac->policy, batch->observations, 0, batch->rows, ac->obs);
    const dist_batch pi = policy_forward(&ac->policy, ac->obs, batch->rows);
    if (stochastic) {
        d->kind->sample(d, &pi, &ac->random, ac->actions);
    } else {
        d->kind->mode(d, &pi, ac->actions);
    }
    policy_write(&ac->policy, ac->actions, batch->rows, actions);
}

// What decide() needs.
static sw_status show_policy(policy *p, const tensor_visitor *to)
{
    sw_status st = tensors_mlp(to, "policy", &p->net);
    if (st == SW_OK && p->net.extra_count > 0) {
        st = tensors_floats(to, "policy.log_std", p->net.extra, p->net.extra_count);
    }
    if (st == SW_OK) {
        st = tensors_normalizer(to, "policy.obs", &p->norm);
    }
    return st;
}

sw_status actor_critic_tensors(actor_critic *ac, const tensor_visitor *to)
{
    collector *c = &ac->collector;
    sw_status st = show_policy(&ac->policy, to);
    if (st == SW_OK) {
        st = tensors_mlp(to, "critic", &ac->critic);
    }
    if (st == SW_OK) {
        st = tensors_return_scaler(to, "reward", &c->returns);
    }
    if (st == SW_OK) {
        st = tensors_random(to, "random.sample", c->random, c->options.groups);
    }
    if (st == SW_OK) {
        st = tensors_random(to, "random.decide", &ac->random, 1);
    }
    return st;
}
