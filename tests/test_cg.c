// test_cg.c -- agent/nn/cg.c: small systems by hand, larger ones by what a solution must satisfy.
#include <string.h>

#include <cg.h>
#include <random.h>
#include <vec.h>

#include "test.h"

enum { N = 30 };

// A matrix, and how often it was asked for.
typedef struct system {
    int n;
    float a[N * N];  // row-major
    int products;
} system;

static void multiply(void *context, const float *v, float *av)
{
    system *s = context;
    for (int i = 0; i < s->n; i++) {
        av[i] = (float) vec_dot(s->a + i * s->n, v, s->n);
    }
    s->products++;
}

static void start(cg *c, system *s, int iterations)
{
    assert_ok(cg_init(c, s->n, iterations));
    c->product = multiply;
    c->context = s;
}

// B B^T + I / 2 with B random: symmetric, eigenvalues of 1/2 and more
static void make_random(system *s, float *b)
{
    random_state random = random_seed(1);
    float B[N * N];
    *s = (system){.n = N};
    for (int i = 0; i < N * N; i++) {
        B[i] = (float) random_normal(&random) / 4;
    }
    for (int i = 0; i < N * N; i++) {
        s->a[i] = (float) vec_dot(B + i / N * N, B + i % N * N, N) + (i / N == i % N ? 0.5f : 0);
    }
    for (int i = 0; i < N; i++) {
        b[i] = (float) random_normal(&random);
    }
}

// A = [4 1; 1 3], b = (1, 2): x = (1/11, 7/11)
static void two_equations_take_two_iterations(void **state)
{
    (void) state;
    system s = {.n = 2, .a = {4, 1, 1, 3}};
    const float b[] = {1, 2};
    float x[2];
    cg c;
    start(&c, &s, 2);
    assert_near(cg_solve(&c, b, x), 0, 1e-6);
    assert_near(x[0], 1.0 / 11, 1e-6);
    assert_near(x[1], 7.0 / 11, 1e-6);
    assert_int_equal(s.products, 3);
    cg_free(&c);
}

// The same from x = 0 with one step along b: a = b.b / b.Ab = 5 / 20, so x = b / 4 and what is left
// is b - A b / 4 = (-1/2, 1/4)
static void the_first_step_is_the_steepest_descent(void **state)
{
    (void) state;
    system s = {.n = 2, .a = {4, 1, 1, 3}};
    const float b[] = {1, 2};
    float x[2];
    cg c;
    start(&c, &s, 1);
    assert_near(cg_solve(&c, b, x), sqrt((0.25 + 0.0625) / 5), 1e-6);
    assert_near(x[0], 0.25, 1e-6);
    assert_near(x[1], 0.5, 1e-6);
    cg_free(&c);
}

static void the_residual_reported_is_that_of_the_solution(void **state)
{
    (void) state;
    static system s;
    float b[N], x[N], ax[N];
    double last = 1;
    make_random(&s, b);
    for (int iterations = 1; iterations <= 25; iterations += 6) {
        cg c;
        start(&c, &s, iterations);
        const double residual = cg_solve(&c, b, x);
        multiply(&s, x, ax);
        double missing = 0;
        for (int i = 0; i < N; i++) {
            missing += pow((double) (b[i] - ax[i]), 2);
        }
        assert_near(residual, sqrt(missing / vec_dot(b, b, N)), 1e-7);
        assert_memory_equal(c.ax, ax, sizeof(ax));
        assert_true(residual < last);
        last = residual;
        cg_free(&c);
    }
    assert_true(last < 1e-5);
}

// Eigenvalues 1, 1/3, 1/9 ... 3^-9 along axes that are mirrored at the plane across (1, 1, ... 1),
// so that the matrix is full. Ten iterations end it but for rounding, which plain single precision
// amplifies to one half.
static void
an_ill_conditioned_system_ends_after_as_many_iterations_as_it_has_equations(void **state)
{
    (void) state;
    enum { n = 10 };
    static system s = {.n = n};
    float b[n], x[n];
    double mean = 0;
    cg c;
    for (int i = 0; i < n; i++) {
        mean += pow(3, -i) / n;
        b[i] = 1.0f / (float) (i + 1);
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const double axes = pow(3, -i) + pow(3, -j);
            s.a[i * n + j] = (float) ((i == j ? pow(3, -i) : 0) - 2 * axes / n + 4 * mean / n);
        }
    }
    start(&c, &s, n);
    assert_true(cg_solve(&c, b, x) < 1e-3);
    cg_free(&c);
}

static void it_ends_at_the_tolerance(void **state)
{
    (void) state;
    static system s;
    float b[N], x[N];
    cg c;
    make_random(&s, b);
    start(&c, &s, 100);
    c.tolerance = 0.1;
    const double residual = cg_solve(&c, b, x);
    assert_true(residual <= 0.1001 && residual > 0.001);
    assert_true(s.products > 1 && s.products < N);
    cg_free(&c);
}

static void nothing_is_solved_by_nothing(void **state)
{
    (void) state;
    system s = {.n = 2, .a = {4, 1, 1, 3}};
    const float b[] = {0, 0};
    float x[] = {5, 5};
    cg c;
    start(&c, &s, 10);
    assert_near(cg_solve(&c, b, x), 0, 0);
    assert_true(x[0] == 0 && x[1] == 0);
    cg_free(&c);
}

// A = [1 -1; -1 1] has b = (3, -3) in its range: the shortest solution is b / 2
static void a_singular_system_is_solved_in_its_range(void **state)
{
    (void) state;
    system s = {.n = 2, .a = {1, -1, -1, 1}};
    const float b[] = {3, -3};
    float x[2];
    cg c;
    start(&c, &s, 10);
    assert_near(cg_solve(&c, b, x), 0, 1e-6);
    assert_near(x[0], 1.5, 1e-6);
    assert_near(x[1], -1.5, 1e-6);
    cg_free(&c);
}

// A = diag(1, -1), b = (1, 2): b.Ab < 0, so not even the first step can be taken
static void a_matrix_that_is_not_positive_stops_it(void **state)
{
    (void) state;
    system s = {.n = 2, .a = {1, 0, 0, -1}};
    const float b[] = {1, 2};
    float x[2];
    cg c;
    start(&c, &s, 10);
    assert_near(cg_solve(&c, b, x), 1, 1e-6);
    assert_true(x[0] == 0 && x[1] == 0);
    cg_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_equations_take_two_iterations),
        cmocka_unit_test(the_first_step_is_the_steepest_descent),
        cmocka_unit_test(the_residual_reported_is_that_of_the_solution),
        cmocka_unit_test(
            an_ill_conditioned_system_ends_after_as_many_iterations_as_it_has_equations),
        cmocka_unit_test(it_ends_at_the_tolerance),
        cmocka_unit_test(nothing_is_solved_by_nothing),
        cmocka_unit_test(a_singular_system_is_solved_in_its_range),
        cmocka_unit_test(a_matrix_that_is_not_positive_stops_it),
    };
    return cmocka_run_group_tests_name("cg", tests, NULL, NULL);
}
