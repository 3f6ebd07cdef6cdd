// ppo.c -- Proximal Policy Optimization, clipped objective.
//
// Schulman et al. 2017, "Proximal Policy Optimization Algorithms", arXiv:1707.06347: Algorithm 1,
// with L^CLIP of eq. 7 and the combined objective of eq. 9, negated into a loss.
//
//   given a rollout collected with pi_old:
//     A, R <- GAE(gamma, lambda)                                         collector_finish
//     for K epochs, for each minibatch of M rows in a random order:
//       r_i     =  pi(a_i|s_i) / pi_old(a_i|s_i)
//       L_pi    = -mean_i min( r_i A_i, clip(r_i, 1-eps, 1+eps) A_i ) - c2 mean_i H(pi(.|s_i))
//       L_v     =  c1 mean_i max( (V_i - R_i)^2, (clip(V_i, V_old_i-eps, V_old_i+eps) - R_i)^2 ) /
//       2 theta  <-  Adam(theta, d(L_pi + L_v)/d theta), its norm limited
//
// Differences from the paper are the code-level optimisations of its reference implementation
// (openai/baselines ppo2), as Engstrom et al. 2020, arXiv:2005.12729, and Huang et al. 2022, "The
// 37 Implementation Details of Proximal Policy Optimization", describe them; each has its line in
// the table: A standardised in each minibatch, the clipped value loss, normalised observations,
// scaled rewards, orthogonal initialisation, the learning rate annealed to 0, one limit for the
// norm of both networks' gradients. Actor and critic share nothing. Every row is used once per
// epoch: the ceil(rows / M) minibatches differ in size by one at most.
#include "ppo.h"

#include <assert.h>
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
    ACTOR_CRITIC_PARAMS,
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

static const char *const stat_names[] = {
    "policy_loss",        "value_loss", "entropy", "approx_kl",   "clip_frac",
    "explained_variance", "grad_norm",  "lr",      "ratio_error",
};

enum { STAT_COUNT = sizeof(stat_names) / sizeof(stat_names[0]) };

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

double ppo_policy_loss(ppo *p, int n)
{
    policy *pi = &p->ac.policy;
    const float eps = p->cfg.clip;
    const dist_batch now = policy_forward(pi, p->policy_obs, n);
    double surrogate = 0, entropy = 0, kl = 0;
    int silenced = 0;

    pi->dist.kind->log_density(&pi->dist, &now, p->act, p->logp);
    pi->dist.kind->entropy(&pi->dist, &now, p->entropy);
    for (int i = 0; i < n; i++) {
        p->logp[i] -= p->logp_old[i];
    }
    vec_exp(p->ratio, p->logp, n);
    for (int i = 0; i < n; i++) {
        const float r = p->ratio[i], log_r = p->logp[i], adv = p->adv[i];
        const float plain = r * adv;
        const float clipped = (r < 1 - eps ? 1 - eps : r > 1 + eps ? 1 + eps : r) * adv;
        const bool silent = clipped < plain;  // min takes the branch that is constant in theta

        surrogate += silent ? clipped : plain;
        entropy += p->entropy[i];
        p->dlogp[i] = silent ? 0 : -plain / (float) n;  // dr/dlogp = r
        p->dentropy[i] = -p->cfg.entropy_coef / (float) n;
        silenced += silent;
        kl += (double) (r - 1 - log_r);
    }
    const dist_gradient g = {.actions = p->act,
                             .dlogp = p->dlogp,
                             .dentropy = p->dentropy,
                             .doutputs = p->doutputs,
                             .down = pi->net.dextra};
    pi->dist.kind->backward(&pi->dist, &now, &g);
    mlp_backward(&pi->net, p->doutputs, n);

    p->stats.policy_loss -= surrogate / n;
    p->stats.entropy += entropy / n;
    p->stats.approx_kl += kl / n;
    p->stats.clip_frac += (double) silenced / n;
    return (-surrogate - p->cfg.entropy_coef * entropy) / n;
}

double ppo_value_loss(ppo *p, int n)
{
    const float eps = p->cfg.clip;
    const float *v = mlp_forward(&p->ac.critic, p->critic_obs, n);
    double loss = 0;

    for (int i = 0; i < n; i++) {
        const float moved = v[i] - p->value_old[i];
        const float clipped = p->value_old[i] + (moved < -eps ? -eps : moved > eps ? eps : moved);
        const float plain_error = v[i] - p->ret[i], clipped_error = clipped - p->ret[i];
        const float plain = plain_error * plain_error, limited = clipped_error * clipped_error;
        const bool silent = p->cfg.value_clip && limited > plain;

        loss += 0.5 * (double) (silent ? limited : plain);
        p->dvalue[i] = silent ? 0 : p->cfg.value_coef * plain_error / (float) n;
    }
    mlp_backward(&p->ac.critic, p->dvalue, n);
    p->stats.value_loss += loss / n;
    return p->cfg.value_coef * loss / n;
}


