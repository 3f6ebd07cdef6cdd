// sac.c -- soft actor-critic, for actions that are quantities.
//
// Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", arXiv:1812.05905,
// Algorithm 1.
//
//   symbol     shape   meaning
//   pi(a|s)    [A]     policy, a Gaussian squashed into [-1, 1] (squashed_head.h), parameters phi
//   a(s; xi)   [A]     the action it makes of noise xi
//   Q_1, Q_2   []      action values with the entropy to come; parameters theta_i (critics.h)
//   Q_i^-      []      their target networks
//   alpha      []      temperature: what a nat of entropy is worth in reward
//   Hbar       []      the entropy aimed at, by default -A
//
//   act: a ~ pi(.|s)
//   for each gradient step, a minibatch (s, a, R, discount, s') of the replay:
//     a'       ~  pi(.|s')
//     y        =  R + discount (min_i Q_i^-(s', a') - alpha log pi(a'|s'))              eq. 3, 5
//     theta_i  <- Adam(theta_i, d/dtheta_i mean (Q_i(s, a) - y)^2)                          eq. 6
//     J_pi     =  mean alpha log pi(a(s; xi)|s) - min_i Q_i(s, a(s; xi))                    eq. 9
//     phi      <- Adam(phi, dJ_pi/dphi)                                                     eq. 10
//     J_alpha  =  mean -log alpha (log pi(a(s; xi)|s) + Hbar)                               eq. 18
//     log alpha <- Adam(log alpha, dJ_alpha/dlog alpha)
//     Q_i^-    <- Q_i^- + tau (Q_i - Q_i^-)
//
// Densities are those of the action in [-1, 1], whatever the task's bounds, and so is Hbar: as in
// the authors' code.
//
// Differences from the paper: J_alpha has log alpha in place of alpha, so that alpha stays positive
// and its steps are relative, as in the authors' code; the squares are not halved, which Adam does
// not see; the actions of the first steps are uniform, as in the authors' code.
#include "sac.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

enum { LR = OFF_PARAM_COUNT, TAU, AUTO_TEMPERATURE, TEMPERATURE, TARGET_ENTROPY, PARAM_COUNT };

// Defaults: Table 1 of the paper, which are Stable-Baselines3's, too; 10,000 random steps are
// Spinning Up's and RL Baselines3 Zoo's, alpha at first Stable-Baselines3's.
// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    OFF_POLICY_PARAMS("256,256", 10000),
    [LR] = {"lr", SW_FLOAT, 0, {.f = 3e-4}, 0, 1, NULL,
        "Adam's step size, for policy, critics and temperature"},
    [TAU] = {"tau", SW_FLOAT, 0, {.f = 0.005}, 0, 1, NULL,
        "how far the target networks move with each gradient step"},
    [AUTO_TEMPERATURE] = {"auto_temperature", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "learn the temperature that keeps the policy's entropy at target_entropy"},
    [TEMPERATURE] = {"temperature", SW_FLOAT, 0, {.f = 1}, 1e-6, 1e6, NULL,
        "reward that a nat of entropy is worth, or at first where it is learned"},
    [TARGET_ENTROPY] = {"target_entropy", SW_FLOAT, 0, {.f = -1}, -100, 1, NULL,
        "nats per element of an action scaled to [-1, 1]; uniform actions have 0.69"},
};
// clang-format on

enum { CRITIC_LOSS, Q_MEAN, POLICY_LOSS, ENTROPY, ALPHA, SUMS };

static const char *const stat_names[SUMS + 1] = {
    [CRITIC_LOSS] = "critic_loss", [Q_MEAN] = "q_mean",     [POLICY_LOSS] = "policy_loss",
    [ENTROPY] = "entropy",         [ALPHA] = "temperature", [SUMS] = "updates",
};

static float current_alpha(const sac *s)
{
    return expf(s->log_alpha);
}


// ---- acting -------------------------------------------------------------------------------------

static void decide(off_policy *o, const float *x, int n, random_state *random, bool stochastic,
                   float *actions)
{
    sac *s = (sac *) o;
    const float *outputs = mlp_forward(&s->policy, x, n);
    if (stochastic) {
        squashed_head_draw(&s->head, random, n);
        squashed_head_act(&s->head, outputs);
    } else {
        squashed_head_mode(&s->head, outputs, n);
    }
    memcpy(actions, s->head.act, (size_t) n * (size_t) o->act_dim * sizeof(*actions));
}

static void explore(off_policy *o, const float *x, int n, random_state *random, float *actions)
{
    decide(o, x, n, random, true, actions);
}


// ---- the gradient step --------------------------------------------------------------------------

void sac_learn_critics(sac *s)
{
    const replay_batch *b = &s->base.batch;
    const float alpha = current_alpha(s);

    squashed_head_act(&s->head, mlp_forward(&s->policy, b->next, b->n));
    for (int i = 0; i < b->n; i++) {
        s->cost[i] = alpha * s->head.logp[i];
    }
    critics_target(&s->critics, b, s->head.act, s->cost);
    critics_learn(&s->critics, b, s->lr);
}

