// test_log.c -- base/log.c
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "test.h"

typedef struct heard {
    int lines;
    sw_log_level level;
    char line[600];
} heard;

static void listen_to(void *context, sw_log_level level, const char *line)
{
    heard *h = context;
    h->lines++;
    h->level = level;
    strcpy(h->line, line);
}

static void a_line_reaches_the_listener(void **state)
{
    (void) state;
    heard h = {0};
    const sw_log log = {.write = listen_to, .context = &h};
    log_line(&log, SW_LOG_WARNING, "row %d is %s", 3, "faulty");
    assert_int_equal(h.lines, 1);
    assert_int_equal(h.level, SW_LOG_WARNING);
    assert_string_equal(h.line, "row 3 is faulty");
}

static void a_long_line_is_cut_at_500_bytes(void **state)
{
    (void) state;
    heard h = {0};
    const sw_log log = {.write = listen_to, .context = &h};
    log_line(&log, SW_LOG_INFO, "%0700d", 0);
    assert_int_equal(strlen(h.line), 500);
}

static void without_a_listener_nothing_happens(void **state)
{
    (void) state;
    log_line(&(sw_log){0}, SW_LOG_ERROR, "unheard");
}

static void standard_error_gets_time_level_and_line(void **state)
{
    (void) state;
    int ends[2];
    char text[100] = "";
    const int kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    log_to_stderr(NULL, SW_LOG_ERROR, "port taken");
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(ends[1]);
    assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
    close(ends[0]);
    close(kept);

    int hour, minute, second;
    char rest[100] = "";
    assert_int_equal(sscanf(text, "%2d:%2d:%2d %99[^\n]", &hour, &minute, &second, rest), 4);
    assert_string_equal(rest, "error: port taken");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_reaches_the_listener),
        cmocka_unit_test(a_long_line_is_cut_at_500_bytes),
        cmocka_unit_test(without_a_listener_nothing_happens),
        cmocka_unit_test(standard_error_gets_time_level_and_line),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
