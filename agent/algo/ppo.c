// ppo.c -- Proximal Policy Optimization.
//
// Schulman et al. 2017, "Proximal Policy Optimization Algorithms", arXiv:1707.06347: Algorithm 1
// with the combined objective of eq. 9, negated into a loss, whose first part is a choice.
//
//   given a rollout collected with pi_old:
//     A, R <- GAE(gamma, lambda)                                         collector_finish
//     for K epochs, for each minibatch of M rows in a random order:
//       r_i    =  pi(a_i|s_i) / pi_old(a_i|s_i)
//       L_pi   = -mean_i J(r_i, A_i, KL_i) - c2 mean_i H(pi(.|s_i))
//       L_v    =  c1/2 mean_i max( (V_i - R_i)^2, (V_old_i + clip(V_i - V_old_i, +-eps) - R_i)^2 )
//       no more of them if mean_i (r_i - 1 - log r_i) > 1.5 target_kl
//       theta <-  Adam(theta, d(L_pi + L_v)/d theta), the norm of the gradient limited
//     beta <- as the objective has it, for the next rollout
//
// J is the clipped objective of eq. 7, min(r A, clip(r, 1-eps, 1+eps) A), or one of the others in
// ppo_objective.h. KL_i = KL(pi_old || pi)(s_i) is exact, from the distributions. Options of an
// objective that was not chosen have no effect.
//
// Differences from the paper are the code-level optimisations of its reference implementation,
// openai/baselines ppo2, as Engstrom et al. 2020 (arXiv:2005.12729) and Huang et al. 2022 ("The 37
// Implementation Details of Proximal Policy Optimization") describe them. Each has its line in the
// table: advantages standardised in each minibatch, the clipped value loss, normalised
// observations, scaled rewards, orthogonal initialisation, the annealed learning rate, one limit
// for the norm of both networks' gradients. The early stop is Stable-Baselines3's: Spinning Up's
// factor of 1.5, asked before every step. Every row is used once per epoch: the ceil(rows / M)
// minibatches differ in size by one at most.
#include "ppo.h"

#include <stdlib.h>

#include <vec.h>

// ---- hyper-parameters ---------------------------------------------------------------------------

enum {
    OBJECTIVE = DESCENT_PARAM_COUNT,
    CLIP,
    EPS_LOW,
    EPS_HIGH,
    BETA,
    KL_TARGET,
    BETA_LR,
    TARGET_KL,
    EPOCHS,
    MINIBATCH,
    VALUE_CLIP,
    ADV_NORM,
    ADAM_EPSILON,
    PARAM_COUNT
};

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    DESCENT_PARAMS(256, 3e-4, 0, 0.5),
    [OBJECTIVE] = {"objective", SW_STRING, 0, {.s = "clip"}, 0, 0, PPO_OBJECTIVE_CHOICES,
        "what keeps the policy near the old one: a clip of the probability ratio, a penalty on the "
        "KL divergence (of constant, adapted or dual weight), or nothing"},
    [CLIP] = {"clip", SW_FLOAT, 0, {.f = 0.2}, 0, 10, NULL,
        "epsilon: how far the probability ratio (objective clip), and the value, may move"},
    [EPS_LOW] = {"eps_low", SW_FLOAT, 0, {.f = 0.2}, 0, 1, NULL,
        "objective clip_asymmetric: how far the ratio may fall below 1"},
    [EPS_HIGH] = {"eps_high", SW_FLOAT, 0, {.f = 0.28}, 0, 10, NULL,
        "objective clip_asymmetric: how far the ratio may rise above 1 (DAPO's default)"},
    [BETA] = {"beta", SW_FLOAT, 0, {.f = 1}, 0, 1e6, NULL,
        "weight of the KL: of fixed_kl; the first one of adaptive_kl and lagrangian"},
    [KL_TARGET] = {"kl_target", SW_FLOAT, 0, {.f = 0.01}, 1e-9, 10, NULL,
        "objectives adaptive_kl and lagrangian: KL(old || new) of an update, in nats"},
    [BETA_LR] = {"beta_lr", SW_FLOAT, 0, {.f = 10}, 0, 1e6, NULL,
        "objective lagrangian: step size of beta, per nat"},
    [TARGET_KL] = {"target_kl", SW_FLOAT, 0, {.f = 0}, 0, 10, NULL,
        "an update ends at a minibatch whose KL is above 1.5 times this, in nats; 0: never"},
    [EPOCHS] = {"epochs", SW_INT, 0, {.i = 10}, 1, 1000, NULL, "passes over a rollout"},
    [MINIBATCH] = {"minibatch", SW_INT, 0, {.i = 64}, 1, 1 << 20, NULL, "rows per gradient step"},
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
    [PPO_KL] = "kl",
    [PPO_BETA] = "beta",
    [PPO_EPOCHS] = "epochs",
};

