// ppo.c -- Proximal Policy Optimization, clipped objective.
//
// Schulman et al. 2017, "Proximal Policy Optimization Algorithms", arXiv:1707.06347: Algorithm 1,
// with L^CLIP of eq. 7 and the combined objective of eq. 9, negated into a loss.
//
//   given a rollout collected with pi_old:
//     A, R <- GAE(gamma, lambda)                                         collector_finish
//     for K epochs, for each minibatch of M rows in a random order:
//       r_i    =  pi(a_i|s_i) / pi_old(a_i|s_i)
//       L_pi   = -mean_i min( r_i A_i, clip(r_i, 1-eps, 1+eps) A_i ) - c2 mean_i H(pi(.|s_i))
//       L_v    =  c1/2 mean_i max( (V_i - R_i)^2, (V_old_i + clip(V_i - V_old_i, +-eps) - R_i)^2 )
//       theta <-  Adam(theta, d(L_pi + L_v)/d theta), the norm of the gradient limited
//
// Differences from the paper are the code-level optimisations of its reference implementation,
// openai/baselines ppo2, as Engstrom et al. 2020 (arXiv:2005.12729) and Huang et al. 2022 ("The 37
// Implementation Details of Proximal Policy Optimization") describe them. Each has its line in the
// table: advantages standardised in each minibatch, the clipped value loss, normalised
// observations, scaled rewards, orthogonal initialisation, the annealed learning rate, one limit
// for the norm of both networks' gradients. Actor and critic share nothing. Every row is used once
// per epoch: the ceil(rows / M) minibatches differ in size by one at most.
#include "ppo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

// ---- hyper-parameters ---------------------------------------------------------------------------

enum {
    LR = AC_PARAM_COUNT,
    ANNEAL,
    CLIP,
    EPOCHS,
    MINIBATCH,
    ENTROPY_COEF,
    VALUE_COEF,
    MAX_GRAD_NORM,
    VALUE_CLIP,
    ADV_NORM,
    ADAM_EPSILON,
    PARAM_COUNT
};

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    ACTOR_CRITIC_PARAMS(256),
    [LR] = {"lr", SW_FLOAT, 0, {.f = 3e-4}, 0, 1, NULL, "Adam's step size"},
    [ANNEAL] = {"anneal", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "lower lr linearly to 0 over the run"},
    [CLIP] = {"clip", SW_FLOAT, 0, {.f = 0.2}, 0, 10, NULL,
        "epsilon: how far the probability ratio, and the value, may move"},
    [EPOCHS] = {"epochs", SW_INT, 0, {.i = 10}, 1, 1000, NULL, "passes over a rollout"},
    [MINIBATCH] = {"minibatch", SW_INT, 0, {.i = 64}, 1, 1 << 20, NULL, "rows per gradient step"},
    [ENTROPY_COEF] = {"entropy_coef", SW_FLOAT, 0, {.f = 0}, 0, 100, NULL,
        "c2: weight of the entropy bonus"},
    [VALUE_COEF] = {"value_coef", SW_FLOAT, 0, {.f = 0.5}, 0, 100, NULL,
        "c1: weight of the value loss"},
    [MAX_GRAD_NORM] = {"max_grad_norm", SW_FLOAT, 0, {.f = 0.5}, 0, 1e9, NULL,
        "limit of the gradient's norm over all parameters; 0: none"},
    [VALUE_CLIP] = {"value_clip", SW_BOOL, 0, {.b = true}, 0, 0, NULL, "clip the value loss"},
    [ADV_NORM] = {"adv_norm", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "standardise advantages in each minibatch"},
    [ADAM_EPSILON] = {"adam_epsilon", SW_FLOAT, 0, {.f = 1e-5}, 1e-12, 1, NULL,
        "Adam: added to the root of the second moment"},
};
// clang-format on

static const char *const stat_names[PPO_STAT_COUNT] = {
    [PPO_POLICY_LOSS] = "policy_loss",
    [PPO_VALUE_LOSS] = "value_loss",
    [PPO_ENTROPY] = "entropy",
    [PPO_APPROX_KL] = "approx_kl",
    [PPO_CLIP_FRAC] = "clip_frac",
    [PPO_GRAD_NORM] = "grad_norm",
    [PPO_EXPLAINED_VARIANCE] = "explained_variance",
    [PPO_LR] = "lr",
    [PPO_RATIO_ERROR] = "ratio_error",
};

