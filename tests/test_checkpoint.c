// test_checkpoint.c -- agent/store/checkpoint.c: what is saved comes back, also from the format's
// reference library, and nothing else does.
#include "checkpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fake_learning.h"
#include "file.h"
#include "scratch_file.h"
#include "test.h"

static sw_status save(const char *path, fake_algo *f)
{
    return checkpoint_save(path, &fake_algo_class, fake_algo_handle(f), "Fake-v0", 12);
}

static sw_status load(const char *path, fake_algo *f)
{
    return checkpoint_load(path, &fake_algo_class, fake_algo_handle(f));
}


// ---- round trips ----------------------------------------------------------------------------

static void what_is_saved_comes_back_bit_for_bit(void **state)
{
    const place *p = *state;
    fake_algo saved = {.weights = {1.0 / 3, -0.0, INFINITY}, .counter = INT64_MIN}, loaded = {0};
    assert_ok(save(p->path, &saved));
    assert_ok(load(p->path, &loaded));
    assert_memory_equal(loaded.weights, saved.weights, sizeof(saved.weights));
    assert_true(loaded.counter == INT64_MIN);
}

// golden/checkpoint/make.py wrote it and says what is in it
static void a_file_of_the_reference_library_is_read(void **state)
{
    (void) state;
    fake_algo f = {0};
    assert_ok(load("golden/checkpoint/fake.safetensors", &f));
    assert_near(f.weights[0], 0.5, 0);
    assert_near(f.weights[1], -1.25, 0);
    assert_near(f.weights[2], 3e100, 0);
    assert_int_equal(f.counter, -7);
}

// Written out from the format's description: header length, JSON, data that begins at a multiple
// of 8 bytes.
static void the_file_is_laid_out_as_the_format_says(void **state)
{
    const place *p = *state;
    fake_algo f = {.weights = {1, 2, 3}, .counter = 4};
    assert_ok(save(p->path, &f));
    char *data;
    size_t bytes;
    assert_ok(file_read(p->path, 1 << 16, &data, &bytes));
    uint64_t length;
    memcpy(&length, data, 8);
    assert_int_equal(length % 8, 0);
    assert_int_equal(bytes, 8 + length + 4 * 8);
    assert_memory_equal(data + 8, "{\"__metadata__\":{\"algo\":\"fake\"", 30);
    assert_non_null(strstr(data + 8, "\"policy.weight\":{\"dtype\":\"F64\",\"shape\":[1,3],"
                                     "\"data_offsets\":[0,24]}"));
    assert_non_null(strstr(data + 8, "\"counter\":{\"dtype\":\"I64\",\"shape\":[],"
                                     "\"data_offsets\":[24,32]}"));
    const double expected[] = {1, 2, 3};
    assert_memory_equal(data + 8 + length, expected, sizeof(expected));
    free(data);
}


// ---- files that do not fit ------------------------------------------------------------------

static void write_file(const char *path, uint64_t length, const char *json, size_t data_bytes)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(&length, 1, 8, f);
    fputs(json, f);
    for (size_t i = 0; i < data_bytes; i++) {
        fputc(0, f);
    }
    fclose(f);
}

static void check_refused(const char *path, const char *json, const char *why)
{
    fake_algo f = {.counter = 99};
    write_file(path, strlen(json), json, 32);
    assert_int_equal(load(path, &f), SW_PROTOCOL);
    if (strstr(sw_last_error(), why) == NULL) {
        fail_msg("'%s' does not say '%s'", sw_last_error(), why);
    }
    assert_int_equal(f.counter, 99);
}

#define META "\"__metadata__\":{\"algo\":\"fake\"}"

static void a_checkpoint_of_something_else_is_refused_and_changes_nothing(void **state)
{
    const place *p = *state;
    check_refused(p->path,
                  "{\"__metadata__\":{\"algo\":\"trpo\"},\"x\":{\"dtype\":\"F64\","
                  "\"shape\":[4],\"data_offsets\":[0,32]}}",
                  "'trpo'");
    check_refused(p->path, "{\"x\":{\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,32]}}",
                  "'?'");
    check_refused(p->path,
                  "{" META ",\"x\":{\"dtype\":\"F64\",\"shape\":[4],"
                  "\"data_offsets\":[0,32]}}",
                  "has no 'policy.weight'");
    check_refused(p->path,
                  "{" META ",\"policy.weight\":{\"dtype\":\"F64\",\"shape\":[4],"
                  "\"data_offsets\":[0,32]}}",
                  "another type or shape");
    check_refused(p->path,
                  "{" META ",\"policy.weight\":{\"dtype\":\"U64\",\"shape\":[1,3],"
                  "\"data_offsets\":[0,24]},\"counter\":{\"dtype\":\"I64\",\"shape\":[],"
                  "\"data_offsets\":[24,32]}}",
                  "another type or shape");
}

static void a_truncated_file_is_refused(void **state)
{
    const place *p = *state;
    fake_algo f = {0};
    assert_ok(save(p->path, &f));
    char *data;
    size_t bytes;
    assert_ok(file_read(p->path, 1 << 16, &data, &bytes));
    for (size_t cut = 0; cut < bytes; cut += 7) {
        assert_ok(file_replace(p->path, data, cut));
        assert_int_equal(load(p->path, &f), SW_PROTOCOL);
    }
    free(data);
}

static void a_header_longer_than_the_file_is_refused(void **state)
{
    const place *p = *state;
    fake_algo f = {0};
    const uint64_t lengths[] = {3, 1 << 20, 1 << 30, (uint64_t) 1 << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        write_file(p->path, lengths[i], "{}", 0);
        assert_int_equal(load(p->path, &f), SW_PROTOCOL);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void) state;
    fake_algo f = {0};
    assert_int_equal(load("/nowhere/c.safetensors", &f), SW_IO);
    assert_non_null(strstr(sw_last_error(), "/nowhere/c.safetensors"));
}


// ---- full disks -----------------------------------------------------------------------------

static void when_the_disk_is_full_the_earlier_checkpoint_is_intact(void **state)
{
    const place *p = *state;
    fake_algo earlier = {.weights = {1, 2, 3}, .counter = 4}, later = {.counter = 5}, loaded;
    assert_ok(save(p->path, &earlier));

    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    const struct rlimit full = {.rlim_cur = 64, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);  // then write() fails instead
    setrlimit(RLIMIT_FSIZE, &full);
    const sw_status st = save(p->path, &later);
    setrlimit(RLIMIT_FSIZE, &old);

    assert_int_equal(st, SW_IO);
    assert_non_null(strstr(sw_last_error(), p->path));
    assert_ok(load(p->path, &loaded));
    assert_int_equal(loaded.counter, 4);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_place, tear_down_place)
    const struct CMUnitTest tests[] = {
        T(what_is_saved_comes_back_bit_for_bit),
        T(a_file_of_the_reference_library_is_read),
        T(the_file_is_laid_out_as_the_format_says),
        T(a_checkpoint_of_something_else_is_refused_and_changes_nothing),
        T(a_truncated_file_is_refused),
        T(a_header_longer_than_the_file_is_refused),
        T(a_missing_file_is_named),
        T(when_the_disk_is_full_the_earlier_checkpoint_is_intact),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
