// test_setting.c -- base/setting.c: values as people write them.
#include <stdio.h>
#include <string.h>

#include <stepwire/spec.h>

#include "test.h"

static const sw_setting flag = {.name = "flag", .type = SW_BOOL};
static const sw_setting steps = {.name = "steps", .type = SW_INT, .low = 1, .high = 2e9};
static const sw_setting any_int = {.name = "any_int", .type = SW_INT};
static const sw_setting rate = {.name = "rate", .type = SW_FLOAT, .low = 0, .high = 1};
static const sw_setting any_float = {.name = "any_float", .type = SW_FLOAT};
static const sw_setting unit = {.name = "unit", .type = SW_STRING, .choices = "tanh|relu"};
static const sw_setting path = {.name = "path", .type = SW_STRING};
static const sw_setting range = {.name = "range", .type = SW_VECTOR, .length = 2};

static void assert_refused(const sw_setting *setting, const char *text, const char *allowed)
{
    sw_value value = {.i = 77};
    assert_int_equal(sw_setting_parse(setting, text, &value), SW_INVALID_ARGUMENT);
    assert_int_equal(value.i, 77);  // written only on success
    assert_non_null(strstr(sw_last_error(), setting->name));
    assert_non_null(strstr(sw_last_error(), allowed));
}

static void bools_are_words_or_digits(void **state)
{
    (void) state;
    sw_value v;
    assert_ok(sw_setting_parse(&flag, "true", &v));
    assert_true(v.b);
    assert_ok(sw_setting_parse(&flag, "0", &v));
    assert_false(v.b);
    assert_refused(&flag, "yes", "true or false");
    assert_refused(&flag, "", "true or false");
}

static void ints_may_be_written_with_an_exponent_if_whole(void **state)
{
    (void) state;
    sw_value v;
    assert_ok(sw_setting_parse(&steps, "1e6", &v));
    assert_int_equal(v.i, 1000000);
    assert_ok(sw_setting_parse(&steps, "1.5e3", &v));
    assert_int_equal(v.i, 1500);
    assert_ok(sw_setting_parse(&any_int, "-9223372036854775808", &v));
    assert_true(v.i == INT64_MIN);
    assert_ok(sw_setting_parse(&any_int, "9007199254740993", &v));  // 2^53 + 1 is no double
    assert_true(v.i == 9007199254740993);
    assert_refused(&steps, "1.5", "an integer in [1, 2000000000]");
    assert_refused(&steps, "5x", "an integer");
    assert_refused(&steps, "", "an integer");
    assert_refused(&steps, "0", "[1, 2000000000]");
    assert_refused(&any_int, "9223372036854775808", "an integer");
    assert_refused(&any_int, "1e300", "an integer");
    assert_refused(&any_int, "nan", "an integer");
}

static void floats_are_held_to_their_range(void **state)
{
    (void) state;
    sw_value v;
    assert_ok(sw_setting_parse(&rate, "1", &v));
    assert_true(v.f == 1);
    assert_ok(sw_setting_parse(&any_float, "-inf", &v));
    assert_true(v.f == -INFINITY);
    assert_refused(&rate, "1.01", "a number in [0, 1]");
    assert_refused(&rate, "0.5 0.6", "a number");
    assert_refused(&any_float, "nan", "a number");
}

static void strings_are_held_to_their_choices_and_length(void **state)
{
    (void) state;
    sw_value v;
    char text[SW_MAX_TEXT + 2];
    assert_ok(sw_setting_parse(&unit, "relu", &v));
    assert_string_equal(v.s, "relu");
    assert_refused(&unit, "rel", "one of tanh|relu");
    assert_refused(&unit, "tanh|relu", "one of tanh|relu");
    assert_refused(&unit, "", "one of tanh|relu");
    assert_ok(sw_setting_parse(&path, "", &v));

    memset(text, 'x', sizeof(text));
    text[SW_MAX_TEXT] = '\0';
    assert_ok(sw_setting_parse(&path, text, &v));
    text[SW_MAX_TEXT] = 'x';
    text[SW_MAX_TEXT + 1] = '\0';
    assert_refused(&path, text, "at most 127 bytes");
}

