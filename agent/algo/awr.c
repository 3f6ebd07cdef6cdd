// awr.c -- Advantage-Weighted Regression.
//
// Peng, Kumar, Zhang, Levine 2019, "Advantage-Weighted Regression: Simple and Scalable Off-Policy
// Reinforcement Learning", arXiv:1910.00177: Algorithm 1.
//
//   D: the last `buffer` transitions, whichever policies acted them
//   repeat:
//     D  <- D and a rollout collected with pi                             history_extend   line 4
//     R  <- TD(lambda) returns of D by V                                  judge
//     V  <- argmin_V   mean_D (R - V(s))^2 / 2        some passes         critic_fit_run   line 5
//     A  <- R - V(s) of D by this V, standardised to A^                   judge
//     w  <- min( exp(A^ / beta), w_max )                                  awr_weigh
//     pi <- argmax_pi  mean_D w log pi(a|s)           some passes         improve_policy   line 6
//
// Both steps are regressions, on whatever D holds: who acted it does not matter, and no ratio of
// probabilities is needed. The smaller D is, the newer are the policies that pi improves upon.
//
//   hyper-parameter    here          the authors' code, Hopper
//   rows per update    8 x 128       2048
//   buffer             10240         50000
//   epochs             5             1000 minibatches: 5 passes
//   critic_epochs      2             200 minibatches: 1 pass
//   minibatch          256           256
//   temperature        1             1
//   weight_clip        20            20
//   optimiser          Adam          SGD, momentum 0.9
//   lr, critic_lr      3e-4, 1e-3    1e-4, 1e-2
//   standard deviation learned       fixed, 0.4
//   networks           64-64 tanh    128-64 ReLU
//   gamma, lambda      .99, .95      .99, .95
//
// Algorithm 1 is written with Monte-Carlo returns and plain weights. TD(lambda), standardised
// advantages and the limit of the weights are those of the authors' code (github.com/xbpeng/awr:
// awr_agent.py, awr_configs.py). Differences from that, besides the table: D holds steps, not whole
// episodes; the statistics that normalise observations never freeze; rewards are scaled by the
// deviation of returns instead of by 1 - gamma; and means of actions may leave their bounds, for a
// loss that keeps them there made no difference.
#include "awr.h"

#include <math.h>
#include <stdlib.h>

#include <vec.h>

// ---- hyper-parameters ---------------------------------------------------------------------------

enum {
    BUFFER = AC_PARAM_COUNT,
    TEMPERATURE,
    WEIGHT_CLIP,
    LR,
    ANNEAL,
    EPOCHS,
    MINIBATCH,
    VALUE_LR,
    VALUE_EPOCHS,
    ENTROPY_COEF,
    ADAM_EPSILON,
    PARAM_COUNT
};

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    ACTOR_CRITIC_PARAMS(128),
    [BUFFER] = {"buffer", SW_INT, 0, {.i = 10240}, 1, 1 << 30, NULL,
        "transitions that are kept and learned from"},
    [TEMPERATURE] = {"temperature", SW_FLOAT, 0, {.f = 1}, 1e-3, 1e3, NULL,
        "beta: the smaller, the more the best actions count"},
    [WEIGHT_CLIP] = {"weight_clip", SW_FLOAT, 0, {.f = 20}, 1e-3, 1e30, NULL,
        "limit of a weight"},
    [LR] = {"lr", SW_FLOAT, 0, {.f = 3e-4}, 0, 1, NULL, "Adam's step size, for the policy"},
    [ANNEAL] = {"anneal", SW_BOOL, 0, {.b = false}, 0, 0, NULL,
        "lower lr linearly to 0 over the run"},
    [EPOCHS] = {"epochs", SW_INT, 0, {.i = 5}, 1, 1000, NULL,
        "the policy's passes over what is kept, after each rollout"},
    [MINIBATCH] = {"minibatch", SW_INT, 0, {.i = 256}, 1, 1 << 20, NULL, "rows per gradient step"},
    [VALUE_LR] = {"critic_lr", SW_FLOAT, 0, {.f = 1e-3}, 0, 1, NULL,
        "Adam's step size, for the critic"},
    [VALUE_EPOCHS] = {"critic_epochs", SW_INT, 0, {.i = 2}, 1, 1000, NULL,
        "the critic's passes over what is kept, after each rollout"},
    [ENTROPY_COEF] = {"entropy_coef", SW_FLOAT, 0, {.f = 0}, 0, 100, NULL,
        "weight of the entropy bonus"},
    [ADAM_EPSILON] = {"adam_epsilon", SW_FLOAT, 0, {.f = 1e-5}, 1e-12, 1, NULL,
        "Adam: added to the root of the second moment"},
};
// clang-format on