double sac_learn_policy(sac *s)
{
    const replay_batch *b = &s->base.batch;
    const float alpha = current_alpha(s);
    double loss = 0;

    squashed_head_act(&s->head, mlp_forward(&s->policy, b->obs, b->n));
    critics_judge(&s->critics, b, s->head.act, false, s->value, s->dact);
    for (int i = 0; i < b->n; i++) {
        loss += (double) (alpha * s->head.logp[i] - s->value[i]);
    }
    vec_scale(s->dact, -1 / (float) b->n, b->n * s->head.actions);
    squashed_head_backward(&s->head, s->dact, alpha / (float) b->n, s->doutputs);
    mlp_zero_grads(&s->policy);
    mlp_backward(&s->policy, s->doutputs, b->n);
    adam_step(&s->adam, s->policy.params, s->policy.grads, s->lr);
    return loss / b->n;
}

double sac_learn_temperature(sac *s)
{
    const int n = s->base.batch.n;
    double entropy = 0;
    for (int i = 0; i < n; i++) {
        entropy -= (double) s->head.logp[i] / n;
    }
    if (s->learns_temperature) {
        const float slope = (float) (entropy - s->target_entropy);
        adam_step(&s->temperature, &s->log_alpha, &slope, s->lr);
    }
    return entropy;
}

static void learn(off_policy *o)
{
    sac *s = (sac *) o;
    squashed_head_draw(&s->head, &o->sample, o->batch.n);
    sac_learn_critics(s);
    squashed_head_draw(&s->head, &o->sample, o->batch.n);
    o->sums[POLICY_LOSS] += sac_learn_policy(s);
    o->sums[ALPHA] += (double) current_alpha(s);
    o->sums[ENTROPY] += sac_learn_temperature(s);
    critics_follow(&s->critics, s->tau);
    o->sums[CRITIC_LOSS] += s->critics.loss;
    o->sums[Q_MEAN] += s->critics.mean;
}


// ---- algo_class ---------------------------------------------------------------------------------

static const off_policy_class kind = {
    .explore = explore, .decide = decide, .learn = learn, .stat_count = SUMS};

static void close_sac(algo *a)
{
    sac *s = (sac *) a;
    if (s == NULL) {
        return;
    }
    critics_free(&s->critics);
    squashed_head_free(&s->head);
    adam_free(&s->temperature);
    adam_free(&s->adam);
    mlp_free(&s->policy);
    free(s->cost);
    free(s->value);
    free(s->dact);
    free(s->doutputs);
    off_policy_free(&s->base);
    free(s);
}

static sw_status init_policy(sac *s, int rows, random_state *random)
{
    const off_policy *o = &s->base;
    mlp_shape shape = o->shape;
    shape.in = o->obs_dim;
    shape.out = 2 * o->act_dim;
    const int most = o->batch_rows > rows ? o->batch_rows : rows;
    sw_status st = mlp_init(&s->policy, &shape, 0, most);
    if (st == SW_OK) {
        init_mlp(&s->policy, INIT_UNIFORM, 1, random);
        st = adam_init(&s->adam, s->policy.param_count, 1e-8);
    }
    if (st == SW_OK) {
        st = squashed_head_init(&s->head, o->act_dim, most);
    }
    return st == SW_OK ? adam_init(&s->temperature, 1, 1e-8) : st;
}

static sw_status init_batch(sac *s)
{
    const size_t n = (size_t) s->base.batch_rows, A = (size_t) s->base.act_dim;
    s->cost = vec_new(n);
    s->value = vec_new(n);
    s->dact = vec_new(n * A);
    s->doutputs = vec_new(n * 2 * A);
    return s->cost && s->value && s->dact && s->doutputs
               ? SW_OK
               : sw_fail(SW_NO_MEMORY, "no memory for a batch of %d rows", s->base.batch_rows);
}

static sw_status open_sac(const algo_problem *problem, const sw_value *values, algo **a)
{
    sac *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for sac");
    }
    random_state random = random_seed(random_mix(problem->seed, OFF_SEED_NETWORKS));
    s->lr = values[LR].f;
    s->tau = values[TAU].f;
    s->learns_temperature = values[AUTO_TEMPERATURE].b;
    s->log_alpha = (float) log(values[TEMPERATURE].f);
    sw_status st = off_policy_init(&s->base, problem, values, &kind, "sac", false);
    s->target_entropy = values[TARGET_ENTROPY].f * s->base.act_dim;
    if (st == SW_OK) {
        st = init_policy(s, problem->rows, &random);
    }
    if (st == SW_OK) {
        st = critics_init(&s->critics, &s->base, 2, &random);
    }
    if (st == SW_OK) {
        st = init_batch(s);
    }
    if (st != SW_OK) {
        close_sac((algo *) s);
        return st;
    }
    *a = (algo *) s;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    sac *s = (sac *) a;
    const tensor_visitor to = {visit, context};
    sw_status st = tensors_mlp(&to, "policy", &s->policy);
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam", &s->adam);
    }
    if (st == SW_OK) {
        st = critics_tensors(&s->critics, &to);
    }
    if (st == SW_OK) {
        st = tensors_floats(&to, "log_alpha", &s->log_alpha, 1);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "log_alpha.adam", &s->temperature);
    }
    return st == SW_OK ? off_policy_tensors(&s->base, &to) : st;
}

const algo_class algo_sac = {
    .name = "sac",
    .doc = "soft actor-critic with a learned temperature (Haarnoja et al. 2018, arXiv:1812.05905)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = SUMS + 1,
    .open = open_sac,
    OFF_POLICY_FUNCTIONS,
    .tensors = visit_tensors,
    .close = close_sac,
};
