// learn.c -- what learners cost over their matrix products alone.
//
// Ours: everything a learner does between two batches, on Hopper-v5's shapes and fed with batches
// made before (learner.h). Raw: the products of that, in their order, on one set of matrices that
// stays in the cache.
//
//   ppo       a rollout of 16 rows x 128 steps and its update: 10 epochs of minibatches of 64,
//             64-64 tanh
//   td3, sac  a gradient step per transition: batches of 256 from a million, 256-256 relu
//
// Figures: `update_s` and `matmul_s`, both per million steps of ppo; `td3_updates_per_s`; the
// ratios; `allocations` of our own code after the first iteration. Those of `2_threads` are where
// the learner may use two.
//
//     build/release/bench/learn [--seconds S]
#include "bench.h"

#include <stdio.h>

#include <allocations.h>
#include <blas.h>

#include "learner.h"
#include "products.h"

enum { HORIZON = 128, EPOCHS = 10, MINIBATCH = 64, BATCH = 256, BUFFER = 1000000 };


// ---- raw: the products of an iteration ----------------------------------------------------------

// Without the few that value final observations.
static void multiply_ppo(products *p)
{
    const products_net policy = {LEARNER_OBS, 64, LEARNER_ACT}, critic = {LEARNER_OBS, 64, 1};
    for (int i = 0; i < HORIZON * LEARNER_GROUPS; i++) {
        products_forward(p, LEARNER_GROUP_ROWS, policy);
    }
    for (int i = 0; i < (HORIZON + 1) * LEARNER_ROWS / MINIBATCH; i++) {
        products_forward(p, MINIBATCH, critic);
    }
    for (int i = 0; i < EPOCHS * HORIZON * LEARNER_ROWS / MINIBATCH; i++) {
        products_forward(p, MINIBATCH, policy);
        products_backward(p, MINIBATCH, policy);
        products_forward(p, MINIBATCH, critic);
        products_backward(p, MINIBATCH, critic);
    }
}

// Values of s' by two target networks, then two critics down their loss.
static void multiply_critics(products *p, products_net critic)
{
    for (int k = 0; k < 2; k++) {
        products_forward(p, BATCH, critic);
        products_forward(p, BATCH, critic);
        products_backward(p, BATCH, critic);
    }
}

// The policy acts, critics judge, the policy learns.
static void multiply_policy(products *p, products_net policy, products_net critic, int critics)
{
    products_forward(p, BATCH, policy);
    for (int k = 0; k < critics; k++) {
        products_forward(p, BATCH, critic);
        products_backward_input(p, BATCH, critic, LEARNER_ACT);
    }
    products_backward(p, BATCH, policy);
}

static const products_net critic_net = {LEARNER_OBS + LEARNER_ACT, 256, 1};

static void multiply_td3(products *p)
{
    const products_net policy = {LEARNER_OBS, 256, LEARNER_ACT};
    for (int g = 0; g < LEARNER_GROUPS; g++) {
        products_forward(p, LEARNER_GROUP_ROWS, policy);
        for (int i = 0; i < LEARNER_GROUP_ROWS; i++) {
            products_forward(p, BATCH, policy);
            multiply_critics(p, critic_net);
            if (i % 2 == 1) {
                multiply_policy(p, policy, critic_net, 1);
            }
        }
    }
}

static void multiply_sac(products *p)
{
    const products_net policy = {LEARNER_OBS, 256, 2 * LEARNER_ACT};
    for (int g = 0; g < LEARNER_GROUPS; g++) {
        products_forward(p, LEARNER_GROUP_ROWS, policy);
        for (int i = 0; i < LEARNER_GROUP_ROWS; i++) {
            products_forward(p, BATCH, policy);
            multiply_critics(p, critic_net);
            multiply_policy(p, policy, critic_net, 2);
        }
    }
}


// ---- both sides ---------------------------------------------------------------------------------

typedef struct contest {
    const char *algo;
    const learner_option *options;
    int warmup;  // turns before anything is measured
    int turns;   // of an iteration
    void (*multiply)(products *p);
    double iterations;  // whose time is the figure
} contest;

