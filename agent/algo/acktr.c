// acktr.c -- Actor Critic using Kronecker-Factored Trust Region.
//
// Wu, Mansimov, Liao, Grosse, Ba 2017, "Scalable trust-region method for deep reinforcement
// learning using Kronecker-factored approximation", arXiv:1708.05144.
//
//   given a rollout collected with pi_old:
//     A, R  <- GAE(gamma, lambda)                                        collector_finish
//     actor:
//       g     =  mean_i A_i d log pi(a_i|s_i) / d theta
//       a'_i  ~  pi(.|s_i)
//       F     =  Kronecker factors of mean_i (d log pi(a'_i|s_i) / d theta) (...)^T     kfac_count
//       x     =  (F + damping I)^-1 g                                    kfac_solve
//       eta   =  min( eta_max, sqrt( 2 delta / x^T (F + damping I) x ) )
//       theta <- theta + eta x
//     critic, `critic_epochs` times: the same step down L = mean_i (V_i - R_i)^2 / 2, with eta_max
//       and delta of its own and V taken for the mean of a Gaussian of variance 1, whose Fisher
//       matrix is the Gauss-Newton matrix of L
//
// There is no line search: the KL of a step is what the factors say, and no more. They leave out
// how layers act together, which makes the KL that comes of it some times larger (`kl`).
//
// F is of actions drawn from the policy, as in the paper, not of the ones that were taken: one
// backward more, whatever the distribution. Its exact counterpart would take one for each output of
// the network, to spare a noise that the running means average out. The parameters of the
// distribution itself have their exact block. The critic's single output makes its factors exact.
//
//   hyper-parameter  here      paper's continuous tasks (openai/baselines, acktr_cont.py)
//   rows per update  8 x 64    2500
//   lr               1         0.03, adapted to a KL of max_kl; with momentum 0.9
//   max_kl           .002      .002
//   damping          .01       .01, of the whole instead of each factor
//   stats_decay      .95       .99
//   lambda           .95       .97
//   critic_lr        .5        .001, with momentum 0.9
//   critic_max_kl    .1        .3
//   critic_damping   .1        .1
//   critic_epochs    20        25
//
// Differences from the paper: both halves take the bound on the step, eta_max being there for the
// first ones; no momentum; steps shorten linearly to 0 over the run; the critic is fitted to
// TD(lambda) returns, its factors are counted once per rollout; advantages are standardised, and
// those of actor_critic.h (normalised observations, scaled rewards, orthogonal initialisation).
// Means of factors start as plain means (kfac.h), so no cold start without them is needed.
//
// On Hopper-v5, x^T (F + damping I) x is 0.6 to 1.9, while advantages of variance 1 would make it 1
// if actions explained them entirely: x is noise for the most part. More damping leaves more of it
// out (agent/presets/acktr/Hopper-v5.yaml).
#include "acktr.h"

#include <math.h>
#include <stdlib.h>

#include <vec.h>

