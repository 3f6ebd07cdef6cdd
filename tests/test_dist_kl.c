// test_dist_kl.c -- divergences and Fisher matrices of agent/rl/gaussian.c, categorical.c and
// squashed.c: by hand, against central differences, against samples.
#include <string.h>

#include <dist.h>
#include <vec.h>

#include "some_dists.h"
#include "test.h"

enum { N = 3, MAX_OUT = 8, MAX_ACT = 4 };

// ---- by hand ------------------------------------------------------------------------------------

// Means apart by 3, std 2 and 1: log(1/2) + (4 + 9) / 2 - 1/2; the second element is the same
static void gaussian_kl_is_the_known_formula(void **state)
{
    (void) state;
    dist d;
    float kl;
    const float before[] = {1, 7}, after[] = {4, 7}, own[] = {logf(2), -1}, own_after[] = {0, -1};
    make_gaussian(&d, 2);
    d.kind->kl(&d, &(dist_batch){1, before, own}, &(dist_batch){1, after, own_after}, &kl);
    assert_near(kl, -log(2) + 6.5 - 0.5, 1e-6);
    dist_free(&d);
}

// A log-std moved by 1e-3: d - (1 - e^-2d) / 2 = d^2 - 2 d^3 / 3 ..., far below the float next to 1
static void a_small_gaussian_kl_keeps_its_digits(void **state)
{
    (void) state;
    dist d;
    float kl;
    const float mean[] = {5}, own[] = {0}, own_after[] = {1e-3f};
    make_gaussian(&d, 1);
    d.kind->kl(&d, &(dist_batch){1, mean, own}, &(dist_batch){1, mean, own_after}, &kl);
    assert_near((double) kl * 1e6, 1 - 2e-3 / 3, 1e-3);
    dist_free(&d);
}

// (1/4, 3/4) -> (1/2, 1/2): log(1/2) / 4 + 3 log(3/2) / 4; then (1/4, 1/4, 1/2) -> (1/3, 1/3, 1/3):
// log(3/4) / 2 + log(3/2) / 2
static void categorical_kl_adds_up_over_elements(void **state)
{
    (void) state;
    dist d;
    float kl;
    const float before[] = {0, logf(3), 0, 0, logf(2)}, after[] = {9, 9, 0, 0, 0};
    make_categorical(&d);
    d.kind->kl(&d, &(dist_batch){1, before, NULL}, &(dist_batch){1, after, NULL}, &kl);
    assert_near(kl, 0.25 * log(0.5) + 0.75 * log(1.5) + 0.5 * (log(0.75) + log(1.5)), 1e-6);
    dist_free(&d);
}

// std (1, 2): means weigh 1 and 1/4, log-stds 2 in each of two rows
static void the_gaussian_fisher_matrix_is_diagonal(void **state)
{
    (void) state;
    dist d;
    const float mean[4] = {0}, own[] = {0, logf(2)}, v[] = {1, 4, 2, -8}, vown[] = {1, 10};
    float out[4], down[] = {100, 0};
    make_gaussian(&d, 2);
    d.kind->fisher(&d, &(dist_batch){2, mean, own}, &(dist_batch){2, v, vown}, out, down);
    assert_near(out[0], 1, 1e-6);
    assert_near(out[1], 1, 1e-6);
    assert_near(out[2], 2, 1e-6);
    assert_near(out[3], -2, 1e-6);
    assert_near(down[0], 104, 1e-6);  // added to
    assert_near(down[1], 40, 1e-6);
    dist_free(&d);
}

// p = (1/4, 3/4), v = (4, 0): mean 1, so 1/4 (4 - 1) and 3/4 (0 - 1); equal moves do nothing
static void the_categorical_fisher_matrix_is_a_covariance(void **state)
{
    (void) state;
    dist d;
    const float x[] = {0, logf(3), 1, 2, 3}, v[] = {4, 0, 5, 5, 5};
    float out[5];
    make_categorical(&d);
    d.kind->fisher(&d, &(dist_batch){1, x, NULL}, &(dist_batch){1, v, NULL}, out, NULL);
    assert_near(out[0], 0.75, 1e-6);
    assert_near(out[1], -0.75, 1e-6);
    for (int k = 2; k < 5; k++) {
        assert_near(out[k], 0, 1e-6);
    }
    dist_free(&d);
}

