// test_kfac.c -- agent/nn/kfac.c: factors against explicit Fisher matrices where A (x) G is exact,
// inverses against what they invert, one layer by hand.
#include <init.h>
#include <kfac.h>
#include <vec.h>

#include "test.h"

enum { N = 8, IN = 3, OUT = 2, MAX_P = 80 };

static const kfac_options options = {.decay = 0.95, .damping = 0.01};

static void fill(float *x, int n, uint64_t seed)
{
    random_state random = random_seed(seed);
    for (int i = 0; i < n; i++) {
        x[i] = (float) random_normal(&random);
    }
}

// Element i, j of a matrix [n, n] whose lower triangle is kept.
static double element(const float *m, int n, int i, int j)
{
    return (double) (i >= j ? m[i * n + j] : m[j * n + i]);
}

// Where parameter p of a layer stands in W: row and column, the bias being the last column.
static void place(const mlp_layer *y, int p, int *row, int *column)
{
    const bool is_weight = p < y->in * y->out;
    *row = is_weight ? p / y->in : p - y->in * y->out;
    *column = is_weight ? p % y->in : y->in;
}

// Element p, q of A (x) G in the order of the layer's parameters.
static double kronecker(const kfac *k, int l, int p, int q)
{
    const mlp_layer *y = &k->net->layers[l];
    int row[2], column[2];
    place(y, p, &row[0], &column[0]);
    place(y, q, &row[1], &column[1]);
    return element(k->layers[l].A, y->in + 1, column[0], column[1]) *
           element(k->layers[l].G, y->out, row[0], row[1]);
}


// ---- exact cases --------------------------------------------------------------------------------

// A linear network of random weights, of N random rows.
static void make_linear(mlp *m, float *x, bool zero)
{
    const mlp_shape shape = {.in = IN, .out = OUT};
    random_state random = random_seed(1);
    assert_ok(mlp_init(m, &shape, 0, N));
    if (!zero) {
        init_mlp(m, INIT_UNIFORM, 1, &random);
    }
    fill(x, N * IN, 2);
    mlp_forward(m, x, N);
}

// mean_i J_i^T M J_i, where J_i [OUT, P] is made of a backward for each output of row i.
static void explicit_fisher(mlp *m, const float *x, double M[OUT][OUT], double F[MAX_P][MAX_P])
{
    const int P = m->param_count;
    memset(F, 0, sizeof(double[MAX_P][MAX_P]));
    for (int row = 0; row < N; row++) {
        double J[OUT][MAX_P];
        for (int o = 0; o < OUT; o++) {
            const float e[OUT] = {o == 0, o == 1};
            mlp_forward(m, x + row * IN, 1);
            mlp_zero_grads(m);
            mlp_backward(m, e, 1);
            for (int p = 0; p < P; p++) {
                J[o][p] = (double) m->grads[p];
            }
        }
        for (int i = 0; i < P * P * OUT * OUT; i++) {
            const int p = i / 4 / P, q = i / 4 % P, o = i / 2 % 2, u = i % 2;
            F[p][q] += J[o][p] * M[o][u] * J[u][q] / N;
        }
    }
}

static void check_exact(bool zero, const float *dlogp, double M[OUT][OUT])
{
    static double F[MAX_P][MAX_P];
    float x[N * IN];
    mlp m;
    kfac k;
    make_linear(&m, x, zero);
    assert_ok(kfac_init(&k, &m, &options));
    kfac_count(&k, dlogp, N);
    explicit_fisher(&m, x, M, F);
    for (int p = 0; p < m.param_count; p++) {
        for (int q = 0; q < m.param_count; q++) {
            assert_near(kronecker(&k, 0, p, q), F[p][q], 2e-6);
        }
    }
    kfac_free(&k);
    mlp_free(&m);
}

// Gaussians of fixed covariance C: M = C^-1 whatever the row. dlogp = L e with L L^T = M, and e of
// signs whose mean e e^T is I.
static void the_factors_of_a_linear_gaussian_are_its_fisher_matrix(void **state)
{
    (void) state;
    double M[OUT][OUT] = {{4, 1}, {1, 2.5}};
    const float L[OUT][OUT] = {{2, 0}, {0.5f, 1.5f}};
    float dlogp[N * OUT];
    for (int i = 0; i < N; i++) {
        const float e[OUT] = {i % 2 == 0 ? 1 : -1, i / 2 % 2 == 0 ? 1 : -1};
        for (int o = 0; o < OUT; o++) {
            dlogp[i * OUT + o] = L[o][0] * e[0] + L[o][1] * e[1];
        }
    }
    check_exact(false, dlogp, M);
}

// Zero weights: p = 1/2 in every row, and d log p_a / d logits is (1/2, -1/2) or its negative.
static void the_factors_of_an_even_linear_softmax_are_its_fisher_matrix(void **state)
{
    (void) state;
    double M[OUT][OUT] = {{0.25, -0.25}, {-0.25, 0.25}};
    float dlogp[N * OUT];
    for (int i = 0; i < N; i++) {
        dlogp[i * OUT] = i % 3 == 0 ? 0.5f : -0.5f;
        dlogp[i * OUT + 1] = -dlogp[i * OUT];
    }
    check_exact(true, dlogp, M);
}

