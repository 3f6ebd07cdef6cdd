// test_report.c -- agent/report/progress.c and summary.c.
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "summary.h"
#include "test.h"

static void read_all(FILE *f, char *text, size_t size)
{
    rewind(f);
    text[fread(text, 1, size - 1, f)] = 0;
}

// 250 of 1,000 steps in 10 s: 25 steps/s, 30 s to go
static void a_line_tells_steps_share_rate_return_and_time_left(void **state)
{
    (void) state;
    FILE *f = tmpfile();
    progress p;
    progress_init(&p, f, 1000);
    const report_row row = {.steps = 250, .episodes = 2, .wall_s = 10, .return_mean = 12.34};
    progress_show(&p, &row);
    char text[256];
    read_all(f, text, sizeof(text));
    assert_string_equal(text, "250 steps   25 %  25 steps/s  return 12.3  0:30 left\n");
    fclose(f);
}

static void off_a_terminal_a_line_comes_every_few_seconds(void **state)
{
    (void) state;
    FILE *f = tmpfile();
    progress p;
    progress_init(&p, f, 1000);
    for (int tenths = 0; tenths <= 100; tenths++) {  // 0 to 10 s: lines at 0, 5 and 10
        progress_show(&p, &(report_row){.steps = tenths, .wall_s = tenths / 10.0});
    }
    char text[1024];
    read_all(f, text, sizeof(text));
    int lines = 0;
    for (const char *c = text; *c != 0; c++) {
        lines += *c == '\n';
    }
    assert_int_equal(lines, 3);
    assert_null(strchr(text, '\r'));
    fclose(f);
}

static void the_end_is_always_shown(void **state)
{
    (void) state;
    FILE *f = tmpfile();
    progress p;
    progress_init(&p, f, 1000);
    progress_show(&p, &(report_row){.steps = 999, .wall_s = 3999});
    progress_finish(&p, &(report_row){.steps = 1000, .wall_s = 4000});
    char text[1024];
    read_all(f, text, sizeof(text));
    assert_non_null(strstr(text, "\n1000 steps  100 %  0 steps/s  1:06:40\n"));
    fclose(f);
}

static void the_end_is_not_shown_twice(void **state)
{
    (void) state;
    FILE *f = tmpfile();
    progress p;
    const report_row row = {.steps = 1000, .wall_s = 60};
    progress_init(&p, f, 1000);
    progress_show(&p, &row);
    progress_finish(&p, &row);
    char text[1024];
    read_all(f, text, sizeof(text));
    assert_string_equal(text, "1000 steps  100 %  17 steps/s  1:00\n");
    fclose(f);
}

static void without_a_file_nothing_is_shown(void **state)
{
    (void) state;
    progress p;
    progress_init(&p, NULL, 1000);
    progress_show(&p, &(report_row){.steps = 1});
    progress_finish(&p, &(report_row){.steps = 1});
}

static void a_summary_has_every_field_and_null_for_what_is_unknown(void **state)
{
    (void) state;
    static const char *const servers[] = {"tcp://a:1", "ipc:///b"};
    const summary s = {.env = "X-v0",
                       .algo = "ppo",
                       .seed = 3,
                       .return_best = NAN,
                       .blas_core = "Haswell",
                       .servers = servers,
                       .server_count = 2,
                       .sessions_lost = 4,
                       .faulty_rows = 32,
                       .moves = 5,
                       .complete = true};
    char *text = summary_text(&s, &(report_row){.steps = 100, .wall_s = 4, .return_mean = 0.5});
    assert_non_null(text);
    static const char *const expected[] = {
        "\"env\": \"X-v0\"",     "\"algo\": \"ppo\"",
        "\"seed\": 3",           "\"steps\": 100",
        "\"episodes\": 0",       "\"wall_s\": 4.0",
        "\"sps\": 25.0",         "\"return_last100\": 0.5",
        "\"return_best\": null", "\"blas_core\": \"Haswell\"",
        "\"sessions_lost\": 4",  "\"faulty_rows\": 32",
        "\"moves\": 5",          "\"complete\": true",
        "\"tcp://a:1\"",         "\"version\": \"" SW_PROJECT_VERSION "\"",
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        if (strstr(text, expected[i]) == NULL) {
            fail_msg("no %s in %s", expected[i], text);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_steps_share_rate_return_and_time_left),
        cmocka_unit_test(off_a_terminal_a_line_comes_every_few_seconds),
        cmocka_unit_test(the_end_is_always_shown),
        cmocka_unit_test(the_end_is_not_shown_twice),
        cmocka_unit_test(without_a_file_nothing_is_shown),
        cmocka_unit_test(a_summary_has_every_field_and_null_for_what_is_unknown),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
