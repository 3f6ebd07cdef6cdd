// test_config.c -- agent/store/config.c and config_yaml.c: what wins, what comes back, and what a
// hostile file gets.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#define SOURCE(...)                                                                                \
    (config_source)                                                                                \
    {                                                                                              \
        "command line", (const sw_assignment[]){__VA_ARGS__},                                      \
            sizeof((const sw_assignment[]){__VA_ARGS__}) / sizeof(sw_assignment)                   \
    }

static const sw_value *param(const config *c, const char *name)
{
    for (int i = 0; i < c->algo->param_count; i++) {
        if (strcmp(c->algo->params[i].name, name) == 0) {
            return &c->params[i];
        }
    }
    fail_msg("no hyper-parameter %s", name);
    return NULL;
}

static sw_status parse(const char *text, config_file *file)
{
    return config_parse("test.yaml", text, strlen(text), file);
}


// ---- what wins ------------------------------------------------------------------------------

static void without_preset_the_defaults_of_the_algorithm_hold(void **state)
{
    (void) state;
    config c;
    assert_ok(config_resolve(&SOURCE({"env", "Nothing-v0"}, {"algo", "ppo"}), 1, &c));
    for (int i = 0; i < c.algo->param_count; i++) {
        char expected[512], actual[512];
        sw_setting_print(&c.algo->params[i], &c.algo->params[i].initial, expected, 512);
        sw_setting_print(&c.algo->params[i], &c.params[i], actual, 512);
        assert_string_equal(actual, expected);
    }
    assert_int_equal(c.seed, 1);
    assert_int_equal(c.steps, 1000000);
}

static void preset_then_file_then_flags_win(void **state)
{
    (void) state;
    config c;
    const config_source named = SOURCE({"env", "Hopper-v5"}, {"algo", "ppo"});
    assert_ok(config_resolve(&named, 1, &c));
    assert_int_equal(c.envs, 16);
    assert_int_equal(param(&c, "horizon")->i, 128);

    const config_source file = SOURCE({"horizon", "64"}, {"lr", "0.5"}, {"env.mass", "1"});
    const config_source flags = SOURCE({"lr", "0.25"}, {"env.mass", "2"}, {"env.length", "3"});
    assert_ok(config_resolve((const config_source[]){named, file, flags}, 3, &c));
    assert_int_equal(c.envs, 16);
    assert_int_equal(param(&c, "horizon")->i, 64);
    assert_near(param(&c, "lr")->f, 0.25, 0);
    assert_int_equal(c.setting_count, 2);
    assert_string_equal(c.settings[0].name, "mass");
    assert_string_equal(c.settings[0].value, "2");
}

static void the_task_that_wins_brings_its_preset(void **state)
{
    (void) state;
    config c;
    const config_source file = SOURCE({"env", "CartPole-v1"}, {"algo", "ppo"});
    const config_source flags = SOURCE({"env", "Hopper-v5"});
    assert_ok(config_resolve((const config_source[]){file, flags}, 2, &c));
    assert_string_equal(c.env, "Hopper-v5");
    assert_int_equal(c.envs, 16);
}

static void there_are_two_groups_unless_there_is_one_environment(void **state)
{
    (void) state;
    config c;
    const config_source named = SOURCE({"env", "X"}, {"algo", "ppo"});
    assert_ok(config_resolve(&named, 1, &c));
    assert_int_equal(c.groups, 2);
    const config_source one = SOURCE({"envs", "1"});
    assert_ok(config_resolve((const config_source[]){named, one}, 2, &c));
    assert_int_equal(c.groups, 1);
    const config_source too_many = SOURCE({"envs", "2"}, {"groups", "3"});
    assert_int_equal(config_resolve((const config_source[]){named, too_many}, 2, &c),
                     SW_INVALID_ARGUMENT);
}

static void numbers_may_be_written_with_an_exponent(void **state)
{
    (void) state;
    config c;
    assert_ok(config_resolve(&SOURCE({"env", "X"}, {"algo", "ppo"}, {"steps", "2.5e6"}), 1, &c));
    assert_int_equal(c.steps, 2500000);
}


// ---- what is unknown ------------------------------------------------------------------------

