// dqn.c -- Deep Q-Network, for one Discrete action.
//
// Mnih et al. 2015, "Human-level control through deep reinforcement learning", Nature 518,
// Algorithm 1; Double DQN: van Hasselt et al. 2016, arXiv:1509.06461, eq. 4.
//
//   symbol    shape   meaning
//   Q         [k]     values of the k actions in a state, by a network with parameters theta
//   Q^-       [k]     the same by the target network, theta^-
//
//   act: with probability epsilon any action, else argmax_a Q(s, a)
//   for each gradient step, a minibatch (s, a, R, discount, s') of the replay:
//     a*     =  argmax_a Q(s', a)   (double), or argmax_a Q^-(s', a)
//     y      =  R + discount Q^-(s', a*)
//     theta  <- Adam(theta, d/dtheta mean h(Q(s, a) - y)),  h(x) = x^2/2, beyond 1: |x| - 1/2
//     every `target_every` of them   theta^- <- theta
//     or with tau, each time         theta^- <- theta^- + tau (theta - theta^-)
//
// epsilon falls linearly from epsilon_start to epsilon_end during the first `explore` of the run.
//
// Differences from the paper: Adam in place of RMSprop, its steps shorten to 0 (anneal), the
// gradient's norm is limited, and observations are whatever the task shows: no frames are stacked.
// With n_step above 1 rewards are those of the actions that were taken, some of them at random, as
// in Hessel et al. 2018, arXiv:1710.02298.
#include "dqn.h"

#include <math.h>
#include <stdlib.h>

enum {
    LR = OFF_PARAM_COUNT,
    ANNEAL,
    DOUBLE,
    HUBER,
    EPSILON_START,
    EPSILON_END,
    EXPLORE,
    TARGET_EVERY,
    TAU,
    MAX_GRAD_NORM,
    PARAM_COUNT
};

// epsilon's line and max_grad_norm are Stable-Baselines3's (dqn/dqn.py), whose other defaults are
// for Atari; the rest is for tasks whose observations are a few numbers.
// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    OFF_POLICY_PARAMS("64,64", 1000),
    [LR] = {"lr", SW_FLOAT, 0, {.f = 5e-4}, 0, 1, NULL, "Adam's step size"},
    [ANNEAL] = {"anneal", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "lower lr linearly to 0 over the run"},
    [DOUBLE] = {"double", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "let Q choose the action that Q^- values"},
    [HUBER] = {"huber", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "a loss that grows linearly beyond 1; false: squares"},
    [EPSILON_START] = {"epsilon_start", SW_FLOAT, 0, {.f = 1}, 0, 1, NULL,
        "probability of a random action at first"},
    [EPSILON_END] = {"epsilon_end", SW_FLOAT, 0, {.f = 0.05}, 0, 1, NULL,
        "probability of a random action later"},
    [EXPLORE] = {"explore", SW_FLOAT, 0, {.f = 0.1}, 0, 1, NULL,
        "part of the run during which epsilon falls"},
    [TARGET_EVERY] = {"target_every", SW_INT, 0, {.i = 500}, 1, 1e9, NULL,
        "gradient steps from one target network to the next, where tau is 0"},
    [TAU] = {"tau", SW_FLOAT, 0, {.f = 0}, 0, 1, NULL,
        "how far the target network moves with each gradient step; 0: all at once"},
    [MAX_GRAD_NORM] = {"max_grad_norm", SW_FLOAT, 0, {.f = 10}, 0, 1e9, NULL,
        "limit of the gradient's norm; 0: none"},
};
// clang-format on

enum { LOSS, Q_MEAN, GRAD_NORM, EPSILON, SUMS };

static const char *const stat_names[SUMS + 1] = {
    [LOSS] = "loss",       [Q_MEAN] = "q_mean", [GRAD_NORM] = "grad_norm",
    [EPSILON] = "epsilon", [SUMS] = "updates",
};

double dqn_epsilon(const dqn *q)
{
    const double part = q->explore > 0 ? off_policy_progress(&q->base) / q->explore : 1;
    return q->epsilon[0] + fmin(1, part) * (q->epsilon[1] - q->epsilon[0]);
}

static void explore(off_policy *o, const float *x, int n, random_state *random, float *actions)
{
    dqn *q = (dqn *) o;
    action_values_choose(&q->values, x, n, dqn_epsilon(q), random, actions);
}

static void decide(off_policy *o, const float *x, int n, random_state *random, bool stochastic,
                   float *actions)
{
    dqn *q = (dqn *) o;
    action_values_choose(&q->values, x, n, stochastic ? dqn_epsilon(q) : 0, random, actions);
}

static void learn(off_policy *o)
{
    dqn *q = (dqn *) o;
    action_values *v = &q->values;
    const double left = q->anneal ? 1 - off_policy_progress(o) : 1;

    action_values_learn(v, &o->batch, q->lr * left);
    if (q->tau > 0) {
        action_values_follow(v, q->tau);
    } else if ((o->updates + 1) % q->target_every == 0) {
        action_values_follow(v, 1);
    }
    o->sums[LOSS] += v->loss;
    o->sums[Q_MEAN] += v->mean;
    o->sums[GRAD_NORM] += v->norm;
    o->sums[EPSILON] += dqn_epsilon(q);
}


// ---- algo_class ---------------------------------------------------------------------------------

static const off_policy_class kind = {
    .explore = explore, .decide = decide, .learn = learn, .stat_count = SUMS};

static void close_dqn(algo *a)
{
    dqn *q = (dqn *) a;
    if (q == NULL) {
        return;
    }
    action_values_free(&q->values);
    off_policy_free(&q->base);
    free(q);
}

static sw_status open_dqn(const algo_problem *problem, const sw_value *values, algo **a)
{
    dqn *q = calloc(1, sizeof(*q));
    if (q == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for dqn");
    }
    q->lr = values[LR].f;
    q->anneal = values[ANNEAL].b;
    q->epsilon[0] = values[EPSILON_START].f;
    q->epsilon[1] = values[EPSILON_END].f;
    q->explore = values[EXPLORE].f;
    q->target_every = values[TARGET_EVERY].i;
    q->tau = values[TAU].f;
    const action_values_options options = {.is_double = values[DOUBLE].b,
                                           .is_huber = values[HUBER].b,
                                           .max_grad_norm = values[MAX_GRAD_NORM].f};
    sw_status st = off_policy_init(&q->base, problem, values, &kind, "dqn", true);
    if (st == SW_OK) {
        st = action_values_init(&q->values, &q->base, problem, &options);
    }
    if (st != SW_OK) {
        close_dqn((algo *) q);
        return st;
    }
    action_values_follow(&q->values, 1);
    *a = (algo *) q;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    dqn *q = (dqn *) a;
    const tensor_visitor to = {visit, context};
    const sw_status st = action_values_tensors(&q->values, &to);
    return st == SW_OK ? off_policy_tensors(&q->base, &to) : st;
}

const algo_class algo_dqn = {
    .name = "dqn",
    .doc =
        "Deep Q-Network, double, with a replay (Mnih et al. 2015, Nature 518; van Hasselt et al. "
        "2016, arXiv:1509.06461)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = SUMS + 1,
    .open = open_dqn,
    OFF_POLICY_FUNCTIONS,
    .tensors = visit_tensors,
    .close = close_dqn,
};
