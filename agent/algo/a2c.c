// a2c.c -- Advantage Actor-Critic.
//
// Mnih et al. 2016, "Asynchronous Methods for Deep Reinforcement Learning", arXiv:1602.01783:
// Algorithm S3 with its actors in step, so that one gradient is that of all of them. The name and
// the observation that nothing is lost are openai/baselines' (2017).
//
//   given a rollout of t_max steps of all rows, collected with the policy as it is:
//     A, R  <- GAE(gamma, lambda)                                        collector_finish
//     L_pi   = -mean_i log pi(a_i|s_i) A_i - c2 mean_i H(pi(.|s_i))
//     L_v    =  c1/2 mean_i (V_i - R_i)^2
//     theta <-  RMSprop(theta, d(L_pi + L_v)/d theta), the norm of the gradient limited
//
// With lambda 1, R_i is the paper's: the rewards to the end of the rollout and V there. The same
// update as PPO's with one epoch, one minibatch and advantages as they are, because the ratio is 1
// then and no clip is reached (Huang et al. 2022, arXiv:2205.09123).
//
//   hyper-parameter   here     Tianshou, MuJoCo   baselines   Stable-Baselines3
//   rows per update   8 x 5    16 x 5             n x 5       n x 5
//   lr                7e-4     7e-4               7e-4        7e-4
//   anneal            yes      yes                yes         no
//   lambda            .95      .95                1           1
//   value_coef        1        .5                 .5          .5          of theirs, not halved
//   entropy_coef      0        .01                .01         0
//   max_grad_norm     .5       .5                 .5          .5
//   alpha, epsilon    .99 1e-5 for all, inside the root in baselines: rmsprop.h
//
// Differences from the paper: GAE, and those of actor_critic.h (normalised observations, scaled
// rewards, orthogonal initialisation, a limit for the gradient's norm).
#include "a2c.h"

#include <stdlib.h>

enum { ALPHA = DESCENT_PARAM_COUNT, EPSILON, PARAM_COUNT };

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    DESCENT_PARAMS(5, 7e-4, 0, 1),
    [ALPHA] = {"rmsprop_alpha", SW_FLOAT, 0, {.f = 0.99}, 0, 1, NULL,
        "RMSprop: how much of the mean square of the gradient stays in a step"},
    [EPSILON] = {"rmsprop_epsilon", SW_FLOAT, 0, {.f = 1e-5}, 1e-12, 1, NULL,
        "RMSprop: added to the root of the mean square"},
};
// clang-format on

static const char *const stat_names[A2C_STAT_COUNT] = {
    [A2C_POLICY_LOSS] = "policy_loss",
    [A2C_VALUE_LOSS] = "value_loss",
    [A2C_ENTROPY] = "entropy",
    [A2C_GRAD_NORM] = "grad_norm",
    [A2C_EXPLAINED_VARIANCE] = "explained_variance",
    [A2C_LR] = "lr",
    [A2C_RATIO_ERROR] = "ratio_error",
};


// ---- the losses ---------------------------------------------------------------------------------

double a2c_policy_loss(a2c *l)
{
    surrogate *u = &l->descent.surrogate;
    const minibatch *b = &u->batch;
    const float n = (float) b->n, c2 = l->descent.entropy_coef;
    double gain = 0, entropy = 0;

    const dist_batch pi = policy_forward(u->policy, b->obs, b->n);
    surrogate_measure(u, &pi);
    for (int i = 0; i < b->n; i++) {
        gain += (u->log_ratio[i] + b->logp[i]) * b->adv[i];
        entropy += u->entropy[i];
        u->dlogp[i] = -b->adv[i] / n;
        u->dentropy[i] = -c2 / n;
    }
    surrogate_backward(u, &pi, NULL);

    l->base.stats[A2C_POLICY_LOSS] = -gain / b->n;
    l->base.stats[A2C_ENTROPY] = entropy / b->n;
    l->base.stats[A2C_RATIO_ERROR] = surrogate_ratio_error(u);
    return (-gain - c2 * entropy) / b->n;
}

