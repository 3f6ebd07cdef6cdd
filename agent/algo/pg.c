// pg.c -- the policy gradient with a learned baseline.
//
// Williams 1992; Sutton, McAllester, Singh, Mansour 2000, "Policy Gradient Methods for
// Reinforcement Learning with Function Approximation", NIPS 12, theorem 1 and the remark on
// baselines after it.
//
//   given whole episodes of pi:
//     Psi_t = R_t - V(s_t)
//     g     =  mean_t Psi_t d log pi(a_t|s_t) / d theta  +  c mean_t dH/dtheta
//     theta <- theta + alpha g, by Adam
//     V     <- epochs of Adam on (V(s_t) - R_t)^2
//
// E[V(s_t) dlogp(a_t|s_t)] = 0, so that g stays unbiased, only if V does not know which a_t was
// drawn. One that was fitted to R_t does: what is left of a lucky return is smaller, and the more
// so the better V fits. Two ways to keep V ignorant:
//
//   same          V is from before this rollout: it was fitted to earlier ones, under earlier
//                 policies. All rows are used twice: their V is old, but nothing is lost.
//   independent   V is fitted to N rows first, the gradient is taken from the other M: V is of the
//                 present policy, and so is g, but from fewer trajectories.
//
// adv_norm shifts and scales all Psi by numbers that know the actions, which takes something of
// that back; without it g is unbiased to the letter.
//
//   hyper-parameter   here      Spinning Up's VPG
//   rows per update   8 x 256   4000
//   lr                1e-3      3e-4
//   critic_lr         1e-3      1e-3
//   critic_epochs     20 x 16   80 of the whole rollout
//   adv_norm          true      true
//
// Differences from Sutton et al.: discounted returns without the factor gamma^t (estimator.h);
// standardised credits (adv_norm), Adam, those of actor_critic.h. From Spinning Up: no GAE, which
// is actor_critic's.
#include "pg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BASELINE = AC_BASE_COUNT,
    BASELINE_SHARE,
    GRADIENT,
    CRITIC = GRADIENT + GRADIENT_PARAM_COUNT,
    PARAM_COUNT = CRITIC + CRITIC_PARAM_COUNT
};

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    ACTOR_CRITIC_BASE_PARAMS(256),
    [BASELINE] = {"baseline", SW_STRING, 0, {.s = "same"}, 0, 0, "same|independent",
        "the baseline is fitted to the trajectories of the gradient, for the next rollout, or to "
        "others, for this one"},
    [BASELINE_SHARE] = {"baseline_share", SW_FLOAT, 0, {.f = 0.5}, 0, 1, NULL,
        "where baseline is independent: share of the environments that it is fitted to, at least "
        "one and not all"},
    GRADIENT_PARAMS(GRADIENT, 1e-3, true),
    CRITIC_FIT_PARAMS(CRITIC),
};
// clang-format on

static const char *const stat_names[GRADIENT_CRITIC_STAT_COUNT] = {GRADIENT_CRITIC_STAT_NAMES};

typedef struct pg {
    gradient_learner base;
    int baseline_rows;  // N; 0: same
} pg;

// Neither reads what the other writes.
enum { POLICY, CRITIC_HALF, HALVES };

// team_job
static void learn_half(void *context, int half)
{
    gradient_learner *l = context;
    const rollout *r = &l->base.ac.collector.data;
    if (half == POLICY) {
        gradient_learner_climb(l, 0, r->rows);
    } else {
        l->base.stats[GRADIENT_VALUE_LOSS] = critic_fit_run(&l->fit, r);
    }
}

// on_policy_learn
static void learn(on_policy *base)
{
    pg *p = (pg *) base;
    gradient_learner *l = &p->base;
    collector *c = &base->ac.collector;

    base->stats[GRADIENT_EXPLAINED_VARIANCE] = rollout_explained_variance(&c->data);
    if (p->baseline_rows == 0) {
        team_run(base->team, learn_half, l, HALVES);
        return;
    }
    base->stats[GRADIENT_VALUE_LOSS] = critic_fit_rows(&l->fit, &c->data, 0, p->baseline_rows);
    collector_revalue(c);
    gradient_learner_climb(l, p->baseline_rows, c->data.rows);
}

static sw_status read_baseline(const algo_problem *problem, const sw_value *values, int *rows)
{
    const int share = (int) lround(values[BASELINE_SHARE].f * problem->rows);
    *rows = 0;
    if (strcmp(values[BASELINE].s, "same") == 0) {
        return SW_OK;
    }
    if (problem->rows < 2) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "an independent baseline needs environments of its own: "
                       "there is 1, use at least 2, or baseline same");
    }
    *rows = share < 1 ? 1 : share > problem->rows - 1 ? problem->rows - 1 : share;
    return SW_OK;
}

static sw_status open_pg(const algo_problem *problem, const sw_value *values, algo **a)
{
    int baseline_rows;
    sw_status st = read_baseline(problem, values, &baseline_rows);
    if (st != SW_OK) {
        return st;
    }
    const gradient_learner_options options = {
        .estimator = {.credit = CREDIT_BASELINE, .target = TARGET_MC},
        .learn = learn,
        .gradient = GRADIENT,
        .critic = CRITIC,
        .policy_rows = problem->rows - baseline_rows,
        .revalues = baseline_rows > 0,
    };
    pg *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for pg");
    }
    p->baseline_rows = baseline_rows;
    st = gradient_learner_open(&p->base, problem, values, &options);
    if (st == SW_OK) {
        *a = (algo *) p;
    }
    return st;
}

const algo_class algo_pg = {
    .name = "pg",
    .doc = "Policy gradient with a learned baseline (Williams 1992; Sutton et al. 2000)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = GRADIENT_CRITIC_STAT_COUNT,
    .open = open_pg,
    ON_POLICY_FUNCTIONS,
    .tensors = gradient_learner_tensors,
    .close = gradient_learner_close,
};
