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
    };
}


// ---- the losses ---------------------------------------------------------------------------------

static float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

// Writes r and log r of every row.
static void compute_ratios(ppo *p, const dist_batch *now)
{
    const minibatch *b = &p->half[PPO_POLICY].batch;
    const dist *d = &p->ac.policy.dist;
    d->kind->log_density(d, now, b->act, p->log_ratio);
    for (int i = 0; i < b->n; i++) {
        p->log_ratio[i] -= b->logp[i];
    }
    vec_exp(p->ratio, p->log_ratio, b->n);
}

double ppo_policy_loss(ppo *p)
{
    const minibatch *b = &p->half[PPO_POLICY].batch;
    const dist *d = &p->ac.policy.dist;
    mlp *net = &p->ac.policy.net;
    const float n = (float) b->n, eps = p->cfg.clip, c2 = p->cfg.entropy_coef;
    double surrogate = 0, entropy = 0, kl = 0, silenced = 0;

    if (p->cfg.adv_norm) {
        vec_standardize(b->adv, b->n);
    }
    const dist_batch now = policy_forward(&p->ac.policy, b->obs, b->n);
    compute_ratios(p, &now);
    d->kind->entropy(d, &now, p->entropy);
    for (int i = 0; i < b->n; i++) {
        const float r = p->ratio[i];
        const float plain = r * b->adv[i];
        const float clipped = clamp(r, 1 - eps, 1 + eps) * b->adv[i];
        const bool silent = clipped < plain;  // min takes the branch that is constant in theta

        surrogate += silent ? clipped : plain;
        p->dlogp[i] = silent ? 0 : -plain / n;  // dr/dlogp = r
        p->dentropy[i] = -c2 / n;
        entropy += p->entropy[i];
        kl += r - 1 - p->log_ratio[i];
        silenced += silent;
    }
    d->kind->backward(d, &now,
                      &(dist_gradient){.actions = b->act,
                                       .dlogp = p->dlogp,
                                       .dentropy = p->dentropy,
                                       .doutputs = p->doutputs,
                                       .down = net->dextra});
    mlp_backward(net, p->doutputs, b->n);

    p->stats[PPO_POLICY_LOSS] -= surrogate / b->n;
    p->stats[PPO_ENTROPY] += entropy / b->n;
    p->stats[PPO_APPROX_KL] += kl / b->n;
    p->stats[PPO_CLIP_FRAC] += silenced / b->n;
    return (-surrogate - c2 * entropy) / b->n;
}

double ppo_value_loss(ppo *p)
{
    const minibatch *b = &p->half[PPO_CRITIC].batch;
    const float n = (float) b->n, eps = p->cfg.clip, c1 = p->cfg.value_coef;
    const float *v = mlp_forward(&p->ac.critic, b->obs, b->n);
    double squares = 0;

    for (int i = 0; i < b->n; i++) {
        const float error = v[i] - b->ret[i];
        const float clipped = b->value[i] + clamp(v[i] - b->value[i], -eps, eps) - b->ret[i];
        const bool silent = p->cfg.value_clip && clipped * clipped > error * error;

        squares += silent ? clipped * clipped : error * error;
        p->dvalue[i] = silent ? 0 : c1 * error / n;
    }
    mlp_backward(&p->ac.critic, p->dvalue, b->n);
    p->stats[PPO_VALUE_LOSS] += squares / 2 / b->n;
    return c1 * squares / 2 / b->n;
}


// ---- the update ---------------------------------------------------------------------------------

// team_job: the gradient of one half of the minibatch.
static void compute_gradient(void *context, int part)
{
    ppo *p = context;
    ppo_half *h = &p->half[part];
    minibatch_gather(&h->batch, &p->ac.collector.data, p->rows, p->n);
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
    adam_step(&h->adam, h->net->params, h->net->grads, p->stats[PPO_LR]);
}

static void run_minibatch(ppo *p, const int *rows, int n)
{
    const float limit = p->cfg.max_grad_norm;

    p->rows = rows;
    p->n = n;
    team_run(p->team, compute_gradient, p, PPO_HALVES);
    const float norm = sqrtf(p->half[PPO_POLICY].squares + p->half[PPO_CRITIC].squares);
    p->shrink = limit > 0 && norm > limit ? limit / norm : 1;
    team_run(p->team, descend, p, PPO_HALVES);

    p->stats[PPO_GRAD_NORM] += norm;
    for (int i = 0; i < n && p->minibatches == 0; i++) {
        p->stats[PPO_RATIO_ERROR] = fmax(p->stats[PPO_RATIO_ERROR], fabs(p->ratio[i] - 1.0));
    }
    p->minibatches++;
}

// lr, or what annealing has left of it.
static double current_lr(const ppo *p)
{
    const double left = 1 - (double) p->steps / (double) p->total_steps;
    return p->cfg.anneal ? p->cfg.lr * fmax(0, left) : p->cfg.lr;
}