double a2c_value_loss(a2c *l)
{
    const minibatch *b = &l->descent.values;
    mlp *critic = &l->base.ac.critic;
    const float n = (float) b->n, c1 = l->descent.value_coef;
    const float *v = mlp_forward(critic, b->obs, b->n);
    double squares = 0;

    for (int i = 0; i < b->n; i++) {
        const float error = v[i] - b->ret[i];
        squares += error * error;
        l->descent.dvalue[i] = c1 * error / n;
    }
    mlp_backward(critic, l->descent.dvalue, b->n);
    l->base.stats[A2C_VALUE_LOSS] = squares / 2 / b->n;
    return c1 * squares / 2 / b->n;
}

// descent_methods
static void compute_loss(on_policy *base, int part)
{
    a2c *l = (a2c *) base;
    if (part == DESCENT_POLICY) {
        a2c_policy_loss(l);
    } else {
        a2c_value_loss(l);
    }
}

static void move(on_policy *base, int part)
{
    a2c *l = (a2c *) base;
    mlp *net = l->descent.net[part];
    rmsprop_step(&l->rmsprop[part], net->params, net->grads, l->descent.lr);
}

static const descent_methods methods = {.loss = compute_loss, .move = move};

// on_policy_learn
static void learn(on_policy *base)
{
    a2c *l = (a2c *) base;
    const int n = descent_begin(&l->descent);

    base->stats[A2C_LR] = l->descent.lr;
    base->stats[A2C_EXPLAINED_VARIANCE] = rollout_explained_variance(&base->ac.collector.data);
    if (n > 0) {
        descent_gradient(&l->descent, l->descent.order, n);
        base->stats[A2C_GRAD_NORM] = l->descent.norm;
        descent_step(&l->descent);
    }
}


// ---- algo_class ---------------------------------------------------------------------------------

static void close_a2c(algo *a)
{
    a2c *l = (a2c *) a;
    if (l == NULL) {
        return;
    }
    for (int i = 0; i < DESCENT_PARTS; i++) {
        rmsprop_free(&l->rmsprop[i]);
    }
    descent_free(&l->descent);
    on_policy_free(&l->base);
    free(l);
}

static sw_status init_parts(a2c *l, const sw_value *values)
{
    const rollout *r = &l->base.ac.collector.data;
    sw_status st = descent_init(&l->descent, &l->base, values, r->capacity * r->rows, &methods);
    for (int i = 0; i < DESCENT_PARTS && st == SW_OK; i++) {
        st = rmsprop_init(&l->rmsprop[i], l->descent.net[i]->param_count, values[ALPHA].f,
                          values[EPSILON].f);
    }
    return st;
}

static sw_status open_a2c(const algo_problem *problem, const sw_value *values, algo **a)
{
    a2c *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a2c");
    }
    const on_policy_options options = {
        .ac = {.estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA},
               .shared_trunk = descent_shares_trunk(values)},
        .learn = learn,
        .stat_count = A2C_STAT_COUNT,
    };
    sw_status st = on_policy_init(&l->base, problem, values, &options);
    if (st == SW_OK) {
        st = init_parts(l, values);
    }
    if (st != SW_OK) {
        close_a2c((algo *) l);
        return st;
    }
    *a = (algo *) l;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    a2c *l = (a2c *) a;
    const tensor_visitor to = {visit, context};
    const rmsprop *actor = &l->rmsprop[DESCENT_POLICY], *critic = &l->rmsprop[DESCENT_CRITIC];
    sw_status st = on_policy_tensors(&l->base, &to);
    if (st == SW_OK) {
        st = tensors_floats(&to, "rmsprop.policy.v", actor->v, actor->count);
    }
    if (st == SW_OK) {
        st = tensors_floats(&to, "rmsprop.critic.v", critic->v, critic->count);
    }
    return st;
}

const algo_class algo_a2c = {
    .name = "a2c",
    .doc = "Advantage Actor-Critic, synchronous (Mnih et al. 2016, arXiv:1602.01783)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = A2C_STAT_COUNT,
    .open = open_a2c,
    ON_POLICY_FUNCTIONS,
    .tensors = visit_tensors,
    .close = close_a2c,
};
