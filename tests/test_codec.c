// test_codec.c -- proto/codec.c: messages in an arena, and the numbers inside tensors.
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "test.h"

enum { MOST = 1 << 16 };

typedef struct fixture {
    arena a;
    uint8_t bytes[MOST];
    size_t size;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    *state = f;
    return f != NULL && arena_init(&f->a, codec_arena_size(MOST)) == SW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    fixture *f = *state;
    arena_free(&f->a);
    free(f);
    return 0;
}

// Packs Step {actions: two numbers} of session 7, number 3, into f->bytes.
static void pack_step(fixture *f)
{
    static const double actions[2] = {0.5, -0.25};
    ProtobufCBinaryData data = {.len = sizeof(actions), .data = (uint8_t *) actions};
    Stepwire__Step step = STEPWIRE__STEP__INIT;
    step.n_actions = 1;
    step.actions = &data;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.major = 1;
    request.session = 7;
    request.seq = 3;
    request.kind_case = STEPWIRE__REQUEST__KIND_STEP;
    request.step = &step;
    f->size = stepwire__request__pack(&request, f->bytes);
}

static void assert_refused(fixture *f)
{
    Stepwire__Request *request = NULL;
    assert_int_equal(codec_unpack_request(f->bytes, f->size, &f->a, &request), SW_PROTOCOL);
    assert_null(request);
}

static void a_request_reads_back_as_it_was_packed(void **state)
{
    fixture *f = *state;
    Stepwire__Request *r;
    pack_step(f);
    assert_ok(codec_unpack_request(f->bytes, f->size, &f->a, &r));
    assert_int_equal(r->session, 7);
    assert_int_equal(r->seq, 3);
    assert_int_equal(r->kind_case, STEPWIRE__REQUEST__KIND_STEP);
    assert_int_equal(r->step->n_actions, 1);
    assert_int_equal(r->step->actions[0].len, 16);
    // aligned, so that it may be read through a cast
    assert_int_equal((uintptr_t) r->step->actions[0].data % sizeof(double), 0);
    assert_true(((const double *) r->step->actions[0].data)[1] == -0.25);
}

static void a_reply_reads_back_as_it_was_packed(void **state)
{
    fixture *f = *state;
    double rewards[3] = {1, -2, 0.5};
    Stepwire__StepDone done = STEPWIRE__STEP_DONE__INIT;
    done.n_rewards = 3;
    done.rewards = rewards;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT, *r;
    reply.incarnation = UINT64_MAX;
    reply.result_case = STEPWIRE__REPLY__RESULT_STEP;
    reply.step = &done;
    f->size = stepwire__reply__pack(&reply, f->bytes);
    assert_ok(codec_unpack_reply(f->bytes, f->size, &f->a, &r));
    assert_true(r->incarnation == UINT64_MAX);
    assert_int_equal(r->step->n_rewards, 3);
    assert_memory_equal(r->step->rewards, rewards, sizeof(rewards));
}

// What protobuf-c packs when it is given the whole reply.
static void a_front_and_what_stands_behind_it_are_the_reply(void **state)
{
    fixture *f = *state;
    static const size_t sizes[] = {1, 127, 128, 16383, 16384, 60000};
    uint8_t *rest = f->bytes + CODEC_FRONT_BYTES;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const size_t key = codec_pack_key(CODEC_RENDERED_RGB, sizes[i], rest);
        memset(rest + key, 42, sizes[i]);
        Stepwire__Rendered rendered = STEPWIRE__RENDERED__INIT;
        rendered.width = 4096;
        rendered.height = i == 0 ? 0 : 300;  // what is 0 is not sent
        Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
        reply.session = UINT64_MAX;
        reply.seq = UINT64_MAX;
        reply.incarnation = 1;
        const uint8_t *front = codec_pack_front(&reply, STEPWIRE__REPLY__RESULT_RENDERED,
                                                &rendered.base, rest, key + sizes[i]);
        reply.result_case = STEPWIRE__REPLY__RESULT_RENDERED;
        reply.rendered = &rendered;
        rendered.rgb = (ProtobufCBinaryData){.data = rest + key, .len = sizes[i]};
        static uint8_t whole[MOST];
        const size_t size = stepwire__reply__pack(&reply, whole);
        assert_ptr_equal(front + size, rest + key + sizes[i]);
        assert_memory_equal(front, whole, size);
    }
}

