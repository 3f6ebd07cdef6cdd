// test_rmsprop.c -- agent/nn/rmsprop.c: steps computed by hand.
#include <rmsprop.h>

#include "test.h"

// v = (1 - alpha) g^2 whatever g, so a step is lr g / (|g| sqrt(1 - alpha) + epsilon).
static void the_first_step_has_the_size_of_lr_over_the_root_of_1_minus_alpha(void **state)
{
    (void) state;
    rmsprop a;
    float params[] = {1, 1, 1};
    assert_ok(rmsprop_init(&a, 3, 0.75, 0.01));
    rmsprop_step(&a, params, (const float[]){4, -0.5f, 0}, 0.1);
    assert_near(params[0], 1 - 0.1 * 4 / (4 * 0.5 + 0.01), 1e-6);
    assert_near(params[1], 1 + 0.1 * 0.5 / (0.5 * 0.5 + 0.01), 1e-6);
    assert_near(params[2], 1, 0);
    rmsprop_free(&a);
}

// g = 1, then g = 3: v = 0.5 1 = 0.5, then 0.5 0.5 + 0.5 9 = 4.75
static void the_second_step_remembers_the_first(void **state)
{
    (void) state;
    rmsprop a;
    float params[] = {0};
    assert_ok(rmsprop_init(&a, 1, 0.5, 4));
    rmsprop_step(&a, params, (const float[]){1}, 0);
    assert_near(a.v[0], 0.5, 1e-7);
    rmsprop_step(&a, params, (const float[]){3}, 0.01);
    assert_near(a.v[0], 4.75, 1e-6);
    assert_near(params[0], -0.01 * 3 / (sqrt(4.75) + 4), 1e-8);
    rmsprop_free(&a);
}

// g = 1e-6 for ever: v = g^2, so that a step is lr g / (g + epsilon), not lr g / sqrt(epsilon).
static void epsilon_is_outside_the_root(void **state)
{
    (void) state;
    rmsprop a;
    float params[] = {0};
    assert_ok(rmsprop_init(&a, 1, 0, 1e-6));
    rmsprop_step(&a, params, (const float[]){1e-6f}, 1);
    assert_near(params[0], -0.5, 1e-4);
    rmsprop_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_has_the_size_of_lr_over_the_root_of_1_minus_alpha),
        cmocka_unit_test(the_second_step_remembers_the_first),
        cmocka_unit_test(epsilon_is_outside_the_root),
    };
    return cmocka_run_group_tests_name("rmsprop", tests, NULL, NULL);
}
