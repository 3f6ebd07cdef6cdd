// test_preset.c -- agent/store/preset.c, and every file under agent/presets.
#include "preset.h"

#include <string.h>

#include "presets.h"
#include "test.h"

// A run of ppo: the task, and up to two more assignments.
static sw_status resolve(const char *env, sw_assignment a, sw_assignment b, config *c)
{
    const sw_assignment items[] = {{"algo", "ppo"}, {"env", env}, a, b};
    const int count = b.name != NULL ? 4 : a.name != NULL ? 3 : 2;
    return config_resolve(&(config_source){"command line", items, count}, 1, c);
}

#define NOTHING ((sw_assignment){0})

static void assert_value(const config *c, const char *key, const char *expected)
{
    char text[CONFIG_MAX_VALUE + 1];
    config_print_value(c, key, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void assert_choice(const config *c, const char *expected)
{
    char text[500];
    assert_ok(preset_print_choice(c, text, sizeof(text)));
    assert_string_equal(text, expected);
}


// ---- every file -----------------------------------------------------------------------------

static void is_not_for_a_preset(const char *path, const char *key)
{
    static const char *const others[] = {"env", "algo", "preset", "seed"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(key, others[i]) == 0) {
            fail_msg("%s: a preset does not decide about '%s'", path, key);
        }
    }
}

static void every_section_of_every_file_fits_its_algorithm(void **state)
{
    (void) state;
    int count;
    const preset_file *all = preset_files(&count);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        preset p;
        assert_ok(preset_open(all[i].algo, all[i].env, &p));
        assert_true(p.file.count > 0);
        for (preset_kind k = PRESET_PAPER; k < PRESET_KINDS; k++) {
            for (int j = 0; j < p.counts[k]; j++) {
                is_not_for_a_preset(all[i].path, p.items[k][j].name);
            }
            if (p.counts[k] > 0) {
                const sw_assignment items[] = {
                    {"algo", all[i].algo}, {"env", all[i].env}, {"preset", preset_kind_name(k)}};
                config c;
                assert_ok(config_resolve(&(config_source){all[i].path, items, 3}, 1, &c));
            }
        }
        preset_close(&p);
    }
}

// Values without a source are no preset. The lines of a section are indented.
static void every_value_of_every_file_has_a_comment(void **state)
{
    (void) state;
    int count;
    const preset_file *all = preset_files(&count);
    for (int i = 0; i < count; i++) {
        const char *end = all[i].text + all[i].size;
        for (const char *line = all[i].text; line < end;) {
            const char *next = memchr(line, '\n', (size_t) (end - line));
            const size_t length = (size_t) ((next != NULL ? next : end) - line);
            if (length > 0 && line[0] == ' ' && memchr(line, '#', length) == NULL) {
                fail_msg("%s: no source: %.*s", all[i].path, (int) length, line);
            }
            line += length + 1;
        }
    }
}


// ---- which one ------------------------------------------------------------------------------

static void a_tuned_preset_is_taken_unasked(void **state)
{
    (void) state;
    config c;
    assert_ok(resolve("Hopper-v5", NOTHING, NOTHING, &c));
    assert_int_equal(c.preset, PRESET_TUNED);
    assert_value(&c, "envs", "16");
    assert_value(&c, "horizon", "128");
}

// Schulman et al. 2017, arXiv:1707.06347, Table 3
static void the_preset_of_the_paper_is_taken_when_asked_for(void **state)
{
    (void) state;
    static const char *const table[][2] = {{"horizon", "2048"}, {"lr", "0.0003"},
                                           {"epochs", "10"},    {"minibatch", "64"},
                                           {"gamma", "0.99"},   {"lambda", "0.95"}};
    config c;
    assert_ok(resolve("Hopper-v5", (sw_assignment){"preset", "paper"}, NOTHING, &c));
    assert_int_equal(c.preset, PRESET_PAPER);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_value(&c, table[i][0], table[i][1]);
    }
}

static void a_preset_of_the_paper_is_not_taken_unasked(void **state)
{
    (void) state;
    config c;
    assert_ok(resolve("Reacher-v5", NOTHING, NOTHING, &c));
    assert_int_equal(c.preset, PRESET_NONE);
    assert_value(&c, "envs", "8");
    assert_choice(&c, "none; there is: paper");
}

static void none_leaves_the_defaults(void **state)
{
    (void) state;
    config c;
    assert_ok(resolve("CartPole-v1", (sw_assignment){"preset", "none"}, NOTHING, &c));
    assert_value(&c, "steps", "1000000");
    assert_value(&c, "horizon", "256");
    assert_choice(&c, "none; there is: tuned");
}