static void make_deep(mlp *m, activation f)
{
    const mlp_shape shape = {
        .in = IN, .out = OUT, .hidden = {4, 6}, .hidden_count = 2, .activation = f};
    random_state random = random_seed(1);
    assert_ok(mlp_init(m, &shape, 1, N));
    init_mlp(m, INIT_UNIFORM, 1, &random);
}

// With a single row, A (x) G = a a^T (x) g g^T is dW dW^T in every layer.
static void the_factors_of_a_single_row_are_its_gradients_squares(void **state)
{
    (void) state;
    for (int f = ACTIVATION_TANH; f <= ACTIVATION_ELU; f++) {
        float x[IN], dlogp[OUT];
        mlp m;
        kfac k;
        make_deep(&m, (activation) f);
        assert_ok(kfac_init(&k, &m, &options));
        fill(x, IN, 4);
        fill(dlogp, OUT, 5);
        mlp_forward(&m, x, 1);
        kfac_count(&k, dlogp, 1);
        for (int l = 0; l < m.layer_count; l++) {
            const float *g = m.layers[l].dweight;  // biases follow the weights
            const int count = (m.layers[l].in + 1) * m.layers[l].out;
            for (int i = 0; i < count * count; i++) {
                const int p = i / count, q = i % count;
                assert_near(kronecker(&k, l, p, q), (double) g[p] * (double) g[q], 1e-6);
            }
        }
        kfac_free(&k);
        mlp_free(&m);
    }
}


// ---- one weight, by hand ------------------------------------------------------------------------

static void make_one(mlp *m, kfac *k, double decay)
{
    const mlp_shape shape = {.in = 1, .out = 1};
    const kfac_options o = {.decay = decay, .damping = 0.01};
    assert_ok(mlp_init(m, &shape, 0, 1));
    assert_ok(kfac_init(k, m, &o));
}

static void count_one(mlp *m, kfac *k, float x, float dlogp)
{
    mlp_forward(m, &x, 1);
    kfac_count(k, &dlogp, 1);
}

// x = 2, then 0: A = (4 2; 2 1) and (0 0; 0 1). dlogp = 3, then 1: G = 9 and 1.
static void check_means(double decay, double weight)
{
    mlp m;
    kfac k;
    make_one(&m, &k, decay);
    count_one(&m, &k, 2, 3);
    assert_near(k.layers[0].A[0], 4, 1e-6);
    assert_near(k.layers[0].A[2], 2, 1e-6);
    assert_near(k.layers[0].A[3], 1, 0);
    assert_near(k.layers[0].G[0], 9, 1e-6);
    count_one(&m, &k, 0, 1);
    assert_near(k.layers[0].A[0], 4 * (1 - weight), 1e-6);
    assert_near(k.layers[0].A[2], 2 * (1 - weight), 1e-6);
    assert_near(k.layers[0].A[3], 1, 0);
    assert_near(k.layers[0].G[0], 9 * (1 - weight) + weight, 1e-6);
    kfac_free(&k);
    mlp_free(&m);
}

static void the_means_are_of_all_batches_at_first_and_decay_later(void **state)
{
    (void) state;
    check_means(0.95, 0.5);
    check_means(0.25, 0.75);
    check_means(0, 1);
}

// A = (1 1; 1 1), G = 4: pi = sqrt(1 / 4), A gets 0.05 and G 0.2.
// (A + 0.05 I)^-1 = (1.05 -1; -1 1.05) / (1.05^2 - 1)
static void the_damping_is_split_by_the_factors_sizes(void **state)
{
    (void) state;
    const float gradient[] = {1, 0};
    float x[2];
    mlp m;
    kfac k;
    make_one(&m, &k, 0.95);
    count_one(&m, &k, 1, 2);
    assert_true(kfac_invert(&k));
    kfac_solve(&k, gradient, x);
    assert_near(x[0], 1.05 / (1.05 * 1.05 - 1) / 4.2, 1e-5);
    assert_near(x[1], -1 / (1.05 * 1.05 - 1) / 4.2, 1e-5);
    kfac_free(&k);
    mlp_free(&m);
}

// G = 0: all that is left is the damping of both, which then is gamma in all.
static void a_layer_that_nothing_passes_is_damped_all_the_same(void **state)
{
    (void) state;
    const float gradient[] = {1, 0};
    float x[2];
    mlp m;
    kfac k;
    make_one(&m, &k, 0.95);
    count_one(&m, &k, 0, 0);
    assert_true(kfac_invert(&k));
    kfac_solve(&k, gradient, x);
    assert_near(x[0], 1 / 0.01, 1e-5);
    assert_near(x[1], 0, 0);
    kfac_free(&k);
    mlp_free(&m);
}


// ---- any network --------------------------------------------------------------------------------