static ppo_config read_config(const sw_value *v)
{
    return (ppo_config){
        .lr = v[LR].f,
        .anneal = v[ANNEAL].b,
        .clip = (float) v[CLIP].f,
        .epochs = (int) v[EPOCHS].i,
        .minibatch = (int) v[MINIBATCH].i,
        .entropy_coef = (float) v[ENTROPY_COEF].f,
        .value_coef = (float) v[VALUE_COEF].f,
        .max_grad_norm = (float) v[MAX_GRAD_NORM].f,
        .value_clip = v[VALUE_CLIP].b,
        .adv_norm = v[ADV_NORM].b,
        .adam_epsilon = v[ADAM_EPSILON].f,
    };
}


// ---- the losses ---------------------------------------------------------------------------------

static float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

double ppo_policy_loss(ppo *p)
{
    surrogate *u = &p->surrogate;
    minibatch *b = &u->batch;
    double *stats = p->base.stats;
    const float n = (float) b->n, eps = p->cfg.clip, c2 = p->cfg.entropy_coef;
    double gain = 0, entropy = 0, kl = 0, silenced = 0;

    if (p->cfg.adv_norm) {
        vec_standardize(b->adv, b->n);
    }
    const dist_batch now = policy_forward(u->policy, b->obs, b->n);
    surrogate_measure(u, &now);
    for (int i = 0; i < b->n; i++) {
        const float r = u->ratio[i];
        const float plain = r * b->adv[i];
        const float clipped = clamp(r, 1 - eps, 1 + eps) * b->adv[i];
        const bool silent = clipped < plain;  // min takes the branch that is constant in theta

        gain += silent ? clipped : plain;
        u->dlogp[i] = silent ? 0 : -plain / n;  // dr/dlogp = r
        u->dentropy[i] = -c2 / n;
        entropy += u->entropy[i];
        kl += r - 1 - u->log_ratio[i];
        silenced += silent;
    }
    surrogate_backward(u, &now, NULL);

    stats[PPO_POLICY_LOSS] -= gain / b->n;
    stats[PPO_ENTROPY] += entropy / b->n;
    stats[PPO_APPROX_KL] += kl / b->n;
    stats[PPO_CLIP_FRAC] += silenced / b->n;
    return (-gain - c2 * entropy) / b->n;
}

double ppo_value_loss(ppo *p)
{
    const minibatch *b = &p->values;
    mlp *critic = &p->base.ac.critic;
    const float n = (float) b->n, eps = p->cfg.clip, c1 = p->cfg.value_coef;
    const float *v = mlp_forward(critic, b->obs, b->n);
    double squares = 0;

    for (int i = 0; i < b->n; i++) {
        const float error = v[i] - b->ret[i];
        const float clipped = b->value[i] + clamp(v[i] - b->value[i], -eps, eps) - b->ret[i];
        const bool silent = p->cfg.value_clip && clipped * clipped > error * error;

        squares += silent ? clipped * clipped : error * error;
        p->dvalue[i] = silent ? 0 : c1 * error / n;
    }
    mlp_backward(critic, p->dvalue, b->n);
    p->base.stats[PPO_VALUE_LOSS] += squares / 2 / b->n;
    return c1 * squares / 2 / b->n;
}


// ---- the update ---------------------------------------------------------------------------------

// team_job: the gradient of one half of the minibatch.
static void compute_gradient(void *context, int part)
{
    ppo *p = context;
    ppo_half *h = &p->half[part];
    minibatch_gather(h->batch, &p->base.ac.collector.data, p->rows, p->n);
    mlp_zero_grads(h->net);
    if (part == PPO_POLICY) {
        ppo_policy_loss(p);
    } else {
        ppo_value_loss(p);
    }
    h->squares = vec_sum_squares(h->net->grads, h->net->param_count);
}

// team_job: moves one half down its gradient.
static void descend(void *context, int part)
{
    ppo *p = context;
    ppo_half *h = &p->half[part];
    if (p->shrink < 1) {
        vec_scale(h->net->grads, p->shrink, h->net->param_count);
    }
    adam_step(&h->adam, h->net->params, h->net->grads, p->base.stats[PPO_LR]);
}

static void run_minibatch(ppo *p, const int *rows, int n)
{
    const float limit = p->cfg.max_grad_norm;

    p->rows = rows;
    p->n = n;
    team_run(p->base.team, compute_gradient, p, PPO_HALVES);
    const float norm = sqrtf(p->half[PPO_POLICY].squares + p->half[PPO_CRITIC].squares);
    p->shrink = limit > 0 && norm > limit ? limit / norm : 1;
    team_run(p->base.team, descend, p, PPO_HALVES);

    p->base.stats[PPO_GRAD_NORM] += norm;
    if (p->minibatches == 0) {
        p->base.stats[PPO_RATIO_ERROR] = surrogate_ratio_error(&p->surrogate);
    }
    p->minibatches++;
}

