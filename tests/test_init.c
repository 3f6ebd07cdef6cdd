// test_init.c -- agent/nn/init.c: what initial weights are promised to be.
#include <init.h>

#include "test.h"

static const mlp_shape shape = {.in = 11, .out = 3, .hidden = {64, 32}, .hidden_count = 2};

static void make(mlp *m, init_kind kind, uint64_t seed)
{
    random_state random = random_seed(seed);
    assert_ok(mlp_init(m, &shape, 2, 1));
    init_mlp(m, kind, 0.01, &random);
}

// The inner product of rows a and b of a layer's weights, or of its columns.
static double inner(const mlp_layer *y, bool rows, int a, int b)
{
    const int n = rows ? y->in : y->out;
    double sum = 0;
    for (int k = 0; k < n; k++) {
        const int i = rows ? a * y->in + k : k * y->in + a;
        const int j = rows ? b * y->in + k : k * y->in + b;
        sum += (double) y->weight[i] * (double) y->weight[j];
    }
    return sum;
}

static void check_orthogonal(const mlp_layer *y, double gain)
{
    const bool rows = y->out <= y->in;
    const int n = rows ? y->out : y->in;
    for (int a = 0; a < n; a++) {
        for (int b = 0; b <= a; b++) {
            assert_near(inner(y, rows, a, b), a == b ? gain * gain : 0, 2e-6);
        }
    }
}

static void orthogonal_vectors_have_the_length_of_the_gain(void **state)
{
    (void) state;
    mlp m;
    make(&m, INIT_ORTHOGONAL, 1);
    check_orthogonal(&m.layers[0], sqrt(2));  // 64 x 11: columns
    check_orthogonal(&m.layers[1], sqrt(2));  // 32 x 64: rows
    check_orthogonal(&m.layers[2], 0.01);
    mlp_free(&m);
}

static void orthogonal_biases_are_0(void **state)
{
    (void) state;
    mlp m;
    make(&m, INIT_ORTHOGONAL, 1);
    for (int l = 0; l < m.layer_count; l++) {
        for (int i = 0; i < m.layers[l].out; i++) {
            assert_near(m.layers[l].bias[i], 0, 0);
        }
    }
    mlp_free(&m);
}

// 64 x 64 + 32 uniform numbers in +-1/8: mean 0 +- 1e-3, variance (1/8)^2 / 3
static void uniform_weights_fill_their_interval(void **state)
{
    (void) state;
    mlp m;
    make(&m, INIT_UNIFORM, 2);
    const mlp_layer *y = &m.layers[1];
    const int n = y->in * y->out + y->out;  // the bias follows the weight
    double sum = 0, squares = 0, largest = 0;
    for (int i = 0; i < n; i++) {
        sum += (double) y->weight[i];
        squares += pow((double) y->weight[i], 2);
        largest = fmax(largest, fabs((double) y->weight[i]));
    }
    assert_near(sum / n, 0, 5e-3);
    assert_near(squares / n, 1.0 / 64 / 3, 3e-4);
    assert_true(largest <= 0.125 && largest > 0.124);
    mlp_free(&m);
}

static void a_seed_decides_every_weight_and_the_extra_ones_stay(void **state)
{
    (void) state;
    mlp a, b, c;
    make(&a, INIT_ORTHOGONAL, 3);
    make(&b, INIT_ORTHOGONAL, 3);
    make(&c, INIT_ORTHOGONAL, 4);
    assert_memory_equal(a.params, b.params, (size_t) a.param_count * sizeof(float));
    assert_true(a.params[0] != c.params[0]);
    assert_near(a.extra[0], 0, 0);
    mlp_free(&a);
    mlp_free(&b);
    mlp_free(&c);
}

static void kinds_are_read_from_their_names(void **state)
{
    (void) state;
    assert_int_equal(init_kind_parse("orthogonal"), INIT_ORTHOGONAL);
    assert_int_equal(init_kind_parse("uniform"), INIT_UNIFORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orthogonal_vectors_have_the_length_of_the_gain),
        cmocka_unit_test(orthogonal_biases_are_0),
        cmocka_unit_test(uniform_weights_fill_their_interval),
        cmocka_unit_test(a_seed_decides_every_weight_and_the_extra_ones_stay),
        cmocka_unit_test(kinds_are_read_from_their_names),
    };
    return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