static void vectors_may_have_brackets_and_spaces(void **state)
{
    (void) state;
    const char *const texts[] = {"[0.7, inf]", "0.7,inf", "[0.7,inf]", " [ 0.7 , inf ] "};
    for (int i = 0; i < 4; i++) {
        sw_value v;
        assert_ok(sw_setting_parse(&range, texts[i], &v));
        assert_true(v.v[0] == 0.7 && v.v[1] == INFINITY);
    }
    const char *const bad[] = {"",    "1",       "1,2,3", "[1,2", "1,2]",
                               "1 2", "[1,2] 3", "1,",    "a,b",  "1,nan"};
    for (int i = 0; i < 10; i++) {
        assert_refused(&range, bad[i], "2 numbers");
    }
}

static void what_is_printed_reads_back_the_same(void **state)
{
    (void) state;
    const struct {
        const sw_setting *setting;
        const char *text, *printed;
    } cases[] = {
        {&flag, "1", "true"},
        {&any_int, "-9223372036854775808", "-9223372036854775808"},
        {&rate, "0.1", "0.1"},
        {&rate, "0.33333333333333331", "0.3333333333333333"},
        {&any_float, "1e-300", "1e-300"},
        {&unit, "tanh", "tanh"},
        {&range, "0.2,-inf", "[0.2, -inf]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[512];
        sw_value v, again;
        assert_ok(sw_setting_parse(cases[i].setting, cases[i].text, &v));
        assert_int_equal(sw_setting_print(cases[i].setting, &v, text, sizeof(text)),
                         strlen(cases[i].printed));
        assert_string_equal(text, cases[i].printed);
        assert_ok(sw_setting_parse(cases[i].setting, text, &again));
        assert_memory_equal(&v, &again, sizeof(v));
    }
}

static void a_text_without_room_is_cut(void **state)
{
    (void) state;
    char text[4];
    const sw_value v = {.i = 123456};
    assert_int_equal(sw_setting_print(&any_int, &v, text, sizeof(text)), 6);
    assert_string_equal(text, "123");
}

static void the_longest_vector_fits_512_bytes(void **state)
{
    (void) state;
    const sw_setting longest = {.name = "v", .type = SW_VECTOR, .length = SW_MAX_VECTOR};
    sw_value v, again = {0};
    char text[512];
    for (int i = 0; i < SW_MAX_VECTOR; i++) {
        v.v[i] = -1.2345678901234567e-300;
    }
    assert_true(sw_setting_print(&longest, &v, text, sizeof(text)) < sizeof(text));
    assert_ok(sw_setting_parse(&longest, text, &again));
    assert_memory_equal(v.v, again.v, sizeof(v.v));
}

static void a_value_from_elsewhere_is_held_to_the_same_rules(void **state)
{
    (void) state;
    sw_value v = {.f = 2};
    assert_int_equal(sw_setting_check(&rate, &v), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "'2' but must be a number in [0, 1]"));
    v.f = 0.5;
    assert_ok(sw_setting_check(&rate, &v));
    memset(v.s, 'x', sizeof(v.s));  // no terminating 0
    assert_int_equal(sw_setting_check(&path, &v), SW_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bools_are_words_or_digits),
        cmocka_unit_test(ints_may_be_written_with_an_exponent_if_whole),
        cmocka_unit_test(floats_are_held_to_their_range),
        cmocka_unit_test(strings_are_held_to_their_choices_and_length),
        cmocka_unit_test(vectors_may_have_brackets_and_spaces),
        cmocka_unit_test(what_is_printed_reads_back_the_same),
        cmocka_unit_test(a_text_without_room_is_cut),
        cmocka_unit_test(the_longest_vector_fits_512_bytes),
        cmocka_unit_test(a_value_from_elsewhere_is_held_to_the_same_rules),
    };
    return cmocka_run_group_tests_name("setting", tests, NULL, NULL);
}
