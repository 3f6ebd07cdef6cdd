// test_squashed.c -- agent/rl/squashed.c: densities by hand and by their integral, entropies
// against fine integration. Its derivatives are in test_dist.c and test_dist_kl.c.
#include <dist.h>

#include "some_dists.h"
#include "test.h"

static const double log_2pi = 1.8378770664093453;

// Of one element between 1 and 5: a = 3 + 2 tanh u.
static void make(dist *d)
{
    static const double low = 1, high = 5;
    const sw_tensor t = {
        .name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {1}, .low = &low, .high = &high};
    assert_ok(dist_init(d, &t, true));
    assert_ptr_equal(d->kind, &dist_squashed);
}

static double density(const dist *d, float mean, float log_std, float u)
{
    float logp;
    d->kind->log_density(d, &(dist_batch){1, &mean, &log_std}, &u, &logp);
    return (double) logp;
}

static double entropy(const dist *d, float mean, float log_std)
{
    float h;
    d->kind->entropy(d, &(dist_batch){1, &mean, &log_std}, &h);
    return (double) h;
}

// Standard normal at u = 1/2 over the slope 2 (1 - tanh^2 u)
static void the_density_is_the_gaussians_over_the_slope(void **state)
{
    (void) state;
    dist d;
    make(&d);
    const double t = tanh(0.5);
    assert_near(density(&d, 0, 0, 0.5f), -0.125 - log_2pi / 2 - log(2 * (1 - t * t)), 1e-6);
    dist_free(&d);
}

// u = (1, -1), mean = u, std 1, bounds -1 to 1 and 0 to 1/2: half widths 1 and 1/4
static void elements_have_their_own_bounds(void **state)
{
    (void) state;
    dist d;
    float logp, a[2];
    const double low[] = {-1, 0}, high[] = {1, 0.5}, slope = 1 - tanh(1) * tanh(1);
    const float u[] = {1, -1}, log_std[] = {0, 0};
    const sw_tensor t = {
        .name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {2}, .low = low, .high = high};
    assert_ok(dist_init(&d, &t, true));
    d.kind->log_density(&d, &(dist_batch){1, u, log_std}, u, &logp);
    assert_near(logp, -log_2pi - log(slope) - log(slope / 4), 1e-6);
    d.kind->write(&d, &t, u, 1, a);
    assert_near(a[0], tanh(1), 1e-7);
    assert_near(a[1], (1 - tanh(1)) / 4, 1e-7);
    dist_free(&d);
}

// log(1 - tanh^2 u) = log 4 - 2 |u| there, to rounding: the slope itself is 0 in float
static void the_density_keeps_its_digits_at_the_bounds(void **state)
{
    (void) state;
    dist d;
    make(&d);
    for (int side = -1; side <= 1; side += 2) {
        const float u = 30 * (float) side;
        assert_near(density(&d, u, 0, u), -log_2pi / 2 - log(4) + 60 - log(2), 1e-6);
        assert_near(entropy(&d, u, 0), 0.5 + log_2pi / 2 + log(4) - 60 + log(2), 1e-5);
    }
    dist_free(&d);
}

// The midpoint rule over a; mass within 1e-6 of the bounds is what is missing.
static void the_density_integrates_to_one_over_the_bounds(void **state)
{
    (void) state;
    enum { POINTS = 200000 };
    const float cases[][2] = {{0, 0}, {0.7f, -1}, {-1, 0.3f}};  // mean, log-std
    dist d;
    make(&d);
    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        double sum = 0;
        for (int i = 0; i < POINTS; i++) {
            const double t = 2 * (i + 0.5) / POINTS - 1;  // tanh u
            sum += exp(density(&d, cases[c][0], cases[c][1], (float) atanh(t))) * 4 / POINTS;
        }
        assert_near(sum, 1, 1e-3);
    }
    dist_free(&d);
}

