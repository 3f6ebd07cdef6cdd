// test_spec_print.c -- base/spec_print.c: a spec as text.
#include "test.h"

#include <stdio.h>

#include "spec_print.h"

static void the_text_says_all_that_the_spec_does(void **state)
{
    (void) state;
    const double low[2] = {-1, 0};
    const double high[2] = {1, 5};
    const sw_tensor image = {.name = "image", .dtype = SW_UINT8, .dims = 2, .shape = {4, 6}};
    const sw_tensor arm = {
        .name = "arm", .dtype = SW_FLOAT64, .dims = 1, .shape = {2}, .low = low, .high = high};
    const sw_setting mass = {.name = "mass",
                             .type = SW_FLOAT,
                             .initial.f = 2,
                             .low = 1,
                             .high = 3,
                             .doc = "of the arm, kg"};
    sw_spec spec;
    assert_ok(sw_spec_init(&spec, "Arm-v0"));
    assert_ok(sw_spec_add_observation(&spec, &image));
    assert_ok(sw_spec_add_action(&spec, &arm));
    assert_ok(sw_spec_add_info(&spec, "energy", true));
    assert_ok(sw_spec_add_info(&spec, "speed", false));
    assert_ok(sw_spec_add_setting(&spec, &mass));
    spec.reward_high = 0;
    spec.max_episode_steps = 50;
    spec.dt = 0.02;
    spec.supports_state = true;
    spec.supports_render = true;

    char text[1000] = "";
    const sw_value value = {.f = 2.5};
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_non_null(out);
    spec_print(&spec, &value, out);
    (void) fclose(out);
    assert_string_equal(text, "observation  image: uint8 [4, 6], unbounded\n"
                              "action       arm: float64 [2], -1 to 1, 0 to 5\n"
                              "reward       -inf to 0\n"
                              "episode      at most 50 steps, 0.02 s each\n"
                              "info         energy, also at reset\n"
                              "             speed\n"
                              "state        can be saved and continued\n"
                              "pictures     can be drawn\n"
                              "\nsettings\n"
                              "  mass = 2.5 (a number in [1, 3])\n"
                              "      of the arm, kg\n");
    sw_spec_free(&spec);
}

static void what_a_task_does_not_offer_is_not_printed(void **state)
{
    (void) state;
    sw_spec spec;
    assert_ok(sw_spec_init(&spec, "Arm-v0"));
    char text[1000] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_non_null(out);
    spec_print(&spec, NULL, out);
    (void) fclose(out);
    assert_string_equal(text, "reward       unbounded\n"
                              "episode      no limit\n");
    sw_spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_says_all_that_the_spec_does),
        cmocka_unit_test(what_a_task_does_not_offer_is_not_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
