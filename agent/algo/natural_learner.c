#include "natural_learner.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

// Policy and critic learn side by side: neither reads what the other writes.
enum { POLICY, CRITIC, HALVES };

static sw_status init_parts(natural_learner *l, const algo_problem *problem, const sw_value *values)
{
    const rollout *r = &l->ac.collector.data;
    const natural_options gradient = {
        .damping = values[NATURAL_DAMPING].f,
        .entropy_coef = values[NATURAL_ENTROPY_COEF].f,
        .cg_iterations = (int) values[NATURAL_CG_ITERATIONS].i,
        .cg_tolerance = values[NATURAL_CG_TOLERANCE].f,
        .adv_norm = values[NATURAL_ADV_NORM].b,
    };
    const critic_fit_options fit = {
        .lr = values[NATURAL_CRITIC_LR].f,
        .adam_epsilon = values[NATURAL_ADAM_EPSILON].f,
        .epochs = (int) values[NATURAL_CRITIC_EPOCHS].i,
        .minibatch = (int) values[NATURAL_MINIBATCH].i,
        .seed = random_mix(problem->seed, SEED_SHUFFLE),
    };
    sw_status st = natural_init(&l->natural, &l->ac.policy, r, &gradient);
    if (st == SW_OK) {
        st = critic_fit_init(&l->fit, &l->ac.critic, r, &fit);
    }
    return st == SW_OK ? team_new(problem->threads > 1 ? HALVES : 1, &l->team) : st;
}

sw_status natural_learner_open(natural_learner *l, const algo_problem *problem,
                               const sw_value *values, natural_step step)
{
    const int64_t rows = values[AC_HORIZON].i * problem->rows;
    const int64_t fit_rows = values[NATURAL_MINIBATCH].i;
    sw_status st;

    l->step = step;
    if (rows > INT_MAX) {
        st = sw_fail(SW_INVALID_ARGUMENT, "a rollout of %lld steps of %d rows is too large",
                     (long long) values[AC_HORIZON].i, problem->rows);
    } else {
        st = actor_critic_init(&l->ac, problem, values, (int) (rows > fit_rows ? rows : fit_rows));
    }
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
    team_close(l->team);
    critic_fit_free(&l->fit);
    natural_free(&l->natural);
    actor_critic_free(&l->ac);
    free(l);
}

algo_answer natural_learner_observe(algo *a, int group, const sw_batch *batch)
{
    natural_learner *l = (natural_learner *) a;
    return collector_observe(&l->ac.collector, group, batch) ? ALGO_HOLD : ALGO_GO;
}

void natural_learner_act(algo *a, int group, const sw_batch *batch, void *const *actions)
{
    collector_act(&((natural_learner *) a)->ac.collector, group, batch, actions[0]);
}

static void improve_policy(natural_learner *l)
{
    natural_direction direction;
    natural_point end;

    if (natural_gather(&l->natural, &l->ac.collector.data) == 0) {
        return;
    }
    natural_solve(&l->natural, &direction);
    l->stats[NATURAL_STEP_SIZE] = l->step(l, &direction, &end);
    l->stats[NATURAL_POLICY_LOSS] = -end.surrogate;
    l->stats[NATURAL_ENTROPY] = end.entropy;
    l->stats[NATURAL_KL] = end.kl;
    l->stats[NATURAL_GRAD_NORM] = direction.grad_norm;
    l->stats[NATURAL_CG_RESIDUAL] = direction.residual;
    l->stats[NATURAL_RATIO_ERROR] = direction.start.ratio_error;
}

// team_job
static void learn_half(void *context, int part)
{
    natural_learner *l = context;
    if (part == POLICY) {
        improve_policy(l);
    } else {
        l->stats[NATURAL_VALUE_LOSS] = critic_fit_run(&l->fit, &l->ac.collector.data);
    }
}

bool natural_learner_update(algo *a)
{
    natural_learner *l = (natural_learner *) a;
    collector *c = &l->ac.collector;

    if (!collector_is_full(c)) {
        return false;
    }
    collector_finish(c);
    memset(l->stats, 0, sizeof(l->stats));
    l->stats[NATURAL_EXPLAINED_VARIANCE] = rollout_explained_variance(&c->data);
    team_run(l->team, learn_half, l, HALVES);
    collector_restart(c);
    return true;
}

void natural_learner_stats(const algo *a, double *out)
{
    memcpy(out, ((const natural_learner *) a)->stats, sizeof(((const natural_learner *) a)->stats));
}

void natural_learner_decide(algo *a, const sw_batch *batch, bool stochastic, void *const *actions)
{
    actor_critic_decide(&((natural_learner *) a)->ac, batch, stochastic, actions[0]);
}

sw_status natural_learner_tensors(algo *a, algo_visit visit, void *context)
{
    natural_learner *l = (natural_learner *) a;
    const tensor_visitor to = {visit, context};
    const sw_status st = actor_critic_tensors(&l->ac, &to);
    return st == SW_OK ? critic_fit_tensors(&l->fit, &to) : st;
}
