// test_gradient.c -- agent/algo/gradient.c: the gradient against central differences and by hand,
// its variance, and the step.
#include <math.h>

#include <gradient.h>

#include "fake_task.h"
#include "test.h"

enum { STEPS = 300, ROWS = 4 };

static const gradient_options plain = {.adam_epsilon = 1e-12, .parts = 1};

typedef struct fixture {
    fake_task task;
    policy policy;
    rollout r;
    gradient s;
} fixture;

// A policy with `hidden` units and made-up transitions of it.
static void make(fixture *f, fake_kind kind, int hidden, const gradient_options *options)
{
    random_state random = random_seed(5);
    const policy_options made = {.shape = {.hidden = {hidden}, .hidden_count = hidden > 0},
                                 .init = INIT_UNIFORM,
                                 .own_start = -0.5,
                                 .max_batch = STEPS * ROWS};
    fake_init(&f->task, kind, ROWS, 1);
    assert_ok(policy_init(&f->policy, &f->task.spec, &made, &random));
    const dist *d = &f->policy.dist;
    assert_ok(rollout_init(&f->r, STEPS, ROWS, f->policy.obs_dim, d->actions));
    for (int i = 0; i < STEPS * ROWS; i++) {
        f->r.adv[i] = (float) random_normal(&random);
    }
    for (int i = 0; i < STEPS * ROWS * f->r.obs_dim; i++) {
        f->r.obs[i] = (float) random_normal(&random);
    }
    const dist_batch pi = policy_forward(&f->policy, f->r.obs, STEPS * ROWS);
    d->kind->sample(d, &pi, &random, f->r.act);
    d->kind->log_density(d, &pi, f->r.act, f->r.logp);
    assert_ok(gradient_init(&f->s, &f->policy, &f->r, options));
}

static void finish(fixture *f)
{
    gradient_free(&f->s);
    rollout_free(&f->r);
    policy_free(&f->policy);
    fake_free(&f->task);
}

// mean Psi log pi + c mean H of all rows
static double objective(fixture *f)
{
    static float logp[STEPS * ROWS], entropy[STEPS * ROWS];
    const dist *d = &f->policy.dist;
    const dist_batch pi = policy_forward(&f->policy, f->r.obs, STEPS * ROWS);
    double sum = 0;
    d->kind->log_density(d, &pi, f->r.act, logp);
    d->kind->entropy(d, &pi, entropy);
    for (int i = 0; i < STEPS * ROWS; i++) {
        sum += (double) (f->r.adv[i] * logp[i]);
        sum += f->s.options.entropy_coef * (double) entropy[i];
    }
    return sum / (STEPS * ROWS);
}

// More rows than a chunk has, in parts whose size no chunk divides.
static void the_gradient_is_that_of_central_differences(void **state)
{
    (void) state;
    for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
        fixture f;
        gradient_report report;
        const gradient_options options = {.entropy_coef = 0.1, .adam_epsilon = 1e-8, .parts = 2};
        make(&f, (fake_kind) kind, 3, &options);
        float *theta = f.policy.net.params;
        assert_int_equal(gradient_gather(&f.s, &f.r, 0, ROWS), STEPS * ROWS);
        gradient_compute(&f.s, &f.r, &report);
        assert_true(report.ratio_error < 1e-5);
        for (int i = 0; i < f.policy.net.param_count; i++) {
            const float kept = theta[i], h = 1e-2f;
            theta[i] = kept + h;
            const double above = objective(&f);
            theta[i] = kept - h;
            const double below = objective(&f);
            theta[i] = kept;
            assert_near(f.s.g[i], (above - below) / (2 * (double) h), 2e-4);
        }
        finish(&f);
    }
}

// Only the mean is learned from, at x = 0 and log-std 0: dlogp/dbias = a = 1 and Psi = 1, 3 in row
// 0, 0, 2 in row 1. Nothing moves the log-std, because a^2 = 1. Two steps of the two rows are
// valid.
static void make_by_hand(fixture *f, const gradient_options *options)
{
    make(f, FAKE_TARGET, 0, options);
    for (int i = 0; i < STEPS * ROWS; i++) {
        f->r.obs[i] = 0;
        f->r.act[i] = 1;
        f->r.skip[i] = i >= 2 * ROWS || i % ROWS >= 2;
        f->r.logp[i] = -0.5f - 0.918938533f;
    }
    f->policy.net.params[0] = f->policy.net.params[1] = f->policy.net.extra[0] = 0;
    f->r.adv[0] = 1;
    f->r.adv[1] = 0;
    f->r.adv[ROWS] = 3;
    f->r.adv[ROWS + 1] = 2;
}

