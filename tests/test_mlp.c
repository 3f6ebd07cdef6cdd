// test_mlp.c -- agent/nn/mlp.c: forward by hand, backward and tangent against central differences.
#include <string.h>

#include <init.h>
#include <mlp.h>
#include <vec.h>

#include "test.h"

enum { N = 5, IN = 3, OUT = 2, MAX_PARAMS = 128 };

// A small network with random weights and biases.
static void make(mlp *m, activation f)
{
    const mlp_shape shape = {
        .in = IN, .out = OUT, .hidden = {4, 6}, .hidden_count = 2, .activation = f};
    random_state random = random_seed(1);
    assert_ok(mlp_init(m, &shape, 1, N));
    init_mlp(m, INIT_UNIFORM, 1, &random);
}

static void fill(float *x, int n, uint64_t seed)
{
    random_state random = random_seed(seed);
    for (int i = 0; i < n; i++) {
        x[i] = (float) random_normal(&random);
    }
}

// sum of weight * output
static double weighted_output(mlp *m, const float *x, const float *weight)
{
    const float *y = mlp_forward(m, x, N);
    double sum = 0;
    for (int i = 0; i < N * OUT; i++) {
        sum += (double) weight[i] * (double) y[i];
    }
    return sum;
}

static void check_gradient(activation f)
{
    const float h = 1e-3f;
    float x[N * IN], dy[N * OUT];
    mlp m;
    make(&m, f);
    fill(x, N * IN, 2);
    fill(dy, N * OUT, 3);
    mlp_forward(&m, x, N);
    mlp_backward(&m, dy, N);
    for (int i = 0; i < m.param_count - m.extra_count; i++) {
        const float at = m.params[i];
        m.params[i] = at + h;
        const double up = weighted_output(&m, x, dy);
        m.params[i] = at - h;
        const double down = weighted_output(&m, x, dy);
        m.params[i] = at;
        assert_near(m.grads[i], (up - down) / (2 * (double) h), 2e-3);
    }
    assert_near(m.dextra[0], 0, 0);
    mlp_free(&m);
}

static void the_gradient_of_tanh_layers_matches_differences(void **state)
{
    (void) state;
    check_gradient(ACTIVATION_TANH);
}

static void the_gradient_of_relu_layers_matches_differences(void **state)
{
    (void) state;
    check_gradient(ACTIVATION_RELU);
}

static void the_gradient_of_elu_layers_matches_differences(void **state)
{
    (void) state;
    check_gradient(ACTIVATION_ELU);
}

static void check_input_gradient(activation f)
{
    enum { LAST = 2 };
    const float h = 1e-3f;
    float x[N * IN], dy[N * OUT], dx[N * LAST];
    mlp m;
    make(&m, f);
    fill(x, N * IN, 2);
    fill(dy, N * OUT, 3);
    mlp_forward(&m, x, N);
    mlp_backward_input(&m, dy, N, LAST, dx);
    for (int i = 0; i < N * LAST; i++) {
        float *at = &x[i / LAST * IN + IN - LAST + i % LAST];
        const float was = *at;
        *at = was + h;
        const double up = weighted_output(&m, x, dy);
        *at = was - h;
        const double down = weighted_output(&m, x, dy);
        *at = was;
        assert_near(dx[i], (up - down) / (2 * (double) h), 2e-3);
    }
    for (int i = 0; i < m.param_count; i++) {
        assert_near(m.grads[i], 0, 0);
    }
    mlp_free(&m);
}

static void the_gradient_of_the_last_inputs_matches_differences(void **state)
{
    (void) state;
    check_input_gradient(ACTIVATION_TANH);
    check_input_gradient(ACTIVATION_RELU);
    check_input_gradient(ACTIVATION_ELU);
}

