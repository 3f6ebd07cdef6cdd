// test_activation.c -- agent/nn/activation.c: values by hand, derivatives against central
// differences.
#include <activation.h>

#include "test.h"

enum { N = 19 };  // more than a vector register and not a multiple of one

// -2.25, -2, ... 2.25
static void fill(float *z)
{
    for (int j = 0; j < N; j++) {
        z[j] = 0.25f * (float) (j - N / 2);
    }
}

static void every_name_has_its_function(void **state)
{
    (void) state;
    activation f = ACTIVATION_ELU;
    assert_true(activation_parse("tanh", &f) && f == ACTIVATION_TANH);
    assert_true(activation_parse("relu", &f) && f == ACTIVATION_RELU);
    assert_true(activation_parse("elu", &f) && f == ACTIVATION_ELU);
    assert_false(activation_parse("sine", &f));
    assert_int_equal(f, ACTIVATION_ELU);
}

static void forward_is_the_function_of_the_sum(void **state)
{
    (void) state;
    const float bias[N] = {[3] = 1, [9] = 0.5f};
    float tanhs[N], relus[N], elus[N], z[N];
    fill(tanhs);
    fill(relus);
    fill(elus);
    fill(z);
    activation_forward(ACTIVATION_TANH, tanhs, bias, N);
    activation_forward(ACTIVATION_RELU, relus, bias, N);
    activation_forward(ACTIVATION_ELU, elus, bias, N);
    for (int j = 0; j < N; j++) {
        const double x = (double) z[j] + (double) bias[j];
        assert_near(tanhs[j], tanh(x), 1e-6);
        assert_near(relus[j], fmax(x, 0), 0);
        assert_near(elus[j], x > 0 ? x : exp(x) - 1, 1e-6);
    }
}

static void not_a_number_stays_so(void **state)
{
    (void) state;
    for (activation f = ACTIVATION_TANH; f <= ACTIVATION_ELU; f++) {
        float y = NAN;
        const float bias = 0;
        activation_forward(f, &y, &bias, 1);
        assert_true(isnan(y));
    }
}

// f(z + step) of all z but 0, where relu has a corner.
static void forward_at(activation f, double step, float *y)
{
    const float zero[N] = {0};
    fill(y);
    y[N / 2] = 1;
    for (int j = 0; j < N; j++) {
        y[j] += (float) step;
    }
    activation_forward(f, y, zero, N);
}

static void both_derivatives_match_differences(void **state)
{
    (void) state;
    const double h = 1e-2;
    for (activation f = ACTIVATION_TANH; f <= ACTIVATION_ELU; f++) {
        float y[N], above[N], below[N], back[N], along[N], c[N];
        forward_at(f, 0, y);
        forward_at(f, h, above);
        forward_at(f, -h, below);
        for (int j = 0; j < N; j++) {
            back[j] = 3;
            along[j] = 1;
            c[j] = 2;
        }
        activation_backward(f, y, back, N);
        activation_tangent(f, y, c, along, N);
        for (int j = 0; j < N; j++) {
            const double slope = ((double) above[j] - (double) below[j]) / (2 * h);
            assert_near(back[j], 3 * slope, 1e-3);
            assert_near(along[j], 3 * slope, 1e-3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_has_its_function),
        cmocka_unit_test(forward_is_the_function_of_the_sum),
        cmocka_unit_test(not_a_number_stays_so),
        cmocka_unit_test(both_derivatives_match_differences),
    };
    return cmocka_run_group_tests_name("activation", tests, NULL, NULL);
}
