// test_file.c -- agent/store/file.c: a file is whole or not there.
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch_file.h"
#include "test.h"

static void check_content(const char *path, const char *expected)
{
    char *data;
    size_t bytes;
    assert_ok(file_read(path, 100, &data, &bytes));
    assert_int_equal(bytes, strlen(expected));
    assert_string_equal(data, expected);
    free(data);
}

static void until_it_is_committed_the_old_file_stands(void **state)
{
    const place *p = *state;
    file_writer w;
    assert_ok(file_replace(p->path, "old", 3));
    assert_ok(file_begin(&w, p->path));
    assert_ok(file_write(&w, "new", 3));
    check_content(p->path, "old");
    assert_ok(file_write(&w, "er", 2));
    assert_ok(file_commit(&w));
    check_content(p->path, "newer");
    file_abandon(&w);
    check_content(p->path, "newer");
}

static void an_abandoned_file_leaves_the_old_one(void **state)
{
    const place *p = *state;
    file_writer w;
    assert_ok(file_replace(p->path, "old", 3));
    assert_ok(file_begin(&w, p->path));
    assert_ok(file_write(&w, "new", 3));
    file_abandon(&w);
    check_content(p->path, "old");
}

static void the_beginning_can_be_written_last(void **state)
{
    const place *p = *state;
    file_writer w;
    assert_ok(file_begin(&w, p->path));
    assert_ok(file_write(&w, "....data", 8));
    assert_ok(file_rewrite(&w, "head", 4));
    assert_ok(file_write(&w, "more", 4));
    assert_ok(file_commit(&w));
    check_content(p->path, "headdatamore");
}

static void a_link_takes_the_place_of_what_stood_there(void **state)
{
    const place *p = *state;
    char other[FILE_MAX_PATH + 1];
    assert_ok(file_path(p->directory, "other", other));
    assert_ok(file_replace(p->path, "old", 3));
    assert_ok(file_replace(other, "new", 3));
    assert_ok(file_link(other, p->path));
    assert_ok(file_link(other, p->path));  // which it is already
    unlink(other);
    check_content(p->path, "new");
    assert_int_equal(file_link(other, p->path), SW_IO);  // it is not there any more
    assert_says(p->path);
    check_content(p->path, "new");
}

static void reading_stops_at_its_limit(void **state)
{
    const place *p = *state;
    char *data;
    size_t bytes;
    assert_ok(file_replace(p->path, "12345", 5));
    assert_ok(file_read(p->path, 5, &data, &bytes));
    free(data);
    assert_int_equal(file_read(p->path, 4, &data, &bytes), SW_TOO_LARGE);
}

static void what_cannot_be_opened_is_named_with_the_reason(void **state)
{
    const place *p = *state;
    char path[FILE_MAX_PATH + 1];
    assert_ok(file_path(p->directory, "no/such", path));
    assert_int_equal(file_replace(path, "x", 1), SW_IO);
    assert_non_null(strstr(sw_last_error(), path));
    assert_non_null(strstr(sw_last_error(), "No such file or directory"));
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void) state;
    char name[FILE_MAX_PATH + 1], path[FILE_MAX_PATH + 1];
    memset(name, 'x', FILE_MAX_PATH);
    name[FILE_MAX_PATH] = 0;
    assert_int_equal(file_path("d", name, path), SW_INVALID_ARGUMENT);
    assert_int_equal(file_replace(name, "x", 1), SW_IO);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_place, tear_down_place)
    const struct CMUnitTest tests[] = {
        T(until_it_is_committed_the_old_file_stands),
        T(an_abandoned_file_leaves_the_old_one),
        T(the_beginning_can_be_written_last),
        T(a_link_takes_the_place_of_what_stood_there),
        T(reading_stops_at_its_limit),
        T(what_cannot_be_opened_is_named_with_the_reason),
        T(a_path_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
