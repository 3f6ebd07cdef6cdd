// test_dist.c -- agent/rl/dist.c, gaussian.c, categorical.c: densities by hand; gradients of these
// and of squashed.c against central differences.
#include <string.h>

#include <dist.h>

#include "some_dists.h"
#include "test.h"

enum { N = 3, MAX_OUT = 8, MAX_ACT = 4 };

static const double log_2pi = 1.8378770664093453;

// z = (1, -2), std = (2, 1/2): -(1 + 4) / 2 - log 2 + log 2 - log 2 pi
static void gaussian_density_is_the_product_of_normal_densities(void **state)
{
    (void) state;
    dist d;
    float logp;
    const float mean[] = {1, 0}, log_std[] = {logf(2), -logf(2)}, a[] = {3, -1};
    const dist_batch pi = {1, mean, log_std};
    make_gaussian(&d, 2);
    d.kind->log_density(&d, &pi, a, &logp);
    assert_near(logp, -2.5 - log_2pi, 1e-6);
    dist_free(&d);
}

// sum of log std + (1 + log 2 pi) / 2 each
static void gaussian_entropy_grows_with_log_std(void **state)
{
    (void) state;
    dist d;
    float h;
    const float mean[] = {5, 5}, log_std[] = {0.5f, -2};
    const dist_batch pi = {1, mean, log_std};
    make_gaussian(&d, 2);
    d.kind->entropy(&d, &pi, &h);
    assert_near(h, -1.5 + 1 + log_2pi, 1e-6);
    dist_free(&d);
}

static void gaussian_samples_have_the_mean_and_std(void **state)
{
    (void) state;
    enum { DRAWS = 20000 };
    dist d;
    random_state random = random_seed(1);
    const float mean[] = {3}, log_std[] = {logf(0.5f)};
    const dist_batch pi = {1, mean, log_std};
    double sum = 0, squares = 0;
    float a;
    make_gaussian(&d, 1);
    for (int i = 0; i < DRAWS; i++) {
        d.kind->sample(&d, &pi, &random, &a);
        sum += (double) a - 3;
        squares += pow((double) a - 3, 2);
    }
    assert_near(sum / DRAWS, 0, 4 * 0.5 / sqrt(DRAWS));
    assert_near(squares / DRAWS, 0.25, 4 * 0.25 * sqrt(2.0 / DRAWS));
    d.kind->mode(&d, &pi, &a);
    assert_near(a, 3, 0);
    dist_free(&d);
}

// logits (0, log 3): p = 1/4, 3/4;  (0, 0, log 2): p = 1/4, 1/4, 1/2
static const float logits[] = {0, 1.0986122887f, 0, 0, 0.6931471806f};

static void categories_multiply_their_probabilities(void **state)
{
    (void) state;
    dist d;
    float logp;
    const dist_batch pi = {1, logits, NULL};
    make_categorical(&d);
    d.kind->log_density(&d, &pi, (const float[]){1, 2}, &logp);
    assert_near(logp, log(3.0 / 8), 1e-6);
    d.kind->log_density(&d, &pi, (const float[]){0, 1}, &logp);
    assert_near(logp, log(1.0 / 16), 1e-6);
    dist_free(&d);
}

static void categories_add_their_entropies(void **state)
{
    (void) state;
    dist d;
    float h;
    const dist_batch pi = {1, logits, NULL};
    make_categorical(&d);
    d.kind->entropy(&d, &pi, &h);
    assert_near(h, 0.25 * log(4) + 0.75 * log(4.0 / 3) + 0.5 * log(4) + 0.5 * log(2), 1e-6);
    dist_free(&d);
}

static void categories_are_drawn_as_often_as_they_are_likely(void **state)
{
    (void) state;
    enum { DRAWS = 20000 };
    dist d;
    random_state random = random_seed(1);
    const dist_batch pi = {1, logits, NULL};
    int first[2] = {0}, second[3] = {0};
    float a[2];
    make_categorical(&d);
    for (int i = 0; i < DRAWS; i++) {
        d.kind->sample(&d, &pi, &random, a);
        first[(int) a[0]]++;
        second[(int) a[1]]++;
    }
    assert_near(first[0] / (double) DRAWS, 0.25, 0.015);
    assert_near(second[1] / (double) DRAWS, 0.25, 0.015);
    assert_near(second[2] / (double) DRAWS, 0.5, 0.015);
    d.kind->mode(&d, &pi, a);
    assert_true(a[0] == 1 && a[1] == 2);
    dist_free(&d);
}

