// test_mlp_shape.c -- agent/nn/mlp.c: the shape of a network, from text.
#include <mlp.h>

#include "test.h"

static void widths_are_read_from_text(void **state)
{
    (void) state;
    mlp_shape shape = {.in = 7};
    assert_ok(mlp_shape_parse("256,32", "relu", &shape));
    assert_int_equal(shape.hidden_count, 2);
    assert_int_equal(shape.hidden[0], 256);
    assert_int_equal(shape.hidden[1], 32);
    assert_int_equal(shape.activation, ACTIVATION_RELU);
    assert_int_equal(shape.in, 7);
    assert_ok(mlp_shape_parse("", "elu", &shape));
    assert_int_equal(shape.hidden_count, 0);
}

static void bad_widths_and_names_are_refused(void **state)
{
    (void) state;
    const char *const bad[] = {"0",    "-4", "64,", ",64", "64x64", "64 64", "1,1,1,1,1,1,1,1",
                               "99999"};
    mlp_shape shape = {.hidden_count = 3};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(mlp_shape_parse(bad[i], "tanh", &shape), SW_INVALID_ARGUMENT);
        assert_non_null(strstr(sw_last_error(), bad[i]));
    }
    assert_int_equal(mlp_shape_parse("64", "sine", &shape), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), ACTIVATION_CHOICES));
    assert_int_equal(shape.hidden_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_read_from_text),
        cmocka_unit_test(bad_widths_and_names_are_refused),
    };
    return cmocka_run_group_tests_name("mlp_shape", tests, NULL, NULL);
}
