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
//     every `target_every` steps  theta^- <- theta;  with tau:  theta^- <- theta^- + tau (theta -
//     theta^-) after each
//
// epsilon falls linearly from epsilon_start to epsilon_end during the first `explore` of the run.
//
// Differences from the paper: Adam in place of RMSprop, its steps shorten to 0, the gradient's norm
// is limited, and observations are whatever the task shows: no frames are stacked.
#include "dqn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

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

// The defaults are Stable-Baselines3's, with the small networks and memory of small tasks.
// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    OFF_POLICY_PARAMS("256,256", 1000),
    [LR] = {"lr", SW_FLOAT, 0, {.f = 1e-3}, 0, 1, NULL, "Adam's step size"},
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

// What is left of epsilon's fall.
static double current_epsilon(const dqn *q)
{
    const double part = q->explore > 0 ? off_policy_progress(&q->base) / q->explore : 1;
    return q->epsilon[0] + fmin(1, part) * (q->epsilon[1] - q->epsilon[0]);
}

static int best(const float *values, int k)
{
    int most = 0;
    for (int j = 1; j < k; j++) {
        most = values[j] > values[most] ? j : most;
    }
    return most;
}

static void explore(off_policy *o, const float *x, int n, random_state *random, float *actions)
{
    dqn *q = (dqn *) o;
    const double epsilon = current_epsilon(q);
    const float *values = mlp_forward(&q->net, x, n);
    for (int i = 0; i < n; i++) {
        const bool any = random_unit(random) < epsilon;
        actions[i] = any ? (float) random_below(random, (uint64_t) o->choices)
                         : (float) best(values + i * o->choices, o->choices);
    }
}

static void decide(off_policy *o, const float *x, int n, random_state *random, bool stochastic,
                   float *actions)
{
    dqn *q = (dqn *) o;
    if (stochastic) {
        explore(o, x, n, random, actions);
        return;
    }
    const float *values = mlp_forward(&q->net, x, n);
    for (int i = 0; i < n; i++) {
        actions[i] = (float) best(values + i * o->choices, o->choices);
    }
}


// ---- the gradient step --------------------------------------------------------------------------

void dqn_targets(dqn *q)
{
    const replay_batch *b = &q->base.batch;
    const int k = q->base.choices;
    const float *after = mlp_forward(&q->target, b->next, b->n);
    const float *chooser = q->is_double ? mlp_forward(&q->net, b->next, b->n) : after;
    for (int i = 0; i < b->n; i++) {
        q->y[i] = b->reward[i] + b->discount[i] * after[i * k + best(chooser + i * k, k)];
    }
}

double dqn_loss(dqn *q)
{
    off_policy *o = &q->base;
    const replay_batch *b = &o->batch;
    const int k = o->choices, width = o->obs_dim + 1;
    const float *values = mlp_forward(&q->net, b->obs, b->n);
    double loss = 0, mean = 0;

    memset(q->dvalues, 0, (size_t) b->n * (size_t) k * sizeof(*q->dvalues));
    for (int i = 0; i < b->n; i++) {
        const int at = i * k + (int) b->input[i * width + o->obs_dim];
        const float error = values[at] - q->y[i], size = fabsf(error);
        const bool far = q->is_huber && size > 1;

        loss += far ? (double) size - 0.5 : 0.5 * (double) (error * error);
        q->dvalues[at] = (far ? copysignf(1, error) : error) / (float) b->n;
        mean += (double) values[at];
    }
    mlp_backward(&q->net, q->dvalues, b->n);
    o->sums[LOSS] += loss / b->n;
    o->sums[Q_MEAN] += mean / b->n;
    return loss / b->n;
}

static void follow(dqn *q)
{
    const int count = q->net.param_count;
    if (q->tau > 0) {
        vec_mix(q->target.params, (float) q->tau, q->net.params, count);
    } else if ((q->base.updates + 1) % q->target_every == 0) {
        memcpy(q->target.params, q->net.params, (size_t) count * sizeof(float));
    }
}

static void learn(off_policy *o)
{
    dqn *q = (dqn *) o;
    dqn_targets(q);
    mlp_zero_grads(&q->net);
    dqn_loss(q);
    const float norm = sqrtf(vec_sum_squares(q->net.grads, q->net.param_count));
    if (q->max_grad_norm > 0 && norm > q->max_grad_norm) {
        vec_scale(q->net.grads, q->max_grad_norm / norm, q->net.param_count);
    }
    const double left = q->anneal ? 1 - off_policy_progress(o) : 1;
    adam_step(&q->adam, q->net.params, q->net.grads, q->lr * left);
    follow(q);
    o->sums[GRAD_NORM] += (double) norm;
    o->sums[EPSILON] += current_epsilon(q);
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
    adam_free(&q->adam);
    mlp_free(&q->net);
    mlp_free(&q->target);
    free(q->y);
    free(q->dvalues);
    off_policy_free(&q->base);
    free(q);
}

static sw_status init_networks(dqn *q, const algo_problem *problem)
{
    off_policy *o = &q->base;
    const int most = o->batch_rows > problem->rows ? o->batch_rows : problem->rows;
    mlp_shape shape = o->shape;
    shape.in = o->obs_dim;
    shape.out = o->choices;
    sw_status st = mlp_init(&q->net, &shape, 0, most);
    if (st == SW_OK) {
        st = mlp_init(&q->target, &shape, 0, most);
    }
    if (st == SW_OK) {
        st = adam_init(&q->adam, q->net.param_count, 1e-8);
    }
    q->y = vec_new((size_t) o->batch_rows);
    q->dvalues = vec_new((size_t) o->batch_rows * (size_t) o->choices);
    if (st == SW_OK && (!q->y || !q->dvalues)) {
        st = sw_fail(SW_NO_MEMORY, "no memory for a batch of %d rows", o->batch_rows);
    }
    if (st == SW_OK) {
        random_state random = random_seed(random_mix(problem->seed, OFF_SEED_NETWORKS));
        init_mlp(&q->net, INIT_UNIFORM, 1, &random);
        memcpy(q->target.params, q->net.params, (size_t) q->net.param_count * sizeof(float));
    }
    return st;
}

static sw_status open_dqn(const algo_problem *problem, const sw_value *values, algo **a)
{
    dqn *q = calloc(1, sizeof(*q));
    if (q == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for dqn");
    }
    q->lr = values[LR].f;
    q->anneal = values[ANNEAL].b;
    q->is_double = values[DOUBLE].b;
    q->is_huber = values[HUBER].b;
    q->epsilon[0] = values[EPSILON_START].f;
    q->epsilon[1] = values[EPSILON_END].f;
    q->explore = values[EXPLORE].f;
    q->target_every = values[TARGET_EVERY].i;
    q->tau = values[TAU].f;
    q->max_grad_norm = (float) values[MAX_GRAD_NORM].f;
    sw_status st = off_policy_init(&q->base, problem, values, &kind, "dqn", true);
    if (st == SW_OK) {
        st = init_networks(q, problem);
    }
    if (st != SW_OK) {
        close_dqn((algo *) q);
        return st;
    }
    *a = (algo *) q;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    dqn *q = (dqn *) a;
    const tensor_visitor to = {visit, context};
    sw_status st = tensors_mlp(&to, "policy", &q->net);
    if (st == SW_OK) {
        st = tensors_mlp(&to, "target", &q->target);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam", &q->adam);
    }
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
