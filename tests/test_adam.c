// test_adam.c -- agent/nn/adam.c: steps computed by hand from Algorithm 1.
#include <adam.h>

#include "test.h"

// t = 1: m^ = g and v^ = g^2 whatever the betas, so a step is lr g / (|g| + epsilon).
static void the_first_step_has_the_size_of_lr(void **state)
{
    (void) state;
    adam a;
    float params[] = {1, 1, 1};
    const float grads[] = {4, -0.25f, 0};
    assert_ok(adam_init(&a, 3, 1e-5));
    adam_step(&a, params, grads, 0.1);
    assert_near(params[0], 1 - 0.1 * 4 / (4 + 1e-5), 1e-7);
    assert_near(params[1], 1 + 0.1 * 0.25 / (0.25 + 1e-5), 1e-7);
    assert_near(params[2], 1, 0);
    adam_free(&a);
}

// g = 1, then g = 3:
//   m = 0.1, then 0.9 0.1 + 0.1 3 = 0.39;             m^ = 0.39 / (1 - 0.81)
//   v = 0.001, then 0.999 0.001 + 0.001 9 = 0.009999; v^ = 0.009999 / (1 - 0.998001)
static void the_second_step_remembers_the_first(void **state)
{
    (void) state;
    adam a;
    float params[] = {0};
    assert_ok(adam_init(&a, 1, 0.5));
    adam_step(&a, params, (const float[]){1}, 0);
    adam_step(&a, params, (const float[]){3}, 0.01);
    const double m = 0.39 / 0.19, v = 0.009999 / 0.001999;
    assert_near(params[0], -0.01 * m / (sqrt(v) + 0.5), 1e-8);
    assert_int_equal(a.steps, 2);
    adam_free(&a);
}

static void epsilon_keeps_tiny_gradients_tiny(void **state)
{
    (void) state;
    adam a;
    float params[] = {0};
    assert_ok(adam_init(&a, 1, 1e-5));
    adam_step(&a, params, (const float[]){1e-7f}, 1);
    assert_near(params[0], -1e-7 / (1e-7 + 1e-5), 1e-7);
    adam_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_has_the_size_of_lr),
        cmocka_unit_test(the_second_step_remembers_the_first),
        cmocka_unit_test(epsilon_keeps_tiny_gradients_tiny),
    };
    return cmocka_run_group_tests_name("adam", tests, NULL, NULL);
}