enum {
    LR = AC_PARAM_COUNT,
    ANNEAL,
    MAX_KL,
    DAMPING,
    STATS_DECAY,
    ENTROPY_COEF,
    ADV_NORM,
    CRITIC_LR,
    CRITIC_MAX_KL,
    CRITIC_DAMPING,
    CRITIC_EPOCHS,
    PARAM_COUNT
};

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    ACTOR_CRITIC_PARAMS(64),
    [LR] = {"lr", SW_FLOAT, 0, {.f = 1}, 0, 1e3, NULL,
        "eta_max: natural gradients per step of the policy, at most"},
    [ANNEAL] = {"anneal", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "shorten the policy's steps linearly to 0 over the run"},
    [MAX_KL] = {"max_kl", SW_FLOAT, 0, {.f = 0.002}, 1e-9, 10, NULL,
        "delta: KL(old || new) of a step by the factors' estimate, in nats, at most"},
    [DAMPING] = {"damping", SW_FLOAT, 0, {.f = 0.01}, 1e-8, 1e3, NULL,
        "added to the diagonal of the policy's Fisher matrix"},
    [STATS_DECAY] = {"stats_decay", SW_FLOAT, 0, {.f = 0.95}, 0, 0.9999, NULL,
        "share of the factors' running means that a batch leaves, at most"},
    [ENTROPY_COEF] = {"entropy_coef", SW_FLOAT, 0, {.f = 0}, 0, 100, NULL,
        "weight of the entropy bonus"},
    [ADV_NORM] = {"adv_norm", SW_BOOL, 0, {.b = true}, 0, 0, NULL,
        "standardise the advantages of a rollout"},
    [CRITIC_LR] = {"critic_lr", SW_FLOAT, 0, {.f = 0.5}, 0, 1e3, NULL,
        "eta_max of the critic"},
    [CRITIC_MAX_KL] = {"critic_max_kl", SW_FLOAT, 0, {.f = 0.1}, 1e-9, 1e6, NULL,
        "delta of the critic: half the mean square of how its values move, by the factors' "
        "estimate, at most"},
    [CRITIC_DAMPING] = {"critic_damping", SW_FLOAT, 0, {.f = 0.1}, 1e-8, 1e3, NULL,
        "added to the diagonal of the critic's Gauss-Newton matrix"},
    [CRITIC_EPOCHS] = {"critic_epochs", SW_INT, 0, {.i = 20}, 1, 1000, NULL,
        "the critic's steps per rollout, each with all of it"},
};
// clang-format on

static const char *const stat_names[ACKTR_STAT_COUNT] = {
    [ACKTR_POLICY_LOSS] = "policy_loss",
    [ACKTR_VALUE_LOSS] = "value_loss",
    [ACKTR_ENTROPY] = "entropy",
    [ACKTR_KL] = "kl",
    [ACKTR_STEP_SIZE] = "step_size",
    [ACKTR_CRITIC_STEP_SIZE] = "critic_step_size",
    [ACKTR_GRAD_NORM] = "grad_norm",
    [ACKTR_EXPLAINED_VARIANCE] = "explained_variance",
    [ACKTR_LR] = "lr",
    [ACKTR_RATIO_ERROR] = "ratio_error",
};


// ---- the actor ----------------------------------------------------------------------------------

// Counts d log pi(a|s) / d outputs of the drawn actions into A and G.
static void count_drawn(acktr *k)
{
    surrogate *u = &k->natural.surrogate;
    const dist *d = &u->policy->dist;
    const dist_batch pi = natural_old_policy(&k->natural);
    d->kind->backward(d, &pi,
                      &(dist_gradient){.actions = k->drawn,
                                       .dlogp = k->ones,
                                       .dentropy = k->zeros,
                                       .doutputs = u->doutputs,
                                       .down = u->policy->net.dextra});
    kfac_count(&k->actor.factors, u->doutputs, pi.n);
}

// x of the distribution's own parameters, whose Fisher matrix is diagonal and the same in every
// row: asked for by a direction of ones in the first.
static void solve_own(acktr *k)
{
    natural *s = &k->natural;
    const dist *d = &s->surrogate.policy->dist;
    mlp *net = &s->surrogate.policy->net;
    const float damping = (float) k->actor.factors.options.damping;
    const int first = net->param_count - net->extra_count;
    const dist_batch one = {.n = 1, .outputs = k->zeros, .own = k->ones};
    dist_batch pi = natural_old_policy(s);

    pi.n = 1;
    mlp_zero_grads(net);
    d->kind->fisher(d, &pi, &one, s->surrogate.doutputs, net->dextra);
    for (int i = 0; i < net->extra_count; i++) {
        s->x[first + i] = s->g[first + i] / (net->dextra[i] + damping);
    }
}

double acktr_step(acktr *k, natural_direction *direction, natural_point *end)
{
    natural *s = &k->natural;
    double eta = 0;

    count_drawn(k);
    if (kfac_invert(&k->actor.factors)) {
        kfac_solve(&k->actor.factors, s->g, s->x);
        solve_own(k);
        direction->curvature = vec_dot(s->x, s->g, s->surrogate.policy->net.param_count);
        eta = fmin(k->actor.lr, natural_rate(direction, k->actor.max_kl));
        eta *= k->anneal ? on_policy_left(&k->base) : 1;
    }
    natural_move(s, eta, end);
    return eta;
}