// on_policy_learn
static void learn(on_policy *l)
{
    ppo *p = (ppo *) l;
    const rollout *data = &l->ac.collector.data;

    l->stats[PPO_LR] = p->cfg.lr * (p->cfg.anneal ? on_policy_left(l) : 1);
    l->stats[PPO_EXPLAINED_VARIANCE] = rollout_explained_variance(data);
    p->minibatches = 0;

    const int n = rollout_valid(data, p->order);
    const int parts = minibatch_count(n, p->cfg.minibatch);
    for (int epoch = 0; epoch < p->cfg.epochs; epoch++) {
        random_shuffle(&p->shuffle, p->order, n);
        for (int k = 0; k < parts; k++) {
            const int begin = minibatch_begin(n, parts, k);
            run_minibatch(p, p->order + begin, minibatch_begin(n, parts, k + 1) - begin);
        }
    }
    for (int i = 0; i < PPO_MEANS && p->minibatches > 0; i++) {
        l->stats[i] /= p->minibatches;
    }
}


// ---- algo_class ---------------------------------------------------------------------------------

static void close_ppo(algo *a)
{
    ppo *p = (ppo *) a;
    if (p == NULL) {
        return;
    }
    for (int i = 0; i < PPO_HALVES; i++) {
        adam_free(&p->half[i].adam);
    }
    surrogate_free(&p->surrogate);
    minibatch_free(&p->values);
    free(p->dvalue);
    free(p->order);
    on_policy_free(&p->base);
    free(p);
}

static sw_status init_half(ppo *p, int part, mlp *net, minibatch *batch)
{
    p->half[part].net = net;
    p->half[part].batch = batch;
    return adam_init(&p->half[part].adam, net->param_count, p->cfg.adam_epsilon);
}

static sw_status init_scratch(ppo *p)
{
    const rollout *d = &p->base.ac.collector.data;
    p->order = malloc((size_t) d->capacity * (size_t) d->rows * sizeof(*p->order));
    p->dvalue = vec_new((size_t) p->cfg.minibatch);
    if (!p->order || !p->dvalue) {
        return sw_fail(SW_NO_MEMORY, "no memory for minibatches of %d rows", p->cfg.minibatch);
    }
    return SW_OK;
}

static sw_status init_ppo(ppo *p, const algo_problem *problem, const sw_value *values)
{
    actor_critic *ac = &p->base.ac;

    p->cfg = read_config(values);
    p->shuffle = random_seed(random_mix(problem->seed, SEED_SHUFFLE));
    const on_policy_options options = {
        .ac = {.estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA},
               .max_batch = p->cfg.minibatch},
        .learn = learn,
        .stat_count = PPO_STAT_COUNT,
    };
    sw_status st = on_policy_init(&p->base, problem, values, &options);
    if (st == SW_OK) {
        st = surrogate_init(&p->surrogate, &ac->policy, &ac->collector.data, p->cfg.minibatch);
    }
    if (st == SW_OK) {
        st = minibatch_init(&p->values, &ac->collector.data, p->cfg.minibatch);
    }
    if (st == SW_OK) {
        st = init_half(p, PPO_POLICY, &ac->policy.net, &p->surrogate.batch);
    }
    if (st == SW_OK) {
        st = init_half(p, PPO_CRITIC, &ac->critic, &p->values);
    }
    return st == SW_OK ? init_scratch(p) : st;
}

static sw_status open_ppo(const algo_problem *problem, const sw_value *values, algo **a)
{
    ppo *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for ppo");
    }
    const sw_status st = init_ppo(p, problem, values);
    if (st != SW_OK) {
        close_ppo((algo *) p);
        return st;
    }
    *a = (algo *) p;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    ppo *p = (ppo *) a;
    const tensor_visitor to = {visit, context};
    sw_status st = on_policy_tensors(&p->base, &to);
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.policy", &p->half[PPO_POLICY].adam);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.critic", &p->half[PPO_CRITIC].adam);
    }
    if (st == SW_OK) {
        st = tensors_random(&to, "random.shuffle", &p->shuffle, 1);
    }
    return st;
}

const algo_class algo_ppo = {
    .name = "ppo",
    .doc = "Proximal Policy Optimization, clipped objective (Schulman et al. 2017, "
           "arXiv:1707.06347)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = PPO_STAT_COUNT,
    .open = open_ppo,
    ON_POLICY_FUNCTIONS,
    .tensors = visit_tensors,
    .close = close_ppo,
};
