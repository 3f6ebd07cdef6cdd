#include "gradient_learner.h"

#include <stdlib.h>

static sw_status init_gradient(gradient_learner *l, const sw_value *v, int rows)
{
    const int parts = (int) v[GRADIENT_VARIANCE_PARTS].i;
    const gradient_options options = {
        .entropy_coef = v[GRADIENT_ENTROPY_COEF].f,
        .max_grad_norm = v[GRADIENT_MAX_GRAD_NORM].f,
        .adam_epsilon = v[GRADIENT_ADAM_EPSILON].f,
        .adv_norm = v[GRADIENT_ADV_NORM].b,
        .parts = parts > 0 ? parts : 1,
    };
    if (rows % options.parts != 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "variance_parts %d does not divide the %d environments that the gradient is "
                       "taken from: choose a divisor, or other envs",
                       parts, rows);
    }
    l->lr = v[GRADIENT_LR].f;
    l->anneal = v[GRADIENT_ANNEAL].b;
    return gradient_init(&l->gradient, &l->base.ac.policy, &l->base.ac.collector.data, &options);
}

static sw_status init_critic(gradient_learner *l, const algo_problem *problem,
                             const sw_value *values, const gradient_learner_options *options)
{
    actor_critic *ac = &l->base.ac;
    critic_fit_options fit = {
        .adam_epsilon = values[options->gradient + GRADIENT_ADAM_EPSILON].f,
        .seed = random_mix(problem->seed, SEED_SHUFFLE),
        .of_actions = ac->collector.input.actions,
    };
    critic_fit_read(&fit, values + options->critic);
    return critic_fit_init(&l->fit, &ac->critic, &ac->collector.data, &fit);
}

// Rows that the networks take at once.
static int largest_batch(const sw_value *values, const gradient_learner_options *options)
{
    const int64_t fitted = estimator_has_critic(&options->estimator)
                               ? values[options->critic + CRITIC_MINIBATCH].i
                               : 0;
    return fitted > GRADIENT_CHUNK ? (int) fitted : GRADIENT_CHUNK;
}

sw_status gradient_learner_open(gradient_learner *l, const algo_problem *problem,
                                const sw_value *values, const gradient_learner_options *options)
{
    const bool has_critic = estimator_has_critic(&options->estimator);
    const on_policy_options base = {
        .ac = {.estimator = options->estimator,
               .max_batch = largest_batch(values, options),
               .revalues = options->revalues},
        .learn = options->learn,
        .stat_count = has_critic ? GRADIENT_CRITIC_STAT_COUNT : GRADIENT_STAT_COUNT,
    };
    sw_status st = on_policy_init(&l->base, problem, values, &base);
    if (st == SW_OK) {
        st = init_gradient(l, values + options->gradient, options->policy_rows);
    }
    if (st == SW_OK && has_critic) {
        st = init_critic(l, problem, values, options);
    }
    if (st != SW_OK) {
        gradient_learner_close((algo *) l);
    }
    return st;
}

void gradient_learner_climb(gradient_learner *l, int begin, int end)
{
    const rollout *r = &l->base.ac.collector.data;
    double *stats = l->base.stats;
    const double lr = l->lr * (l->anneal ? on_policy_left(&l->base) : 1);
    gradient_report report;

    if (gradient_gather(&l->gradient, r, begin, end) == 0) {
        return;
    }
    gradient_compute(&l->gradient, r, &report);
    gradient_climb(&l->gradient, r, lr, &report);
    stats[GRADIENT_POLICY_LOSS] = -report.surrogate;
    stats[GRADIENT_ENTROPY] = report.entropy;
    stats[GRADIENT_KL] = report.kl;
    stats[GRADIENT_GRAD_NORM] = report.norm;
    stats[GRADIENT_VARIANCE] = report.variance;
    stats[GRADIENT_STEP] = lr;
    stats[GRADIENT_RATIO_ERROR] = report.ratio_error;
}

sw_status gradient_learner_tensors(algo *a, algo_visit visit, void *context)
{
    gradient_learner *l = (gradient_learner *) a;
    const tensor_visitor to = {visit, context};
    sw_status st = on_policy_tensors(&l->base, &to);
    if (st == SW_OK) {
        st = gradient_tensors(&l->gradient, &to);
    }
    return st == SW_OK && l->base.ac.has_critic ? critic_fit_tensors(&l->fit, &to) : st;
}

void gradient_learner_close(algo *a)
{
    gradient_learner *l = (gradient_learner *) a;
    if (l == NULL) {
        return;
    }
    critic_fit_free(&l->fit);
    gradient_free(&l->gradient);
    on_policy_free(&l->base);
    free(l);
}
