// test_args.c -- base/args.c: command lines.
#include "test.h"

#include <string.h>

#include "args.h"

static const args_flag flags[] = {
    {"steps", "N", "how many (1000)"},
    {"set", "NAME=VALUE", "a setting; may be repeated"},
    {"quiet", NULL, "say nothing"},
};
static const args_command train = {
    .name = "train", .operand = "RUN", .doc = "Trains.", .flags = flags, .flag_count = 3};

static sw_status parse(args *a, int argc, const char *const *argv)
{
    return args_parse(&train, argc, (char *const *) argv, a);
}

static void a_value_follows_its_flag_or_an_equals_sign(void **state)
{
    (void) state;
    args a;
    const char *const argv[] = {"--steps", "5", "here", "--quiet", "--set=x=1", "--set", "y=2"};
    assert_ok(parse(&a, 7, argv));
    assert_string_equal(a.operand, "here");
    assert_string_equal(args_get(&a, "steps"), "5");
    assert_string_equal(args_get(&a, "quiet"), "");
    assert_int_equal(a.count, 4);
    assert_string_equal(a.given[2].value, "x=1");
    assert_string_equal(args_get(&a, "set"), "y=2");  // the last one
}

static void a_flag_that_is_missing_is_noticed_where_it_is_needed(void **state)
{
    (void) state;
    args a;
    const char *value = NULL;
    assert_ok(parse(&a, 0, NULL));
    assert_null(args_get(&a, "steps"));
    assert_int_equal(args_need(&a, "steps", &value), SW_INVALID_ARGUMENT);
    assert_string_equal(sw_last_error(), "--steps is missing");
}

static void what_is_unknown_is_refused_with_what_there_is(void **state)
{
    (void) state;
    static const char *const bad[] = {"--stepps", "-s", "--quiet=yes", "--steps"};
    for (int i = 0; i < 4; i++) {
        args a;
        assert_int_equal(parse(&a, 1, &bad[i]), SW_INVALID_ARGUMENT);
        assert_non_null(strstr(sw_last_error(), i < 2 ? "--steps, --set, --quiet" : "--"));
    }
    args a;
    const char *const two_operands[] = {"one", "two"};
    assert_int_equal(parse(&a, 2, two_operands), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "two"));
}

static void numbers_are_whole_and_in_range(void **state)
{
    (void) state;
    static const char *const good[] = {"--steps=1e3"};
    args a;
    int64_t steps = 7;
    assert_ok(parse(&a, 0, NULL));
    assert_ok(args_int(&a, "steps", 1, 2000, &steps));
    assert_int_equal(steps, 7);
    assert_ok(parse(&a, 1, good));
    assert_ok(args_int(&a, "steps", 1, 2000, &steps));
    assert_int_equal(steps, 1000);
    assert_int_equal(args_int(&a, "steps", 1, 999, &steps), SW_INVALID_ARGUMENT);
    assert_string_equal(sw_last_error(), "--steps is '1e3' but must be a whole number in [1, 999]");
    assert_int_equal(steps, 1000);
}

static void a_fraction_is_a_number_in_range_too(void **state)
{
    (void) state;
    static const char *const good[] = {"--steps=0.25"};
    args a;
    double steps = 7;
    assert_ok(parse(&a, 0, NULL));
    assert_ok(args_float(&a, "steps", 0, 1, &steps));
    assert_near(steps, 7, 0);
    assert_ok(parse(&a, 1, good));
    assert_ok(args_float(&a, "steps", 0, 1, &steps));
    assert_near(steps, 0.25, 0);
    assert_int_equal(args_float(&a, "steps", 0.5, 1e6, &steps), SW_INVALID_ARGUMENT);
    assert_string_equal(sw_last_error(), "--steps is '0.25' but must be a number in [0.5, 1e+06]");
    assert_near(steps, 0.25, 0);
}

static void help_shows_every_flag(void **state)
{
    (void) state;
    char text[1000] = "";
    FILE *out = fmemopen(text, sizeof(text), "w");
    assert_non_null(out);
    args_help("stepwire", &train, out);
    (void) fclose(out);
    assert_non_null(strstr(text, "stepwire train RUN [FLAG]...\n"));
    for (int i = 0; i < 3; i++) {
        assert_non_null(strstr(text, flags[i].name));
        assert_non_null(strstr(text, flags[i].doc));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_follows_its_flag_or_an_equals_sign),
        cmocka_unit_test(a_flag_that_is_missing_is_noticed_where_it_is_needed),
        cmocka_unit_test(what_is_unknown_is_refused_with_what_there_is),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(a_fraction_is_a_number_in_range_too),
        cmocka_unit_test(help_shows_every_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