static void the_largest_front_has_room(void **state)
{
    fixture *f = *state;
    uint8_t *rest = f->bytes + CODEC_FRONT_BYTES;
    char name[SW_MAX_NAME + 1] = "";
    memset(name, 'n', SW_MAX_NAME);
    Stepwire__States states = STEPWIRE__STATES__INIT;
    states.format = name;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.session = reply.seq = reply.incarnation = UINT64_MAX;
    const uint8_t *front = codec_pack_front(&reply, STEPWIRE__REPLY__RESULT_STATES, &states.base,
                                            rest, (size_t) UINT32_MAX);
    assert_true(front >= f->bytes);
    uint8_t key[CODEC_KEY_BYTES];
    assert_in_range(codec_pack_key(CODEC_STATES_STATES, (size_t) UINT32_MAX, key), 6,
                    CODEC_KEY_BYTES);
}

// A Describe of "Walker" with a setting of that name.
static void pack_describe(fixture *f, const char *name)
{
    Stepwire__Setting setting = STEPWIRE__SETTING__INIT, *settings[] = {&setting};
    setting.name = (char *) name;
    setting.type = STEPWIRE__SETTING_TYPE__STRING;
    setting.string_value = "x";
    Stepwire__Describe describe = STEPWIRE__DESCRIBE__INIT;
    describe.env_id = "Walker";
    describe.settings = settings;
    describe.n_settings = 1;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.seq = UINT64_MAX;
    request.session = 1;  // whose bytes are mostly zeros
    request.kind_case = STEPWIRE__REQUEST__KIND_DESCRIBE;
    request.describe = &describe;
    f->size = stepwire__request__pack(&request, f->bytes);
}

// Refuses what is in f->bytes once the first `letter` in it is a NUL.
static void assert_nul_refused(fixture *f, char letter)
{
    char *at = memchr(f->bytes, letter, f->size);
    assert_non_null(at);
    *at = '\0';
    assert_refused(f);
    assert_says("a string in a Request has a NUL byte");
}

static void a_string_with_a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    fixture *f = *state;
    Stepwire__Request *r;
    pack_describe(f, "Hop");
    // field 4095, which nobody knows: 3 bytes of which one is 0
    memcpy(f->bytes + f->size,
           "\xfa\xff\x01\x03"
           "a\0b",
           7);
    f->size += 7;
    assert_ok(codec_unpack_request(f->bytes, f->size, &f->a, &r));
    assert_string_equal(r->describe->settings[0]->name, "Hop");
    pack_describe(f, "Hop");
    assert_nul_refused(f, 'W');  // of the task
    pack_describe(f, "Hop");
    assert_nul_refused(f, 'o');  // of the setting
}

static void every_cut_inside_the_step_is_refused(void **state)
{
    fixture *f = *state;
    pack_step(f);
    // the last 20 bytes are the length of actions and what it announces
    for (int i = 0; i < 20; i++) {
        f->size--;
        assert_refused(f);
        arena_reset(&f->a);
    }
}

static void a_length_beyond_the_end_is_refused(void **state)
{
    fixture *f = *state;
    // field 20 (step), 4 GiB - 1 long
    f->size = 7;
    memcpy(f->bytes, "\xa2\x01\xff\xff\xff\xff\x0f", f->size);
    assert_refused(f);
}

static void groups_are_refused(void **state)
{
    fixture *f = *state;
    memset(f->bytes, 0xa3, MOST);  // starts a group in a group in a group...
    f->size = MOST;
    assert_refused(f);
}

static void a_message_of_many_empty_messages_needs_more_than_the_arena(void **state)
{
    fixture *f = *state;
    // describe {settings {} settings {} ...}: 2 bytes each, some 100 when parsed
    enum { INSIDE = 65530 };
    f->size = 5 + INSIDE;
    memset(f->bytes, 0, f->size);
    memcpy(f->bytes, "\x8a\x01\xfa\xff\x03", 5);  // field 17, INSIDE bytes
    for (int i = 0; i < INSIDE; i += 2) {
        f->bytes[5 + i] = 0x12;
    }
    assert_refused(f);
}

