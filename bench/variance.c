// variance.c -- how much the policy gradient varies, by what actions are credited with.
//
// One policy of CartPole-v1, which is trained a little and then left alone; a critic that is fitted
// to its returns and then left alone; then B batches of whole episodes, all of trajectories of
// their own. Of each batch the gradient is taken with every credit, so that differences between the
// credits are differences on the same trajectories.
//
//   g_b        [P]  sum of Psi dlogp over the transitions of batch b, over what a batch has at
//   least
//                   (its own number would depend on what it says)
//   variance   the trace of its covariance: sum_b |g_b - mean g|^2 / (B - 1)
//   distance   |mean d_b| for d_b = g_b - that with baseline, over its standard error,
//              sqrt(sum_b |d_b - mean d|^2 / (B - 1) / B): about 1 if the difference is noise
//   bias       |mean d_b| without what noise adds, over |mean g| with baseline; 0 if noise explains
//              it all
//
// gamma is 1: then earlier rewards do not depend on the action, so that total, to_go and baseline
// estimate the same gradient, and the critic's is not among them, because it comes of other
// trajectories. gae and td, lambda 0.95 and 0, believe the critic, which is not exact.
//
//     build/release/bench/variance [--batches B] [--seed K]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <args.h>
#include <blas.h>
#include <critic_fit.h>
#include <embedded.h>
#include <gradient.h>
#include <on_policy.h>
#include <train.h>
#include <vec.h>

#include "bench.h"

enum {
    ROWS = 16,
    GROUPS = 2,
    HORIZON = 128,
    TRAINING = 12,  // rollouts: episodes are some 100 steps long then, and hardly ever truncated
    FITTING = 30,   // rollouts
    MINIBATCH = 256
};

static const int first_row[GROUPS + 1] = {0, ROWS / GROUPS, ROWS};
static const double policy_lr = 5e-3, critic_lr = 1e-3, adam_epsilon = 1e-8;

// Those that read values come first, for the others need them to be 0.
enum { BASELINE, GAE, TD, TOTAL, TO_GO, CREDITS };

static const estimator estimators[CREDITS] = {
    [BASELINE] = {CREDIT_BASELINE, TARGET_MC, 1, 0, 0},
    [GAE] = {CREDIT_GAE, TARGET_MC, 1, 0.95, 0},
    [TD] = {CREDIT_TD, TARGET_MC, 1, 0, 0},
    [TOTAL] = {CREDIT_TOTAL, TARGET_MC, 1, 0, 0},
    [TO_GO] = {CREDIT_TO_GO, TARGET_MC, 1, 0, 0},
};

typedef struct vectors {
    float *of[CREDITS];  // [P] each
} vectors;

// The learner of train_run(): it looks.
typedef struct meter {
    on_policy base;
    gradient gradient;
    critic_fit fit;
    int batches;  // B
    int rollouts;
    volatile sig_atomic_t done;

    vectors batch;            // g_b
    vectors mean;             // running
    double squares[CREDITS];  // sum_b |g_b|^2
    double apart[CREDITS];    // sum_b |g_b - that of baseline|^2
    int64_t transitions, episodes, truncated;
} meter;


// ---- what it does with a rollout ----------------------------------------------------------------

// As pg does: the baseline is of before.
static void train(meter *m, rollout *r)
{
    gradient_report report;
    gradient_gather(&m->gradient, r, 0, ROWS);
    gradient_compute(&m->gradient, r, &report);
    gradient_climb(&m->gradient, r, policy_lr, &report);
    critic_fit_run(&m->fit, r);
}

static void take_gradients(meter *m, rollout *r)
{
    const int P = m->base.ac.policy.net.param_count;
    for (int c = 0; c < CREDITS; c++) {
        gradient_report report;
        if (!estimator_has_critic(&estimators[c])) {
            memset(r->value, 0, (size_t) ((r->steps + 1) * ROWS) * sizeof(float));
            memset(r->final_value, 0, (size_t) (r->steps * ROWS) * sizeof(float));
        }
        estimate(&estimators[c], r);
        const int n = gradient_gather(&m->gradient, r, 0, ROWS);
        gradient_compute(&m->gradient, r, &report);
        memcpy(m->batch.of[c], m->gradient.g, (size_t) P * sizeof(float));
        vec_scale(m->batch.of[c], (float) n / (ROWS * HORIZON), P);
    }
}

static void add_batch(meter *m)
{
    const int P = m->base.ac.policy.net.param_count;
    for (int c = 0; c < CREDITS; c++) {
        const float *g = m->batch.of[c], *base = m->batch.of[BASELINE];
        m->squares[c] += vec_dot(g, g, P);
        vec_add_scaled(m->mean.of[c], 1.0f / (float) m->batches, g, P);
        m->apart[c] += vec_dot(g, g, P) - 2 * vec_dot(g, base, P) + vec_dot(base, base, P);
    }
}

