// test_critic_input.c -- agent/rl/critic_input.c: what a critic of actions sees.
#include <string.h>

#include <critic_input.h>

#include "test.h"

static void categories_are_one_hot_after_the_observation(void **state)
{
    (void) state;
    int choices[] = {3, 2};
    const dist d = {.kind = &dist_categorical, .actions = 2, .outputs = 5, .choices = choices};
    const float obs[] = {7, 8}, actions[] = {2, 0, 0, 1};
    critic_input in;
    assert_int_equal(critic_input_size(&d, 1), 6);
    assert_ok(critic_input_init(&in, &d, 1, 2));
    const float expected[] = {7, 0, 0, 1, 1, 0, 8, 1, 0, 0, 0, 1};
    assert_memory_equal(critic_input_see(&in, obs, actions, 2), expected, sizeof(expected));
    critic_input_free(&in);
}

static void quantities_are_as_they_are(void **state)
{
    (void) state;
    const dist d = {.kind = &dist_gaussian, .actions = 1, .outputs = 1};
    const float obs[] = {1, 2, 3, 4}, actions[] = {-0.5f, 9};
    critic_input in;
    assert_int_equal(critic_input_size(&d, 2), 3);
    assert_ok(critic_input_init(&in, &d, 2, 2));
    const float expected[] = {1, 2, -0.5f, 3, 4, 9};
    assert_memory_equal(critic_input_see(&in, obs, actions, 2), expected, sizeof(expected));
    critic_input_free(&in);
}

static void a_critic_of_states_sees_the_observations_themselves(void **state)
{
    (void) state;
    const float obs[] = {1, 2};
    critic_input in;
    assert_int_equal(critic_input_size(NULL, 2), 2);
    assert_ok(critic_input_init(&in, NULL, 2, 1));
    assert_ptr_equal(critic_input_see(&in, obs, NULL, 1), obs);
    critic_input_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_are_one_hot_after_the_observation),
        cmocka_unit_test(quantities_are_as_they_are),
        cmocka_unit_test(a_critic_of_states_sees_the_observations_themselves),
    };
    return cmocka_run_group_tests_name("critic_input", tests, NULL, NULL);
}