static void improve_policy(acktr *k)
{
    surrogate *u = &k->natural.surrogate;
    const dist *d = &u->policy->dist;
    double *stats = k->base.stats;
    natural_direction direction;
    natural_point end;

    if (natural_gather(&k->natural, &k->base.ac.collector.data) == 0) {
        return;
    }
    natural_start(&k->natural, &direction);
    const dist_batch pi = natural_old_policy(&k->natural);
    d->kind->sample(d, &pi, &k->random, k->drawn);
    stats[ACKTR_STEP_SIZE] = acktr_step(k, &direction, &end);
    stats[ACKTR_POLICY_LOSS] = -end.surrogate;
    stats[ACKTR_ENTROPY] = end.entropy;
    stats[ACKTR_KL] = end.kl;
    stats[ACKTR_GRAD_NORM] = direction.grad_norm;
    stats[ACKTR_RATIO_ERROR] = direction.start.ratio_error;
}


// ---- the critic ---------------------------------------------------------------------------------

// One step; returns the mean of (V - R)^2 / 2 before it.
static double step_critic(acktr *k)
{
    acktr_half *h = &k->critic;
    mlp *net = h->factors.net;
    const minibatch *b = &k->values;
    const float *v = mlp_forward(net, b->obs, b->n);
    double squares = 0;

    for (int i = 0; i < b->n; i++) {
        const float error = v[i] - b->ret[i];
        squares += error * error;
        k->dvalue[i] = error / (float) b->n;
    }
    mlp_zero_grads(net);
    mlp_backward(net, k->dvalue, b->n);
    kfac_solve(&h->factors, net->grads, k->x);
    const natural_direction direction = {.curvature = vec_dot(k->x, net->grads, net->param_count)};
    const double eta = fmin(h->lr, natural_rate(&direction, h->max_kl));
    if (eta > 0) {  // x may be anything otherwise
        vec_add_scaled(net->params, (float) -eta, k->x, net->param_count);
    }
    k->base.stats[ACKTR_CRITIC_STEP_SIZE] += eta / k->critic_epochs;
    return squares / 2 / b->n;
}

double acktr_fit_critic(acktr *k)
{
    const rollout *r = &k->base.ac.collector.data;
    kfac *factors = &k->critic.factors;
    const int n = rollout_valid(r, k->order);
    double loss = 0;

    if (n == 0) {
        return 0;
    }
    minibatch_gather(&k->values, r, k->order, n);
    mlp_forward(factors->net, k->values.obs, n);
    kfac_count(factors, k->ones, n);  // d log p / dV is +-1 for a draw, and its square 1
    if (!kfac_invert(factors)) {
        return NAN;
    }
    for (int i = 0; i < k->critic_epochs; i++) {
        loss += step_critic(k);
    }
    return loss / k->critic_epochs;
}


// ---- the update ---------------------------------------------------------------------------------

// Actor and critic learn side by side: neither reads what the other writes.
enum { ACTOR, CRITIC, HALVES };

// team_job
static void learn_half(void *context, int part)
{
    acktr *k = context;
    if (part == ACTOR) {
        improve_policy(k);
    } else {
        k->base.stats[ACKTR_VALUE_LOSS] = acktr_fit_critic(k);
    }
}

// on_policy_learn
static void learn(on_policy *l)
{
    acktr *k = (acktr *) l;
    l->stats[ACKTR_EXPLAINED_VARIANCE] = rollout_explained_variance(&l->ac.collector.data);
    l->stats[ACKTR_LR] = k->actor.lr * (k->anneal ? on_policy_left(l) : 1);
    team_run(l->team, learn_half, l, HALVES);
}


// ---- algo_class ---------------------------------------------------------------------------------

static void close_acktr(algo *a)
{
    acktr *k = (acktr *) a;
    if (k == NULL) {
        return;
    }
    kfac_free(&k->actor.factors);
    kfac_free(&k->critic.factors);
    natural_free(&k->natural);
    minibatch_free(&k->values);
    free(k->drawn);
    free(k->order);
    free(k->dvalue);
    free(k->x);
    free(k->ones);
    free(k->zeros);
    on_policy_free(&k->base);
    free(k);
}