static void an_unknown_option_is_named_with_those_there_are(void **state)
{
    (void) state;
    config c;
    assert_int_equal(config_resolve(&SOURCE({"env", "X"}, {"algo", "ppo"}, {"lrr", "1"}), 1, &c),
                     SW_NOT_FOUND);
    assert_non_null(
        strstr(sw_last_error(), "command line: ppo has no option 'lrr' (did you mean lr?)"));
    assert_non_null(strstr(sw_last_error(), "gamma"));
}

static void an_unknown_algorithm_is_named_with_those_there_are(void **state)
{
    (void) state;
    config c;
    assert_int_equal(config_resolve(&SOURCE({"env", "X"}, {"algo", "pqo"}), 1, &c), SW_NOT_FOUND);
    assert_non_null(strstr(sw_last_error(), "'pqo'"));
    assert_non_null(strstr(sw_last_error(), "ppo"));
}

static void a_value_out_of_range_is_named_with_its_algorithm_and_range(void **state)
{
    (void) state;
    config c;
    const config_source source = SOURCE({"env", "X"}, {"algo", "trpo"}, {"max_kl", "-1"});
    assert_int_equal(config_resolve(&source, 1, &c), SW_INVALID_ARGUMENT);
    assert_string_equal(sw_last_error(), "command line: trpo: setting 'max_kl' is '-1' but must be "
                                         "a number in [1e-09, 10]");
}

static void a_value_out_of_range_is_refused_and_changes_nothing(void **state)
{
    (void) state;
    config c = {.envs = 77};
    assert_int_equal(config_resolve(&SOURCE({"env", "X"}, {"algo", "ppo"}, {"envs", "0"}), 1, &c),
                     SW_INVALID_ARGUMENT);
    assert_int_equal(c.envs, 77);
    assert_int_equal(config_resolve(&SOURCE({"env", "X"}), 1, &c), SW_INVALID_ARGUMENT);
    assert_int_equal(config_resolve(&SOURCE({"algo", "ppo"}), 1, &c), SW_INVALID_ARGUMENT);
}

static void changes_are_listed_with_what_was_there(void **state)
{
    (void) state;
    config was, c;
    char text[200];
    assert_ok(config_resolve(&SOURCE({"env", "X"}, {"algo", "dqn"}, {"env.gone", "1"},
                                     {"env.stays", "2"}, {"env.moves", "3"}),
                             1, &was));
    assert_ok(config_resolve(&SOURCE({"env", "X"}, {"algo", "dqn"}, {"envs", "4"}, {"hidden", ""},
                                     {"env.stays", "2"}, {"env.moves", "4"}, {"env.new", "5"}),
                             1, &c));
    config_print_changes(&was, &c, text, sizeof(text));
    assert_string_equal(text, "envs (it was 8), hidden (it was 64,64), env.moves (it was 3), "
                              "env.new (it was empty), env.gone (it was 1)");
    config_print_changes(&c, &c, text, sizeof(text));
    assert_string_equal(text, "");
}


// ---- files ----------------------------------------------------------------------------------

static void what_is_written_comes_back(void **state)
{
    (void) state;
    config c, again;
    const config_source source = SOURCE(
        {"env", "Hopper-v5"}, {"algo", "ppo"}, {"preset", "paper"}, {"seed", "9007199254740991"},
        {"lr", "0.1234567890123"}, {"env.range", "[0.7, inf]"}, {"env.text", "a: 'b' # \"c\" - [d"},
        {"env.empty", ""}, {"env.flag", "true"}, {"keep", "3"}, {"no_replay", "true"});
    assert_ok(config_resolve(&source, 1, &c));

    char *text;
    config_file file;
    assert_ok(config_text(&c, &text));
    assert_ok(config_parse("text", text, strlen(text), &file));
    free(text);
    assert_ok(config_resolve(&(config_source){"text", file.items, file.count}, 1, &again));
    config_file_free(&file);

    assert_int_equal(c.preset, PRESET_PAPER);
    assert_int_equal(again.preset, PRESET_NONE);  // its values are all there
    assert_string_equal(again.env, c.env);
    assert_int_equal(again.envs, c.envs);
    assert_int_equal(again.groups, c.groups);
    assert_int_equal(again.steps, c.steps);
    assert_int_equal(again.seed, c.seed);
    assert_int_equal(again.keep, 3);
    assert_int_equal(again.no_replay, 1);
    assert_near(param(&again, "lr")->f, 0.1234567890123, 0);
    assert_int_equal(param(&again, "horizon")->i, param(&c, "horizon")->i);
    assert_string_equal(param(&again, "hidden")->s, param(&c, "hidden")->s);
    assert_int_equal(again.setting_count, 4);
    for (int i = 0; i < 4; i++) {
        assert_string_equal(again.settings[i].name, c.settings[i].name);
        assert_string_equal(again.settings[i].value, c.settings[i].value);
    }
}