static void count(meter *m, const rollout *r)
{
    for (int i = 0; i < r->steps * ROWS; i++) {
        if (rollout_is_valid(r, i)) {
            m->transitions++;
            m->episodes += (r->flags[i] & (SW_TERMINATED | SW_TRUNCATED)) != 0;
            m->truncated += (r->flags[i] & (SW_TERMINATED | SW_TRUNCATED)) == SW_TRUNCATED;
        }
    }
}

// on_policy_learn
static void learn(on_policy *base)
{
    meter *m = (meter *) base;
    rollout *r = &base->ac.collector.data;
    const int k = m->rollouts++;
    if (k < TRAINING) {
        train(m, r);
    } else if (k < TRAINING + FITTING) {
        critic_fit_run(&m->fit, r);
    } else {
        take_gradients(m, r);
        add_batch(m);
        count(m, r);
        m->done = m->rollouts == TRAINING + FITTING + m->batches;
    }
}

// algo_class's; nothing is told and nothing is kept.
static const algo_class measuring = {.name = "variance", ON_POLICY_FUNCTIONS};

static sw_status keep_quiet(void *context, const report_row *row)
{
    (void) context;
    (void) row;
    return SW_OK;
}


// ---- opening it ---------------------------------------------------------------------------------

static void close_meter(meter *m)
{
    for (int c = 0; c < CREDITS; c++) {
        free(m->batch.of[c]);
        free(m->mean.of[c]);
    }
    critic_fit_free(&m->fit);
    gradient_free(&m->gradient);
    on_policy_free(&m->base);
}

static sw_status init_learner(meter *m, const sw_spec *spec, uint64_t seed)
{
    static const sw_setting params[AC_BASE_COUNT] = {ACTOR_CRITIC_BASE_PARAMS(HORIZON)};
    const on_policy_options options = {
        .ac = {.estimator = estimators[BASELINE], .max_batch = GRADIENT_CHUNK}, .learn = learn};
    const algo_problem problem = {.spec = spec,
                                  .rows = ROWS,
                                  .groups = GROUPS,
                                  .first_row = first_row,
                                  .total_steps = INT64_MAX,
                                  .seed = seed,
                                  .threads = 1};
    sw_value values[AC_BASE_COUNT];
    for (int i = 0; i < AC_BASE_COUNT; i++) {
        values[i] = params[i].initial;
    }
    values[AC_GAMMA].f = 1;
    values[AC_OBS_NORM].b = values[AC_REWARD_NORM].b = false;  // what moves is not one policy
    values[AC_REWARD_CLIP].f = 0;
    return on_policy_init(&m->base, &problem, values, &options);
}

static sw_status open_meter(meter *m, const sw_spec *spec, uint64_t seed)
{
    actor_critic *ac = &m->base.ac;
    const gradient_options climb = {.adam_epsilon = adam_epsilon, .parts = 1};
    const critic_fit_options fit = {.lr = critic_lr,
                                    .adam_epsilon = adam_epsilon,
                                    .epochs = 10,
                                    .minibatch = MINIBATCH,
                                    .seed = seed};
    sw_status st = init_learner(m, spec, seed);
    if (st == SW_OK) {
        st = gradient_init(&m->gradient, &ac->policy, &ac->collector.data, &climb);
    }
    if (st == SW_OK) {
        st = critic_fit_init(&m->fit, &ac->critic, &ac->collector.data, &fit);
    }
    for (int c = 0; c < CREDITS && st == SW_OK; c++) {
        m->batch.of[c] = vec_new((size_t) ac->policy.net.param_count);
        m->mean.of[c] = vec_new((size_t) ac->policy.net.param_count);
        if (m->batch.of[c] == NULL || m->mean.of[c] == NULL) {
            st = sw_fail(SW_NO_MEMORY, "no memory for %d gradients", CREDITS);
        }
    }
    return st;
}


// ---- what it found ------------------------------------------------------------------------------

// Sum of the variances of the elements of a vector with this sum of squares over the batches.
static double variance(const meter *m, double squares, double mean_square)
{
    return (squares - m->batches * mean_square) / (m->batches - 1);
}

static double mean_square(const meter *m, int credit)
{
    const float *mean = m->mean.of[credit];
    return vec_dot(mean, mean, m->base.ac.policy.net.param_count);
}

