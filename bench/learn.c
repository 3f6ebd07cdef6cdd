// learn.c -- what PPO's learner costs over its matrix products alone.
//
// Ours: everything the learner does for a rollout and its update (16 rows in 2 groups x 128 steps,
// Hopper-v5's shapes, 10 epochs of minibatches of 64, 64-64 tanh), fed with batches made before.
// Raw: the products of such an iteration, in their order, on one set of matrices that stays in the
// cache. Figures: `update_s` and `matmul_s`, both per million steps; `allocations` of our own code
// after the first iteration; `ratio_2_threads`, where the learner may use two.
//
//     build/release/bench/learn [--seconds S]
#include "bench.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algo.h>
#include <allocations.h>
#include <blas.h>
#include <random.h>

enum {
    OBS = 11,
    ACT = 3,
    HIDDEN = 64,
    ROWS = 16,
    GROUPS = 2,
    GROUP_ROWS = ROWS / GROUPS,
    HORIZON = 128,
    EPOCHS = 10,
    MINIBATCH = 64,  // as wide as HIDDEN: the arrays below serve both
    BATCHES = 97,    // made before, served in turn
    MAX_PARAMS = 64
};

static const double million = 1e6 / (ROWS * HORIZON);  // iterations


// ---- ours ---------------------------------------------------------------------------------------

// A group's replies, without a simulator: made once, random, an episode ending now and then.
typedef struct replies {
    float obs[BATCHES][GROUP_ROWS * OBS];
    double rewards[BATCHES][GROUP_ROWS];
    uint8_t flags[BATCHES][GROUP_ROWS];
    int final_index[BATCHES][GROUP_ROWS];
    const void *obs_list[BATCHES];
    sw_batch batch[BATCHES];
} replies;

typedef struct learner {
    sw_spec spec;
    replies made;
    algo *algo;
    int turn;
    float actions[GROUP_ROWS * ACT];
} learner;

static void make_replies(replies *r)
{
    random_state random = random_seed(1);
    for (int k = 0; k < BATCHES; k++) {
        for (int i = 0; i < GROUP_ROWS * OBS; i++) {
            r->obs[k][i] = (float) random_normal(&random);
        }
        for (int i = 0; i < GROUP_ROWS; i++) {
            const uint64_t fate = random_below(&random, 200);
            r->rewards[k][i] = random_unit(&random);
            r->flags[k][i] = fate == 0   ? SW_TERMINATED | SW_FIRST
                             : fate == 1 ? SW_TRUNCATED | SW_FIRST
                                         : 0;
            r->final_index[k][i] = i;
        }
        r->obs_list[k] = r->obs[k];
        r->batch[k] = (sw_batch){.rows = GROUP_ROWS,
                                 .observations = &r->obs_list[k],
                                 .rewards = r->rewards[k],
                                 .flags = r->flags[k],
                                 .final_index = r->final_index[k],
                                 .final_observations = &r->obs_list[k],
                                 .final_count = GROUP_ROWS};
    }
}

static const sw_batch *next_batch(learner *l)
{
    return &l->made.batch[l->turn++ % BATCHES];
}

static sw_status make_spec(sw_spec *spec)
{
    const double low[ACT] = {-1, -1, -1}, high[ACT] = {1, 1, 1};
    const sw_tensor obs = {.name = "observation", .dtype = SW_FLOAT32, .dims = 1, .shape = {OBS}};
    const sw_tensor act = {
        .name = "action", .dtype = SW_FLOAT32, .dims = 1, .shape = {ACT}, .low = low, .high = high};
    sw_status st = sw_spec_init(spec, "Fake-v0");
    if (st == SW_OK) {
        st = sw_spec_add_observation(spec, &obs);
    }
    return st == SW_OK ? sw_spec_add_action(spec, &act) : st;
}

static sw_status open_learner(learner *l, int threads)
{
    static const int first_row[GROUPS + 1] = {0, GROUP_ROWS, ROWS};
    const algo_class *ppo = algo_find("ppo");
    sw_value values[MAX_PARAMS];

    make_replies(&l->made);
    const sw_status st = make_spec(&l->spec);
    if (st != SW_OK) {
        return st;
    }
    for (int i = 0; i < ppo->param_count; i++) {
        values[i] = ppo->params[i].initial;
        if (strcmp(ppo->params[i].name, "horizon") == 0) {
            values[i].i = HORIZON;
        }
    }
    const algo_problem problem = {.spec = &l->spec,
                                  .rows = ROWS,
                                  .groups = GROUPS,
                                  .first_row = first_row,
                                  .total_steps = INT64_MAX,
                                  .seed = 1,
                                  .threads = threads};
    return ppo->open(&problem, values, &l->algo);
}

