// batch_actor_critic.c -- actor-critic: the critic says what an action was worth.
//
// Barto, Sutton, Anderson 1983; Konda, Tsitsiklis 2000, "Actor-Critic Algorithms", NIPS 12; in
// batches, as courses teach it (Levine, CS 285, "Actor-Critic Algorithms"; Sutton, Barto 2018, 13.5
// for single steps).
//
//   given a rollout of pi:
//     repeat S times:
//       y     <- targets, by V as it is now:
//                  mc      R_t, to the end of the episode
//                  td      r_t + gamma V(s_t+1)
//                  n_step  r_t + ... + gamma^n V(s_t+n)
//                  lambda  the mean of these over all n, weighted (1 - lambda) lambda^(n-1)
//       V     <- epochs of Adam on (V(s_t) - y_t)^2; y is frozen meanwhile
//     Psi_t   <- by V as it is now:
//                  td, n_step, baseline    one of the targets minus V(s_t); baseline is that of mc
//                  gae                     lambda's target minus V(s_t)
//                  q                       Q(s_t, a_t), from a critic of actions
//     g       =  mean_t Psi_t d log pi(a_t|s_t) / d theta  +  c mean_t dH/dtheta
//     theta   <- theta + alpha g, by Adam
//
// A critic that chases its own targets in every step may run away; one whose targets are frozen for
// long learns one step of look-ahead per freeze. S is how often they thaw: with a target of one
// step (td), news of a reward travels about S steps back per rollout.
//
// Q is fitted to y_t with Q(s_t+1, a_t+1) for V(s_t+1), on-policy, as SARSA does: a_t+1 is the
// action taken there, or one drawn from pi where none was. A linear Q of state and action (hidden
// is empty) cannot know which action suits which state; it needs a hidden layer. And q has nothing
// to go by but Q: it wants a critic_lr above lr, or the policy follows what Q does not know yet.
//
//   hyper-parameter   here       CS 285, homework
//   rows per update   8 x 128    task by task, 1,000 to 30,000
//   estimator         gae        td
//   target            lambda     td
//   target_updates    1          1 to 100
//   adv_norm          true       true
//   lr, critic_lr     1e-3       5e-3 to 2e-2, the same for both
//
// Differences from these: V is fitted by minibatches of Adam; the factor gamma^t is left out
// (estimator.h); those of actor_critic.h. With S = 1, gae and lambda it is Spinning Up's VPG but
// for its order: there Psi is of the critic as it was before.
#include "batch_actor_critic.h"

#include <stdlib.h>

enum {
    ESTIMATOR = AC_PARAM_COUNT,
    TARGET,
    N_STEPS,
    TARGET_UPDATES,
    GRADIENT,
    CRITIC = GRADIENT + GRADIENT_PARAM_COUNT,
    PARAM_COUNT = CRITIC + CRITIC_PARAM_COUNT
};

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    ACTOR_CRITIC_PARAMS(128),
    [ESTIMATOR] = {"estimator", SW_STRING, 0, {.s = "gae"}, 0, 0, "baseline|q|td|n_step|gae",
        "what actions are credited with"},
    [TARGET] = {"target", SW_STRING, 0, {.s = "lambda"}, 0, 0, "mc|td|n_step|lambda",
        "what the critic is fitted to"},
    [N_STEPS] = {"n_steps", SW_INT, 0, {.i = 5}, 1, 1 << 20, NULL,
        "rewards before the critic speaks, where estimator or target is n_step"},
    [TARGET_UPDATES] = {"target_updates", SW_INT, 0, {.i = 1}, 1, 1000, NULL,
        "S: times that the critic's targets are computed and then frozen for critic_epochs"},
    GRADIENT_PARAMS(GRADIENT, 1e-3, true),
    CRITIC_FIT_PARAMS(CRITIC),
};
// clang-format on

static const char *const stat_names[GRADIENT_CRITIC_STAT_COUNT] = {GRADIENT_CRITIC_STAT_NAMES};

typedef struct batch_actor_critic {
    gradient_learner base;
    int target_updates;  // S
} batch_actor_critic;

// on_policy_learn
static void learn(on_policy *base)
{
    batch_actor_critic *b = (batch_actor_critic *) base;
    gradient_learner *l = &b->base;
    collector *c = &base->ac.collector;

    base->stats[GRADIENT_EXPLAINED_VARIANCE] = rollout_explained_variance(&c->data);
    for (int i = 0; i < b->target_updates; i++) {
        base->stats[GRADIENT_VALUE_LOSS] = critic_fit_run(&l->fit, &c->data);
        collector_revalue(c);
    }
    gradient_learner_climb(l, 0, c->data.rows);
}

static sw_status open_actor_critic(const algo_problem *problem, const sw_value *values, algo **a)
{
    const gradient_learner_options options = {
        .estimator = {.credit = estimator_credit_parse(values[ESTIMATOR].s),
                      .target = estimator_target_parse(values[TARGET].s),
                      .n_steps = (int) values[N_STEPS].i},
        .learn = learn,
        .gradient = GRADIENT,
        .critic = CRITIC,
        .policy_rows = problem->rows,
        .revalues = true,
    };
    batch_actor_critic *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for actor_critic");
    }
    b->target_updates = (int) values[TARGET_UPDATES].i;
    const sw_status st = gradient_learner_open(&b->base, problem, values, &options);
    if (st == SW_OK) {
        *a = (algo *) b;
    }
    return st;
}

const algo_class algo_actor_critic = {
    .name = "actor_critic",
    .doc = "Actor-critic in batches, by TD, n steps, GAE or Q (Konda, Tsitsiklis 2000)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = GRADIENT_CRITIC_STAT_COUNT,
    .open = open_actor_critic,
    ON_POLICY_FUNCTIONS,
    .tensors = gradient_learner_tensors,
    .close = gradient_learner_close,
};
