// test_checkpoint_broken.c -- agent/store/checkpoint.h: what is not whole or does not fit is
// refused in words that say why, and what cannot be written leaves what was there.
#include "checkpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "scratch_file.h"
#include "things.h"

// The bytes of a small checkpoint; the caller's to free().
static char *make_small(const char *path, size_t *bytes)
{
    char *data;
    assert_ok(things_save(path, &things_example));
    assert_ok(file_read(path, 1 << 16, &data, bytes));
    return data;
}


// ---- files that are not whole ---------------------------------------------------------------

static void a_file_cut_short_anywhere_is_refused(void **state)
{
    const place *p = *state;
    size_t bytes;
    free(make_small(p->path, &bytes));
    while (bytes-- > 0) {
        things t = {.counter = 99};
        assert_int_equal(truncate(p->path, (off_t) bytes), 0);
        assert_int_equal(things_load(p->path, &t), SW_PROTOCOL);
        assert_says(p->path);
        assert_int_equal(t.counter, 99);
    }
}

static void a_file_with_any_bit_flipped_is_refused(void **state)
{
    const place *p = *state;
    size_t bytes;
    char *data = make_small(p->path, &bytes);
    FILE *f = fopen(p->path, "r+b");
    assert_non_null(f);
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        checkpoint *c;
        const int flipped = data[bit / 8] ^ (1 << bit % 8);
        fseek(f, (long) (bit / 8), SEEK_SET);
        fputc(flipped, f);
        fflush(f);
        if (checkpoint_open(p->path, &c) != SW_PROTOCOL) {
            fail_msg("bit %zu of byte %zu flipped, and nobody noticed", bit % 8, bit / 8);
        }
        fseek(f, (long) (bit / 8), SEEK_SET);
        fputc(data[bit / 8], f);
    }
    fclose(f);
    things t = {0};
    assert_ok(things_load(p->path, &t));
    free(data);
}