static void huge_logits_do_not_overflow(void **state)
{
    (void) state;
    dist d;
    float logp, h;
    const float huge[] = {1000, -1000, 500, 500, -500};
    const dist_batch pi = {1, huge, NULL};
    make_categorical(&d);
    d.kind->log_density(&d, &pi, (const float[]){0, 1}, &logp);
    d.kind->entropy(&d, &pi, &h);
    assert_near(logp, -log(2), 1e-4);  // floats near 500 are 3e-5 apart
    assert_near(h, log(2), 1e-4);
    dist_free(&d);
}

// L = sum_i c_i logp_i + e_i H_i
typedef struct scalar {
    dist d;
    float outputs[N * MAX_OUT], own[MAX_ACT], actions[N * MAX_ACT], c[N], e[N];
} scalar;

static double value(const scalar *s)
{
    float logp[N], h[N];
    const dist_batch pi = {N, s->outputs, s->own};
    double sum = 0;
    s->d.kind->log_density(&s->d, &pi, s->actions, logp);
    s->d.kind->entropy(&s->d, &pi, h);
    for (int i = 0; i < N; i++) {
        sum += (double) s->c[i] * (double) logp[i] + (double) s->e[i] * (double) h[i];
    }
    return sum;
}

static double difference(const scalar *s, float *x)
{
    const float h = 1e-2f, at = *x;
    *x = at + h;
    const double up = value(s);
    *x = at - h;
    const double down = value(s);
    *x = at;
    return (up - down) / (2 * (double) h);
}

static void check_gradient(scalar *s)
{
    random_state random = random_seed(4);
    float doutputs[N * MAX_OUT], down[MAX_ACT] = {0};
    const dist_batch pi = {N, s->outputs, s->own};
    for (int i = 0; i < N; i++) {
        s->c[i] = (float) random_normal(&random);
        s->e[i] = (float) random_normal(&random);
    }
    for (int i = 0; i < N * s->d.outputs; i++) {
        s->outputs[i] = (float) random_normal(&random);
    }
    for (int i = 0; i < s->d.own_count; i++) {
        s->own[i] = (float) random_uniform(&random, -0.5, 0.5);
    }
    s->d.kind->sample(&s->d, &pi, &random, s->actions);
    const dist_gradient g = {
        .actions = s->actions, .dlogp = s->c, .dentropy = s->e, .doutputs = doutputs, .down = down};
    s->d.kind->backward(&s->d, &pi, &g);
    for (int i = 0; i < N * s->d.outputs; i++) {
        assert_near(doutputs[i], difference(s, &s->outputs[i]), 2e-3);
    }
    for (int i = 0; i < s->d.own_count; i++) {
        assert_near(down[i], difference(s, &s->own[i]), 2e-3);
    }
    dist_free(&s->d);
}

static void the_gradients_match_differences(void **state)
{
    (void) state;
    for (int kind = 0; kind < SOME_DISTS; kind++) {
        scalar s;
        make_some_dist(&s.d, (some_dist) kind);
        check_gradient(&s);
    }
}

static void other_actions_are_refused(void **state)
{
    (void) state;
    dist d;
    const double low = 0, high = 1e6, infinite = INFINITY;
    sw_tensor t = {.name = "thrust", .dtype = SW_UINT8, .low = &low, .high = &high};
    assert_int_equal(dist_init(&d, &t, false), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "thrust"));
    assert_non_null(strstr(sw_last_error(), "uint8"));
    t.dtype = SW_INT64;
    assert_int_equal(dist_init(&d, &t, false), SW_INVALID_ARGUMENT);
    t.high = &infinite;
    assert_int_equal(dist_init(&d, &t, false), SW_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_density_is_the_product_of_normal_densities),
        cmocka_unit_test(gaussian_entropy_grows_with_log_std),
        cmocka_unit_test(gaussian_samples_have_the_mean_and_std),
        cmocka_unit_test(categories_multiply_their_probabilities),
        cmocka_unit_test(categories_add_their_entropies),
        cmocka_unit_test(categories_are_drawn_as_often_as_they_are_likely),
        cmocka_unit_test(huge_logits_do_not_overflow),
        cmocka_unit_test(the_gradients_match_differences),
        cmocka_unit_test(other_actions_are_refused),
    };
    return cmocka_run_group_tests_name("dist", tests, NULL, NULL);
}