static void an_arena_that_is_too_small_is_a_broken_protocol(void **state)
{
    fixture *f = *state;
    Stepwire__Request *r = NULL;
    pack_step(f);
    arena small;
    for (size_t size = 0; size < 192; size += 64) {
        assert_ok(arena_init(&small, size));
        assert_int_equal(codec_unpack_request(f->bytes, f->size, &small, &r), SW_PROTOCOL);
        arena_free(&small);
    }
    assert_null(r);
}

// Rows (1 byte each) and episodes (1 byte each): nothing well-formed grows more when it is parsed.
static void the_arenas_size_is_enough_for_the_worst_request(void **state)
{
    (void) state;
    enum { ROWS = 100000 };
    uint32_t *rows = calloc(ROWS, sizeof(*rows));
    uint64_t *episodes = calloc(ROWS, sizeof(*episodes));
    uint8_t *bytes = malloc(4 * ROWS);
    Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    reset.n_rows = reset.n_episodes = ROWS;
    reset.rows = rows;
    reset.episodes = episodes;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT, *r;
    request.kind_case = STEPWIRE__REQUEST__KIND_RESET;
    request.reset = &reset;
    const size_t size = stepwire__request__pack(&request, bytes);
    arena a;
    assert_ok(arena_init(&a, codec_arena_size(size)));
    assert_ok(codec_unpack_request(bytes, size, &a, &r));
    assert_int_equal(r->reset->n_episodes, ROWS);
    arena_free(&a);
    free(rows);
    free(episodes);
    free(bytes);
}

static void unknown_fields_are_ignored(void **state)
{
    fixture *f = *state;
    Stepwire__Request *r;
    pack_step(f);
    memcpy(f->bytes + f->size, "\xa0\x06\x05", 3);  // field 100 = 5
    f->size += 3;
    assert_ok(codec_unpack_request(f->bytes, f->size, &f->a, &r));
    assert_int_equal(r->seq, 3);
}

static void a_hash_tells_messages_apart(void **state)
{
    (void) state;
    uint8_t bytes[24] = {1, 2, 3};
    const uint64_t hash = codec_hash(bytes, 20);
    assert_true(codec_hash(bytes, 20) == hash);
    assert_true(codec_hash(bytes, 21) != hash);  // one more zero
    for (int i = 0; i < 160; i++) {
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
        assert_true(codec_hash(bytes, 20) != hash);
        bytes[i / 8] ^= (uint8_t) (1 << i % 8);
    }
    // two words exchanged
    const uint8_t ab[16] = {1, 0, 0, 0, 0, 0, 0, 0, 2}, ba[16] = {2, 0, 0, 0, 0, 0, 0, 0, 1};
    assert_true(codec_hash(ab, 16) != codec_hash(ba, 16));
}

static void a_rows_bytes_are_elements_times_size(void **state)
{
    (void) state;
    const sw_tensor t = {.dtype = SW_INT32, .dims = 2, .shape = {3, 5}};
    assert_int_equal(codec_row_bytes(&t), 60);
    assert_int_equal(codec_row_bytes(&(sw_tensor){.dtype = SW_INT64}), 8);
}

static void only_float64_travels_as_float32(void **state)
{
    (void) state;
    assert_int_equal(codec_wire_dtype(SW_FLOAT64, true), SW_FLOAT32);
    assert_int_equal(codec_wire_dtype(SW_FLOAT64, false), SW_FLOAT64);
    assert_int_equal(codec_wire_dtype(SW_INT64, true), SW_INT64);
    assert_int_equal(codec_wire_dtype(SW_UINT8, true), SW_UINT8);
}

static void numbers_convert_between_float64_and_float32(void **state)
{
    (void) state;
    const double from[3] = {0.5, 1.0 / 3, -1e300};
    float narrow[3];
    double wide[3];
    codec_convert(narrow, SW_FLOAT32, from, SW_FLOAT64, 3);
    assert_true(narrow[0] == 0.5f && narrow[1] == 1.0f / 3 && narrow[2] == -INFINITY);
    codec_convert(wide, SW_FLOAT64, narrow, SW_FLOAT32, 2);
    assert_true(wide[0] == 0.5 && wide[1] == (double) (1.0f / 3));
}