// A deep network whose factors have two batches in them, and their inverses.
static void make_counted(mlp *m, kfac *k)
{
    float x[N * IN], dlogp[N * OUT];
    make_deep(m, ACTIVATION_TANH);
    assert_ok(kfac_init(k, m, &options));
    for (uint64_t batch = 0; batch < 2; batch++) {
        fill(x, N * IN, 10 + batch);
        fill(dlogp, N * OUT, 20 + batch);
        mlp_forward(m, x, N);
        kfac_count(k, dlogp, N);
    }
    assert_true(kfac_invert(k));
}

// (m + shift I) inverse = I
static void check_inverse(const float *m, const float *inverse, int n, double shift)
{
    for (int i = 0; i < n * n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
            const double damped = element(m, n, i / n, j) + (i / n == j ? shift : 0);
            sum += damped * element(inverse, n, j, i % n);
        }
        assert_near(sum, i / n == i % n, 1e-5);
    }
}

static double mean_diagonal(const float *m, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (double) m[i * n + i] / n;
    }
    return sum;
}

static void a_damped_factor_times_its_inverse_is_the_identity(void **state)
{
    (void) state;
    mlp m;
    kfac k;
    make_counted(&m, &k);
    for (int l = 0; l < m.layer_count; l++) {
        const kfac_layer *f = &k.layers[l];
        const int in = m.layers[l].in + 1, out = m.layers[l].out;
        const double pi = sqrt(mean_diagonal(f->A, in) / mean_diagonal(f->G, out));
        check_inverse(f->A, f->A_inverse, in, pi * 0.1);
        check_inverse(f->G, f->G_inverse, out, 0.1 / pi);
    }
    kfac_free(&k);
    mlp_free(&m);
}

// The blocks' matrix, made of the factors and the damping, times x is the gradient.
static void what_was_solved_for_gives_the_gradient_back(void **state)
{
    (void) state;
    static float gradient[MAX_P], x[MAX_P];
    mlp m;
    kfac k;
    make_counted(&m, &k);
    fill(gradient, m.param_count, 30);
    x[m.param_count - 1] = 7;
    kfac_solve(&k, gradient, x);
    for (int l = 0; l < m.layer_count; l++) {
        const mlp_layer *y = &m.layers[l];
        const kfac_layer *f = &k.layers[l];
        const int begin = (int) (y->weight - m.params), count = (y->in + 1) * y->out;
        const double pi = sqrt(mean_diagonal(f->A, y->in + 1) / mean_diagonal(f->G, y->out));
        for (int p = 0; p < count; p++) {
            double sum = 0;
            for (int q = 0; q < count; q++) {
                int row[2], column[2];
                place(y, p, &row[0], &column[0]);
                place(y, q, &row[1], &column[1]);
                const double A = element(f->A, y->in + 1, column[0], column[1]);
                const double G = element(f->G, y->out, row[0], row[1]);
                sum += (A + (column[0] == column[1] ? pi * 0.1 : 0)) *
                       (G + (row[0] == row[1] ? 0.1 / pi : 0)) * (double) x[begin + q];
            }
            assert_near(sum, gradient[begin + p], 1e-4);
        }
    }
    assert_near(x[m.param_count - 1], 7, 0);  // the extra parameter
    kfac_free(&k);
    mlp_free(&m);
}

static void factors_that_are_not_finite_have_no_inverse(void **state)
{
    (void) state;
    mlp m;
    kfac k;
    make_one(&m, &k, 0.95);
    count_one(&m, &k, 1, 2);
    assert_true(kfac_invert(&k));
    k.layers[0].G[0] = NAN;
    assert_false(kfac_invert(&k));
    k.layers[0].G[0] = 1;
    k.layers[0].A[0] = -1;
    assert_false(kfac_invert(&k));
    kfac_free(&k);
    mlp_free(&m);
}

static void a_layer_too_wide_to_invert_is_refused(void **state)
{
    (void) state;
    const mlp_shape shape = {.in = 5000, .out = 1};
    mlp m;
    kfac k;
    assert_ok(mlp_init(&m, &shape, 0, 1));
    assert_int_equal(kfac_init(&k, &m, &options), SW_INVALID_ARGUMENT);
    assert_says("5000");
    assert_says("4096");
    mlp_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_factors_of_a_linear_gaussian_are_its_fisher_matrix),
        cmocka_unit_test(the_factors_of_an_even_linear_softmax_are_its_fisher_matrix),
        cmocka_unit_test(the_factors_of_a_single_row_are_its_gradients_squares),
        cmocka_unit_test(the_means_are_of_all_batches_at_first_and_decay_later),
        cmocka_unit_test(the_damping_is_split_by_the_factors_sizes),
        cmocka_unit_test(a_layer_that_nothing_passes_is_damped_all_the_same),
        cmocka_unit_test(a_damped_factor_times_its_inverse_is_the_identity),
        cmocka_unit_test(what_was_solved_for_gives_the_gradient_back),
        cmocka_unit_test(factors_that_are_not_finite_have_no_inverse),
        cmocka_unit_test(a_layer_too_wide_to_invert_is_refused),
    };
    return cmocka_run_group_tests_name("kfac", tests, NULL, NULL);
}
