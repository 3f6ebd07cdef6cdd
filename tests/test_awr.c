// test_awr.c -- agent/algo/awr.c: its weights and its loss by hand, gradients against central
// differences, and that it learns.
#include <stdlib.h>

#include <awr.h>
#include <vec.h>

#include "learner.h"

enum { M = 8 };

static const float weight[M] = {0.1f, 0.5f, 1, 1, 2, 3, 7, 20};

typedef struct fixture {
    fake_task task;
    awr *w;
} fixture;

// An awr with M rows gathered, not from a history but made up.
static void make_minibatch(fixture *f, fake_kind kind)
{
    sw_value values[LEARNER_PARAMS];
    random_state random = random_seed(5);
    algo *a;
    fake_init(&f->task, kind, M, 1);
    fake_defaults(&algo_awr, values);
    strcpy(fake_value(&algo_awr, values, "hidden")->s, "5");
    strcpy(fake_value(&algo_awr, values, "init")->s, "uniform");
    fake_value(&algo_awr, values, "entropy_coef")->f = 0.1;
    fake_value(&algo_awr, values, "log_std_init")->f = -0.5;
    const algo_problem problem = fake_problem(&f->task, 1, 1000, 1);
    assert_ok(algo_awr.open(&problem, values, &a));

    awr *w = f->w = (awr *) a;
    const dist *d = &w->base.ac.policy.dist;
    w->surrogate.batch.n = M;
    for (int i = 0; i < M * fake_obs_dim(&f->task); i++) {
        w->surrogate.batch.obs[i] = (float) random_normal(&random);
    }
    const dist_batch pi = policy_forward(&w->base.ac.policy, w->surrogate.batch.obs, M);
    d->kind->sample(d, &pi, &random, w->surrogate.batch.act);
    memcpy(w->surrogate.batch.adv, weight, sizeof(weight));
}

static void free_minibatch(fixture *f)
{
    algo_awr.close((algo *) f->w);
    fake_free(&f->task);
}


// ---- weights ------------------------------------------------------------------------------------

// Advantages 1, 3 and 8 with a mean of 4 and a variance of 26/3; the one between them is no row to
// learn from.
static void weights_are_exponentials_of_standardised_advantages(void **state)
{
    (void) state;
    fixture f;
    make_minibatch(&f, FAKE_TARGET);
    float *adv = f.w->history.data.adv;
    const float advantages[] = {1, 100, 3, 8};
    const double std = sqrt(26.0 / 3);
    for (int beta = 1; beta <= 2; beta++) {
        memcpy(adv, advantages, sizeof(advantages));
        f.w->cfg.temperature = (float) beta;
        awr_weigh(f.w, (const int[]){3, 0, 2}, 3);
        assert_near(adv[0], exp(-3 / std / beta), 1e-5);
        assert_near(adv[2], exp(-1 / std / beta), 1e-5);
        assert_near(adv[3], exp(4 / std / beta), 1e-4);
        assert_near(adv[1], 100, 0);
        assert_near(f.w->base.stats[AWR_WEIGHT_MEAN], (double) (adv[0] + adv[2] + adv[3]) / 3,
                    1e-6);
        assert_near(f.w->base.stats[AWR_CLIP_FRAC], 0, 0);
    }
    free_minibatch(&f);
}

// The last of ten is three standard deviations above the others: e^3 = 20.1, at temperature 1/10
// e^30; e^(-1/3) are the others.
static void a_weight_has_a_limit(void **state)
{
    (void) state;
    fixture f;
    int rows[10];
    make_minibatch(&f, FAKE_TARGET);
    float *adv = f.w->history.data.adv;
    for (int i = 0; i < 10; i++) {
        rows[i] = i;
        adv[i] = i == 9;
    }
    awr_weigh(f.w, rows, 10);
    assert_near(adv[9], 20, 0);
    assert_near(adv[0], exp(-1.0 / 3), 1e-4);
    assert_near(f.w->base.stats[AWR_CLIP_FRAC], 0.1, 1e-9);
    adv[9] = 20;
    f.w->cfg.temperature = 0.1f;
    awr_weigh(f.w, rows, 10);
    assert_near(adv[9], 20, 0);
    free_minibatch(&f);
}

static void equal_advantages_have_weight_1(void **state)
{
    (void) state;
    fixture f;
    make_minibatch(&f, FAKE_TARGET);
    float *adv = f.w->history.data.adv;
    adv[0] = adv[1] = 5;
    awr_weigh(f.w, (const int[]){0, 1}, 2);
    assert_near(adv[0], 1, 1e-6);
    free_minibatch(&f);
}


// ---- the loss -----------------------------------------------------------------------------------

// Standard deviation e^-0.5, means 0 with all weights 0: log pi = -(a^2 e / 2 + log(2 pi) / 2 -
// 0.5), H = 0.5 + log(2 pi) / 2 - 0.5.
static void the_loss_is_the_weighted_log_likelihood(void **state)
{
    (void) state;
    fixture f;
    make_minibatch(&f, FAKE_TARGET);
    awr *w = f.w;
    mlp *net = &w->base.ac.policy.net;
    memset(net->params, 0, (size_t) (net->param_count - net->extra_count) * sizeof(float));
    double fit = 0;
    for (int i = 0; i < M; i++) {
        const double a = (double) w->surrogate.batch.act[i];
        fit -= (double) weight[i] * (a * a * exp(1) / 2 + log(2 * 3.14159265358979) / 2 - 0.5);
    }
    const double entropy = log(2 * 3.14159265358979) / 2;
    assert_near(awr_policy_loss(w), (-fit - 0.1 * M * entropy) / M, 1e-4);
    assert_near(w->base.stats[AWR_POLICY_LOSS], -fit / M, 1e-4);
    assert_near(w->base.stats[AWR_ENTROPY], entropy, 1e-6);
    free_minibatch(&f);
}