static const char *const stat_names[AWR_STAT_COUNT] = {
    [AWR_POLICY_LOSS] = "policy_loss",
    [AWR_ENTROPY] = "entropy",
    [AWR_GRAD_NORM] = "grad_norm",
    [AWR_VALUE_LOSS] = "value_loss",
    [AWR_APPROX_KL] = "approx_kl",
    [AWR_WEIGHT_MEAN] = "weight_mean",
    [AWR_CLIP_FRAC] = "clip_frac",
    [AWR_EXPLAINED_VARIANCE] = "explained_variance",
    [AWR_LR] = "lr",
};

static awr_config read_config(const sw_value *v)
{
    return (awr_config){
        .lr = v[LR].f,
        .anneal = v[ANNEAL].b,
        .epochs = (int) v[EPOCHS].i,
        .minibatch = (int) v[MINIBATCH].i,
        .temperature = (float) v[TEMPERATURE].f,
        .weight_clip = (float) v[WEIGHT_CLIP].f,
        .entropy_coef = (float) v[ENTROPY_COEF].f,
    };
}


// ---- the regression of the policy ---------------------------------------------------------------

void awr_weigh(awr *w, const int *rows, int n)
{
    const float limit = w->cfg.weight_clip;
    float *adv = w->history.data.adv;
    double sum = 0, squares = 0, total = 0, clipped = 0;

    for (int k = 0; k < n; k++) {
        sum += (double) adv[rows[k]];
        squares += (double) adv[rows[k]] * (double) adv[rows[k]];
    }
    const double mean = sum / n;
    const double std = sqrt(fmax(0, squares / n - mean * mean)) + 1e-5;
    for (int k = 0; k < n; k++) {
        float *a = &adv[rows[k]];
        const float weight = vec_exp1((float) (((double) *a - mean) / std) / w->cfg.temperature);
        *a = weight < limit ? weight : limit;
        clipped += weight > limit;
        total += (double) *a;
    }
    w->base.stats[AWR_WEIGHT_MEAN] = total / n;
    w->base.stats[AWR_CLIP_FRAC] = clipped / n;
}

double awr_policy_loss(awr *w)
{
    surrogate *u = &w->surrogate;
    const minibatch *b = &u->batch;
    const float n = (float) b->n, c = w->cfg.entropy_coef;
    double likelihood = 0, entropy = 0;

    const dist_batch pi = policy_forward(u->policy, b->obs, b->n);
    surrogate_measure(u, &pi);
    for (int i = 0; i < b->n; i++) {
        likelihood += b->adv[i] * (u->log_ratio[i] + b->logp[i]);
        entropy += u->entropy[i];
        u->dlogp[i] = -b->adv[i] / n;
        u->dentropy[i] = -c / n;
    }
    surrogate_backward(u, &pi, NULL);

    w->base.stats[AWR_POLICY_LOSS] -= likelihood / b->n;
    w->base.stats[AWR_ENTROPY] += entropy / b->n;
    return (-likelihood - c * entropy) / b->n;
}

static void descend(awr *w)
{
    mlp *net = &w->base.ac.policy.net;
    mlp_zero_grads(net);
    awr_policy_loss(w);
    const double norm = sqrt((double) vec_sum_squares(net->grads, net->param_count));
    if (isfinite(norm)) {
        adam_step(&w->adam, net->params, net->grads, w->base.stats[AWR_LR]);
    }
    w->base.stats[AWR_GRAD_NORM] += norm;
    w->minibatches++;
}

static void improve_policy(awr *w, int n)
{
    const int parts = minibatch_count(n, w->cfg.minibatch);
    w->minibatches = 0;
    for (int epoch = 0; epoch < w->cfg.epochs; epoch++) {
        random_shuffle(&w->shuffle, w->order, n);
        for (int k = 0; k < parts; k++) {
            const int begin = minibatch_begin(n, parts, k);
            minibatch_gather(&w->surrogate.batch, &w->history.data, w->order + begin,
                             minibatch_begin(n, parts, k + 1) - begin);
            descend(w);
        }
    }
    for (int i = 0; i < AWR_MEANS; i++) {
        w->base.stats[i] /= w->minibatches;
    }
}


// ---- the update ---------------------------------------------------------------------------------

// E[r - 1 - log r] over the newest rollout, where r is pi over the policy that acted it, nats
// (Schulman 2020, joschu.net/blog/kl-approx.html).
static double measure_kl(awr *w)
{
    const rollout *newest = &w->base.ac.collector.data;
    surrogate *u = &w->surrogate;
    const int n = rollout_valid(newest, w->order);
    const int parts = minibatch_count(n, w->cfg.minibatch);
    double sum = 0;

    for (int k = 0; k < parts; k++) {
        const int begin = minibatch_begin(n, parts, k);
        minibatch_gather(&u->batch, newest, w->order + begin,
                         minibatch_begin(n, parts, k + 1) - begin);
        const dist_batch pi = policy_forward(u->policy, u->batch.obs, u->batch.n);
        surrogate_measure(u, &pi);
        for (int i = 0; i < u->batch.n; i++) {
            sum += (double) (u->ratio[i] - 1 - u->log_ratio[i]);
        }
    }
    return n > 0 ? sum / n : 0;
}

