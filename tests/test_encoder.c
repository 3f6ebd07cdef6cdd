// test_encoder.c -- agent/rl/encoder.c: observations of every dtype.
#include <string.h>

#include <encoder.h>

#include "test.h"

// Adds an observation tensor [elements] with the same bounds everywhere.
static void add(sw_spec *spec, const char *name, sw_dtype dtype, int64_t elements,
                const double bounds[2])
{
    const double low[2] = {bounds[0], bounds[0]}, high[2] = {bounds[1], bounds[1]};
    const sw_tensor t = {
        .name = name, .dtype = dtype, .dims = 1, .shape = {elements}, .low = low, .high = high};
    assert_ok(sw_spec_add_observation(spec, &t));
}

static const double unbounded[] = {-INFINITY, INFINITY}, three[] = {-1, 1}, bytes[] = {0, 255};

static void tensors_of_a_row_follow_each_other(void **state)
{
    (void) state;
    sw_spec spec;
    encoder e;
    const uint8_t camera[] = {1, 255, 3, 4};
    const double speed[] = {0.5, -2.5};
    const float height[] = {10, 20, 30, 40};
    const int64_t count[] = {7, -9};
    const void *const observations[] = {camera, speed, height, count};
    const float expected[] = {1, 255, 0.5f, 10, 20, 7, 3, 4, -2.5f, 30, 40, -9};
    float x[12];

    assert_ok(sw_spec_init(&spec, "Mixed-v0"));
    add(&spec, "camera", SW_UINT8, 2, bytes);
    add(&spec, "speed", SW_FLOAT64, 1, unbounded);
    add(&spec, "height", SW_FLOAT32, 2, unbounded);
    add(&spec, "count", SW_INT64, 1, unbounded);
    assert_ok(encoder_init(&e, &spec, true));
    assert_int_equal(e.size, 6);
    encoder_read(&e, observations, 0, 2, x);
    assert_memory_equal(x, expected, sizeof(expected));
    encoder_read(&e, observations, 1, 1, x);
    assert_memory_equal(x, expected + 6, 6 * sizeof(float));
    sw_spec_free(&spec);
}

static void a_category_is_one_hot(void **state)
{
    (void) state;
    sw_spec spec;
    encoder e;
    const int32_t gear[] = {-1, 1, 0, 0};
    const void *const observations[] = {gear};
    const float expected[] = {1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0};
    float x[12];

    assert_ok(sw_spec_init(&spec, "Gears-v0"));
    add(&spec, "gear", SW_INT32, 2, three);
    assert_ok(encoder_init(&e, &spec, true));
    assert_int_equal(e.size, 6);
    encoder_read(&e, observations, 0, 2, x);
    assert_memory_equal(x, expected, sizeof(expected));
    sw_spec_free(&spec);
}

static void a_category_is_a_number_where_it_is_not_one_hot(void **state)
{
    (void) state;
    sw_spec spec;
    encoder e;
    const int32_t gear[] = {-1, 1, 0, 0};
    const float speed[] = {0.5f, 2};
    const void *const observations[] = {gear, speed};
    const float expected[] = {-1, 1, 0.5f, 0, 0, 2};
    double low[3], high[3];
    float x[6];

    assert_ok(sw_spec_init(&spec, "Gears-v0"));
    add(&spec, "gear", SW_INT32, 2, three);
    add(&spec, "speed", SW_FLOAT32, 1, bytes);
    assert_ok(encoder_init(&e, &spec, false));
    assert_int_equal(e.size, 3);
    encoder_read(&e, observations, 0, 2, x);
    assert_memory_equal(x, expected, sizeof(expected));
    assert_ok(encoder_bounds(&e, low, high));
    assert_memory_equal(low, ((const double[]){-1, -1, 0}), sizeof(low));
    assert_memory_equal(high, ((const double[]){1, 1, 255}), sizeof(high));
    sw_spec_free(&spec);
}

// From 0 to 255 is -1 to 1: 63.75 is a quarter of the way.
static void a_float_can_be_scaled_by_its_bounds(void **state)
{
    (void) state;
    sw_spec spec;
    encoder e;
    const float speed[] = {0, 63.75f, 255, 510};
    const double height[] = {-7, 7};
    const uint8_t camera[] = {3, 4};
    const int64_t gear[] = {1, 0};
    const void *const observations[] = {speed, height, camera, gear};
    const float expected[] = {-1, -0.5f, -7, 3, 0, 0, 1, 1, 3, 7, 4, 0, 1, 0};
    float x[14];

    assert_ok(sw_spec_init(&spec, "Gears-v0"));
    add(&spec, "speed", SW_FLOAT32, 2, bytes);
    add(&spec, "height", SW_FLOAT64, 1, unbounded);
    add(&spec, "camera", SW_UINT8, 1, bytes);
    add(&spec, "gear", SW_INT64, 1, three);
    assert_ok(encoder_init(&e, &spec, true));
    e.scaled = true;
    encoder_read(&e, observations, 0, 2, x);
    assert_memory_equal(x, expected, sizeof(expected));
    sw_spec_free(&spec);
}

static void infinite_bounds_are_named(void **state)
{
    (void) state;
    sw_spec spec;
    encoder e;
    double low[3], high[3];
    assert_ok(sw_spec_init(&spec, "Gears-v0"));
    add(&spec, "gear", SW_INT32, 2, three);
    add(&spec, "speed", SW_FLOAT32, 1, unbounded);
    assert_ok(encoder_init(&e, &spec, false));
    assert_int_equal(encoder_bounds(&e, low, high), SW_INVALID_ARGUMENT);
    assert_says("Gears-v0");
    assert_says("'speed'");
    assert_says("obs_norm=true");
    sw_spec_free(&spec);
}

static void nothing_and_too_much_are_refused(void **state)
{
    (void) state;
    sw_spec spec;
    encoder e;
    const double many[] = {0, 1e6};
    assert_ok(sw_spec_init(&spec, "Odd-v0"));
    assert_int_equal(encoder_init(&e, &spec, true), SW_INVALID_ARGUMENT);
    add(&spec, "id", SW_INT64, 1, many);
    assert_int_equal(encoder_init(&e, &spec, true), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "Odd-v0"));
    sw_spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_of_a_row_follow_each_other),
        cmocka_unit_test(a_category_is_one_hot),
        cmocka_unit_test(a_category_is_a_number_where_it_is_not_one_hot),
        cmocka_unit_test(a_float_can_be_scaled_by_its_bounds),
        cmocka_unit_test(infinite_bounds_are_named),
        cmocka_unit_test(nothing_and_too_much_are_refused),
    };
    return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}