// y = 3 f(2 x + 1) - 1
static double one_unit(activation f, float x)
{
    const mlp_shape shape = {.in = 1, .out = 1, .hidden = {1}, .hidden_count = 1, .activation = f};
    const float params[] = {2, 1, 3, -1};
    mlp m;
    assert_ok(mlp_init(&m, &shape, 0, 1));
    assert_int_equal(m.param_count, 4);
    memcpy(m.params, params, sizeof(params));
    const double y = (double) mlp_forward(&m, &x, 1)[0];
    mlp_free(&m);
    return y;
}

static void forward_is_the_activation_between_two_affine_maps(void **state)
{
    (void) state;
    assert_near(one_unit(ACTIVATION_TANH, 0.25f), 3 * tanh(1.5) - 1, 1e-6);
    assert_near(one_unit(ACTIVATION_RELU, 0.25f), 3 * 1.5 - 1, 1e-6);
    assert_near(one_unit(ACTIVATION_RELU, -1), -1, 1e-6);
    assert_near(one_unit(ACTIVATION_ELU, 0.25f), 3 * 1.5 - 1, 1e-6);
    assert_near(one_unit(ACTIVATION_ELU, -1), 3 * (exp(-1) - 1) - 1, 1e-6);
}

// W = [1 2 3; 4 5 6], b = [10 20], x = (1, 0, -1) and (0, 1, 0)
static void weights_are_rows_of_outputs(void **state)
{
    (void) state;
    const mlp_shape shape = {.in = 3, .out = 2};
    const float params[] = {1, 2, 3, 4, 5, 6, 10, 20}, x[] = {1, 0, -1, 0, 1, 0};
    mlp m;
    assert_ok(mlp_init(&m, &shape, 0, 2));
    memcpy(m.params, params, sizeof(params));
    const float *y = mlp_forward(&m, x, 2);
    assert_near(y[0], 1 - 3 + 10, 0);
    assert_near(y[1], 4 - 6 + 20, 0);
    assert_near(y[2], 2 + 10, 0);
    assert_near(y[3], 5 + 20, 0);
    mlp_free(&m);
}

static void backward_adds_to_the_gradients(void **state)
{
    (void) state;
    float x[N * IN], dy[N * OUT], once[MAX_PARAMS];
    mlp m;
    make(&m, ACTIVATION_TANH);
    fill(x, N * IN, 2);
    fill(dy, N * OUT, 3);
    mlp_forward(&m, x, N);
    mlp_backward(&m, dy, N);
    memcpy(once, m.grads, (size_t) m.param_count * sizeof(float));
    mlp_backward(&m, dy, N);
    for (int i = 0; i < m.param_count; i++) {
        assert_near(m.grads[i], 2 * (double) once[i], 1e-6);
    }
    mlp_zero_grads(&m);
    assert_near(m.grads[0], 0, 0);
    mlp_free(&m);
}

// What a visitor saw: in dW = dz^T x, of all layers, the pieces of the gradient.
typedef struct seen {
    const mlp *m;
    int layers;
    float dweight[MAX_PARAMS];
} seen;

static void multiply_layer(void *context, int layer, const float *x, const float *dz, int n)
{
    seen *s = context;
    const mlp_layer *y = &s->m->layers[layer];
    float *dweight = s->dweight + (y->weight - s->m->params);
    assert_int_equal(layer, s->m->layer_count - 1 - s->layers++);
    for (int i = 0; i < n * y->out * y->in; i++) {
        const int row = i / (y->out * y->in), o = i / y->in % y->out, j = i % y->in;
        dweight[o * y->in + j] += dz[row * y->out + o] * x[row * y->in + j];
    }
}

