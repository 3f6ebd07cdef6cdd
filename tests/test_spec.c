// test_spec.c -- base/spec.c
#include <stdio.h>
#include <string.h>

#include <stepwire/spec.h>

#include "test.h"

static const double low[] = {-1, -2, -3}, high[] = {1, 2, 3};
static const sw_tensor torque = {
    .name = "torque", .dtype = SW_FLOAT32, .dims = 1, .shape = {3}, .low = low, .high = high};
static const sw_tensor image = {
    .name = "image", .dtype = SW_UINT8, .dims = 3, .shape = {84, 84, 3}};
static const sw_setting gravity = {.name = "gravity",
                                   .type = SW_FLOAT,
                                   .initial = {.f = 9.8},
                                   .low = 0,
                                   .high = 100,
                                   .doc = "m/s^2"};

static int setup(void **state)
{
    static sw_spec spec;
    *state = &spec;
    return sw_spec_init(&spec, "Task-v0") == SW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    sw_spec_free(*state);
    return 0;
}

static void dtypes_have_sizes_and_names(void **state)
{
    (void) state;
    assert_int_equal(sw_dtype_size(SW_UINT8), 1);
    assert_int_equal(sw_dtype_size(SW_INT32), 4);
    assert_int_equal(sw_dtype_size(SW_INT64), 8);
    assert_int_equal(sw_dtype_size(SW_FLOAT32), 4);
    assert_int_equal(sw_dtype_size(SW_FLOAT64), 8);
    assert_int_equal(sw_dtype_size((sw_dtype) 6), 0);
    assert_string_equal(sw_dtype_name(SW_FLOAT64), "float64");
    assert_string_equal(sw_dtype_name((sw_dtype) 0), "?");
}

static void a_scalar_has_one_element(void **state)
{
    (void) state;
    assert_int_equal(sw_tensor_elements(&(sw_tensor){.dims = 0}), 1);
    assert_int_equal(sw_tensor_elements(&image), 84 * 84 * 3);
}

static void a_fresh_spec_is_empty_and_unbounded(void **state)
{
    const sw_spec *s = *state;
    assert_string_equal(s->id, "Task-v0");
    assert_int_equal(s->observation_count + s->action_count + s->info_count + s->setting_count, 0);
    assert_true(s->reward_low == -INFINITY && s->reward_high == INFINITY);
    assert_int_equal(s->agents, 1);
    assert_int_equal(s->max_episode_steps, 0);
}

static void what_is_added_is_copied(void **state)
{
    sw_spec *s = *state;
    char name[] = "torque";
    double bound[] = {-1, -2, -3};
    sw_tensor t = torque;
    t.name = name;
    t.low = bound;
    assert_ok(sw_spec_add_action(s, &t));
    name[0] = 'x';
    bound[2] = 0;
    assert_string_equal(s->actions[0].name, "torque");
    assert_true(s->actions[0].low[2] == -3 && s->actions[0].high[2] == 3);
}

static void absent_bounds_are_infinite(void **state)
{
    sw_spec *s = *state;
    assert_ok(sw_spec_add_observation(s, &image));
    assert_true(s->observations[0].low[84 * 84 * 3 - 1] == -INFINITY);
    assert_true(s->observations[0].high[0] == INFINITY);
}

static void names_may_repeat_only_across_lists(void **state)
{
    sw_spec *s = *state;
    assert_ok(sw_spec_add_action(s, &torque));
    assert_ok(sw_spec_add_observation(s, &torque));
    assert_int_equal(sw_spec_add_observation(s, &torque), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "Task-v0"));
    assert_non_null(strstr(sw_last_error(), "torque"));
    assert_ok(sw_spec_add_info(s, "x_position", true));
    assert_int_equal(sw_spec_add_info(s, "x_position", true), SW_INVALID_ARGUMENT);
    assert_ok(sw_spec_add_setting(s, &gravity));
    assert_int_equal(sw_spec_add_setting(s, &gravity), SW_INVALID_ARGUMENT);
    assert_int_equal(s->observation_count, 1);
    assert_int_equal(s->info_count, 1);
    assert_int_equal(s->setting_count, 1);
}

