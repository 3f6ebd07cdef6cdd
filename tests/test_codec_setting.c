// test_codec_setting.c -- proto/codec_setting.c: the settings of a request.
#include <string.h>

#include "codec.h"
#include "test.h"

enum { ARENA_BYTES = 1 << 16, SETTINGS = 5 };

static const sw_setting settings[SETTINGS] = {
    {.name = "flag", .type = SW_BOOL, .initial = {.b = true}, .doc = "on or off"},
    {.name = "count", .type = SW_INT, .initial = {.i = -3}, .low = -5, .high = 10},
    {.name = "weight", .type = SW_FLOAT, .initial = {.f = 0.5}},
    {.name = "mode", .type = SW_STRING, .initial = {.s = "a"}, .choices = "a|b"},
    {.name = "range", .type = SW_VECTOR, .length = 2, .initial = {.v = {0.7, INFINITY}}},
};

static int setup(void **state)
{
    static arena a;
    *state = &a;
    return arena_init(&a, ARENA_BYTES) == SW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void settings_not_given_have_their_defaults(void **state)
{
    arena *a = *state;
    sw_value values[SETTINGS];
    Stepwire__Setting *given;
    const sw_value nine = {.i = 9};
    assert_ok(codec_pack_setting(&settings[1], &nine, a, &given));
    assert_ok(codec_unpack_settings("Task-v0", settings, SETTINGS, &given, 1, values));
    assert_true(values[0].b);
    assert_int_equal(values[1].i, 9);
    assert_true(values[2].f == 0.5);
    assert_string_equal(values[3].s, "a");
    assert_true(values[4].v[1] == INFINITY);
}

static void every_type_of_setting_is_packed(void **state)
{
    arena *a = *state;
    sw_value sent[SETTINGS] = {{.b = false}, {.i = 10}, {.f = -1}, {.s = "b"}, {.v = {1, 2}}};
    sw_value values[SETTINGS];
    Stepwire__Setting *given[SETTINGS];
    for (int i = 0; i < SETTINGS; i++) {
        assert_ok(codec_pack_setting(&settings[i], &sent[i], a, &given[i]));
    }
    assert_ok(codec_unpack_settings("Task-v0", settings, SETTINGS, given, SETTINGS, values));
    assert_memory_equal(values, sent, sizeof(sent));
}

static void assert_setting_refused(Stepwire__Setting *const *given, size_t count, const char *named)
{
    sw_value values[SETTINGS];
    assert_int_equal(codec_unpack_settings("Task-v0", settings, SETTINGS, given, count, values),
                     SW_INVALID_ARGUMENT);
    if (strstr(sw_last_error(), named) == NULL || strstr(sw_last_error(), "Task-v0") == NULL) {
        fail_msg("'%s' does not name the task and '%s'", sw_last_error(), named);
    }
}

static void malformed_settings_are_refused_by_name(void **state)
{
    (void) state;
    char text[SW_MAX_TEXT + 2];
    memset(text, 'x', sizeof(text));
    text[SW_MAX_TEXT + 1] = '\0';
    Stepwire__Setting s = STEPWIRE__SETTING__INIT;
    Stepwire__Setting *given[2] = {&s, &s};
    s.name = "wieght";
    assert_setting_refused(given, 1, "no setting 'wieght'; it has: flag, count, weight");
    s.name = "weight";
    s.type = STEPWIRE__SETTING_TYPE__INT;
    assert_setting_refused(given, 1, "'weight' must be a number");
    s.type = STEPWIRE__SETTING_TYPE__FLOAT;
    assert_setting_refused(given, 2, "'weight' is given twice");
    s.float_value = NAN;
    assert_setting_refused(given, 1, "'weight' is 'nan' but must be a number");
    s.name = "count";
    s.type = STEPWIRE__SETTING_TYPE__INT;
    s.int_value = 11;
    assert_setting_refused(given, 1, "an integer in [-5, 10]");
    s.name = "range";
    s.type = STEPWIRE__SETTING_TYPE__VECTOR;
    assert_setting_refused(given, 1, "'range' must be 2 numbers");
    s.name = "mode";
    s.type = STEPWIRE__SETTING_TYPE__STRING;
    s.string_value = text;
    assert_setting_refused(given, 1, "'mode' must be one of a|b");
    s.string_value = "c";
    assert_setting_refused(given, 1, "one of a|b");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(settings_not_given_have_their_defaults),
        T(every_type_of_setting_is_packed),
        cmocka_unit_test(malformed_settings_are_refused_by_name),
    };
    return cmocka_run_group_tests_name("codec_setting", tests, NULL, NULL);
}