static void a_visitor_sees_what_the_gradient_is_made_of(void **state)
{
    (void) state;
    static seen s;
    float x[N * IN], dy[N * OUT], plain[MAX_PARAMS];
    mlp m;
    make(&m, ACTIVATION_ELU);
    fill(x, N * IN, 2);
    fill(dy, N * OUT, 3);
    mlp_forward(&m, x, N);
    mlp_backward(&m, dy, N);
    memcpy(plain, m.grads, (size_t) m.param_count * sizeof(float));
    mlp_zero_grads(&m);
    s.m = &m;
    mlp_backward_visit(&m, dy, N, multiply_layer, &s);
    assert_int_equal(s.layers, 3);
    assert_memory_equal(m.grads, plain, (size_t) m.param_count * sizeof(float));
    for (int l = 0; l < 3; l++) {
        const mlp_layer *y = &m.layers[l];
        for (int i = (int) (y->weight - m.params); i < (int) (y->bias - m.params); i++) {
            assert_near(s.dweight[i], plain[i], 1e-5);
        }
    }
    mlp_free(&m);
}

// The output at params + t v, for t = -h and h.
static void check_tangent(activation f)
{
    const float h = 1e-3f;
    float x[N * IN], v[MAX_PARAMS], jv[N * OUT], up[N * OUT];
    mlp m;
    make(&m, f);
    fill(x, N * IN, 2);
    fill(v, m.param_count, 3);
    mlp_forward(&m, x, N);
    memcpy(jv, mlp_tangent(&m, v, N), sizeof(jv));
    for (int i = 0; i < m.param_count; i++) {
        m.params[i] += h * v[i];
    }
    memcpy(up, mlp_forward(&m, x, N), sizeof(up));
    for (int i = 0; i < m.param_count; i++) {
        m.params[i] -= 2 * h * v[i];
    }
    const float *down = mlp_forward(&m, x, N);
    for (int i = 0; i < N * OUT; i++) {
        assert_near(jv[i], (double) (up[i] - down[i]) / (2 * (double) h), 2e-3);
    }
    mlp_free(&m);
}

static void the_tangent_of_tanh_layers_matches_differences(void **state)
{
    (void) state;
    check_tangent(ACTIVATION_TANH);
}

static void the_tangent_of_relu_layers_matches_differences(void **state)
{
    (void) state;
    check_tangent(ACTIVATION_RELU);
}

static void the_tangent_of_elu_layers_matches_differences(void **state)
{
    (void) state;
    check_tangent(ACTIVATION_ELU);
}

// y = 3 f(2 x + 1) - 1 moved along (1, 2, 4, 8): 4 f(z) + 3 f'(z) (x + 2) + 8 with z = 2 x + 1
static void the_tangent_of_one_unit_is_the_chain_rule(void **state)
{
    (void) state;
    const mlp_shape shape = {.in = 1, .out = 1, .hidden = {1}, .hidden_count = 1};
    const float params[] = {2, 1, 3, -1}, v[] = {1, 2, 4, 8}, x = 0.25f;
    mlp m;
    assert_ok(mlp_init(&m, &shape, 0, 1));
    memcpy(m.params, params, sizeof(params));
    mlp_forward(&m, &x, 1);
    const double y = tanh(1.5);
    assert_near(mlp_tangent(&m, v, 1)[0], 4 * y + 3 * (1 - y * y) * 2.25 + 8, 1e-6);
    mlp_free(&m);
}

// u^T (J v) = v^T (J^T u); and neither pass disturbs what the other needs
static void the_tangent_is_the_transpose_of_backward(void **state)
{
    (void) state;
    for (int f = ACTIVATION_TANH; f <= ACTIVATION_ELU; f++) {
        float x[N * IN], v[MAX_PARAMS], u[N * OUT];
        mlp m;
        make(&m, (activation) f);
        fill(x, N * IN, 2);
        fill(v, m.param_count, 3);
        fill(u, N * OUT, 4);
        mlp_forward(&m, x, N);
        for (int round = 0; round < 2; round++) {
            const double ujv = vec_dot(u, mlp_tangent(&m, v, N), N * OUT);
            mlp_zero_grads(&m);
            mlp_backward(&m, u, N);
            assert_near(ujv, vec_dot(v, m.grads, m.param_count), 1e-5);
        }
        mlp_free(&m);
    }
}

