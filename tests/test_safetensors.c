// test_safetensors.c -- agent/store/safetensors.c: a header describes exactly its data, or nothing.
#include "safetensors.h"

#include <string.h>

#include "test.h"

static sw_status parse(const char *json, uint64_t data_bytes, safetensors *s)
{
    return safetensors_parse("test", json, strlen(json), data_bytes, s);
}

static void tensors_are_found_with_type_shape_and_place(void **state)
{
    (void) state;
    safetensors s;
    assert_ok(parse("{\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[8,32]},"
                    "\"a\":{\"dtype\":\"U64\",\"shape\":[],\"data_offsets\":[0,8]},"
                    "\"__metadata__\":{\"k\":\"v\"}}  ",
                    32, &s));
    assert_int_equal(s.count, 2);
    assert_string_equal(s.tensors[0].name, "a");
    const safetensor *b = safetensors_find(&s, "b");
    assert_int_equal(b->dtype, ALGO_F32);
    assert_int_equal(b->dims, 2);
    assert_int_equal(b->shape[0], 2);
    assert_int_equal(b->shape[1], 3);
    assert_int_equal(b->begin, 8);
    assert_int_equal(b->end, 32);
    assert_null(safetensors_find(&s, "c"));
    assert_string_equal(safetensors_metadata(&s, "k"), "v");
    assert_null(safetensors_metadata(&s, "l"));
    safetensors_free(&s);
}

static void a_file_without_tensors_or_with_empty_ones_is_fine(void **state)
{
    (void) state;
    safetensors s;
    assert_ok(parse("{}", 0, &s));
    safetensors_free(&s);
    assert_ok(parse("{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                    "\"b\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[0,0]}}",
                    8, &s));
    safetensors_free(&s);
}

#define FRAME(dtype, shape)                                                                        \
    "{\"__metadata__\":{\"zstd.x\":\"{\\\"dtype\\\":\\\"F64\\\",\\\"shape\\\":" shape "}\"},"      \
    "\"x\":{\"dtype\":\"" dtype "\",\"shape\":[8],\"data_offsets\":[0,8]}}"

static void a_frame_has_the_type_and_shape_of_what_is_in_it(void **state)
{
    (void) state;
    safetensors s;
    assert_ok(parse(FRAME("U8", "[1000,3]"), 8, &s));
    const safetensor *x = safetensors_find(&s, "x");
    assert_true(x->is_frame);
    assert_int_equal(x->dtype, ALGO_F64);
    assert_int_equal(x->dims, 2);
    assert_int_equal(x->shape[1], 3);
    assert_int_equal(safetensors_bytes(x), 24000);
    assert_int_equal(x->end, 8);
    safetensors_free(&s);

    assert_int_equal(parse(FRAME("U8", "[4611686018427387904,4]"), 8, &s), SW_PROTOCOL);
    assert_int_equal(parse(FRAME("U8", "[-1]"), 8, &s), SW_PROTOCOL);
    assert_int_equal(parse(FRAME("U8", "7"), 8, &s), SW_PROTOCOL);
    assert_int_equal(parse(FRAME("F32", "[3]"), 8, &s), SW_PROTOCOL);
}

#define TENSOR(dtype, shape, offsets)                                                              \
    "{\"x\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

static void headers_that_do_not_describe_their_data_are_refused(void **state)
{
    (void) state;
    static const char *const bad[] = {
        "",
        "[]",
        "{",
        "{\"x\":5}",
        "{\"x\":{}}",
        TENSOR("F16", "[4]", "[0,8]"),                      // a type we have not
        TENSOR("F32", "[1]", "[0,8]"),                      // larger than its shape
        TENSOR("F32", "[3]", "[0,8]"),                      // smaller
        TENSOR("F32", "[-2]", "[0,8]"),                     // negative
        TENSOR("F32", "[2.0]", "[0,8]"),                    // no integer
        TENSOR("F32", "2", "[0,8]"),                        // no list
        TENSOR("F32", "[1,1,1,1,2]", "[0,8]"),              // five dimensions
        TENSOR("F32", "[2]", "[0,8,8]"),                    // three offsets
        TENSOR("F32", "[2]", "[8,0]"),                      // the wrong way round
        TENSOR("F32", "[2]", "[-8,0]"),                     // before the data
        TENSOR("F32", "[2]", "[8,16]"),                     // behind it
        TENSOR("F32", "[1]", "[0,4]"),                      // 4 bytes that nothing describes
        TENSOR("F32", "[1]", "[4,8]"),                      // a hole before it
        TENSOR("F64", "[4611686018427387904,4]", "[0,0]"),  // a product of 2^64 elements
        TENSOR("F64", "[2305843009213693952]", "[0,0]"),    // of 2^64 bytes
        TENSOR("F32", "[99999999999999999999]", "[0,8]"),   // no int64
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        "\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",  // overlap
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        "\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",  // one name twice
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        safetensors s;
        if (parse(bad[i], 8, &s) != SW_PROTOCOL) {
            fail_msg("not refused: %s", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_found_with_type_shape_and_place),
        cmocka_unit_test(a_file_without_tensors_or_with_empty_ones_is_fine),
        cmocka_unit_test(a_frame_has_the_type_and_shape_of_what_is_in_it),
        cmocka_unit_test(headers_that_do_not_describe_their_data_are_refused),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
