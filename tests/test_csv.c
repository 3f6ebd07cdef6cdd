// test_csv.c -- agent/report/csv.c: numbers read back as they were, and errors are told.
#include "csv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

static const char *const names[] = {"loss", "entropy"};

static int set_up(void **state)
{
    static char path[32];
    strcpy(path, "/tmp/stepwire-csv-XXXXXX");
    const int fd = mkstemp(path);
    *state = path;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    return unlink(*state);
}

static void read_back(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, size - 1, f)] = 0;
    fclose(f);
}

static void a_line_of_names_and_a_line_per_row(void **state)
{
    csv c;
    const double stats[] = {0.5, -2};
    const report_row row = {.steps = 2048,
                            .episodes = 3,
                            .wall_s = 0.5,
                            .return_mean = 1.25,
                            .length_mean = 10,
                            .stats = stats};
    assert_ok(csv_open(&c, *state, names, 2));
    assert_ok(csv_write(&c, &row));
    char text[512];
    read_back(*state, text, sizeof(text));  // before it is closed: a line is there when written
    assert_string_equal(text, "steps,episodes,wall_s,sps,return_mean,length_mean,loss,entropy\n"
                              "2048,3,0.500,4096,1.25,10,0.5,-2\n");
    csv_close(&c);
}

static void every_double_reads_back_bit_for_bit(void **state)
{
    static const double odd[] = {1.0 / 3, 0.1 + 0.2, 1e-308, 5e-324, 1.7976931348623157e308, 2e22};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        csv c;
        const report_row row = {.return_mean = odd[i], .length_mean = NAN, .stats = odd};
        assert_ok(csv_open(&c, *state, names, 0));
        assert_ok(csv_write(&c, &row));
        csv_close(&c);
        char text[512], *at = text;
        read_back(*state, text, sizeof(text));
        at = strchr(text, '\n') + 1;
        for (int comma = 0; comma < 4; comma++) {
            at = strchr(at, ',') + 1;
        }
        char *end;
        assert_true(strtod(at, &end) == odd[i]);
        assert_string_equal(end, ",nan\n");
    }
}

static void a_file_of_numbers_has_their_names_and_nothing_else(void **state)
{
    csv c;
    assert_ok(csv_open_numbers(&c, *state, names, 2));
    assert_ok(csv_write_numbers(&c, (const double[]){1000000, -0.5}));
    csv_close(&c);
    char text[512];
    read_back(*state, text, sizeof(text));
    assert_string_equal(text, "loss,entropy\n1000000,-0.5\n");
}

static void a_file_that_cannot_be_written_is_named(void **state)
{
    (void) state;
    csv c;
    assert_int_equal(csv_open(&c, "/nowhere/progress.csv", names, 2), SW_IO);
    assert_non_null(strstr(sw_last_error(), "/nowhere/progress.csv"));
    assert_int_equal(csv_open(&c, "/dev/full", names, 2), SW_IO);
    assert_non_null(strstr(sw_last_error(), "No space left"));
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void a_file_goes_on_behind_the_line_of_a_checkpoint(void **state)
{
    csv c;
    report_row last;
    char text[512];
    write_text(*state,
               "a,b,c,d,e,f,g\n10,1,0.500,20,3,4,7\n20,2,1.500,13,5.25,6,8\n30,2,2.000,15,1,1,9\n");
    assert_ok(csv_reopen(&c, *state, 1, 20, &last));
    assert_int_equal(last.steps, 20);
    assert_int_equal(last.episodes, 2);
    assert_near(last.wall_s, 1.5, 0);
    assert_near(last.return_mean, 5.25, 0);
    assert_near(last.length_mean, 6, 0);
    assert_ok(csv_write(&c, &(report_row){.steps = 40, .stats = &last.return_mean}));
    assert_ok(csv_sync(&c));
    csv_close(&c);
    read_back(*state, text, sizeof(text));
    assert_string_equal(
        text,
        "a,b,c,d,e,f,g\n10,1,0.500,20,3,4,7\n20,2,1.500,13,5.25,6,8\n40,0,0.000,0,0,0,5.25\n");
}

static void half_a_line_is_none(void **state)
{
    csv c;
    report_row last;
    char text[512];
    write_text(*state, "steps,mean\n10,1\n20,");
    assert_int_equal(csv_reopen(&c, *state, 2, 20, &last), SW_FAILED_PRECONDITION);
    assert_ok(csv_reopen(&c, *state, 2, 10, &last));
    assert_int_equal(last.steps, 10);
    csv_close(&c);
    read_back(*state, text, sizeof(text));
    assert_string_equal(text, "steps,mean\n10,1\n");
    assert_ok(csv_reopen(&c, *state, 2, 0, &last));
    assert_int_equal(last.steps, 0);
    assert_true(isnan(last.return_mean));
    csv_close(&c);
}

static void a_file_that_is_not_there_cannot_go_on(void **state)
{
    csv c;
    report_row last;
    assert_int_equal(csv_reopen(&c, "/nowhere/progress.csv", 1, 9, &last), SW_IO);
    assert_non_null(strstr(sw_last_error(), "/nowhere/progress.csv: No such file"));
    assert_int_equal(csv_reopen(&c, *state, 1, 9, &last), SW_IO);  // empty
}

static void a_damaged_file_cannot_go_on_and_stays_as_it_is(void **state)
{
    static const char damaged[] = "steps,mean\n10,1\n20\n30,3\n";
    csv c;
    report_row last;
    char text[512];
    write_text(*state, damaged);
    assert_int_equal(csv_reopen(&c, *state, 2, 30, &last), SW_FAILED_PRECONDITION);
    assert_non_null(strstr(sw_last_error(), "the line of 30 steps is missing"));
    read_back(*state, text, sizeof(text));
    assert_string_equal(text, damaged);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_line_of_names_and_a_line_per_row),
        T(every_double_reads_back_bit_for_bit),
        T(a_file_of_numbers_has_their_names_and_nothing_else),
        T(a_file_that_cannot_be_written_is_named),
        T(a_file_goes_on_behind_the_line_of_a_checkpoint),
        T(half_a_line_is_none),
        T(a_file_that_is_not_there_cannot_go_on),
        T(a_damaged_file_cannot_go_on_and_stays_as_it_is),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