// ---- the update ---------------------------------------------------------------------------------

// The policy's half of the minibatch, up to the gradient.
static void policy_gradient(ppo *p)
{
    const int n = p->n;
    const rollout *d = &p->ac.collector.data;
    const size_t obs_size = (size_t) d->obs_dim * sizeof(float);
    const size_t act_size = (size_t) d->act_dim * sizeof(float);
    for (int i = 0; i < n; i++) {
        const int k = p->rows[i];
        memcpy(p->policy_obs + i * d->obs_dim, d->obs + k * d->obs_dim, obs_size);
        memcpy(p->act + i * d->act_dim, d->act + k * d->act_dim, act_size);
        p->logp_old[i] = d->logp[k];
        p->adv[i] = d->adv[k];
    }
    if (p->cfg.adv_norm) {
        vec_standardize(p->adv, n);
    }
    mlp_zero_grads(&p->ac.policy.net);
    ppo_policy_loss(p, n);
    for (int i = 0; i < n && p->minibatches == 0; i++) {
        p->stats.ratio_error = fmax(p->stats.ratio_error, fabs((double) p->ratio[i] - 1));
    }
}

// The critic's half.
static void critic_gradient(ppo *p)
{
    const int n = p->n;
    const rollout *d = &p->ac.collector.data;
    const size_t obs_size = (size_t) d->obs_dim * sizeof(float);
    for (int i = 0; i < n; i++) {
        const int k = p->rows[i];
        memcpy(p->critic_obs + i * d->obs_dim, d->obs + k * d->obs_dim, obs_size);
        p->value_old[i] = d->value[k];
        p->ret[i] = d->ret[k];
    }
    mlp_zero_grads(&p->ac.critic);
    ppo_value_loss(p, n);
}

// team_job: the gradient of one half, and its size.
static void compute_gradient(void *context, int half)
{
    ppo *p = context;
    const mlp *m = half == 0 ? &p->ac.policy.net : &p->ac.critic;
    if (half == 0) {
        policy_gradient(p);
    } else {
        critic_gradient(p);
    }
    p->squares[half] = vec_sum_squares(m->grads, m->param_count);
}

// team_job: moves one half down its gradient.
static void descend(void *context, int half)
{
    ppo *p = context;
    mlp *m = half == 0 ? &p->ac.policy.net : &p->ac.critic;
    if (p->shrink < 1) {
        vec_scale(m->grads, p->shrink, m->param_count);
    }
    adam_step(half == 0 ? &p->policy_adam : &p->critic_adam, m->params, m->grads, p->stats.lr);
}

// One pass over the n transitions in `order`.
static void run_epoch(ppo *p, int n)
{
    const int M = p->cfg.minibatch;
    const int parts = (n + M - 1) / M;

    random_shuffle(&p->shuffle, p->order, n);
    for (int k = 0; k < parts; k++) {
        const int begin = (int) ((int64_t) n * k / parts);
        const int end = (int) ((int64_t) n * (k + 1) / parts);
        p->rows = p->order + begin;
        p->n = end - begin;
        team_run(p->team, compute_gradient, p, 2);

        const float norm = sqrtf(p->squares[0] + p->squares[1]);
        const float limit = p->cfg.max_grad_norm;
        p->shrink = limit > 0 && norm > limit ? limit / norm : 1;
        team_run(p->team, descend, p, 2);
        p->stats.grad_norm += (double) norm;
        p->minibatches++;
    }
}

// 1 - Var(R - V) / Var(R) over n transitions; 0 where R is constant.
static double explained_variance(const rollout *d, const int *rows, int n)
{
    double sum[2] = {0, 0}, squares[2] = {0, 0};  // of R and of R - V
    for (int i = 0; i < n; i++) {
        const double x[2] = {(double) d->ret[rows[i]], (double) d->adv[rows[i]]};
        for (int j = 0; j < 2; j++) {
            sum[j] += x[j];
            squares[j] += x[j] * x[j];
        }
    }
    const double var_return = squares[0] - sum[0] * sum[0] / n;
    const double var_error = squares[1] - sum[1] * sum[1] / n;
    return var_return > 0 ? 1 - var_error / var_return : 0;
}