static bool update(algo *a)
{
    ppo *p = (ppo *) a;
    collector *c = &p->ac.collector;

    if (!collector_is_full(c)) {
        return false;
    }
    collector_finish(c);
    memset(p->stats, 0, sizeof(p->stats));
    p->stats[PPO_LR] = current_lr(p);
    p->stats[PPO_EXPLAINED_VARIANCE] = rollout_explained_variance(&c->data);
    p->minibatches = 0;

    const int n = rollout_valid(&c->data, p->order);
    const int parts = minibatch_count(n, p->cfg.minibatch);
    for (int epoch = 0; epoch < p->cfg.epochs; epoch++) {
        random_shuffle(&p->shuffle, p->order, n);
        for (int k = 0; k < parts; k++) {
            const int begin = minibatch_begin(n, parts, k);
            run_minibatch(p, p->order + begin, minibatch_begin(n, parts, k + 1) - begin);
        }
    }
    for (int i = 0; i < PPO_MEANS && p->minibatches > 0; i++) {
        p->stats[i] /= p->minibatches;
    }
    p->steps += (int64_t) c->data.steps * c->data.rows;
    collector_restart(c);
    return true;
}


// ---- algo_class ---------------------------------------------------------------------------------

static void close_ppo(algo *a)
{
    ppo *p = (ppo *) a;
    if (p == NULL) {
        return;
    }
    team_close(p->team);
    for (int i = 0; i < PPO_HALVES; i++) {
        minibatch_free(&p->half[i].batch);
        adam_free(&p->half[i].adam);
    }
    float *const scratch[] = {p->log_ratio, p->ratio,    p->entropy, p->dlogp,
                              p->dentropy,  p->doutputs, p->dvalue};
    for (size_t i = 0; i < sizeof(scratch) / sizeof(scratch[0]); i++) {
        free(scratch[i]);
    }
    free(p->order);
    actor_critic_free(&p->ac);
    free(p);
}

static sw_status init_half(ppo *p, int part, mlp *net, double epsilon)
{
    ppo_half *h = &p->half[part];
    h->net = net;
    const sw_status st = adam_init(&h->adam, net->param_count, epsilon);
    if (st != SW_OK) {
        return st;
    }
    return minibatch_init(&h->batch, &p->ac.collector.data, p->cfg.minibatch);
}

static sw_status init_scratch(ppo *p)
{
    const rollout *d = &p->ac.collector.data;
    const size_t M = (size_t) p->cfg.minibatch;
    p->order = malloc((size_t) d->steps * (size_t) d->rows * sizeof(*p->order));
    p->log_ratio = vec_new(M);
    p->ratio = vec_new(M);
    p->entropy = vec_new(M);
    p->dlogp = vec_new(M);
    p->dentropy = vec_new(M);
    p->doutputs = vec_new(M * (size_t) p->ac.policy.dist.outputs);
    p->dvalue = vec_new(M);
    if (!p->order || !p->log_ratio || !p->ratio || !p->entropy || !p->dlogp || !p->dentropy ||
        !p->doutputs || !p->dvalue) {
        return sw_fail(SW_NO_MEMORY, "no memory for minibatches of %d rows", p->cfg.minibatch);
    }
    return SW_OK;
}

static sw_status init_ppo(ppo *p, const algo_problem *problem, const sw_value *values)
{
    const double epsilon = values[ADAM_EPSILON].f;

    p->cfg = read_config(values);
    p->total_steps = problem->total_steps;
    p->shuffle = random_seed(random_mix(problem->seed, SEED_SHUFFLE));
    sw_status st = actor_critic_init(&p->ac, problem, values, p->cfg.minibatch);
    if (st == SW_OK) {
        st = init_half(p, PPO_POLICY, &p->ac.policy.net, epsilon);
    }
    if (st == SW_OK) {
        st = init_half(p, PPO_CRITIC, &p->ac.critic, epsilon);
    }
    if (st == SW_OK) {
        st = init_scratch(p);
    }
    if (st == SW_OK) {
        st = team_new(problem->threads > 1 ? PPO_HALVES : 1, &p->team);
    }
    return st;
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

static algo_answer observe(algo *a, int group, const sw_batch *batch)
{
    return collector_observe(&((ppo *) a)->ac.collector, group, batch) ? ALGO_HOLD : ALGO_GO;
}

static void act(algo *a, int group, const sw_batch *batch, void *const *actions)
{
    collector_act(&((ppo *) a)->ac.collector, group, batch, actions[0]);
}

static void decide(algo *a, const sw_batch *batch, bool stochastic, void *const *actions)
{
    actor_critic_decide(&((ppo *) a)->ac, batch, stochastic, actions[0]);
}

static void write_stats(const algo *a, double *out)
{
    memcpy(out, ((const ppo *) a)->stats, sizeof(((const ppo *) a)->stats));
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    ppo *p = (ppo *) a;
    const tensor_visitor to = {visit, context};
    const algo_tensor steps = {.name = "steps", .dtype = ALGO_I64, .data = &p->steps};
    sw_status st = actor_critic_tensors(&p->ac, &to);
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.policy", &p->half[PPO_POLICY].adam);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.critic", &p->half[PPO_CRITIC].adam);
    }
    if (st == SW_OK) {
        st = tensors_random(&to, "random.shuffle", &p->shuffle, 1);
    }
    if (st == SW_OK) {
        st = visit(context, &steps);
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
    .observe = observe,
    .act = act,
    .update = update,
    .stats = write_stats,
    .decide = decide,
    .tensors = visit_tensors,
    .close = close_ppo,
};