static const learner_option ppo_options[] = {{"horizon", HORIZON}, {NULL, 0}};

// The replay is full when learning begins.
static const learner_option replay_options[] = {
    {"buffer", BUFFER}, {"start_steps", BUFFER}, {"batch", BATCH}, {NULL, 0}};

// ppo's figure is of a million steps, the others' of a gradient step.
static const contest contests[] = {
    {"ppo", ppo_options, HORIZON, HORIZON, multiply_ppo, 1e6 / (LEARNER_ROWS * HORIZON)},
    {"td3", replay_options, BUFFER / LEARNER_ROWS + 1, 1, multiply_td3, 1.0 / LEARNER_ROWS},
    {"sac", replay_options, BUFFER / LEARNER_ROWS + 1, 1, multiply_sac, 1.0 / LEARNER_ROWS},
};

typedef struct sides {
    const contest *contest;
    learner learner;
    products products;
} sides;

static sw_status run_learner(void *context, double seconds, double *figure)
{
    sides *s = context;
    const double begin = bench_now();
    int n = 0;
    for (; bench_now() - begin < seconds; n++) {
        for (int i = 0; i < s->contest->turns; i++) {
            learner_turn(&s->learner);
        }
    }
    *figure = (bench_now() - begin) / n * s->contest->iterations;
    return SW_OK;
}

static sw_status run_products(void *context, double seconds, double *figure)
{
    sides *s = context;
    const double begin = bench_now();
    int n = 0;
    for (; bench_now() - begin < seconds; n++) {
        products_rest(&s->products);
        s->contest->multiply(&s->products);
    }
    *figure = (bench_now() - begin) / n * s->contest->iterations;
    return SW_OK;
}

// Adds what our code allocated while it was measured to *allocated.
static sw_status measure(const contest *c, int threads, double seconds, bench_result *result,
                         int *allocated)
{
    static _Alignas(64) sides s;
    s.contest = c;
    products_init(&s.products);
    sw_status st = learner_open(&s.learner, c->algo, c->options, threads);
    if (st == SW_OK) {
        for (int i = 0; i < c->warmup; i++) {
            learner_turn(&s.learner);
        }
        const int before = allocations_count();
        st = bench_compare(run_learner, run_products, &s, seconds, result);
        *allocated += allocations_count() - before;
    }
    learner_close(&s.learner);
    return st;
}

int main(int argc, char **argv)
{
    double seconds;
    bench_result ppo[2], td3[2], sac[2];  // with one thread, with two
    bench_result *const results[] = {ppo, td3, sac};
    int allocated = 0;
    sw_status st = bench_seconds(argc, argv, &seconds);

    blas_use_one_thread();
    for (int i = 0; i < 6 && st == SW_OK; i++) {
        st = measure(&contests[i / 2], 1 + i % 2, seconds, &results[i / 2][i % 2], &allocated);
    }
    if (st != SW_OK) {
        fprintf(stderr, "learn: %s\n", sw_last_error());
        return 1;
    }
    const bench_field fields[] = {
        {"ratio", ppo[0].ratio},
        {"update_s", ppo[0].ours},
        {"matmul_s", ppo[0].raw},
        {"ratio_2_threads", ppo[1].ratio},
        {"update_2_threads_s", ppo[1].ours},
        {"ratio_td3", td3[0].ratio},
        {"td3_updates_per_s", 1 / td3[0].ours},
        {"ratio_td3_2_threads", td3[1].ratio},
        {"td3_2_threads_updates_per_s", 1 / td3[1].ours},
        {"ratio_sac", sac[0].ratio},
        {"sac_updates_per_s", 1 / sac[0].ours},
        {"ratio_sac_2_threads", sac[1].ratio},
        {"sac_2_threads_updates_per_s", 1 / sac[1].ours},
        {"allocations", allocated},
    };
    bench_print(fields, (int) (sizeof(fields) / sizeof(fields[0])), blas_core());
    return 0;
}