// A rollout and its update, as the driver makes them.
static void learn(learner *l)
{
    const algo_class *ppo = algo_find("ppo");
    void *const actions[] = {l->actions};
    for (int t = 0; t < HORIZON; t++) {
        for (int g = 0; g < GROUPS; g++) {
            const sw_batch *batch = next_batch(l);
            ppo->act(l->algo, g, batch, actions);
            ppo->observe(l->algo, g, batch);
        }
    }
    ppo->update(l->algo);
}

static sw_status run_learner(void *context, double seconds, double *figure)
{
    learner *l = context;
    const double begin = bench_now();
    int n = 0;
    while (bench_now() - begin < seconds) {
        learn(l);
        n++;
    }
    *figure = (bench_now() - begin) / n * million;
    return SW_OK;
}


// ---- raw ----------------------------------------------------------------------------------------

// The sources are random and stay as they are, the targets are only written.
typedef struct matrices {
    float x[MINIBATCH * HIDDEN], w[HIDDEN * HIDDEN], dy[MINIBATCH * HIDDEN];
    float y[MINIBATCH * HIDDEN], dx[MINIBATCH * HIDDEN], dw[HIDDEN * HIDDEN];
} matrices;

// y [n, out] = x [n, in] w^T
static void product_forward(matrices *m, int n, int in, int out)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, out, in, 1, m->x, in, m->w, in, 0, m->y,
                out);
}

// dw [out, in] += dy^T x;  dx [n, in] = dy w, but for the first layer
static void product_backward(matrices *m, int n, int in, int out)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, n, 1, m->dy, out, m->x, in, 1,
                m->dw, in);
    if (in != OBS) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, in, out, 1, m->dy, out, m->w, in,
                    0, m->dx, in);
    }
}

static void net_forward(matrices *m, int n, int out)
{
    product_forward(m, n, OBS, HIDDEN);
    product_forward(m, n, HIDDEN, HIDDEN);
    product_forward(m, n, HIDDEN, out);
}

static void net_backward(matrices *m, int n, int out)
{
    product_backward(m, n, HIDDEN, out);
    product_backward(m, n, HIDDEN, HIDDEN);
    product_backward(m, n, OBS, HIDDEN);
}

// The products of learn(), without the few that value final observations.
static void multiply(matrices *m)
{
    for (int i = 0; i < HORIZON * GROUPS; i++) {
        net_forward(m, GROUP_ROWS, ACT);
    }
    for (int i = 0; i < (HORIZON + 1) * ROWS / MINIBATCH; i++) {
        net_forward(m, MINIBATCH, 1);
    }
    for (int i = 0; i < EPOCHS * HORIZON * ROWS / MINIBATCH; i++) {
        net_forward(m, MINIBATCH, ACT);
        net_backward(m, MINIBATCH, ACT);
        net_forward(m, MINIBATCH, 1);
        net_backward(m, MINIBATCH, 1);
    }
}

static sw_status run_products(void *context, double seconds, double *figure)
{
    static _Alignas(64) matrices m;
    random_state random = random_seed(2);
    (void) context;
    for (int i = 0; i < MINIBATCH * HIDDEN; i++) {
        m.x[i] = (float) random_normal(&random);
        m.w[i] = (float) random_normal(&random);
        m.dy[i] = (float) random_normal(&random);
    }
    const double begin = bench_now();
    int n = 0;
    while (bench_now() - begin < seconds) {
        memset(m.dw, 0, sizeof(m.dw));
        multiply(&m);
        n++;
    }
    *figure = (bench_now() - begin) / n * million;
    return SW_OK;
}

// Adds what our code allocated while it was measured to *allocated.
static sw_status measure(int threads, double seconds, bench_result *result, int *allocated)
{
    static learner l;
    sw_status st = open_learner(&l, threads);
    if (st == SW_OK) {
        learn(&l);
        const int before = allocations_count();
        st = bench_compare(run_learner, run_products, &l, seconds, result);
        *allocated += allocations_count() - before;
    }
    algo_find("ppo")->close(l.algo);
    sw_spec_free(&l.spec);
    return st;
}

int main(int argc, char **argv)
{
    double seconds;
    bench_result one, two;
    int allocated = 0;
    sw_status st = bench_seconds(argc, argv, &seconds);

    blas_use_one_thread();
    if (st == SW_OK) {
        st = measure(1, seconds, &one, &allocated);
    }
    if (st == SW_OK) {
        st = measure(2, seconds, &two, &allocated);
    }
    if (st != SW_OK) {
        fprintf(stderr, "learn: %s\n", sw_last_error());
        return 1;
    }
    const bench_field fields[] = {
        {"ratio", one.ratio},
        {"update_s", one.ours},
        {"matmul_s", one.raw},
        {"ratio_2_threads", two.ratio},
        {"update_2_threads_s", two.ours},
        {"allocations", allocated},
    };
    bench_print(fields, (int) (sizeof(fields) / sizeof(fields[0])), blas_core());
    return 0;
}
