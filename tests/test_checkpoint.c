// test_checkpoint.c -- agent/store/checkpoint.h: what is saved comes back, also from the format's
// reference library, and nothing else does.
#include "checkpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "file.h"
#include "scratch_file.h"
#include "test.h"

enum { LINES = 5, MANY = 600000 };

// A part with an array of every kind.
typedef struct things {
    float floats[2][3];
    double number;
    int64_t counter;
    uint64_t random[4];
    uint8_t bytes[5];
    float history[LINES][2];  // of which `used` lines count
    int64_t used;
    double *replay;  // [MANY], of which replay_used count; NULL: there is none
    int64_t replay_used;
} things;

static sw_status show(void *self, algo_visit visit, void *context)
{
    things *t = self;
    const algo_tensor arrays[] = {
        {"policy.bytes", ALGO_U8, 1, {5}, t->bytes, NULL},
        {"policy.floats", ALGO_F32, 2, {2, 3}, t->floats, NULL},
        {"number", ALGO_F64, 0, {0}, &t->number, NULL},
        {"counter", ALGO_I64, 0, {0}, &t->counter, NULL},
        {"random", ALGO_U64, 1, {4}, t->random, NULL},
        {"history", ALGO_F32, 2, {LINES, 2}, t->history, &t->used},
        {"replay.records", ALGO_F64, 1, {MANY}, t->replay, &t->replay_used},
    };
    const int count = t->replay != NULL ? 7 : 6;
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < count; i++) {
        st = visit(context, &arrays[i]);
    }
    return st;
}

static const checkpoint_about about = {
    .algo = "fake", .env = "Fake-v0", .steps = 12, .config = "env: Fake-v0\n"};

static const things example = {.floats = {{1, -0.0F, 3.5F}, {4, INFINITY, 6}},
                               .number = 1.0 / 3,
                               .counter = INT64_MIN,
                               .random = {1, UINT64_MAX, 3, 4},
                               .bytes = {1, 2, 3, 254, 255},
                               .history = {{1, 2}, {3, 4}, {5, 6}},
                               .used = 3};

static checkpoint_part part_of(things *t)
{
    return (checkpoint_part){show, t};
}

static sw_status save(const char *path, const things *t)
{
    things copy = *t;
    const checkpoint_part part = part_of(&copy);
    return checkpoint_write(path, &about, &part, 1, true);
}

static sw_status load(const char *path, things *t)
{
    const checkpoint_part part = part_of(t);
    checkpoint *c;
    sw_status st = checkpoint_open(path, &c);
    if (st != SW_OK) {
        return st;
    }
    st = checkpoint_check(c, "fake", "Fake-v0");
    if (st == SW_OK) {
        st = checkpoint_read(c, &part, 1);
    }
    checkpoint_close(c);
    return st;
}

// The bytes of a small checkpoint; the caller's to free().
static char *make_small(const char *path, size_t *bytes)
{
    char *data;
    assert_ok(save(path, &example));
    assert_ok(file_read(path, 1 << 16, &data, bytes));
    return data;
}


// ---- round trips ----------------------------------------------------------------------------

static void what_is_saved_comes_back_bit_for_bit(void **state)
{
    const place *p = *state;
    things loaded = {0};
    assert_ok(save(p->path, &example));
    assert_ok(load(p->path, &loaded));
    assert_memory_equal(&loaded, &example, sizeof(example));
}

static void a_file_says_what_it_is(void **state)
{
    const place *p = *state;
    checkpoint *c;
    assert_ok(save(p->path, &example));
    assert_ok(checkpoint_open(p->path, &c));
    const checkpoint_about *says = checkpoint_says(c);
    assert_string_equal(says->algo, "fake");
    assert_string_equal(says->env, "Fake-v0");
    assert_int_equal(says->steps, 12);
    assert_string_equal(says->config, "env: Fake-v0\n");
    assert_string_equal(says->version, SW_PROJECT_VERSION);
    assert_int_equal(says->left_out, 0);
    checkpoint_close(c);
}

