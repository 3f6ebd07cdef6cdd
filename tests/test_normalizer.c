// test_normalizer.c -- agent/rl/normalizer.c: statistics by hand.
#include <normalizer.h>

#include "test.h"

enum { ROWS = 400, DIM = 2 };

// Column 0: 1, 3; column 1: 10, 50. The prior is 1e-4 rows of mean 0 and variance 1, so with batch
// mean m, variance v and total n = 2.0001:
//   mean = 2 m / n;  var = (1e-4 + 2 v + m^2 2e-4 / n) / n
static void one_batch_merges_with_the_prior(void **state)
{
    (void) state;
    normalizer z;
    const double n = 2.0001;
    float x[] = {1, 10, 3, 50};
    assert_ok(normalizer_init(&z, DIM, 10));
    normalizer_update(&z, x, 2);
    assert_near(z.count, n, 1e-12);
    assert_near(z.mean[0], 2 * 2 / n, 1e-12);
    assert_near(z.var[0], (1e-4 + 2 * 1 + 4 * 2e-4 / n) / n, 1e-12);
    assert_near(z.mean[1], 2 * 30 / n, 1e-12);
    assert_near(z.var[1], (1e-4 + 2 * 400 + 900 * 2e-4 / n) / n, 1e-12);
    normalizer_free(&z);
}

// 0 .. 399 in batches of 1, 2, 3 ...: mean 199.5, variance (400^2 - 1) / 12
static void batches_of_any_size_make_the_moments_of_all(void **state)
{
    (void) state;
    normalizer z;
    float x[ROWS * DIM];
    assert_ok(normalizer_init(&z, DIM, 0));
    for (int i = 0; i < ROWS; i++) {
        x[i * DIM] = (float) i;
        x[i * DIM + 1] = -2 * (float) i;
    }
    for (int i = 0, n = 1; i < ROWS; i += n, n++) {
        n = n < ROWS - i ? n : ROWS - i;
        normalizer_update(&z, x + i * DIM, n);
    }
    assert_near(z.mean[0], 199.5, 1e-6);
    assert_near(z.var[0], (ROWS * ROWS - 1) / 12.0, 2e-6);
    assert_near(z.mean[1], -399, 1e-6);
    assert_near(z.var[1], (ROWS * ROWS - 1) / 3.0, 2e-6);
    normalizer_free(&z);
}

static void each_dimension_is_normalised_by_itself_and_clipped(void **state)
{
    (void) state;
    normalizer z;
    float x[] = {5, 5, 1000, -1000};
    assert_ok(normalizer_init(&z, DIM, 10));
    z.mean[0] = 1;
    z.var[0] = 4;
    z.mean[1] = 6;
    z.var[1] = 0.25;
    normalizer_apply(&z, x, 2);
    assert_near(x[0], 2, 1e-6);
    assert_near(x[1], -2, 1e-6);
    assert_near(x[2], 10, 0);
    assert_near(x[3], -10, 0);
    assert_near(z.count, 1e-4, 1e-12);
    normalizer_free(&z);
}

// A dimension that never moves: (x - mean) / sqrt(0 + 1e-8) stays finite.
static void a_constant_dimension_stays_finite(void **state)
{
    (void) state;
    normalizer z;
    float x[] = {7, 7};
    assert_ok(normalizer_init(&z, 1, 10));
    for (int i = 0; i < 1000; i++) {
        normalizer_update(&z, x, 2);
    }
    normalizer_apply(&z, x, 1);
    assert_true(isfinite(x[0]));
    assert_near(x[0], 0, 0.1);
    normalizer_free(&z);
}

// One step of two rows.
static void step(return_scaler *z, const double rewards[2], const uint8_t flags[2], float out[2])
{
    const sw_batch batch = {.rows = 2, .rewards = rewards, .flags = flags};
    return_scaler_step(z, 0, &batch, out);
}

static const uint8_t running[] = {0, 0};

// gamma 1/2; R = 1, 3, then 2, 2: the variance of 1, 3, 2, 2 is 1/2 but for the prior
static void rewards_are_divided_by_the_deviation_of_the_return(void **state)
{
    (void) state;
    return_scaler z;
    float out[2];
    assert_ok(return_scaler_init(&z, 2, 0.5, 10, true));
    step(&z, (const double[]){1, 3}, running, out);
    assert_near(out[0], 1, 3e-4);
    assert_near(out[1], 3, 3e-4);
    step(&z, (const double[]){1.5, 0.5}, running, out);
    assert_near(z.returns[0], 2, 1e-12);
    assert_near(z.returns[1], 2, 1e-12);
    assert_near(z.mean, 2, 1e-4);
    assert_near(out[0], 1.5 / sqrt(0.5), 3e-4);
    assert_near(out[1], 0.5 / sqrt(0.5), 3e-4);
    return_scaler_free(&z);
}

static void an_end_forgets_the_return_after_counting_it(void **state)
{
    (void) state;
    return_scaler z;
    float out[2];
    assert_ok(return_scaler_init(&z, 2, 0.5, 10, true));
    step(&z, (const double[]){1, 3}, (const uint8_t[]){SW_TERMINATED, SW_TRUNCATED}, out);
    assert_near(z.mean, 2, 1e-4);
    assert_near(z.returns[0], 0, 0);
    assert_near(z.returns[1], 0, 0);
    return_scaler_free(&z);
}

static void a_faulty_row_is_not_counted(void **state)
{
    (void) state;
    return_scaler z;
    float out[2];
    const uint8_t flags[] = {0, SW_FAULTY | SW_TRUNCATED};
    assert_ok(return_scaler_init(&z, 2, 0.5, 10, true));
    step(&z, (const double[]){4, 0}, flags, out);
    assert_near(z.count, 1.0001, 1e-12);
    assert_near(z.mean, 4, 1e-3);
    assert_near(out[1], 0, 0);
    assert_near(z.returns[1], 0, 0);
    step(&z, (const double[]){0, 0}, (const uint8_t[]){SW_FAULTY, SW_FAULTY}, out);
    assert_near(z.count, 1.0001, 1e-12);
    return_scaler_free(&z);
}

static void scaled_rewards_are_clipped(void **state)
{
    (void) state;
    return_scaler z;
    float out[2];
    assert_ok(return_scaler_init(&z, 2, 0.5, 0.25, true));
    step(&z, (const double[]){1, -3}, running, out);
    assert_near(out[0], 0.25, 0);
    assert_near(out[1], -0.25, 0);
    return_scaler_free(&z);
}

static void without_scaling_rewards_pass_as_they_are(void **state)
{
    (void) state;
    return_scaler z;
    float out[2];
    assert_ok(return_scaler_init(&z, 2, 0.5, 0, false));
    step(&z, (const double[]){100, -3}, running, out);
    assert_near(out[0], 100, 0);
    assert_near(out[1], -3, 0);
    return_scaler_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_batch_merges_with_the_prior),
        cmocka_unit_test(batches_of_any_size_make_the_moments_of_all),
        cmocka_unit_test(each_dimension_is_normalised_by_itself_and_clipped),
        cmocka_unit_test(a_constant_dimension_stays_finite),
        cmocka_unit_test(rewards_are_divided_by_the_deviation_of_the_return),
        cmocka_unit_test(an_end_forgets_the_return_after_counting_it),
        cmocka_unit_test(a_faulty_row_is_not_counted),
        cmocka_unit_test(scaled_rewards_are_clipped),
        cmocka_unit_test(without_scaling_rewards_pass_as_they_are),
    };
    return cmocka_run_group_tests_name("normalizer", tests, NULL, NULL);
}