static ppo_config read_config(const sw_value *v)
{
    return (ppo_config){
        .clip = (float) v[CLIP].f,
        .epochs = (int) v[EPOCHS].i,
        .minibatch = (int) v[MINIBATCH].i,
        .target_kl = v[TARGET_KL].f,
        .value_clip = v[VALUE_CLIP].b,
        .adv_norm = v[ADV_NORM].b,
    };
}

static ppo_objective read_objective(const sw_value *v)
{
    ppo_objective o = {.kind = ppo_objective_parse(v[OBJECTIVE].s),
                       .eps_low = (float) v[EPS_LOW].f,
                       .eps_high = (float) v[EPS_HIGH].f,
                       .kl_target = v[KL_TARGET].f,
                       .beta_lr = v[BETA_LR].f};
    if (o.kind == PPO_CLIP) {
        o.eps_low = o.eps_high = (float) v[CLIP].f;
    }
    if (ppo_objective_has_kl(&o)) {
        o.beta = v[BETA].f;
    }
    return o;
}


// ---- the losses ---------------------------------------------------------------------------------

double ppo_policy_loss(ppo *p)
{
    surrogate *u = &p->descent.surrogate;
    minibatch *b = &u->batch;
    anchor *old = ppo_objective_has_kl(&p->objective) ? &p->anchor : NULL;
    double *stats = p->base.stats;
    const float n = (float) b->n, c2 = p->descent.entropy_coef;
    double gain = 0, entropy = 0, kl = 0, silenced = 0;

    if (p->cfg.adv_norm) {
        vec_standardize(b->adv, b->n);
    }
    const dist_batch now = policy_forward(u->policy, b->obs, b->n);
    dist_gradient more = {0};
    surrogate_measure(u, &now);
    if (old != NULL) {
        anchor_measure(old, &now);
        more = (dist_gradient){.old = &old->old, .dkl = old->dkl};
    }
    for (int i = 0; i < b->n; i++) {
        const float r = u->ratio[i];
        const ppo_row row =
            ppo_objective_row(&p->objective, r, b->adv[i], old != NULL ? old->kl[i] : 0);

        gain += row.value;
        u->dlogp[i] = -row.dlogp / n;
        u->dentropy[i] = -c2 / n;
        if (old != NULL) {
            old->dkl[i] = -row.dkl / n;
        }
        entropy += u->entropy[i];
        kl += r - 1 - u->log_ratio[i];
        silenced += row.silent;
    }
    surrogate_backward(u, &now, &more);

    p->approx_kl = kl / b->n;
    stats[PPO_POLICY_LOSS] -= gain / b->n;
    stats[PPO_ENTROPY] += entropy / b->n;
    stats[PPO_APPROX_KL] += kl / b->n;
    stats[PPO_CLIP_FRAC] += silenced / b->n;
    return (-gain - c2 * entropy) / b->n;
}

double ppo_value_loss(ppo *p)
{
    const minibatch *b = &p->descent.values;
    float *dvalue = p->descent.dvalue;
    mlp *critic = &p->base.ac.critic;
    const float n = (float) b->n, eps = p->cfg.clip, c1 = p->descent.value_coef;
    const float *v = mlp_forward(critic, b->obs, b->n);
    double squares = 0;

    for (int i = 0; i < b->n; i++) {
        const float error = v[i] - b->ret[i], moved = v[i] - b->value[i];
        const float clipped = b->value[i] + vec_clamp1(moved, -eps, eps) - b->ret[i];
        // within the clip the two are equal but for rounding, which must not decide
        const bool silent =
            p->cfg.value_clip && fabsf(moved) > eps && clipped * clipped > error * error;

        squares += silent ? clipped * clipped : error * error;
        dvalue[i] = silent ? 0 : c1 * error / n;
    }
    mlp_backward(critic, dvalue, b->n);
    p->base.stats[PPO_VALUE_LOSS] += squares / 2 / b->n;
    return c1 * squares / 2 / b->n;
}

// descent_methods
static void compute_loss(on_policy *l, int part)
{
    ppo *p = (ppo *) l;
    if (part == DESCENT_CRITIC) {
        ppo_value_loss(p);
        return;
    }
    if (ppo_objective_has_kl(&p->objective)) {
        anchor_gather(&p->anchor, p->descent.rows, p->descent.n);
    }
    ppo_policy_loss(p);
}

static void move(on_policy *l, int part)
{
    ppo *p = (ppo *) l;
    mlp *net = p->descent.net[part];
    adam_step(&p->adam[part], net->params, net->grads, p->descent.lr);
}

static const descent_methods methods = {.loss = compute_loss, .move = move};


// ---- the update ---------------------------------------------------------------------------------