// Of a credit's gradient from that with baseline.
typedef struct difference {
    double square;  // |mean d|^2
    double noise;   // its expectation if the mean of d were 0: the square of the standard error
} difference;

static difference compare(const meter *m, int credit)
{
    const int P = m->base.ac.policy.net.param_count;
    const float *g = m->mean.of[credit], *base = m->mean.of[BASELINE];
    const double square =
        mean_square(m, credit) - 2 * vec_dot(g, base, P) + mean_square(m, BASELINE);
    return (difference){square, variance(m, m->apart[credit], square) / m->batches};
}

static double distance(const meter *m, int credit)
{
    const difference d = compare(m, credit);
    return sqrt(d.square / d.noise);
}

static double bias(const meter *m, int credit)
{
    const difference d = compare(m, credit);
    return sqrt(fmax(0, d.square - d.noise) / mean_square(m, BASELINE));
}

static void print(const meter *m)
{
    double v[CREDITS];
    for (int c = 0; c < CREDITS; c++) {
        v[c] = variance(m, m->squares[c], mean_square(m, c));
    }
    const bench_field fields[] = {
        {"ratio", v[BASELINE] / v[TOTAL]},
        {"total_variance", v[TOTAL]},
        {"to_go_variance", v[TO_GO]},
        {"baseline_variance", v[BASELINE]},
        {"gae_variance", v[GAE]},
        {"td_variance", v[TD]},
        {"total_distance", distance(m, TOTAL)},
        {"to_go_distance", distance(m, TO_GO)},
        {"gae_distance", distance(m, GAE)},
        {"td_distance", distance(m, TD)},
        {"gae_bias", bias(m, GAE)},
        {"td_bias", bias(m, TD)},
        {"gradient", sqrt(mean_square(m, BASELINE))},
        {"batches", m->batches},
        {"batch_transitions", (double) m->transitions / m->batches},
        {"episode_length", (double) m->transitions / (double) m->episodes},
        {"truncated", (double) m->truncated / (double) m->episodes},
    };
    bench_print(fields, (int) (sizeof(fields) / sizeof(fields[0])), blas_core());
}


// ---- the run ------------------------------------------------------------------------------------

static sw_status measure(const char *endpoint, int batches, uint64_t seed)
{
    static meter m;
    const sw_pool_options options = {
        .endpoints = &endpoint,
        .endpoint_count = 1,
        .rows = ROWS,
        .groups = GROUPS,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = "CartPole-v1", .seed = seed},
    };
    sw_pool *pool = NULL;
    driver *d = NULL;
    sw_status st = sw_pool_open(&options, &pool);
    if (st == SW_OK) {
        m.batches = batches;
        st = open_meter(&m, sw_pool_spec(pool), seed);
    }
    if (st == SW_OK) {
        st = train_open(&(train_options){.pool = pool,
                                         .class = &measuring,
                                         .algo = (algo *) &m,
                                         .steps = INT64_MAX,
                                         .interrupts = &m.done,
                                         .report = keep_quiet},
                        &d);
    }
    if (st == SW_OK) {
        st = train_run(d, 0);
    }
    if (st == SW_OK) {
        print(&m);
    }
    train_close(d);
    close_meter(&m);
    sw_pool_close(pool);
    return st;
}

static sw_status run(int argc, char **argv)
{
    static const args_flag flags[] = {
        {"batches", "B", "of whole episodes, a gradient from each; 200"},
        {"seed", "K", "of the policy, its training and the batches; 1"},
    };
    static const args_command command = {.name = "",
                                         .doc = "measures the variance of policy gradients",
                                         .flags = flags,
                                         .flag_count = 2};
    static const char *const quiet[] = {"--log", "warning", NULL};
    args a;
    int64_t batches = 200, seed = 1;
    embedded *server = NULL;
    sw_status st = args_parse(&command, argc - 1, argv + 1, &a);
    st = st == SW_OK ? args_int(&a, "batches", 2, 1000000, &batches) : st;
    st = st == SW_OK ? args_int(&a, "seed", 0, INT64_MAX, &seed) : st;
    if (st == SW_OK) {
        st = embedded_start(&(embedded_options){.program = SIMSERVER, .arguments = quiet}, &server);
    }
    if (st == SW_OK) {
        st = measure(embedded_endpoint(server), (int) batches, (uint64_t) seed);
    }
    (void) embedded_stop(server);
    return st;
}

int main(int argc, char **argv)
{
    blas_use_one_thread();
    const sw_status st = run(argc, argv);
    if (st != SW_OK) {
        fprintf(stderr, "variance: %s\n", sw_last_error());
        return st == SW_INVALID_ARGUMENT ? 2 : 1;
    }
    return 0;
}
