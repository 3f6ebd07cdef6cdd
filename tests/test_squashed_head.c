// test_squashed_head.c -- agent/rl/squashed_head.c: densities by hand and by their integral, and
// derivatives through a sample against differences.
#include <squashed_head.h>

#include <math.h>

#include "test.h"

enum { N = 3, A = 2 };

static const double log_2pi = 1.8378770664093453;

// log pi of one element, and where it is.
static double density(float mean, float log_std, float noise, float *act)
{
    squashed_head h;
    const float outputs[] = {mean, log_std};
    assert_ok(squashed_head_init(&h, 1, 1));
    h.n = 1;
    h.noise[0] = noise;
    squashed_head_act(&h, outputs);
    const double logp = (double) h.logp[0];
    *act = h.act[0];
    squashed_head_free(&h);
    return logp;
}

// u = 1 + 2 / 4: standard normal at 1/4 over a std of 2 and the slope 1 - tanh^2 u
static void the_density_is_the_gaussians_over_the_slope(void **state)
{
    (void) state;
    float a;
    const double t = tanh(1.5);
    const double logp = density(1, logf(2), 0.25f, &a);
    assert_near(logp, -0.03125 - log(2) - log_2pi / 2 - log(1 - t * t), 1e-6);
    assert_near(a, t, 1e-6);
}

// log(1 - tanh^2 u) = log 4 - 2 |u| there, to rounding: the slope itself is 0 in float
static void the_density_keeps_its_digits_at_the_bounds(void **state)
{
    (void) state;
    for (int side = -1; side <= 1; side += 2) {
        float a;
        assert_near(density(30 * (float) side, 0, 0, &a), -log_2pi / 2 - log(4) + 60, 1e-5);
        assert_near(a, side, 1e-6);
        assert_true(fabsf(a) <= 1);
    }
}

// The midpoint rule over a; the mass within 1e-5 of the bounds is what is missing.
static void the_density_integrates_to_one_over_the_actions(void **state)
{
    (void) state;
    enum { POINTS = 20000 };
    const float cases[][2] = {{0, 0}, {0.7f, -1}, {-1, 0.3f}};  // mean, log-std
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        const double mean = (double) cases[c][0], std = exp((double) cases[c][1]);
        double sum = 0;
        for (int i = 0; i < POINTS; i++) {
            float a;
            const double noise = (atanh(2 * (i + 0.5) / POINTS - 1) - mean) / std;
            sum += exp(density(cases[c][0], cases[c][1], (float) noise, &a)) * 2 / POINTS;
        }
        assert_near(sum, 1, 1e-3);
    }
}

// Rows of 2 elements: 0.5 and -1 with stds 1 and e^-1, and the same in the other order.
static void elements_add_up_and_rows_do_not(void **state)
{
    (void) state;
    squashed_head h;
    const float outputs[] = {0.5f, -1, 0, -1, -1, 0.5f, -1, 0};
    float a[2];
    const double sum = density(0.5f, 0, 0.3f, &a[0]) + density(-1, -1, -2, &a[1]);
    assert_ok(squashed_head_init(&h, A, 2));
    h.n = 2;
    h.noise[0] = h.noise[3] = 0.3f;
    h.noise[1] = h.noise[2] = -2;
    squashed_head_act(&h, outputs);
    assert_near(h.logp[0], sum, 1e-6);
    assert_near(h.logp[1], sum, 1e-6);
    assert_near(h.act[0], a[0], 0);
    assert_near(h.act[1], a[1], 0);
    assert_near(h.act[2], a[1], 0);
    squashed_head_free(&h);
}

static void the_std_stays_between_e_to_the_minus_20_and_e_squared(void **state)
{
    (void) state;
    float a, b;
    assert_near(density(0, 50, 0.1f, &a), density(0, 2, 0.1f, &b), 0);
    assert_near(a, b, 0);
    assert_near(density(0.3f, -50, 1, &a), density(0.3f, -20, 1, &b), 0);
    assert_near(a, tanh(0.3), 1e-6);
}

// sum_ij w_ij a_ij + k sum_i log pi_i, with fixed weights
static const float weights[N * A] = {1, -2, 0.5f, 3, -1, 0.7f}, each = 0.4f;

static double scalar(squashed_head *h, const float *outputs)
{
    double sum = 0;
    squashed_head_act(h, outputs);
    for (int k = 0; k < N * A; k++) {
        sum += (double) weights[k] * (double) h->act[k];
    }
    for (int i = 0; i < N; i++) {
        sum += (double) each * (double) h->logp[i];
    }
    return sum;
}

// A log-std of 3 is clamped: nothing depends on it.
static void the_gradient_through_a_sample_matches_differences(void **state)
{
    (void) state;
    const float step = 1e-2f;
    float outputs[N * 2 * A] = {0.3f, -0.5f, 0, -1, 1.5f, 0.1f, -0.7f, 0.4f, -2, 0, 3, -30};
    float gradient[N * 2 * A];
    random_state random = random_seed(1);
    squashed_head h;
    assert_ok(squashed_head_init(&h, A, N));
    squashed_head_draw(&h, &random, N);
    scalar(&h, outputs);
    squashed_head_backward(&h, weights, each, gradient);
    for (int k = 0; k < N * 2 * A; k++) {
        const float at = outputs[k];
        outputs[k] = at + step;
        const double above = scalar(&h, outputs);
        outputs[k] = at - step;
        const double below = scalar(&h, outputs);
        outputs[k] = at;
        assert_near(gradient[k], (above - below) / (2 * (double) step), 2e-3);
    }
    assert_near(gradient[10], 0, 0);
    assert_near(gradient[11], 0, 0);
    squashed_head_free(&h);
}

static void the_mode_is_the_squashed_mean(void **state)
{
    (void) state;
    squashed_head h;
    const float outputs[] = {0.5f, -1, 0, 1, 2, -3, 0, 1};
    const double mean[] = {0.5, -1, 2, -3};
    assert_ok(squashed_head_init(&h, A, 2));
    squashed_head_mode(&h, outputs, 2);
    for (int k = 0; k < 2 * A; k++) {
        assert_near(h.act[k], tanh(mean[k]), 1e-6);
    }
    squashed_head_free(&h);
}

// Half of the draws of a standard normal are beyond 0.6745 of either sign.
static void noise_is_standard_normal(void **state)
{
    (void) state;
    enum { DRAWS = 20000 };
    random_state random = random_seed(5);
    squashed_head h;
    double mean = 0, far = 0;
    assert_ok(squashed_head_init(&h, A, DRAWS / A));
    squashed_head_draw(&h, &random, DRAWS / A);
    for (int k = 0; k < DRAWS; k++) {
        mean += (double) h.noise[k] / DRAWS;
        far += fabsf(h.noise[k]) > 0.67449f ? 1.0 / DRAWS : 0;
    }
    assert_near(mean, 0, 0.03);
    assert_near(far, 0.5, 0.015);
    squashed_head_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_density_is_the_gaussians_over_the_slope),
        cmocka_unit_test(the_density_keeps_its_digits_at_the_bounds),
        cmocka_unit_test(the_density_integrates_to_one_over_the_actions),
        cmocka_unit_test(elements_add_up_and_rows_do_not),
        cmocka_unit_test(the_std_stays_between_e_to_the_minus_20_and_e_squared),
        cmocka_unit_test(the_gradient_through_a_sample_matches_differences),
        cmocka_unit_test(the_mode_is_the_squashed_mean),
        cmocka_unit_test(noise_is_standard_normal),
    };
    return cmocka_run_group_tests_name("squashed_head", tests, NULL, NULL);
}