// H(u) + E[log slope], with Simpson's rule in double over 10 standard deviations.
static double integrated_entropy(double mean, double std)
{
    enum { STEPS = 4000 };
    const double h = 20.0 / STEPS;
    double sum = 0;
    for (int k = 0; k <= STEPS; k++) {
        const double z = -10 + k * h, u = fabs(mean + std * z);
        const double slope = 2 * (log(2) - u - log1p(exp(-2 * u)));
        const double weight = k == 0 || k == STEPS ? 1 : k % 2 ? 4 : 2;
        sum += weight * h / 3 * exp(-z * z / 2 - log_2pi / 2) * slope;
    }
    return log(std) + 0.5 + log_2pi / 2 + sum + log(2);
}

static void entropy_is_right_for_every_mean_and_std(void **state)
{
    (void) state;
    dist d;
    make(&d);
    for (float mean = -3; mean <= 6; mean += 0.75f) {
        for (float log_std = -5; log_std <= 2.1f; log_std += 0.25f) {
            const double expected = integrated_entropy((double) mean, exp((double) log_std));
            assert_near(entropy(&d, mean, log_std), expected, 1e-5);
        }
        assert_near(entropy(&d, mean, 3), integrated_entropy((double) mean, exp(3)), 1e-3);
    }
    dist_free(&d);
}

// -E[log p(a)] over samples
static void entropy_is_what_samples_say(void **state)
{
    (void) state;
    enum { DRAWS = 100000 };
    const float mean = 0.4f, log_std = 0.2f;
    dist d;
    random_state random = random_seed(3);
    double sum = 0;
    make(&d);
    for (int i = 0; i < DRAWS; i++) {
        float u;
        d.kind->sample(&d, &(dist_batch){1, &mean, &log_std}, &random, &u);
        sum -= density(&d, mean, log_std, u);
    }
    assert_near(sum / DRAWS, entropy(&d, mean, log_std), 0.02);
    dist_free(&d);
}

static void actions_stay_within_the_bounds_and_reach_them(void **state)
{
    (void) state;
    const double low = -0.1, high = 0.7;
    const sw_tensor t = {
        .name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {1}, .low = &low, .high = &high};
    const float u[] = {-100, 100, 0, 0.5f};
    float a[4];
    dist d;
    assert_ok(dist_init(&d, &t, true));
    d.kind->write(&d, &t, u, 4, a);
    assert_near(a[0], (float) low, 0);
    assert_near(a[1], (float) high, 0);
    assert_near(a[2], 0.3, 1e-7);
    assert_near(a[3], 0.3 + 0.4 * tanh(0.5), 1e-7);
    dist_free(&d);
}

static void the_mode_is_the_squashed_mean(void **state)
{
    (void) state;
    dist d;
    float u;
    make(&d);
    d.kind->mode(&d, &(dist_batch){1, (const float[]){1.5f}, (const float[]){0}}, &u);
    assert_near(u, 1.5, 0);
    dist_free(&d);
}

static void what_cannot_be_squashed_is_refused(void **state)
{
    (void) state;
    dist d;
    const double low[] = {0, -1}, high[] = {4, INFINITY};
    sw_tensor t = {
        .name = "thrust", .dtype = SW_INT64, .dims = 1, .shape = {1}, .low = low, .high = high};
    assert_int_equal(dist_init(&d, &t, true), SW_INVALID_ARGUMENT);
    assert_says("thrust");
    assert_says("int64");
    assert_says("squash=false");
    t.dtype = SW_FLOAT32;
    t.shape[0] = 2;
    assert_int_equal(dist_init(&d, &t, true), SW_INVALID_ARGUMENT);
    assert_says("element 1");
    assert_says("thrust");
    assert_says("squash=false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_density_is_the_gaussians_over_the_slope),
        cmocka_unit_test(elements_have_their_own_bounds),
        cmocka_unit_test(the_density_keeps_its_digits_at_the_bounds),
        cmocka_unit_test(the_density_integrates_to_one_over_the_bounds),
        cmocka_unit_test(entropy_is_right_for_every_mean_and_std),
        cmocka_unit_test(entropy_is_what_samples_say),
        cmocka_unit_test(actions_stay_within_the_bounds_and_reach_them),
        cmocka_unit_test(the_mode_is_the_squashed_mean),
        cmocka_unit_test(what_cannot_be_squashed_is_refused),
    };
    return cmocka_run_group_tests_name("squashed", tests, NULL, NULL);
}
