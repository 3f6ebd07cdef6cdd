// test_assign.c -- agent/client/assign.c: settings as people write them.
#include <string.h>

#include "assign.h"
#include "test.h"

static int setup(void **state)
{
    static sw_spec spec;
    const sw_setting weight = {
        .name = "weight", .type = SW_FLOAT, .initial.f = 1, .low = 0, .high = 10, .doc = "kg"};
    const sw_setting range = {.name = "range",
                              .type = SW_VECTOR,
                              .length = 2,
                              .initial.v = {-INFINITY, INFINITY},
                              .doc = "m"};
    assert_ok(sw_spec_init(&spec, "Test-v0"));
    assert_ok(sw_spec_add_setting(&spec, &weight));
    assert_ok(sw_spec_add_setting(&spec, &range));
    *state = &spec;
    return 0;
}

static int teardown(void **state)
{
    sw_spec_free(*state);
    return 0;
}

static void each_gets_the_type_of_the_task(void **state)
{
    const sw_assignment list[] = {{"range", "[0.5, inf]"}, {"weight", "3"}};
    assigned a;
    assert_ok(assigned_init(&a, *state, list, 2));
    assert_int_equal(a.count, 2);
    assert_string_equal(a.messages[0]->name, "weight");
    assert_int_equal(a.messages[0]->type, STEPWIRE__SETTING_TYPE__FLOAT);
    assert_true(a.messages[0]->float_value == 3);
    assert_int_equal(a.messages[1]->n_vector_value, 2);
    assert_true(a.messages[1]->vector_value[0] == 0.5 && isinf(a.messages[1]->vector_value[1]));
    assigned_free(&a);
}

static void those_not_mentioned_are_not_sent(void **state)
{
    assigned a;
    assert_ok(assigned_init(&a, *state, NULL, 0));
    assert_int_equal(a.count, 0);
    assigned_free(&a);
}

static void the_later_of_two_counts(void **state)
{
    const sw_assignment list[] = {{"weight", "3"}, {"weight", "4"}};
    assigned a;
    assert_ok(assigned_init(&a, *state, list, 2));
    assert_int_equal(a.count, 1);
    assert_true(a.messages[0]->float_value == 4);
    assigned_free(&a);
}

static void an_unknown_name_is_refused_with_the_names_there_are(void **state)
{
    const sw_assignment list[] = {{"wieght", "3"}};
    assigned a;
    assert_int_equal(assigned_init(&a, *state, list, 1), SW_INVALID_ARGUMENT);
    assert_says("Test-v0 has no setting 'wieght'");
    assert_says("weight, range");
    assigned_free(&a);
}

static void a_value_that_does_not_fit_is_refused(void **state)
{
    const sw_assignment bad[] = {{"weight", "heavy"}, {"weight", "11"}, {"range", "[1, 2, 3]"}};
    for (int i = 0; i < 3; i++) {
        assigned a;
        assert_int_equal(assigned_init(&a, *state, &bad[i], 1), SW_INVALID_ARGUMENT);
        assert_says("Test-v0");
        assert_says(bad[i].name);
        assigned_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_the_type_of_the_task),
        cmocka_unit_test(those_not_mentioned_are_not_sent),
        cmocka_unit_test(the_later_of_two_counts),
        cmocka_unit_test(an_unknown_name_is_refused_with_the_names_there_are),
        cmocka_unit_test(a_value_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("assign", tests, setup, teardown);
}