// Advantages and TD(lambda) returns of all that is kept, with the critic as it is.
static void judge(awr *w)
{
    history_evaluate(&w->history);
    estimate(&w->base.ac.collector.options.estimator, &w->history.data);
}

// on_policy_learn
static void learn(on_policy *l)
{
    awr *w = (awr *) l;
    history *h = &w->history;

    history_extend(h);
    history_see(h);
    judge(w);
    const int n = rollout_valid(&h->data, w->order);
    if (n == 0) {
        return;
    }
    l->stats[AWR_EXPLAINED_VARIANCE] = rollout_explained_variance(&h->data);
    l->stats[AWR_VALUE_LOSS] = critic_fit_run(&w->fit, &h->data);
    judge(w);
    awr_weigh(w, w->order, n);
    l->stats[AWR_LR] = w->cfg.lr * (w->cfg.anneal ? on_policy_left(l) : 1);
    improve_policy(w, n);
    l->stats[AWR_APPROX_KL] = measure_kl(w);
}


// ---- algo_class ---------------------------------------------------------------------------------

static void act(algo *a, int group, const sw_batch *batch, void *const *actions)
{
    history_begin(&((awr *) a)->history, group, batch);
    on_policy_act(a, group, batch, actions);
}

static algo_answer observe(algo *a, int group, const sw_batch *batch)
{
    const algo_answer answer = on_policy_observe(a, group, batch);
    history_observe(&((awr *) a)->history, group, batch);
    return answer;
}

static void close_awr(algo *a)
{
    awr *w = (awr *) a;
    if (w == NULL) {
        return;
    }
    history_free(&w->history);
    critic_fit_free(&w->fit);
    adam_free(&w->adam);
    surrogate_free(&w->surrogate);
    free(w->order);
    on_policy_free(&w->base);
    free(w);
}

static sw_status init_awr(awr *w, const algo_problem *problem, const sw_value *values)
{
    actor_critic *ac = &w->base.ac;

    w->cfg = read_config(values);
    const uint64_t seed = random_mix(problem->seed, SEED_SHUFFLE);
    w->shuffle = random_seed(random_mix(seed, 0));
    const on_policy_options options = {
        .ac = {.estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA},
               .max_batch = w->cfg.minibatch},
        .learn = learn,
        .stat_count = AWR_STAT_COUNT,
    };
    const critic_fit_options fit = {
        .lr = values[VALUE_LR].f,
        .adam_epsilon = values[ADAM_EPSILON].f,
        .epochs = (int) values[VALUE_EPOCHS].i,
        .minibatch = w->cfg.minibatch,
        .seed = random_mix(seed, 1),
    };
    sw_status st = on_policy_init(&w->base, problem, values, &options);
    if (st == SW_OK) {
        st = history_init(&w->history, &ac->collector, (int) values[BUFFER].i);
    }
    if (st == SW_OK) {
        st = critic_fit_init(&w->fit, &ac->critic, &w->history.data, &fit);
    }
    if (st == SW_OK) {
        st = adam_init(&w->adam, ac->policy.net.param_count, values[ADAM_EPSILON].f);
    }
    if (st == SW_OK) {
        st = surrogate_init(&w->surrogate, &ac->policy, &w->history.data, w->cfg.minibatch);
    }
    const rollout *all = &w->history.data;
    w->order = malloc((size_t) all->capacity * (size_t) all->rows * sizeof(*w->order));
    if (st == SW_OK && w->order == NULL) {
        st = sw_fail(SW_NO_MEMORY, "no memory to learn from %d transitions", all->capacity);
    }
    return st;
}

static sw_status open_awr(const algo_problem *problem, const sw_value *values, algo **a)
{
    awr *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for awr");
    }
    const sw_status st = init_awr(w, problem, values);
    if (st != SW_OK) {
        close_awr((algo *) w);
        return st;
    }
    *a = (algo *) w;
    return SW_OK;
}

static sw_status visit_tensors(algo *a, algo_visit visit, void *context)
{
    awr *w = (awr *) a;
    const tensor_visitor to = {visit, context};
    sw_status st = on_policy_tensors(&w->base, &to);
    if (st == SW_OK) {
        st = tensors_history(&to, "history", &w->history);
    }
    if (st == SW_OK) {
        st = critic_fit_tensors(&w->fit, &to);
    }
    if (st == SW_OK) {
        st = tensors_adam(&to, "adam.policy", &w->adam);
    }
    if (st == SW_OK) {
        st = tensors_random(&to, "random.regression", &w->shuffle, 1);
    }
    return st;
}

const algo_class algo_awr = {
    .name = "awr",
    .doc = "Advantage-weighted regression (Peng et al. 2019, arXiv:1910.00177)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = AWR_STAT_COUNT,
    .open = open_awr,
    .observe = observe,
    .act = act,
    .update = on_policy_update,
    .stats = on_policy_stats,
    .decide = on_policy_decide,
    .tensors = visit_tensors,
    .close = close_awr,
};