static void a_malformed_tensor_is_refused(void **state)
{
    sw_spec *s = *state;
    static const double nan_low[] = {-1, NAN, -3}, crossed[] = {1, -5, 3};
    sw_tensor bad[10];
    for (int i = 0; i < 10; i++) {
        bad[i] = torque;
    }
    bad[0].name = "";
    bad[1].name = "a234567890123456789012345678901234567890123456789012345678901234";  // 64
    bad[2].dtype = (sw_dtype) 9;
    bad[3].dims = SW_MAX_DIMS + 1;
    bad[4].dims = -1;
    bad[5].shape[0] = 0;
    bad[6].low = nan_low;
    bad[7].high = crossed;
    bad[8] = (sw_tensor){.name = "big", .dtype = SW_UINT8, .dims = 2, .shape = {1 << 12, 1025}};
    bad[9] = (sw_tensor){
        .name = "huge", .dtype = SW_UINT8, .dims = 4, .shape = {1 << 21, INT64_MAX, 8, 8}};
    for (int i = 0; i < 10; i++) {
        assert_int_equal(sw_spec_add_observation(s, &bad[i]), SW_INVALID_ARGUMENT);
        assert_non_null(strstr(sw_last_error(), "Task-v0"));
        assert_int_equal(s->observation_count, 0);
    }
}

static void a_row_has_a_largest_size(void **state)
{
    sw_spec *s = *state;
    sw_tensor half = {.name = "a", .dtype = SW_UINT8, .dims = 1, .shape = {SW_MAX_ELEMENTS / 2}};
    assert_ok(sw_spec_add_observation(s, &half));
    half.name = "b";
    assert_ok(sw_spec_add_observation(s, &half));
    const sw_tensor one = {.name = "c", .dtype = SW_UINT8};
    assert_int_equal(sw_spec_add_observation(s, &one), SW_INVALID_ARGUMENT);
    assert_ok(sw_spec_add_action(s, &one));
}

static void the_counts_have_limits(void **state)
{
    sw_spec *s = *state;
    char name[16];
    for (int i = 0; i <= SW_MAX_INFOS; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        const sw_tensor tensor = {.name = name, .dtype = SW_INT64};
        const sw_setting setting = {.name = name, .type = SW_BOOL};
        assert_int_equal(sw_spec_add_action(s, &tensor) == SW_OK, i < SW_MAX_TENSORS);
        assert_int_equal(sw_spec_add_setting(s, &setting) == SW_OK, i < SW_MAX_SETTINGS);
        assert_int_equal(sw_spec_add_info(s, name, false) == SW_OK, i < SW_MAX_INFOS);
    }
    assert_int_equal(sw_spec_find_setting(s, "n63"), 63);
    assert_int_equal(sw_spec_find_setting(s, "n64"), -1);
}

static void a_malformed_setting_is_refused(void **state)
{
    sw_spec *s = *state;
    sw_setting bad[7];
    for (int i = 0; i < 7; i++) {
        bad[i] = gravity;
    }
    bad[0].name = NULL;
    bad[1].type = (sw_setting_type) 0;
    bad[2].length = 1;
    bad[3].type = SW_VECTOR;  // of length 0
    bad[4].initial.f = -1;
    bad[5].low = NAN;
    bad[6].low = 200;
    for (int i = 0; i < 7; i++) {
        assert_int_equal(sw_spec_add_setting(s, &bad[i]), SW_INVALID_ARGUMENT);
        assert_non_null(strstr(sw_last_error(), "Task-v0"));
    }
    assert_int_equal(s->setting_count, 0);
}

static void a_task_without_a_name_is_refused(void **state)
{
    (void) state;
    sw_spec s = {0};
    assert_int_equal(sw_spec_init(&s, ""), SW_INVALID_ARGUMENT);
    sw_spec_free(&s);
    sw_spec_free(NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dtypes_have_sizes_and_names),
        cmocka_unit_test(a_scalar_has_one_element),
        T(a_fresh_spec_is_empty_and_unbounded),
        T(what_is_added_is_copied),
        T(absent_bounds_are_infinite),
        T(names_may_repeat_only_across_lists),
        T(a_malformed_tensor_is_refused),
        T(a_row_has_a_largest_size),
        T(the_counts_have_limits),
        T(a_malformed_setting_is_refused),
        cmocka_unit_test(a_task_without_a_name_is_refused),
    };
    return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