// Every parameter of the policy, the log-std too, is moved both ways and put back.
static void check_gradient(awr *w)
{
    const float h = 3e-3f;
    mlp *m = &w->base.ac.policy.net;
    mlp_zero_grads(m);
    awr_policy_loss(w);
    float *analytic = vec_new((size_t) m->param_count);
    memcpy(analytic, m->grads, (size_t) m->param_count * sizeof(float));
    for (int i = 0; i < m->param_count; i++) {
        const float at = m->params[i];
        m->params[i] = at + h;
        const double up = awr_policy_loss(w);
        m->params[i] = at - h;
        const double down = awr_policy_loss(w);
        m->params[i] = at;
        assert_near(analytic[i], (up - down) / (2 * (double) h), 3e-3);
    }
    free(analytic);
}

static void the_gradient_of_a_gaussian_matches_differences(void **state)
{
    (void) state;
    fixture f;
    make_minibatch(&f, FAKE_TARGET);
    check_gradient(f.w);
    free_minibatch(&f);
}

static void the_gradient_of_categories_matches_differences(void **state)
{
    (void) state;
    fixture f;
    make_minibatch(&f, FAKE_CORRIDOR);
    check_gradient(f.w);
    free_minibatch(&f);
}


// ---- whole runs ---------------------------------------------------------------------------------

static void begin(learner *l, fake_kind kind)
{
    learner_begin(l, &algo_awr, kind, 2);
    fake_value(&algo_awr, l->values, "buffer")->i = 1024;
    fake_value(&algo_awr, l->values, "minibatch")->i = 64;
    fake_value(&algo_awr, l->values, "lr")->f = 3e-3;
    fake_value(&algo_awr, l->values, "critic_lr")->f = 3e-3;
}

static void it_learns_to_hit_a_target(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET);
    learner_learns(&l, 40, 5, -0.15);
}

static void it_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR);
    learner_learns(&l, 20, 5, 0.45);
}

static void it_learns_with_a_faulty_row_now_and_then(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR);
    l.task.fault_every = 7;
    learner_learns(&l, 20, 5, 0.45);
}

// 5 passes over 1 to 4 rollouts of 256 rows, and never over more.
static void each_update_passes_over_all_that_is_kept(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET);
    learner_open(&l, 1, 1);
    const int minibatches[] = {20, 40, 60, 80, 80, 80};
    for (int i = 0; i < 6; i++) {
        learner_run(&l, 1);
        assert_int_equal(((awr *) l.algo)->minibatches, minibatches[i]);
        assert_true(learner_stat(&l, "approx_kl") > 0);
        assert_true(learner_stat(&l, "weight_mean") > 1);  // Jensen: the mean advantage has 1
    }
    learner_close(&l);
}

// What the weights were made of is what the critic says after it has learned.
static void advantages_are_by_the_critic_that_has_learned(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR);
    learner_open(&l, 1, 1);
    learner_run(&l, 2);
    const awr *w = (const awr *) l.algo;
    mlp *critic = &((awr *) l.algo)->base.ac.critic;
    for (int i = 0; i < 2 * 256; i++) {
        const float *v = mlp_forward(critic, w->history.data.obs + i * FAKE_OBS, 1);
        assert_near(w->history.data.value[i], v[0], 1e-5);
    }
    learner_close(&l);
}

// total_steps 1024 in rollouts of 256
static void lr_falls_to_0_if_it_is_annealed(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET);
    fake_value(&algo_awr, l.values, "anneal")->b = true;
    learner_open(&l, 1, 1);
    const double expected[] = {3e-3, 0.75 * 3e-3, 0.5 * 3e-3, 0.25 * 3e-3, 0};
    for (int i = 0; i < 5; i++) {
        learner_run(&l, 1);
        assert_near(learner_stat(&l, "lr"), expected[i], 1e-12);
    }
    learner_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_exponentials_of_standardised_advantages),
        cmocka_unit_test(a_weight_has_a_limit),
        cmocka_unit_test(equal_advantages_have_weight_1),
        cmocka_unit_test(the_loss_is_the_weighted_log_likelihood),
        cmocka_unit_test(the_gradient_of_a_gaussian_matches_differences),
        cmocka_unit_test(the_gradient_of_categories_matches_differences),
        cmocka_unit_test(it_learns_to_hit_a_target),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor),
        cmocka_unit_test(it_learns_with_a_faulty_row_now_and_then),
        cmocka_unit_test(each_update_passes_over_all_that_is_kept),
        cmocka_unit_test(advantages_are_by_the_critic_that_has_learned),
        cmocka_unit_test(lr_falls_to_0_if_it_is_annealed),
    };
    return cmocka_run_group_tests_name("awr", tests, NULL, NULL);
}
