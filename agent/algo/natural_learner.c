#include "natural_learner.h"

#include <stdlib.h>

// Policy and critic learn side by side: neither reads what the other writes.
enum { POLICY, CRITIC, HALVES };

static sw_status init_parts(natural_learner *l, const algo_problem *problem, const sw_value *values)
{
    actor_critic *ac = &l->base.ac;
    const rollout *r = &ac->collector.data;
    const natural_options gradient = {
        .damping = values[NATURAL_DAMPING].f,
        .entropy_coef = values[NATURAL_ENTROPY_COEF].f,
        .cg_iterations = (int) values[NATURAL_CG_ITERATIONS].i,
        .cg_tolerance = values[NATURAL_CG_TOLERANCE].f,
        .adv_norm = values[NATURAL_ADV_NORM].b,
    };
    critic_fit_options fit = {
        .adam_epsilon = values[NATURAL_ADAM_EPSILON].f,
        .seed = random_mix(problem->seed, SEED_SHUFFLE),
    };
    critic_fit_read(&fit, &values[NATURAL_CRITIC]);
    const sw_status st = natural_init(&l->natural, &ac->policy, r, &gradient);
    return st == SW_OK ? critic_fit_init(&l->fit, &ac->critic, r, &fit) : st;
}

static void improve_policy(natural_learner *l)
{
    double *stats = l->base.stats;
    natural_direction direction;
    natural_point end;

    if (natural_gather(&l->natural, &l->base.ac.collector.data) == 0) {
        return;
    }
    natural_solve(&l->natural, &direction);
    stats[NATURAL_STEP_SIZE] = l->step(l, &direction, &end);
    stats[NATURAL_POLICY_LOSS] = -end.surrogate;
    stats[NATURAL_ENTROPY] = end.entropy;
    stats[NATURAL_KL] = end.kl;
    stats[NATURAL_GRAD_NORM] = direction.grad_norm;
    stats[NATURAL_CG_RESIDUAL] = direction.residual;
    stats[NATURAL_RATIO_ERROR] = direction.start.ratio_error;
}

// team_job
static void learn_half(void *context, int part)
{
    natural_learner *l = context;
    if (part == POLICY) {
        improve_policy(l);
    } else {
        l->base.stats[NATURAL_VALUE_LOSS] = critic_fit_run(&l->fit, &l->base.ac.collector.data);
    }
}

// on_policy_learn
static void learn(on_policy *l)
{
    l->stats[NATURAL_EXPLAINED_VARIANCE] = rollout_explained_variance(&l->ac.collector.data);
    team_run(l->team, learn_half, l, HALVES);
}

sw_status natural_learner_open(natural_learner *l, const algo_problem *problem,
                               const sw_value *values, natural_step step, int stat_count)
{
    const on_policy_options options = {
        .ac.estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA},
        .learn = learn,
        .stat_count = stat_count,
    };
    l->step = step;
    sw_status st = on_policy_init(&l->base, problem, values, &options);
    if (st == SW_OK) {
        st = init_parts(l, problem, values);
    }
    if (st != SW_OK) {
        natural_learner_close((algo *) l);
    }
    return st;
}

void natural_learner_close(algo *a)
{
    natural_learner *l = (natural_learner *) a;
    if (l == NULL) {
        return;
    }
    critic_fit_free(&l->fit);
    natural_free(&l->natural);
    on_policy_free(&l->base);
    free(l);
}

sw_status natural_learner_tensors(algo *a, algo_visit visit, void *context)
{
    natural_learner *l = (natural_learner *) a;
    const tensor_visitor to = {visit, context};
    const sw_status st = on_policy_tensors(&l->base, &to);
    return st == SW_OK ? critic_fit_tensors(&l->fit, &to) : st;
}
