// test_vec.c -- agent/nn/vec.c: accuracy against libm in double.
#include <float.h>
#include <stdlib.h>

#include <vec.h>

#include "test.h"

enum { POINTS = 200001 };

// The largest relative error of f against reference over POINTS points of [low, high].
static double worst_error(void (*f)(float *, const float *, int), double (*reference)(double),
                          double low, double high)
{
    float *x = vec_new(POINTS), *y = vec_new(POINTS);
    double worst = 0;
    for (int i = 0; i < POINTS; i++) {
        x[i] = (float) (low + (high - low) * i / (POINTS - 1));
    }
    f(y, x, POINTS);
    for (int i = 0; i < POINTS; i++) {
        const double expected = reference((double) x[i]);
        if (expected != 0) {
            worst = fmax(worst, fabs((double) y[i] / expected - 1));
        }
    }
    free(x);
    free(y);
    return worst;
}

static void exp_is_within_a_bit_of_the_last_place(void **state)
{
    (void) state;
    assert_true(worst_error(vec_exp, exp, -87, 88) < FLT_EPSILON);
    assert_true(worst_error(vec_exp, exp, -1e-3, 1e-3) < FLT_EPSILON);
}

static void tanh_is_within_4e_7(void **state)
{
    (void) state;
    assert_true(worst_error(vec_tanh, tanh, -12, 12) < 4e-7);
    assert_true(worst_error(vec_tanh, tanh, -1e-3, 1e-3) < 4e-7);
}

static void tanh_stays_between_minus_1_and_1(void **state)
{
    (void) state;
    for (int i = 0; i < 100000; i++) {
        const float x = 8.5f + 1e-5f * (float) i;
        assert_true(fabsf(vec_tanh1(x)) <= 1);
        assert_true(vec_tanh1(-x) == -vec_tanh1(x));
    }
}

static void exp_and_tanh_end_at_their_limits(void **state)
{
    (void) state;
    const float x[] = {-INFINITY, -1000, 1000, INFINITY};
    float y[4];
    vec_exp(y, x, 4);
    assert_near(y[0], exp(-87), 1e-44);
    assert_true(y[1] == y[0] && y[3] == y[2]);
    assert_near((double) y[2] / exp(88), 1, FLT_EPSILON);
    vec_tanh(y, x, 4);
    assert_near(y[0], -1, 4e-7);
    assert_near(y[3], 1, 4e-7);
}

static void not_a_number_stays_not_a_number(void **state)
{
    (void) state;
    const float x[] = {NAN};
    float y[1];
    vec_exp(y, x, 1);
    assert_true(isnan(y[0]));
    vec_tanh(y, x, 1);
    assert_true(isnan(y[0]));
}

static void sum_squares_adds_every_element(void **state)
{
    (void) state;
    float x[37];
    for (int i = 0; i < 37; i++) {
        x[i] = (float) i;
    }
    assert_near(vec_sum_squares(x, 37), 36 * 37 * 73 / 6, 0);  // n (n + 1) (2n + 1) / 6
}

// 0 1 .. 36 times 1: n (n + 1) / 2; and twice that added to 1
static void dot_and_add_scaled_take_every_element(void **state)
{
    (void) state;
    float x[37], y[37];
    for (int i = 0; i < 37; i++) {
        x[i] = (float) i;
        y[i] = 1;
    }
    assert_near(vec_dot(x, y, 37), 36 * 37 / 2, 0);
    vec_add_scaled(y, 2, x, 37);
    for (int i = 0; i < 37; i++) {
        assert_near(y[i], 1 + 2 * i, 0);
    }
}

// 1 2 3 4: mean 2.5, squares 2 (1.5^2 + 0.5^2) = 5, variance 5 / 3
static void standardize_uses_the_deviation_of_a_sample(void **state)
{
    (void) state;
    float x[] = {1, 2, 3, 4};
    vec_standardize(x, 4);
    assert_near(x[0], -1.5 / sqrt(5.0 / 3), 1e-6);
    assert_near(x[3], 1.5 / sqrt(5.0 / 3), 1e-6);
}

static void standardize_makes_equal_numbers_0(void **state)
{
    (void) state;
    float one[] = {5}, three[] = {2, 2, 2};
    vec_standardize(one, 1);
    vec_standardize(three, 3);
    assert_near(one[0], 0, 0);
    assert_near(three[2], 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_a_bit_of_the_last_place),
        cmocka_unit_test(tanh_is_within_4e_7),
        cmocka_unit_test(tanh_stays_between_minus_1_and_1),
        cmocka_unit_test(exp_and_tanh_end_at_their_limits),
        cmocka_unit_test(not_a_number_stays_not_a_number),
        cmocka_unit_test(sum_squares_adds_every_element),
        cmocka_unit_test(dot_and_add_scaled_take_every_element),
        cmocka_unit_test(standardize_uses_the_deviation_of_a_sample),
        cmocka_unit_test(standardize_makes_equal_numbers_0),
    };
    return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