static int largest(int a, int b, int c)
{
    const int ab = a > b ? a : b;
    return ab > c ? ab : c;
}

static sw_status init_scratch(acktr *k)
{
    const rollout *r = &k->base.ac.collector.data;
    const dist *d = &k->base.ac.policy.dist;
    const int n = r->capacity * r->rows;
    const int count = largest(n, d->outputs, d->own_count);

    k->drawn = vec_new((size_t) n * (size_t) d->actions);
    k->order = malloc((size_t) n * sizeof(*k->order));
    k->dvalue = vec_new((size_t) n);
    k->x = vec_new((size_t) k->base.ac.critic.param_count);
    k->ones = vec_new((size_t) count);
    k->zeros = vec_new((size_t) count);
    if (!k->drawn || !k->order || !k->dvalue || !k->x || !k->ones || !k->zeros) {
        return sw_fail(SW_NO_MEMORY, "no memory for updates by %d rows", n);
    }
    for (int i = 0; i < count; i++) {
        k->ones[i] = 1;
    }
    return minibatch_init(&k->values, r, n);
}

static void read_config(acktr *k, const sw_value *values)
{
    k->actor.lr = values[LR].f;
    k->actor.max_kl = values[MAX_KL].f;
    k->anneal = values[ANNEAL].b;
    k->critic.lr = values[CRITIC_LR].f;
    k->critic.max_kl = values[CRITIC_MAX_KL].f;
    k->critic_epochs = (int) values[CRITIC_EPOCHS].i;
}

static sw_status init_acktr(acktr *k, const algo_problem *problem, const sw_value *values)
{
    actor_critic *ac = &k->base.ac;
    const kfac_options of_actor = {values[STATS_DECAY].f, values[DAMPING].f};
    const kfac_options of_critic = {values[STATS_DECAY].f, values[CRITIC_DAMPING].f};
    const on_policy_options options = {
        .ac.estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA},
        .learn = learn,
        .stat_count = ACKTR_STAT_COUNT,
    };
    const natural_options gradient = {.damping = values[DAMPING].f,
                                      .entropy_coef = values[ENTROPY_COEF].f,
                                      .adv_norm = values[ADV_NORM].b};
    read_config(k, values);
    k->random = random_seed(random_mix(problem->seed, SEED_SHUFFLE));
    sw_status st = on_policy_init(&k->base, problem, values, &options);
    if (st == SW_OK) {
        st = natural_init(&k->natural, &ac->policy, &ac->collector.data, &gradient);
    }
    if (st == SW_OK) {
        st = kfac_init(&k->actor.factors, &ac->policy.net, &of_actor);
    }
    if (st == SW_OK) {
        st = kfac_init(&k->critic.factors, &ac->critic, &of_critic);
    }
    return st == SW_OK ? init_scratch(k) : st;
}

static sw_status open_acktr(const algo_problem *problem, const sw_value *values, algo **a)
{
    acktr *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for acktr");
    }
    const sw_status st = init_acktr(k, problem, values);
    if (st != SW_OK) {
        close_acktr((algo *) k);
        return st;
    }
    *a = (algo *) k;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    acktr *k = (acktr *) a;
    const tensor_visitor to = {visit, context};
    sw_status st = on_policy_tensors(&k->base, &to);
    if (st == SW_OK) {
        st = tensors_kfac(&to, "kfac.policy", &k->actor.factors);
    }
    if (st == SW_OK) {
        st = tensors_kfac(&to, "kfac.critic", &k->critic.factors);
    }
    return st == SW_OK ? tensors_random(&to, "random.draw", &k->random, 1) : st;
}

const algo_class algo_acktr = {
    .name = "acktr",
    .doc = "Actor Critic using Kronecker-Factored Trust Region (Wu et al. 2017, arXiv:1708.05144)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = ACKTR_STAT_COUNT,
    .open = open_acktr,
    ON_POLICY_FUNCTIONS,
    .tensors = visit_tensors,
    .close = close_acktr,
};