// What was added up over the minibatches becomes a mean.
static void average_stats(ppo_stats *stats, int minibatches)
{
    double *const sums[] = {&stats->policy_loss, &stats->value_loss, &stats->entropy,
                            &stats->approx_kl,   &stats->clip_frac,  &stats->grad_norm};
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]) && minibatches > 0; i++) {
        *sums[i] /= minibatches;
    }
}

static bool update(algo *a)
{
    ppo *p = (ppo *) a;
    collector *c = &p->ac.collector;

    if (!collector_is_full(c)) {
        return false;
    }
    collector_finish(c);
    const int n = rollout_valid(&c->data, p->order);
    const double done = fmin(1, (double) p->steps / (double) p->total_steps);
    const double lr = p->cfg.anneal ? p->cfg.lr * (1 - done) : p->cfg.lr;

    p->minibatches = 0;
    p->stats =
        (ppo_stats){.lr = lr, .explained_variance = explained_variance(&c->data, p->order, n)};
    for (int epoch = 0; epoch < p->cfg.epochs && n > 0; epoch++) {
        run_epoch(p, n);
    }
    average_stats(&p->stats, p->minibatches);
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
    free(p->order);
    free(p->memory);
    adam_free(&p->policy_adam);
    adam_free(&p->critic_adam);
    actor_critic_free(&p->ac);
    free(p);
}

// Allocates `order` and the minibatch arrays.
static sw_status init_minibatch(ppo *p)
{
    const rollout *d = &p->ac.collector.data;
    const size_t M = (size_t) p->cfg.minibatch, obs = M * (size_t) d->obs_dim;
    struct {
        float **array;
        size_t size;
    } const views[] = {
        {&p->policy_obs, obs}, {&p->act, M * (size_t) d->act_dim},
        {&p->logp_old, M},     {&p->adv, M},
        {&p->logp, M},         {&p->ratio, M},
        {&p->entropy, M},      {&p->dlogp, M},
        {&p->dentropy, M},     {&p->doutputs, M * (size_t) p->ac.policy.dist.outputs},
        {&p->critic_obs, obs}, {&p->value_old, M},
        {&p->ret, M},          {&p->dvalue, M},
    };
    const size_t count = sizeof(views) / sizeof(views[0]);
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        total += (views[i].size + 15) / 16 * 16;  // each begins on a cache line
    }
    p->order = malloc((size_t) d->steps * (size_t) d->rows * sizeof(*p->order));
    p->memory = vec_new(total);
    if (p->order == NULL || p->memory == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for minibatches of %d rows", p->cfg.minibatch);
    }
    float *next = p->memory;
    for (size_t i = 0; i < count; i++) {
        *views[i].array = next;
        next += (views[i].size + 15) / 16 * 16;
    }
    return SW_OK;
}

static sw_status open_ppo(const algo_problem *problem, const sw_value *values, algo **a)
{
    ppo *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for ppo");
    }
    p->cfg = read_config(values);
    p->total_steps = problem->total_steps;
    p->shuffle = random_seed(random_mix(problem->seed, SEED_SHUFFLE));
    sw_status st = actor_critic_init(&p->ac, problem, values, p->cfg.minibatch);
    if (st == SW_OK) {
        st = adam_init(&p->policy_adam, p->ac.policy.net.param_count, values[ADAM_EPSILON].f);
    }
    if (st == SW_OK) {
        st = adam_init(&p->critic_adam, p->ac.critic.param_count, values[ADAM_EPSILON].f);
    }
    if (st == SW_OK) {
        st = init_minibatch(p);
    }
    if (st == SW_OK) {
        st = team_new(problem->threads > 1 ? 2 : 1, &p->team);
    }
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
    const ppo_stats *s = &((const ppo *) a)->stats;
    const double values[STAT_COUNT] = {s->policy_loss, s->value_loss, s->entropy,
                                       s->approx_kl,   s->clip_frac,  s->explained_variance,
                                       s->grad_norm,   s->lr,         s->ratio_error};
    memcpy(out, values, sizeof(values));
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    ppo *p = (ppo *) a;
    const tensor_visitor to = {visit, context};
    const algo_tensor steps = {.name = "steps", .dtype = ALGO_I64, .data = &p->steps};
    sw_status st = actor_critic_tensors(&p->ac, &to);
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.policy", &p->policy_adam);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.critic", &p->critic_adam);
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
    .stat_count = STAT_COUNT,
    .open = open_ppo,
    .observe = observe,
    .act = act,
    .update = update,
    .stats = write_stats,
    .decide = decide,
    .tensors = visit_tensors,
    .close = close_ppo,
};