static void huge_logits_do_not_overflow_the_kl(void **state)
{
    (void) state;
    dist d;
    float kl, out[5];
    const float before[] = {1000, -1000, 0, 0, 0}, after[] = {-1000, 1000, 0, 0, 0};
    make_categorical(&d);
    d.kind->kl(&d, &(dist_batch){1, before, NULL}, &(dist_batch){1, after, NULL}, &kl);
    assert_near(kl, 2000, 1e-6);
    d.kind->fisher(&d, &(dist_batch){1, before, NULL}, &(dist_batch){1, after, NULL}, out, NULL);
    assert_near(out[0], 0, 1e-6);
    dist_free(&d);
}


// ---- a random case ------------------------------------------------------------------------------

typedef struct moved {
    dist d;
    float old_outputs[N * MAX_OUT], old_own[MAX_ACT];
    float outputs[N * MAX_OUT], own[MAX_ACT];
    float voutputs[N * MAX_OUT], vown[MAX_ACT];
    float weight[N];
    dist_batch old, pi, v;
} moved;

static void fill(float *x, int n, double scale, random_state *random)
{
    for (int i = 0; i < n; i++) {
        x[i] = (float) (scale * random_normal(random));
    }
}

static void make_case(moved *m, some_dist kind)
{
    random_state random = random_seed(4);
    make_some_dist(&m->d, kind);
    const int n = N * m->d.outputs;
    fill(m->old_outputs, n, 1, &random);
    fill(m->outputs, n, 1, &random);
    fill(m->voutputs, n, 1, &random);
    fill(m->old_own, m->d.own_count, 0.3, &random);
    fill(m->own, m->d.own_count, 0.3, &random);
    fill(m->vown, m->d.own_count, 1, &random);
    fill(m->weight, N, 1, &random);
    m->old = (dist_batch){N, m->old_outputs, m->old_own};
    m->pi = (dist_batch){N, m->outputs, m->own};
    m->v = (dist_batch){N, m->voutputs, m->vown};
}

// L = sum_i weight_i KL(old_i || pi_i)
static double weighted_kl(const moved *m)
{
    float kl[N];
    double sum = 0;
    m->d.kind->kl(&m->d, &m->old, &m->pi, kl);
    for (int i = 0; i < N; i++) {
        sum += (double) m->weight[i] * (double) kl[i];
    }
    return sum;
}

// dL with respect to outputs and own parameters.
static void kl_gradient(const moved *m, const dist_batch *old, float *doutputs, float *down)
{
    const float zero[N] = {0}, actions[N * MAX_ACT] = {0};
    memset(down, 0, MAX_ACT * sizeof(float));
    m->d.kind->backward(&m->d, &m->pi,
                        &(dist_gradient){.actions = actions,
                                         .dlogp = zero,
                                         .dentropy = zero,
                                         .doutputs = doutputs,
                                         .down = down,
                                         .old = old,
                                         .dkl = m->weight});
}

static double difference(const moved *m, float *x)
{
    const float h = 1e-2f, at = *x;
    *x = at + h;
    const double up = weighted_kl(m);
    *x = at - h;
    const double down = weighted_kl(m);
    *x = at;
    return (up - down) / (2 * (double) h);
}

static void the_kl_gradient_matches_differences(void **state)
{
    (void) state;
    for (int kind = 0; kind < SOME_DISTS; kind++) {
        moved m;
        float doutputs[N * MAX_OUT], down[MAX_ACT];
        make_case(&m, (some_dist) kind);
        kl_gradient(&m, &m.old, doutputs, down);
        for (int i = 0; i < N * m.d.outputs; i++) {
            assert_near(doutputs[i], difference(&m, &m.outputs[i]), 2e-3);
        }
        for (int i = 0; i < m.d.own_count; i++) {
            assert_near(down[i], difference(&m, &m.own[i]), 2e-3);
        }
        dist_free(&m.d);
    }
}

static void kl_and_its_gradient_are_0_where_nothing_moved(void **state)
{
    (void) state;
    for (int kind = 0; kind < SOME_DISTS; kind++) {
        moved m;
        float kl[N], doutputs[N * MAX_OUT], down[MAX_ACT];
        make_case(&m, (some_dist) kind);
        m.d.kind->kl(&m.d, &m.pi, &m.pi, kl);
        kl_gradient(&m, &m.pi, doutputs, down);
        for (int i = 0; i < N; i++) {
            assert_near(kl[i], 0, 0);
        }
        for (int i = 0; i < N * m.d.outputs; i++) {
            assert_near(doutputs[i], 0, 0);
        }
        for (int i = 0; i < m.d.own_count; i++) {
            assert_near(down[i], 0, 0);
        }
        dist_free(&m.d);
    }
}