static void of_an_array_only_the_lines_in_use_are_kept(void **state)
{
    const place *p = *state;
    checkpoint *c;
    assert_ok(save(p->path, &example));
    assert_ok(checkpoint_open(p->path, &c));
    const safetensor *found = checkpoint_find(c, "history");
    assert_non_null(found);
    assert_int_equal(found->shape[0], 3);
    assert_int_equal(found->end - found->begin, 3 * 2 * 4);
    assert_null(checkpoint_find(c, "histories"));
    checkpoint_close(c);

    things loaded = {.history = {{9, 9}, {9, 9}, {9, 9}, {9, 9}}, .used = 4};
    assert_ok(load(p->path, &loaded));
    assert_int_equal(loaded.used, 3);
    assert_near(loaded.history[2][1], 6, 0);
    assert_near(loaded.history[3][0], 9, 0);  // not in use, and not touched
}

// Half of it repeats what stood a little before, as a replay does.
static void fill_replay(double *replay)
{
    uint64_t x = 1;
    for (int i = 0; i < MANY; i++) {
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
        replay[i] = i % 64 < 32 || i < 64 ? (double) x : replay[i - 48];
    }
}

static void a_large_array_is_compressed_and_comes_back(void **state)
{
    const place *p = *state;
    things saved = example, loaded = {0};
    saved.replay = malloc(MANY * sizeof(double));
    loaded.replay = calloc(MANY, sizeof(double));
    saved.replay_used = MANY - 1;
    fill_replay(saved.replay);
    assert_ok(save(p->path, &saved));
    checkpoint *c;
    assert_ok(checkpoint_open(p->path, &c));
    const safetensor *found = checkpoint_find(c, "replay.records");
    assert_true(found->is_frame);
    assert_int_equal(found->dtype, ALGO_F64);
    assert_int_equal(found->shape[0], MANY - 1);
    assert_in_range(found->end - found->begin, MANY, MANY * 7);
    checkpoint_close(c);

    assert_ok(load(p->path, &loaded));
    assert_int_equal(loaded.replay_used, MANY - 1);
    assert_memory_equal(loaded.replay, saved.replay, (MANY - 1) * sizeof(double));
    free(loaded.replay);
    free(saved.replay);
}

static void a_replay_that_is_left_out_stays_as_it_is(void **state)
{
    const place *p = *state;
    double *replay = calloc(MANY, sizeof(double));
    things saved = example, loaded = {.replay = replay};
    saved.replay = replay;
    saved.replay_used = 100;
    const checkpoint_part part = part_of(&saved);
    assert_ok(checkpoint_write(p->path, &about, &part, 1, false));
    assert_ok(load(p->path, &loaded));
    assert_int_equal(loaded.replay_used, 0);
    assert_int_equal(loaded.counter, INT64_MIN);
    checkpoint *c;
    assert_ok(checkpoint_open(p->path, &c));
    assert_int_equal(checkpoint_says(c)->left_out, 1);
    checkpoint_close(c);
    free(replay);
}

static sw_status show_policy(algo *a, algo_visit visit, void *context)
{
    return show(a, visit, context);
}

static void of_a_policy_only_its_own_arrays_are_read(void **state)
{
    const place *p = *state;
    static const algo_class class = {.name = "fake", .tensors = show_policy};
    things loaded = {.counter = 99};
    checkpoint *c;
    assert_ok(save(p->path, &example));
    assert_ok(checkpoint_open(p->path, &c));
    assert_ok(checkpoint_read_policy(c, &class, (algo *) &loaded));
    checkpoint_close(c);
    assert_memory_equal(loaded.floats, example.floats, sizeof(loaded.floats));
    assert_memory_equal(loaded.bytes, example.bytes, sizeof(loaded.bytes));
    assert_int_equal(loaded.counter, 99);
}


// ---- other tools ----------------------------------------------------------------------------

static sw_status show_weight(algo *a, algo_visit visit, void *context)
{
    const algo_tensor weight = {"policy.weight", ALGO_F64, 2, {1, 3}, a, NULL};
    const algo_tensor more = {"not there", ALGO_F64, 0, {0}, a, NULL};
    const sw_status st = visit(context, &weight);
    return st == SW_OK ? visit(context, &more) : st;
}