static void a_network_too_large_is_refused(void **state)
{
    (void) state;
    const mlp_shape shape = {.in = 1, .out = 1, .hidden = {65536, 65536}, .hidden_count = 2};
    mlp m;
    assert_int_equal(mlp_init(&m, &shape, 0, 1), SW_INVALID_ARGUMENT);
}

// A trunk with its own last layer and a head beside it.
static void make_pair(mlp *trunk, mlp *head)
{
    random_state random = random_seed(4);
    make(trunk, ACTIVATION_TANH);
    assert_ok(mlp_init_head(head, trunk, OUT, N));
    init_mlp(head, INIT_UNIFORM, 1, &random);
}

// The same network, built as one.
static void a_head_goes_forward_on_the_hidden_layers_of_its_trunk(void **state)
{
    (void) state;
    float x[N * IN];
    mlp trunk, head, whole;
    make_pair(&trunk, &head);
    make(&whole, ACTIVATION_TANH);
    fill(x, N * IN, 2);
    assert_int_equal(head.param_count, (6 + 1) * OUT);
    memcpy(whole.layers[2].weight, head.params, (size_t) head.param_count * sizeof(float));
    const float *y = mlp_forward(&head, x, N), *want = mlp_forward(&whole, x, N);
    assert_memory_equal(y, want, N * OUT * sizeof(float));
    mlp_free(&head);
    mlp_free(&trunk);
    mlp_free(&whole);
}

// L = u . trunk(x) + v . head(x), over the parameters of both.
static void the_gradients_of_trunk_and_head_add_up(void **state)
{
    (void) state;
    const float h = 1e-3f;
    float x[N * IN], u[N * OUT], v[N * OUT];
    mlp net[2];
    make_pair(&net[0], &net[1]);
    fill(x, N * IN, 2);
    fill(u, N * OUT, 3);
    fill(v, N * OUT, 5);
    mlp_forward(&net[0], x, N);
    mlp_forward(&net[1], x, N);
    mlp_backward(&net[1], v, N);
    mlp_backward(&net[0], u, N);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < net[k].param_count - net[k].extra_count; i++) {
            const float at = net[k].params[i];
            net[k].params[i] = at + h;
            const double up = weighted_output(&net[0], x, u) + weighted_output(&net[1], x, v);
            net[k].params[i] = at - h;
            const double down = weighted_output(&net[0], x, u) + weighted_output(&net[1], x, v);
            net[k].params[i] = at;
            assert_near(net[k].grads[i], (up - down) / (2 * (double) h), 2e-3);
        }
    }
    mlp_free(&net[1]);
    mlp_free(&net[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_of_tanh_layers_matches_differences),
        cmocka_unit_test(the_gradient_of_relu_layers_matches_differences),
        cmocka_unit_test(the_gradient_of_elu_layers_matches_differences),
        cmocka_unit_test(the_gradient_of_the_last_inputs_matches_differences),
        cmocka_unit_test(forward_is_the_activation_between_two_affine_maps),
        cmocka_unit_test(weights_are_rows_of_outputs),
        cmocka_unit_test(backward_adds_to_the_gradients),
        cmocka_unit_test(a_visitor_sees_what_the_gradient_is_made_of),
        cmocka_unit_test(the_tangent_of_tanh_layers_matches_differences),
        cmocka_unit_test(the_tangent_of_relu_layers_matches_differences),
        cmocka_unit_test(the_tangent_of_elu_layers_matches_differences),
        cmocka_unit_test(the_tangent_of_one_unit_is_the_chain_rule),
        cmocka_unit_test(the_tangent_is_the_transpose_of_backward),
        cmocka_unit_test(a_network_too_large_is_refused),
        cmocka_unit_test(a_head_goes_forward_on_the_hidden_layers_of_its_trunk),
        cmocka_unit_test(the_gradients_of_trunk_and_head_add_up),
    };
    return cmocka_run_group_tests_name("mlp", tests, NULL, NULL);
}
