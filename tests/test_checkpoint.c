// test_checkpoint.c -- agent/store/checkpoint.h: what is saved comes back, also to and from the
// format's reference library.
#include "checkpoint.h"

#include <stdlib.h>
#include <string.h>

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


// ---- round trips ----------------------------------------------------------------------------

static void what_is_saved_comes_back_bit_for_bit(void **state)
{
    const place *p = *state;
    things loaded = {0};
    assert_ok(things_save(p->path, &things_example));
    assert_ok(things_load(p->path, &loaded));
    assert_memory_equal(&loaded, &things_example, sizeof(things_example));
}

static void a_file_says_what_it_is(void **state)
{
    const place *p = *state;
    checkpoint *c;
    assert_ok(things_save(p->path, &things_example));
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
    assert_ok(things_save(p->path, &things_example));
    assert_ok(checkpoint_open(p->path, &c));
    const safetensor *found = checkpoint_find(c, "history");
    assert_non_null(found);
    assert_int_equal(found->shape[0], 3);
    assert_int_equal(found->end - found->begin, 3 * 2 * 4);
    assert_null(checkpoint_find(c, "histories"));
    checkpoint_close(c);

    things loaded = {.history = {{9, 9}, {9, 9}, {9, 9}, {9, 9}}, .used = 4};
    assert_ok(things_load(p->path, &loaded));
    assert_int_equal(loaded.used, 3);
    assert_near(loaded.history[2][1], 6, 0);
    assert_near(loaded.history[3][0], 9, 0);  // not in use, and not touched
}

// Half of it repeats what stood a little before, as a replay does.
static void fill_replay(double *replay)
{
    uint64_t x = 1;
    for (int i = 0; i < THINGS_MANY; i++) {
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
        replay[i] = i % 64 < 32 || i < 64 ? (double) x : replay[i - 48];
    }
}

static void a_large_array_is_compressed_and_comes_back(void **state)
{
    const place *p = *state;
    things saved = things_example, loaded = {0};
    saved.replay = malloc(THINGS_MANY * sizeof(double));
    loaded.replay = calloc(THINGS_MANY, sizeof(double));
    saved.replay_used = THINGS_MANY - 1;
    fill_replay(saved.replay);
    assert_ok(things_save(p->path, &saved));
    checkpoint *c;
    assert_ok(checkpoint_open(p->path, &c));
    const safetensor *found = checkpoint_find(c, "replay.records");
    assert_true(found->is_frame);
    assert_int_equal(found->dtype, ALGO_F64);
    assert_int_equal(found->shape[0], THINGS_MANY - 1);
    assert_in_range(found->end - found->begin, THINGS_MANY, THINGS_MANY * 7);
    checkpoint_close(c);

    assert_ok(things_load(p->path, &loaded));
    assert_int_equal(loaded.replay_used, THINGS_MANY - 1);
    assert_memory_equal(loaded.replay, saved.replay, (THINGS_MANY - 1) * sizeof(double));
    free(loaded.replay);
    free(saved.replay);
}

static void a_replay_that_is_left_out_stays_as_it_is(void **state)
{
    const place *p = *state;
    double *replay = calloc(THINGS_MANY, sizeof(double));
    things saved = things_example, loaded = {.replay = replay};
    saved.replay = replay;
    saved.replay_used = 100;
    const checkpoint_part part = things_part(&saved);
    assert_ok(checkpoint_write(p->path, &things_about, &part, 1, false));
    assert_ok(things_load(p->path, &loaded));
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
    return things_show(a, visit, context);
}

static void of_a_policy_only_its_own_arrays_are_read(void **state)
{
    const place *p = *state;
    static const algo_class class = {.name = "fake", .tensors = show_policy};
    things loaded = {.counter = 99};
    checkpoint *c;
    assert_ok(things_save(p->path, &things_example));
    assert_ok(checkpoint_open(p->path, &c));
    assert_ok(checkpoint_read_policy(c, &class, (algo *) &loaded));
    checkpoint_close(c);
    assert_memory_equal(loaded.floats, things_example.floats, sizeof(loaded.floats));
    assert_memory_equal(loaded.bytes, things_example.bytes, sizeof(loaded.bytes));
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

// For that nobody has verified the rest of it.
static void training_does_not_go_on_from_a_file_without_checksum(void **state)
{
    (void) state;
    things t = {.counter = 99};
    assert_int_equal(things_load("golden/checkpoint/fake.safetensors", &t), SW_PROTOCOL);
    assert_says("fake.safetensors has no format and no checksum");
    assert_int_equal(t.counter, 99);
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
    assert_memory_equal(data + 8 + length + 16, things_example.random, 32);
    assert_memory_equal(data + bytes - 5, things_example.bytes, 5);
    free(data);
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
        T(training_does_not_go_on_from_a_file_without_checksum),
        T(the_file_is_laid_out_as_the_format_says),
    };
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