// golden/checkpoint/make.py wrote it and says what is in it
static void a_policy_of_the_reference_library_is_read(void **state)
{
    (void) state;
    static const algo_class class = {.name = "fake", .tensors = show_weight};
    double weights[3];
    checkpoint *c;
    assert_ok(checkpoint_open("golden/checkpoint/fake.safetensors", &c));
    assert_ok(checkpoint_check(c, "fake", "Fake-v0"));
    assert_ok(checkpoint_read_policy(c, &class, (algo *) weights));
    checkpoint_close(c);
    assert_near(weights[0], 0.5, 0);
    assert_near(weights[1], -1.25, 0);
    assert_near(weights[2], 3e100, 0);
}

// Written out from the format's description: header length, JSON, data; arrays of the larger
// elements first, so that all are aligned: 8 + 8 + 32 bytes, 24 + 24 bytes, 5 bytes.
static void the_file_is_laid_out_as_the_format_says(void **state)
{
    const place *p = *state;
    size_t bytes;
    char *data = make_small(p->path, &bytes);
    uint64_t length;
    memcpy(&length, data, 8);
    assert_int_equal(length % 8, 0);
    assert_int_equal(bytes, 8 + length + 48 + 48 + 5);
    assert_memory_equal(data + 8, "{\"__metadata__\":{\"checksum\":\"", 29);
    assert_non_null(strstr(data + 8, "\"random\":{\"dtype\":\"U64\",\"shape\":[4],"
                                     "\"data_offsets\":[16,48]}"));
    assert_non_null(strstr(data + 8, "\"policy.floats\":{\"dtype\":\"F32\",\"shape\":[2,3],"
                                     "\"data_offsets\":[48,72]}"));
    assert_non_null(strstr(data + 8, "\"counter\":{\"dtype\":\"I64\",\"shape\":[],"
                                     "\"data_offsets\":[8,16]}"));
    assert_memory_equal(data + 8 + length + 16, example.random, 32);
    assert_memory_equal(data + bytes - 5, example.bytes, 5);
    free(data);
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
        assert_int_equal(load(p->path, &t), SW_PROTOCOL);
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
    assert_ok(load(p->path, &t));
    free(data);
}

static void a_missing_file_is_named(void **state)
{
    (void) state;
    things t = {0};
    assert_int_equal(load("/nowhere/c.safetensors", &t), SW_IO);
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
    assert_int_equal(load(path, &t), status);
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

static void an_array_too_few_or_of_another_kind_is_refused(void **state)
{
    const place *p = *state;
    check_refused(p->path, META("") NUMBER("x", "F64"), SW_PROTOCOL, "has no 'policy.bytes'");
    check_refused(p->path, META("") NUMBER("policy.bytes", "F64"), SW_PROTOCOL,
                  "'policy.bytes' has another type or shape");
}

static sw_status show_two(void *self, algo_visit visit, void *context)
{
    const algo_tensor more = {"more", ALGO_F64, 0, {0}, &(double){0}, NULL};
    const sw_status st = show(self, visit, context);
    return st == SW_OK ? visit(context, &more) : st;
}

static void an_array_too_many_is_refused(void **state)
{
    const place *p = *state;
    things t = example;
    const checkpoint_part part = {show_two, &t};
    assert_ok(checkpoint_write(p->path, &about, &part, 1, true));
    assert_int_equal(load(p->path, &t), SW_PROTOCOL);
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
    assert_ok(save(p->path, &example));
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
        assert_int_equal(load(p->path, &t), SW_PROTOCOL);
    }
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
        const sw_status st = save(p->path, &later);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(st, SW_IO);
        assert_says(p->path);
    }
    assert_ok(load(p->path, &loaded));
    assert_memory_equal(&loaded, &example, sizeof(example));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_place, tear_down_place)
    const struct CMUnitTest tests[] = {
        T(what_is_saved_comes_back_bit_for_bit),
        T(a_file_says_what_it_is),
        T(of_an_array_only_the_lines_in_use_are_kept),
        T(a_large_array_is_compressed_and_comes_back),
        T(a_replay_that_is_left_out_stays_as_it_is),
        T(of_a_policy_only_its_own_arrays_are_read),
        T(a_policy_of_the_reference_library_is_read),
        T(the_file_is_laid_out_as_the_format_says),
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
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
