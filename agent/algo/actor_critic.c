#include "actor_critic.h"

#include <limits.h>
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
                             const policy_options *options, const estimator *e)
{
    const dist *actions = estimator_has_action_critic(e) ? &ac->policy.dist : NULL;
    mlp_shape shape = options->shape;
    random_state random = random_seed(random_mix(problem->seed, SEED_CRITIC));

    shape.in = critic_input_size(actions, ac->policy.obs_dim);
    shape.out = 1;
    const sw_status st = ac->shared_trunk
                             ? mlp_init_head(&ac->critic, &ac->policy.net, 1, options->max_batch)
                             : mlp_init(&ac->critic, &shape, 0, options->max_batch);
    if (st == SW_OK) {
        init_mlp(&ac->critic, options->init, critic_gain, &random);
    }
    return st;
}

static sw_status read_collector(const algo_problem *problem, const sw_value *values,
                                const actor_critic_options *options, collector_options *out)
{
    const int64_t longest = problem->spec->max_episode_steps, horizon = values[AC_HORIZON].i;
    const bool whole = estimator_needs_whole_episodes(&options->estimator);

    if (whole && longest == 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s has no time limit: this estimator learns from whole episodes, and one "
                       "may never end; choose a task with a limit, or one that bootstraps, like "
                       "actor_critic's td",
                       problem->spec->id);
    }
    if ((double) problem->rows * ((double) horizon + 2 * (whole ? (double) longest : 0)) >
        INT_MAX) {
        return sw_fail(SW_INVALID_ARGUMENT, "a rollout of %lld steps of %d rows is too large",
                       (long long) (whole && longest > horizon ? longest : horizon), problem->rows);
    }
    *out = (collector_options){
        .rows = problem->rows,
        .groups = problem->groups,
        .first_row = problem->first_row,
        .horizon = (int) horizon,
        .longest_episode = whole ? (int) longest : 0,
        .estimator = options->estimator,
        .scale_rewards = values[AC_REWARD_NORM].b,
        .reward_clip = values[AC_REWARD_CLIP].f,
        .seed = random_mix(problem->seed, SEED_SAMPLE),
        .revalues = options->revalues,
    };
    out->estimator.gamma = values[AC_GAMMA].f;
    if (estimator_has_lambda(&out->estimator)) {
        out->estimator.lambda = values[AC_LAMBDA].f;
    }
    return SW_OK;
}

static sw_status init_scratch(actor_critic *ac, int rows)
{
    ac->obs = vec_new((size_t) rows * (size_t) ac->policy.obs_dim);
    ac->actions = vec_new((size_t) rows * (size_t) ac->policy.dist.actions);
    if (ac->obs == NULL || ac->actions == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the observations of %d rows", rows);
    }
    return SW_OK;
}

static sw_status init_parts(actor_critic *ac, const algo_problem *problem,
                            const policy_options *options, const collector_options *collect)
{
    sw_status st = init_policy(ac, problem, options);
    if (st == SW_OK && ac->has_critic) {
        st = init_critic(ac, problem, options, &collect->estimator);
    }
    if (st == SW_OK) {
        mlp *critic = ac->has_critic ? &ac->critic : NULL;
        st = collector_init(&ac->collector, &ac->policy, critic, collect);
    }
    return st == SW_OK ? init_scratch(ac, problem->rows) : st;
}

sw_status actor_critic_init(actor_critic *ac, const algo_problem *problem, const sw_value *values,
                            const actor_critic_options *options)
{
    policy_options make = {
        .init = init_kind_parse(values[AC_INIT].s),
        .normalize = values[AC_OBS_NORM].b,
        .obs_clip = values[AC_OBS_CLIP].f,
        .features = {feature_kind_parse(values[AC_FEATURES].s), (int) values[AC_FEATURE_ORDER].i},
        .squash = values[AC_SQUASH].b,
        .own_start = values[AC_LOG_STD_INIT].f,
        .max_batch = options->max_batch,
    };
    collector_options collect;
    sw_status st = read_collector(problem, values, options, &collect);
    if (st == SW_OK) {
        st = mlp_shape_parse(values[AC_HIDDEN].s, values[AC_ACTIVATION].s, &make.shape);
    }
    if (st != SW_OK) {
        return st;
    }
    if (options->max_batch == 0) {
        make.max_batch = collector_capacity(&collect) * problem->rows;
    } else if (make.max_batch < problem->rows) {
        make.max_batch = problem->rows;
    }
    *ac = (actor_critic){.random = random_seed(random_mix(problem->seed, SEED_DECIDE)),
                         .has_critic = estimator_has_critic(&options->estimator),
                         .shared_trunk = options->shared_trunk};
    st = init_parts(ac, problem, &make, &collect);
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
    if (st == SW_OK && ac->has_critic) {
        st = tensors_mlp(to, "critic", &ac->critic);
    }
    if (st == SW_OK) {
        st = tensors_return_scaler(to, "reward", &c->returns);
    }
    if (st == SW_OK) {
        st = tensors_collector(to, "rollout", c);
    }
    if (st == SW_OK) {
        st = tensors_random(to, "random.sample", c->random, c->options.groups);
    }
    if (st == SW_OK) {
        st = tensors_random(to, "random.decide", &ac->random, 1);
    }
    return st;
}