static void a_missing_file_is_named(void **state)
{
    (void) state;
    things t = {0};
    assert_int_equal(things_load("/nowhere/c.safetensors", &t), SW_IO);
    assert_says("/nowhere/c.safetensors");
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

static void check_refused(const char *path, const char *json, sw_status status, const char *why)
{
    things t = {.counter = 99};
    write_file(path, strlen(json), json, 8);
    assert_int_equal(things_load(path, &t), status);
    assert_says(why);
    assert_says(path);
    assert_int_equal(t.counter, 99);
}

#define META(more) "{\"__metadata__\":{\"algo\":\"fake\",\"env\":\"Fake-v0\"" more "}"
#define NUMBER(name, dtype)                                                                        \
    ",\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[],\"data_offsets\":[0,8]}}"

static void a_newer_format_is_refused(void **state)
{
    const place *p = *state;
    check_refused(p->path, META(",\"format\":\"3\",\"version\":\"9.1\"") NUMBER("x", "F64"),
                  SW_PROTOCOL, "has format 3, of Stepwire 9.1");
    assert_says("formats up to 2");
}

static void a_format_without_checksum_is_refused(void **state)
{
    const place *p = *state;
    check_refused(p->path, META(",\"format\":\"2\"") NUMBER("x", "F64"), SW_PROTOCOL, "checksum");
}

static void a_checkpoint_of_something_else_is_refused_in_words_that_name_both(void **state)
{
    const place *p = *state;
    check_refused(p->path,
                  "{\"__metadata__\":{\"algo\":\"trpo\",\"env\":\"Hopper-v5\"}" NUMBER("x", "F64"),
                  SW_FAILED_PRECONDITION, "of 'trpo' on 'Hopper-v5', not of 'fake' on 'Fake-v0'");
    check_refused(p->path,
                  "{\"__metadata__\":{\"algo\":\"fake\",\"env\":\"Hopper-v5\"}" NUMBER("x", "F64"),
                  SW_FAILED_PRECONDITION, "of 'fake' on 'Hopper-v5', not of 'fake' on 'Fake-v0'");
}

// A number called `self`.
static sw_status show_number(void *self, algo_visit visit, void *context)
{
    return visit(context, &(algo_tensor){self, ALGO_F64, 0, {0}, &(double){0}, NULL});
}

static void check_number_refused(const char *path, char *name, const char *why)
{
    things t = {.counter = 99};
    const checkpoint_part part = {show_number, name};
    assert_ok(checkpoint_write(path, &things_about, &part, 1, true));
    assert_int_equal(things_load(path, &t), SW_PROTOCOL);
    assert_says(why);
    assert_int_equal(t.counter, 99);
}

static void an_array_too_few_or_of_another_kind_is_refused(void **state)
{
    const place *p = *state;
    check_number_refused(p->path, "x", "has no 'policy.bytes'");
    check_number_refused(p->path, "policy.bytes", "'policy.bytes' has another type or shape");
}

static sw_status show_two(void *self, algo_visit visit, void *context)
{
    const algo_tensor more = {"more", ALGO_F64, 0, {0}, &(double){0}, NULL};
    const sw_status st = things_show(self, visit, context);
    return st == SW_OK ? visit(context, &more) : st;
}

static void an_array_too_many_is_refused(void **state)
{
    const place *p = *state;
    things t = things_example;
    const checkpoint_part part = {show_two, &t};
    assert_ok(checkpoint_write(p->path, &things_about, &part, 1, true));
    assert_int_equal(things_load(p->path, &t), SW_PROTOCOL);
    assert_says("has 7 arrays, of which only 6 are known here");
}

static sw_status show_short(void *self, algo_visit visit, void *context)
{
    things *t = self;
    const algo_tensor shorter = {"history", ALGO_F32, 2, {2, 2}, t->history, &t->used};
    return visit(context, &shorter);
}

static void more_lines_than_there_is_room_for_are_refused(void **state)
{
    const place *p = *state;
    things t = {.used = 1};
    const checkpoint_part part = {show_short, &t};
    checkpoint *c;
    assert_ok(things_save(p->path, &things_example));
    assert_ok(checkpoint_open(p->path, &c));
    assert_int_equal(checkpoint_read(c, &part, 1), SW_PROTOCOL);
    assert_says("'history' has another type or shape");
    assert_int_equal(t.used, 1);
    checkpoint_close(c);
}

static void a_header_longer_than_the_file_is_refused(void **state)
{
    const place *p = *state;
    things t = {0};
    const uint64_t lengths[] = {3, 1 << 20, 1 << 30, (uint64_t) 1 << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        write_file(p->path, lengths[i], "{}", 0);
        assert_int_equal(things_load(p->path, &t), SW_PROTOCOL);
    }
}

static sw_status show_weight(algo *a, algo_visit visit, void *context)
{
    return visit(context, &(algo_tensor){"policy.weight", ALGO_F64, 2, {1, 3}, a, NULL});
}

// One without checksum, which nobody could tell from a policy that somebody made.
static void a_frame_that_is_broken_is_refused(void **state)
{
    const place *p = *state;
    static const algo_class class = {.name = "fake", .tensors = show_weight};
    static const char json[] =
        META(",\"zstd.policy.weight\":\"{\\\"dtype\\\":\\\"F64\\\","
             "\\\"shape\\\":[1,3]}\"") ",\"policy.weight\":{\"dtype\":\"U8\","
                                       "\"shape\":[8],\"data_offsets\":[0,8]}}";
    double weights[3];
    checkpoint *c;
    write_file(p->path, strlen(json), json, 8);
    assert_ok(checkpoint_open(p->path, &c));
    assert_int_equal(checkpoint_read_policy(c, &class, (algo *) weights), SW_PROTOCOL);
    assert_says("a compressed array is broken");
    checkpoint_close(c);
}


// ---- full disks -----------------------------------------------------------------------------

static void when_the_disk_is_full_the_earlier_checkpoint_is_intact(void **state)
{
    const place *p = *state;
    things later = {.counter = 5}, loaded = {0};
    size_t bytes;
    free(make_small(p->path, &bytes));

    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);  // then write() fails instead
    for (size_t room = 0; room < bytes - 100; room += 100) {
        const struct rlimit full = {.rlim_cur = room, .rlim_max = old.rlim_max};
        setrlimit(RLIMIT_FSIZE, &full);
        const sw_status st = things_save(p->path, &later);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(st, SW_IO);
        assert_says(p->path);
    }
    assert_ok(things_load(p->path, &loaded));
    assert_memory_equal(&loaded, &things_example, sizeof(things_example));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_place, tear_down_place)
    const struct CMUnitTest tests[] = {
        T(a_file_cut_short_anywhere_is_refused),
        T(a_file_with_any_bit_flipped_is_refused),
        T(a_missing_file_is_named),
        T(a_newer_format_is_refused),
        T(a_format_without_checksum_is_refused),
        T(a_checkpoint_of_something_else_is_refused_in_words_that_name_both),
        T(an_array_too_few_or_of_another_kind_is_refused),
        T(an_array_too_many_is_refused),
        T(more_lines_than_there_is_room_for_are_refused),
        T(a_header_longer_than_the_file_is_refused),
        T(a_frame_that_is_broken_is_refused),
        T(when_the_disk_is_full_the_earlier_checkpoint_is_intact),
    };
    return cmocka_run_group_tests_name("checkpoint_broken", tests, NULL, NULL);
}