static void a_list_is_read_as_a_vector(void **state)
{
    (void) state;
    config_file file;
    assert_ok(parse("lr: 1e-3\nenv_settings:\n  range: [0.7, inf]\n  name: x\n", &file));
    assert_int_equal(file.count, 3);
    assert_string_equal(file.items[0].value, "1e-3");
    assert_string_equal(file.items[1].name, "env.range");
    assert_string_equal(file.items[1].value, "[0.7, inf]");
    assert_string_equal(file.items[2].name, "env.name");
    config_file_free(&file);
}

static void what_is_not_a_flat_map_is_refused_with_its_line(void **state)
{
    (void) state;
    static const char *const bad[] = {
        "",                             // nothing
        "42",                           // no map
        "- a\n- b\n",                   // a list
        "a: {b: c}\n",                  // a map where none belongs
        "env_settings: 5\n",            // and none where one belongs
        "env_settings: {a: {b: c}}\n",  // too deep
        "a: [[1]]\n",                   // likewise
        "a: &x 1\nb: *x\n",             // an alias
        "? [a]\n: b\n",                 // a key that is no text
        "a: 1\na: 2\n",                 // twice
        "a: 1\n---\nb: 2\n",            // two documents
        "a: \"\\0\"\n",                 // a NUL
        "a: 'b\n",                      // no end
        "a: b: c\n",                    // not YAML
        "a: \xff\xfe\n",                // not UTF-8
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        config_file file = {.count = 77};
        assert_int_equal(parse(bad[i], &file), SW_INVALID_ARGUMENT);
        assert_memory_equal(sw_last_error(), "test.yaml:", strlen("test.yaml:"));
    }
}

static void a_file_cannot_make_us_read_or_keep_without_limit(void **state)
{
    (void) state;
    config_file file;
    char *text = malloc(CONFIG_MAX_FILE + 2);
    assert_non_null(text);

    memset(text, '[', CONFIG_MAX_FILE);  // deep
    memcpy(text, "a: ", 3);
    assert_int_equal(config_parse("deep", text, CONFIG_MAX_FILE, &file), SW_INVALID_ARGUMENT);

    memset(text, 'x', CONFIG_MAX_FILE);  // one long value
    memcpy(text, "a: ", 3);
    assert_int_equal(config_parse("long", text, CONFIG_MAX_FILE, &file), SW_INVALID_ARGUMENT);

    size_t used = 0;
    for (int i = 0; i <= CONFIG_MAX_ITEMS; i++) {  // many
        used += (size_t) sprintf(text + used, "k%d: 1\n", i);
    }
    assert_int_equal(config_parse("many", text, used, &file), SW_INVALID_ARGUMENT);
    assert_int_equal(config_parse("large", text, CONFIG_MAX_FILE + 1, &file), SW_TOO_LARGE);
    free(text);
}

static void a_missing_file_is_named(void **state)
{
    (void) state;
    config_file file;
    assert_int_equal(config_read("/nowhere/config.yaml", &file), SW_IO);
    assert_non_null(strstr(sw_last_error(), "/nowhere/config.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_preset_the_defaults_of_the_algorithm_hold),
        cmocka_unit_test(preset_then_file_then_flags_win),
        cmocka_unit_test(the_task_that_wins_brings_its_preset),
        cmocka_unit_test(there_are_two_groups_unless_there_is_one_environment),
        cmocka_unit_test(numbers_may_be_written_with_an_exponent),
        cmocka_unit_test(an_unknown_option_is_named_with_those_there_are),
        cmocka_unit_test(an_unknown_algorithm_is_named_with_those_there_are),
        cmocka_unit_test(a_value_out_of_range_is_named_with_its_algorithm_and_range),
        cmocka_unit_test(a_value_out_of_range_is_refused_and_changes_nothing),
        cmocka_unit_test(changes_are_listed_with_what_was_there),
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(a_list_is_read_as_a_vector),
        cmocka_unit_test(what_is_not_a_flat_map_is_refused_with_its_line),
        cmocka_unit_test(a_file_cannot_make_us_read_or_keep_without_limit),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