// Returns false, and moves nothing, if the policy has gone too far already.
static bool run_minibatch(ppo *p, const int *rows, int n)
{
    double *stats = p->base.stats;

    descent_gradient(&p->descent, rows, n);
    stats[PPO_GRAD_NORM] += p->descent.norm;
    if (p->minibatches++ == 0) {
        stats[PPO_RATIO_ERROR] = surrogate_ratio_error(&p->descent.surrogate);
    }
    if (p->cfg.target_kl > 0 && p->approx_kl > 1.5 * p->cfg.target_kl) {
        return false;
    }
    descent_step(&p->descent);
    return true;
}

static void run_epochs(ppo *p, int n)
{
    const int parts = minibatch_count(n, p->cfg.minibatch);
    double *epochs = &p->base.stats[PPO_EPOCHS];

    for (int epoch = 0; epoch < p->cfg.epochs; epoch++) {
        random_shuffle(&p->shuffle, p->descent.order, n);
        for (int k = 0; k < parts; k++) {
            const int begin = minibatch_begin(n, parts, k);
            const int end = minibatch_begin(n, parts, k + 1);
            if (!run_minibatch(p, p->descent.order + begin, end - begin)) {
                return;
            }
            *epochs = epoch + (k + 1.0) / parts;
        }
    }
}

// Mean KL(pi_old || pi) of the n transitions in `order`.
static double measure_kl(ppo *p, int n)
{
    minibatch *b = &p->descent.surrogate.batch;
    double sum = 0;
    for (int i = 0; i < n; i += p->cfg.minibatch) {
        const int m = n - i < p->cfg.minibatch ? n - i : p->cfg.minibatch;
        minibatch_gather(b, &p->base.ac.collector.data, p->descent.order + i, m);
        anchor_gather(&p->anchor, p->descent.order + i, m);
        const dist_batch now = policy_forward(&p->base.ac.policy, b->obs, m);
        sum += anchor_measure(&p->anchor, &now);
    }
    return sum / n;
}

// on_policy_learn
static void learn(on_policy *l)
{
    ppo *p = (ppo *) l;
    const rollout *data = &l->ac.collector.data;
    const bool has_kl = ppo_objective_has_kl(&p->objective);
    const int n = descent_begin(&p->descent);

    p->minibatches = 0;
    l->stats[PPO_LR] = p->descent.lr;
    l->stats[PPO_EXPLAINED_VARIANCE] = rollout_explained_variance(data);
    l->stats[PPO_BETA] = p->objective.beta;
    if (n == 0) {
        return;
    }
    if (has_kl) {
        anchor_take(&p->anchor, data);
    }
    run_epochs(p, n);
    l->stats[PPO_KL] = has_kl ? measure_kl(p, n) : p->approx_kl;
    ppo_objective_adapt(&p->objective, l->stats[PPO_KL]);
    for (int i = 0; i < PPO_MEANS; i++) {
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
    for (int i = 0; i < DESCENT_PARTS; i++) {
        adam_free(&p->adam[i]);
    }
    anchor_free(&p->anchor);
    descent_free(&p->descent);
    on_policy_free(&p->base);
    free(p);
}

static sw_status init_parts(ppo *p, const sw_value *values)
{
    actor_critic *ac = &p->base.ac;
    const rollout *r = &ac->collector.data;
    const int M = p->cfg.minibatch;

    sw_status st = descent_init(&p->descent, &p->base, values, M, &methods);
    if (st == SW_OK && ppo_objective_has_kl(&p->objective)) {
        st = anchor_init(&p->anchor, &ac->policy, r, M);
    }
    for (int i = 0; i < DESCENT_PARTS && st == SW_OK; i++) {
        st = adam_init(&p->adam[i], p->descent.net[i]->param_count, values[ADAM_EPSILON].f);
    }
    return st;
}

static sw_status open_ppo(const algo_problem *problem, const sw_value *values, algo **a)
{
    ppo *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for ppo");
    }
    p->cfg = read_config(values);
    p->objective = read_objective(values);
    p->shuffle = random_seed(random_mix(problem->seed, SEED_SHUFFLE));
    const on_policy_options options = {
        .ac = {.estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA},
               .max_batch = p->cfg.minibatch,
               .shared_trunk = descent_shares_trunk(values)},
        .learn = learn,
        .stat_count = PPO_STAT_COUNT,
    };
    sw_status st = on_policy_init(&p->base, problem, values, &options);
    if (st == SW_OK) {
        st = init_parts(p, values);
    }
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
    const algo_tensor beta = {.name = "beta", .dtype = ALGO_F64, .data = &p->objective.beta};
    sw_status st = on_policy_tensors(&p->base, &to);
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.policy", &p->adam[DESCENT_POLICY]);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.critic", &p->adam[DESCENT_CRITIC]);
    }
    if (st == SW_OK) {
        st = tensors_random(&to, "random.shuffle", &p->shuffle, 1);
    }
    return st == SW_OK ? visit(context, &beta) : st;
}

const algo_class algo_ppo = {
    .name = "ppo",
    .doc = "Proximal Policy Optimization, clipped or penalised (Schulman et al. 2017, "
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
