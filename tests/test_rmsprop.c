// test_rmsprop.c -- agent/nn/rmsprop.c: steps computed by hand from eq. S2 and S3.
#include <rmsprop.h>

#include "test.h"

// alpha 0.9, epsilon 0.01, v from 1: v = 0.9 + 0.1 4^2 = 2.5 and 0.9 + 0.1 0.5^2 = 0.925
static void the_first_step_follows_from_1(void **state)
{
    (void) state;
    rmsprop a;
    float params[] = {1, 1, 1};
    assert_ok(rmsprop_init(&a, 3, 0.9, 0.01));
    rmsprop_step(&a, params, (const float[]){4, -0.5f, 0}, 0.1);
    assert_near(params[0], 1 - 0.4 / sqrt(2.51), 1e-6);
    assert_near(params[1], 1 + 0.05 / sqrt(0.935), 1e-6);
    assert_near(params[2], 1, 0);
    rmsprop_free(&a);
}

// g = 1, then g = 3: v = 0.5 1 + 0.5 1 = 1, then 0.5 1 + 0.5 9 = 5
static void the_second_step_remembers_the_first(void **state)
{
    (void) state;
    rmsprop a;
    float params[] = {0};
    assert_ok(rmsprop_init(&a, 1, 0.5, 4));
    rmsprop_step(&a, params, (const float[]){1}, 0);
    assert_near(a.v[0], 1, 1e-7);
    rmsprop_step(&a, params, (const float[]){3}, 0.01);
    assert_near(a.v[0], 5, 1e-6);
    assert_near(params[0], -0.01 * 3 / sqrt(5 + 4), 1e-8);
    rmsprop_free(&a);
}

// v = 0 for ever: the root is that of epsilon, which is inside.
static void epsilon_is_inside_the_root(void **state)
{
    (void) state;
    rmsprop a;
    float params[] = {0};
    assert_ok(rmsprop_init(&a, 1, 1, 1e-4));
    a.v[0] = 0;
    rmsprop_step(&a, params, (const float[]){0.01f}, 1);
    assert_near(params[0], -0.01 / 0.01, 1e-6);
    rmsprop_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_follows_from_1),
        cmocka_unit_test(the_second_step_remembers_the_first),
        cmocka_unit_test(epsilon_is_inside_the_root),
    };
    return cmocka_run_group_tests_name("rmsprop", tests, NULL, NULL);
}