static void what_there_is_is_said_instead_of_a_preset_that_is_missing(void **state)
{
    (void) state;
    config c = {.envs = 77};
    const sw_assignment paper = {"preset", "paper"};
    assert_int_equal(resolve("CartPole-v1", paper, NOTHING, &c), SW_NOT_FOUND);
    assert_string_equal(sw_last_error(),
                        "command line: ppo has no paper preset for CartPole-v1; there is: tuned");
    assert_int_equal(resolve("Maze-v0", paper, NOTHING, &c), SW_NOT_FOUND);
    assert_says("ppo has no preset for Maze-v0; it has some for: ");
    assert_says("Hopper-v5");
    assert_int_equal(preset_refuse("climb", "Maze-v0"), SW_NOT_FOUND);
    assert_says("climb has no presets: ");
    assert_int_equal(resolve("Hopper-v5", (sw_assignment){"preset", "best"}, NOTHING, &c),
                     SW_INVALID_ARGUMENT);
    assert_says("'best' but must be one of none|paper|tuned");
    assert_int_equal(c.envs, 77);
}


// ---- what it brings -------------------------------------------------------------------------

static void the_values_that_a_preset_changed_are_listed(void **state)
{
    (void) state;
    config c;
    assert_ok(resolve("Hopper-v5", NOTHING, NOTHING, &c));
    assert_choice(&c, "tuned: envs=16, horizon=128");
}

static void a_value_that_was_changed_again_is_not_listed(void **state)
{
    (void) state;
    config c;
    assert_ok(resolve("Hopper-v5", (sw_assignment){"envs", "4"}, NOTHING, &c));
    assert_choice(&c, "tuned: horizon=128");
    assert_ok(
        resolve("Hopper-v5", (sw_assignment){"envs", "4"}, (sw_assignment){"horizon", "64"}, &c));
    assert_choice(&c, "tuned: nothing but the defaults");
}

static void sections_are_told_apart_and_may_set_the_task(void **state)
{
    (void) state;
    static const char text[] = "paper:\n  lr: 1\n  env_settings: {limit: 5}\ntuned: {lr: 2}\n";
    static const char *const names[] = {"paper.lr", "paper.env.limit", "tuned.lr"};
    config_file file;
    assert_ok(config_parse_sections("x.yaml", text, sizeof(text) - 1, &file));
    assert_int_equal(file.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(file.items[i].name, names[i]);
    }
    assert_string_equal(file.items[1].value, "5");
    config_file_free(&file);
}

static void what_is_no_map_of_sections_is_refused_with_its_line(void **state)
{
    (void) state;
    static const char *const bad[] = {
        "",                                             // nothing
        "lr: 1\n",                                      // no section
        "paper: [1]\n",                                 // a list
        "paper:\n",                                     // nothing in it
        "paper: {a: {b: 1}}\n",                         // too deep
        "paper: {a: 1, a: 2}\n",                        // twice
        "[a]: {b: 1}\n",                                // a name that is no text
        "paper: {env_settings: {paper: {b: 1}}}\n",     // too deep
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"  // too long a name
        "aaaaaaaaaaaaaaaaaaaaaaaa: {b: 1}\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        config_file file;
        assert_int_equal(config_parse_sections("x.yaml", bad[i], strlen(bad[i]), &file),
                         SW_INVALID_ARGUMENT);
        assert_memory_equal(sw_last_error(), "x.yaml:", strlen("x.yaml:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_of_every_file_fits_its_algorithm),
        cmocka_unit_test(every_value_of_every_file_has_a_comment),
        cmocka_unit_test(a_tuned_preset_is_taken_unasked),
        cmocka_unit_test(the_preset_of_the_paper_is_taken_when_asked_for),
        cmocka_unit_test(a_preset_of_the_paper_is_not_taken_unasked),
        cmocka_unit_test(none_leaves_the_defaults),
        cmocka_unit_test(what_there_is_is_said_instead_of_a_preset_that_is_missing),
        cmocka_unit_test(the_values_that_a_preset_changed_are_listed),
        cmocka_unit_test(a_value_that_was_changed_again_is_not_listed),
        cmocka_unit_test(sections_are_told_apart_and_may_set_the_task),
        cmocka_unit_test(what_is_no_map_of_sections_is_refused_with_its_line),
    };
    return cmocka_run_group_tests_name("preset", tests, NULL, NULL);
}
