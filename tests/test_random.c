// test_random.c -- base/random.c against published outputs and the moments of its distributions.
#include "random.h"
#include "test.h"

enum { DRAWS = 60000 };

// The generator of the published xoshiro outputs.
static const random_state one_two_three_four = {{1, 2, 3, 4}};

// From Vigna's splitmix64.c started at 1234567.
static void mix_is_splitmix64(void **state)
{
    (void) state;
    const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                 4593380528125082431u, 16408922859458223821u};
    for (uint64_t b = 0; b < 5; b++) {
        assert_true(random_mix(1234567, b) == expected[b]);
    }
}

static void a_seeds_state_is_splitmix64s_first_four_outputs(void **state)
{
    (void) state;
    const random_state r = random_seed(1234567);
    assert_true(r.s[0] == 6457827717110365317u);
    assert_true(r.s[3] == 4593380528125082431u);
}

// From Blackman's and Vigna's xoshiro256plusplus.c, the values of rand_xoshiro's reference test.
static void bits_are_xoshiro256plusplus(void **state)
{
    (void) state;
    const uint64_t expected[] = {41943041u,
                                 58720359u,
                                 3588806011781223u,
                                 3591011842654386u,
                                 9228616714210784205u,
                                 9973669472204895162u,
                                 14011001112246962877u,
                                 12406186145184390807u,
                                 15849039046786891736u,
                                 10450023813501588000u};
    random_state r = one_two_three_four;
    for (int i = 0; i < 10; i++) {
        assert_true(random_bits(&r) == expected[i]);
    }
}

static void a_unit_number_is_the_upper_53_bits(void **state)
{
    (void) state;
    random_state r = one_two_three_four;
    assert_true(random_unit(&r) == 20480 * 0x1p-53);  // 41943041 / 2^11 = 20480.0005
    r = (random_state){{0, 0, 0, UINT64_MAX}};        // all bits set but for the rotation
    assert_true(random_unit(&r) < 1);
}

static void uniform_stays_in_its_range_and_fills_it(void **state)
{
    (void) state;
    random_state r = random_seed(1);
    double least = 5, most = 0, sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        const double x = random_uniform(&r, 2, 4);
        least = fmin(least, x);
        most = fmax(most, x);
        sum += x;
    }
    assert_true(least >= 2 && least < 2.001);
    assert_true(most < 4 && most > 3.999);
    assert_near(sum / DRAWS, 3, 0.005);  // 6 standard errors: 2 / sqrt(12) / sqrt(DRAWS) = .0024
}

// Expected moments 0, 1, 0, 3; their standard errors are sqrt(1, 2, 15, 96) / sqrt(DRAWS).
static void normal_has_the_moments_of_a_normal(void **state)
{
    (void) state;
    random_state r = random_seed(2);
    double m[5] = {0};
    for (int i = 0; i < DRAWS; i++) {
        const double x = random_normal(&r);
        for (int k = 1; k <= 4; k++) {
            m[k] += pow(x, k) / DRAWS;
        }
    }
    assert_near(m[1], 0, 5 * 0.0041);
    assert_near(m[2], 1, 5 * 0.0058);
    assert_near(m[3], 0, 5 * 0.0158);
    assert_true(fabs(m[4] - 3) < 5 * 0.04);
}

static void below_a_power_of_two_is_the_upper_bits(void **state)
{
    (void) state;
    random_state a = one_two_three_four, b = one_two_three_four;
    for (int i = 0; i < 10; i++) {
        const uint64_t bits = random_bits(&a);
        assert_true(random_below(&b, (uint64_t) 1 << 63) == bits >> 1);
    }
}

// The product's carries, on numbers small enough to divide by hand: 41943041 (2^64 - 1) has the
// upper half 41943040; the lower half, 2^64 - 41943041, is below n, and 1 product is rejected.
static void below_the_largest_number_carries_right(void **state)
{
    (void) state;
    random_state r = one_two_three_four;
    assert_true(random_below(&r, UINT64_MAX) == 41943040);
}

// n = 3 2^62: without rejection a third of the results would be twice as likely as the others.
static void below_has_no_bias(void **state)
{
    (void) state;
    random_state r = random_seed(3);
    int counts[3] = {0};
    for (int i = 0; i < DRAWS; i++) {
        counts[random_below(&r, (uint64_t) 3 << 62) % 3]++;
    }
    for (int i = 0; i < 3; i++) {
        assert_near(counts[i], DRAWS / 3.0, 5 * 115.0 / (DRAWS / 3.0));  // sqrt(DRAWS 2/9) = 115
    }
}

static void below_one_is_zero(void **state)
{
    (void) state;
    random_state r = random_seed(4);
    assert_true(random_below(&r, 1) == 0);
}

static void every_order_is_equally_likely(void **state)
{
    (void) state;
    random_state r = random_seed(5);
    int counts[27] = {0};
    for (int i = 0; i < DRAWS; i++) {
        int order[3] = {0, 1, 2};
        random_shuffle(&r, order, 3);
        counts[order[0] + 3 * order[1] + 9 * order[2]]++;
    }
    int seen = 0;
    for (int i = 0; i < 27; i++) {
        if (counts[i] > 0) {
            seen++;
            assert_near(counts[i], DRAWS / 6.0, 5 * 91.0 / (DRAWS / 6.0));  // sqrt(DRAWS 5/36)
        }
    }
    assert_int_equal(seen, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mix_is_splitmix64),
        cmocka_unit_test(a_seeds_state_is_splitmix64s_first_four_outputs),
        cmocka_unit_test(bits_are_xoshiro256plusplus),
        cmocka_unit_test(a_unit_number_is_the_upper_53_bits),
        cmocka_unit_test(uniform_stays_in_its_range_and_fills_it),
        cmocka_unit_test(normal_has_the_moments_of_a_normal),
        cmocka_unit_test(below_a_power_of_two_is_the_upper_bits),
        cmocka_unit_test(below_the_largest_number_carries_right),
        cmocka_unit_test(below_has_no_bias),
        cmocka_unit_test(below_one_is_zero),
        cmocka_unit_test(every_order_is_equally_likely),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