static void numbers_convert_at_any_address(void **state)
{
    (void) state;
    const double from[2] = {1.5, 2.5};
    uint8_t odd_in[17], odd_out[17];
    memcpy(odd_in + 1, from, sizeof(from));
    codec_convert(odd_out + 1, SW_FLOAT32, odd_in + 1, SW_FLOAT64, 2);
    codec_convert(odd_in + 1, SW_FLOAT64, odd_out + 1, SW_FLOAT32, 2);
    assert_memory_equal(odd_in + 1, from, sizeof(from));
    codec_convert(odd_out + 1, SW_INT64, odd_in + 1, SW_INT64, 2);
    assert_memory_equal(odd_out + 1, from, sizeof(from));
}

static void the_first_number_that_is_not_finite_is_found(void **state)
{
    (void) state;
    const double d[4] = {0, 1e308, NAN, INFINITY};
    const float s[3] = {0, -INFINITY, NAN};
    assert_int_equal(codec_first_bad(d, SW_FLOAT64, 4, NULL), 2);
    assert_int_equal(codec_first_bad(d, SW_FLOAT64, 2, NULL), -1);
    assert_int_equal(codec_first_bad(s, SW_FLOAT32, 3, NULL), 1);
}

static void floats_may_leave_their_bounds(void **state)
{
    (void) state;
    const double low = -1, high = 1, x = 5;
    const sw_tensor t = {.dtype = SW_FLOAT64, .low = &low, .high = &high};
    assert_int_equal(codec_first_bad(&x, SW_FLOAT64, 1, &t), -1);
}

static void the_first_integer_outside_its_bounds_is_found(void **state)
{
    (void) state;
    const double low[2] = {0, -1}, high[2] = {1, 3};
    sw_tensor t = {.dtype = SW_INT32, .dims = 1, .shape = {2}, .low = low, .high = high};
    const int32_t x[6] = {1, 3, 0, -1, 0, 4};  // three rows; only the last element is out
    assert_int_equal(codec_first_bad(x, SW_INT32, 6, &t), 5);
    assert_int_equal(codec_first_bad(x, SW_INT32, 5, &t), -1);
    assert_int_equal(codec_first_bad(x, SW_INT32, 6, NULL), -1);
    t.dtype = SW_INT64;
    const int64_t y[2] = {INT64_MIN, 0};
    assert_int_equal(codec_first_bad(y, SW_INT64, 2, &t), 0);
    t.dtype = SW_UINT8;
    const uint8_t z[2] = {1, 200};
    assert_int_equal(codec_first_bad(z, SW_UINT8, 2, &t), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_request_reads_back_as_it_was_packed),
        T(a_reply_reads_back_as_it_was_packed),
        T(a_front_and_what_stands_behind_it_are_the_reply),
        T(the_largest_front_has_room),
        T(a_string_with_a_nul_byte_is_refused_wherever_it_stands),
        T(every_cut_inside_the_step_is_refused),
        T(a_length_beyond_the_end_is_refused),
        T(groups_are_refused),
        T(a_message_of_many_empty_messages_needs_more_than_the_arena),
        T(an_arena_that_is_too_small_is_a_broken_protocol),
        cmocka_unit_test(the_arenas_size_is_enough_for_the_worst_request),
        T(unknown_fields_are_ignored),
        cmocka_unit_test(a_hash_tells_messages_apart),
        cmocka_unit_test(a_rows_bytes_are_elements_times_size),
        cmocka_unit_test(only_float64_travels_as_float32),
        cmocka_unit_test(numbers_convert_between_float64_and_float32),
        cmocka_unit_test(numbers_convert_at_any_address),
        cmocka_unit_test(the_first_number_that_is_not_finite_is_found),
        cmocka_unit_test(floats_may_leave_their_bounds),
        cmocka_unit_test(the_first_integer_outside_its_bounds_is_found),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