// g = 6 / 4; g_0 = 2, g_1 = 1, so that Var(g) = (1/4 + 1/4) / (2 - 1) / 2
static void the_variance_is_that_between_the_parts(void **state)
{
    (void) state;
    fixture f;
    gradient_report report;
    make_by_hand(&f, &(gradient_options){.adam_epsilon = 1e-8, .parts = 2});
    assert_int_equal(gradient_gather(&f.s, &f.r, 0, 2), 4);
    gradient_compute(&f.s, &f.r, &report);
    assert_near(report.norm, 1.5, 1e-6);
    assert_near(report.variance, 0.25, 1e-6);
    finish(&f);
}

static void without_parts_there_is_no_variance(void **state)
{
    (void) state;
    fixture f;
    gradient_report report;
    make_by_hand(&f, &plain);
    gradient_gather(&f.s, &f.r, 0, 2);
    gradient_compute(&f.s, &f.r, &report);
    assert_near(report.norm, 1.5, 1e-6);
    assert_near(report.variance, 0, 0);
    finish(&f);
}

static void rows_that_are_not_chosen_count_for_nothing(void **state)
{
    (void) state;
    fixture f;
    gradient_report report;
    make_by_hand(&f, &plain);
    assert_int_equal(gradient_gather(&f.s, &f.r, 1, 2), 2);
    gradient_compute(&f.s, &f.r, &report);
    assert_near(report.norm, 1, 1e-6);
    assert_int_equal(gradient_gather(&f.s, &f.r, 2, 3), 0);
    finish(&f);
}

// 0 and 2 are -1 / sqrt 2 and 1 / sqrt 2.
static void credits_are_standardised_over_the_rows_chosen(void **state)
{
    (void) state;
    fixture f;
    gradient_report report;
    make_by_hand(&f, &(gradient_options){.adam_epsilon = 1e-8, .parts = 1, .adv_norm = true});
    gradient_gather(&f.s, &f.r, 1, 2);
    gradient_compute(&f.s, &f.r, &report);
    assert_near(f.s.surrogate.batch.adv[0], -sqrt(0.5), 1e-6);
    assert_near(f.s.surrogate.batch.adv[1], sqrt(0.5), 1e-6);
    assert_near(report.norm, 0, 1e-6);
    finish(&f);
}

// Adam's first step is lr long, whatever the gradient's limit. The mean goes from 0 to 0.1 at std
// 1: KL = 0.01 / 2, r = e^(0.1 - 0.01 / 2) where a = 1.
static void a_step_goes_up_and_says_how_far(void **state)
{
    (void) state;
    fixture f;
    gradient_report report;
    make_by_hand(&f, &(gradient_options){.adam_epsilon = 1e-12, .parts = 1, .max_grad_norm = 0.01});
    gradient_gather(&f.s, &f.r, 0, 2);
    gradient_compute(&f.s, &f.r, &report);
    gradient_climb(&f.s, &f.r, 0.1, &report);
    assert_near(f.policy.net.params[1], 0.1, 1e-6);
    assert_near(report.norm, 1.5, 1e-6);
    assert_near(report.kl, 0.005, 1e-6);
    assert_near(report.surrogate, 1.5 * exp(0.095), 1e-5);
    assert_near(report.entropy, 0.5 + 0.918938533, 1e-5);
    finish(&f);
}

static void the_norm_is_limited(void **state)
{
    (void) state;
    fixture f;
    gradient_report report;
    make_by_hand(&f, &(gradient_options){.adam_epsilon = 1e-8, .parts = 1, .max_grad_norm = 0.3});
    gradient_gather(&f.s, &f.r, 0, 2);
    gradient_compute(&f.s, &f.r, &report);
    gradient_climb(&f.s, &f.r, 0.1, &report);
    assert_near(f.s.adam.m[1], -0.1 * 0.3, 1e-6);  // (1 - beta1) times the gradient of -L
    finish(&f);
}

static void a_gradient_that_is_not_finite_moves_nothing(void **state)
{
    (void) state;
    fixture f;
    gradient_report report;
    make_by_hand(&f, &plain);
    f.r.adv[0] = INFINITY;
    gradient_gather(&f.s, &f.r, 0, 2);
    gradient_compute(&f.s, &f.r, &report);
    gradient_climb(&f.s, &f.r, 0.1, &report);
    assert_near(f.policy.net.params[1], 0, 0);
    assert_int_equal(f.s.adam.steps, 0);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_that_of_central_differences),
        cmocka_unit_test(the_variance_is_that_between_the_parts),
        cmocka_unit_test(without_parts_there_is_no_variance),
        cmocka_unit_test(rows_that_are_not_chosen_count_for_nothing),
        cmocka_unit_test(credits_are_standardised_over_the_rows_chosen),
        cmocka_unit_test(a_step_goes_up_and_says_how_far),
        cmocka_unit_test(the_norm_is_limited),
        cmocka_unit_test(a_gradient_that_is_not_finite_moves_nothing),
    };
    return cmocka_run_group_tests_name("gradient", tests, NULL, NULL);
}