// With weights of 1, the gradient of KL(old || .) at old + h v and at old - h v.
static void the_fisher_matrix_is_the_hessian_of_the_kl(void **state)
{
    (void) state;
    for (int kind = 0; kind < SOME_DISTS; kind++) {
        moved m;
        const float h = 1e-2f;
        float g[2][N * MAX_OUT], gown[2][MAX_ACT], mv[N * MAX_OUT], mown[MAX_ACT] = {0};
        make_case(&m, (some_dist) kind);
        for (int i = 0; i < N; i++) {
            m.weight[i] = 1;
        }
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < N * m.d.outputs; i++) {
                m.outputs[i] = m.old_outputs[i] + (side ? h : -h) * m.voutputs[i];
            }
            for (int i = 0; i < m.d.own_count; i++) {
                m.own[i] = m.old_own[i] + (side ? h : -h) * m.vown[i];
            }
            kl_gradient(&m, &m.old, g[side], gown[side]);
        }
        m.d.kind->fisher(&m.d, &m.old, &m.v, mv, mown);
        for (int i = 0; i < N * m.d.outputs; i++) {
            assert_near(mv[i], (double) (g[1][i] - g[0][i]) / (2 * (double) h), 2e-3);
        }
        for (int i = 0; i < m.d.own_count; i++) {
            assert_near(mown[i], (double) (gown[1][i] - gown[0][i]) / (2 * (double) h), 4e-3);
        }
        dist_free(&m.d);
    }
}

// Adds (v . dlogp) dlogp of one action of each row, own parameters added up over the rows.
static void add_draw(const moved *m, random_state *random, double *sum, double *sum_own)
{
    const float one = 1, zero = 0;
    const int O = m->d.outputs;
    for (int row = 0; row < N; row++) {
        const dist_batch pi = {1, m->outputs + row * O, m->own};
        float a[MAX_ACT], g[MAX_OUT], gown[MAX_ACT] = {0};
        const dist_gradient gradient = {
            .actions = a, .dlogp = &one, .dentropy = &zero, .doutputs = g, .down = gown};
        m->d.kind->sample(&m->d, &pi, random, a);
        m->d.kind->backward(&m->d, &pi, &gradient);
        const double along =
            vec_dot(g, m->voutputs + row * O, O) + vec_dot(gown, m->vown, m->d.own_count);
        for (int i = 0; i < O; i++) {
            sum[row * O + i] += along * (double) g[i];
        }
        for (int i = 0; i < m->d.own_count; i++) {
            sum_own[i] += along * (double) gown[i];
        }
    }
}

// M v = E[(v . dlogp) dlogp]
static void the_fisher_matrix_is_what_samples_say(void **state)
{
    (void) state;
    enum { DRAWS = 40000 };
    for (int kind = 0; kind < SOME_DISTS; kind++) {
        moved m;
        random_state random = random_seed(5);
        float mv[N * MAX_OUT], mown[MAX_ACT] = {0};
        double sum[N * MAX_OUT] = {0}, sum_own[MAX_ACT] = {0};
        make_case(&m, (some_dist) kind);
        for (int k = 0; k < DRAWS; k++) {
            add_draw(&m, &random, sum, sum_own);
        }
        m.d.kind->fisher(&m.d, &m.pi, &m.v, mv, mown);
        for (int i = 0; i < N * m.d.outputs; i++) {
            assert_near(sum[i] / DRAWS, mv[i], 0.05);
        }
        for (int i = 0; i < m.d.own_count; i++) {
            assert_near(sum_own[i] / DRAWS, mown[i], 0.05);
        }
        dist_free(&m.d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_kl_is_the_known_formula),
        cmocka_unit_test(a_small_gaussian_kl_keeps_its_digits),
        cmocka_unit_test(categorical_kl_adds_up_over_elements),
        cmocka_unit_test(the_gaussian_fisher_matrix_is_diagonal),
        cmocka_unit_test(the_categorical_fisher_matrix_is_a_covariance),
        cmocka_unit_test(huge_logits_do_not_overflow_the_kl),
        cmocka_unit_test(the_kl_gradient_matches_differences),
        cmocka_unit_test(kl_and_its_gradient_are_0_where_nothing_moved),
        cmocka_unit_test(the_fisher_matrix_is_the_hessian_of_the_kl),
        cmocka_unit_test(the_fisher_matrix_is_what_samples_say),
    };
    return cmocka_run_group_tests_name("dist_kl", tests, NULL, NULL);
}
