// test_feature_map.c -- agent/rl/feature_map.c: every kind by hand.
#include <feature_map.h>
#include <mlp.h>

#include "test.h"

enum { MAX_OUT = 256 };

static void make(feature_map *f, feature_kind kind, int order, int in)
{
    assert_ok(feature_map_init(f, &(feature_options){kind, order}, in));
    assert_true(f->out <= MAX_OUT);
}

static void assert_row(const float *row, const double *expected, int n)
{
    for (int k = 0; k < n; k++) {
        assert_near(row[k], expected[k], 2e-6);
    }
}

// u = (1/2, 3): 1, y, y^2, x, xy, ...; the range of y is 0 to 6, so that y = 1/2 too
static void polynomials_are_all_products_of_powers(void **state)
{
    (void) state;
    const double expected[] = {1, 0.5, 0.25, 0.5, 0.25, 0.125, 0.25, 0.125, 0.0625};
    const float x[] = {0.5f, 3};
    float out[MAX_OUT];
    feature_map f;
    make(&f, FEATURE_POLYNOMIAL, 2, 2);
    assert_int_equal(f.out, 9);
    f.high[1] = 6;
    feature_map_apply(&f, x, 1, out);
    assert_row(out, expected, 9);
}

// u = (1/3, 1/2): cos(pi (c_0 / 3 + c_1 / 2)), c = (0,0) (0,1) (0,2) (1,0) (1,1) (1,2) (2,0) ...
static void fourier_features_are_cosines_of_whole_frequencies(void **state)
{
    (void) state;
    const double root = sqrt(3) / 2;
    const double expected[] = {1, 0, -1, 0.5, -root, -0.5, -0.5, -root, 0.5};
    const float x[] = {1 / 3.0f, 0.5f};
    float out[MAX_OUT];
    feature_map f;
    make(&f, FEATURE_FOURIER, 2, 2);
    assert_int_equal(f.out, 9);
    feature_map_apply(&f, x, 1, out);
    assert_row(out, expected, 9);
}

// Centres at 0, 1/2, 1 of either; std 1/2. u = (1/2, 1/4): distances (1, 0, 1), (1/2, 1/2, 3/2) std
static void radial_features_fall_with_the_distance_to_a_grid(void **state)
{
    (void) state;
    const double near[] = {exp(-0.125), exp(-0.125), exp(-1.125)};
    const double away = exp(-0.5);
    const double expected[] = {away * near[0], away * near[1], away * near[2],
                               near[0],        near[1],        near[2],
                               away * near[0], away * near[1], away * near[2]};
    const float x[] = {0.5f, 0.25f};
    float out[MAX_OUT];
    feature_map f;
    make(&f, FEATURE_RBF, 2, 2);
    assert_int_equal(f.out, 9);
    feature_map_apply(&f, x, 1, out);
    assert_row(out, expected, 9);
}

// Two tiles of 1/2 and a third for the offset. u = 0.4: 0.8 tiles from the first border, so that
// tilings 0 and 1 have it in tile 0 and those moved by 2/8 and more in tile 1.
static void a_tile_of_every_tiling_is_active(void **state)
{
    (void) state;
    const int active[FEATURE_TILINGS] = {0, 0, 1, 1, 1, 1, 1, 1};
    const float x = 0.4f;
    float out[MAX_OUT];
    feature_map f;
    make(&f, FEATURE_TILE, 2, 1);
    assert_int_equal(f.out, 24);
    feature_map_apply(&f, &x, 1, out);
    for (int t = 0; t < FEATURE_TILINGS; t++) {
        for (int tile = 0; tile < 3; tile++) {
            assert_near(out[3 * t + tile], tile == active[t], 0);
        }
    }
}

// Tiling 1 is moved by 1/8 and 3/8 of a tile: u = (0.9, 0.65) of the one tile stays in column 0
// only if moved by less than 0.1, in row 0 by less than 0.35.
static void tilings_are_moved_by_odd_numbers_of_eighths(void **state)
{
    (void) state;
    const int moved[FEATURE_TILINGS][2] = {{0, 0}, {1, 3}, {2, 6}, {3, 1},
                                           {4, 4}, {5, 7}, {6, 2}, {7, 5}};
    const float x[] = {0.9f, 0.65f};
    float out[MAX_OUT];
    feature_map f;
    make(&f, FEATURE_TILE, 1, 2);
    assert_int_equal(f.out, 32);
    feature_map_apply(&f, x, 1, out);
    for (int t = 0; t < FEATURE_TILINGS; t++) {
        const int tile = 2 * (moved[t][0] >= 1) + (moved[t][1] >= 3);
        assert_near(out[4 * t + tile], 1, 0);
    }
}

// The corners of the cube are the ones that could leave the tiles.
static void eight_tiles_are_active_everywhere(void **state)
{
    (void) state;
    float out[MAX_OUT];
    feature_map f;
    make(&f, FEATURE_TILE, 2, 3);
    for (int corner = 0; corner < 27; corner++) {
        const float x[] = {(float) (corner / 9) / 2, (float) (corner / 3 % 3) / 2,
                           (float) (corner % 3) / 2};
        double sum = 0;
        feature_map_apply(&f, x, 1, out);
        for (int k = 0; k < f.out; k++) {
            assert_true(out[k] == 0 || out[k] == 1);
            sum += (double) out[k];
        }
        assert_near(sum, FEATURE_TILINGS, 0);
    }
}

static void numbers_beyond_their_range_count_as_its_end(void **state)
{
    (void) state;
    const float x[] = {-7, -2, 2, 4, NAN};
    const double u[] = {0, 0, 1, 1, 0};
    for (int kind = FEATURE_POLYNOMIAL; kind <= FEATURE_TILE; kind++) {
        float out[5 * MAX_OUT], end[MAX_OUT];
        feature_map f, plain;
        make(&f, (feature_kind) kind, 3, 1);
        make(&plain, (feature_kind) kind, 3, 1);
        f.low[0] = -2;
        f.high[0] = 2;
        feature_map_apply(&f, x, 5, out);
        for (int i = 0; i < 5; i++) {
            const float at = (float) u[i];
            feature_map_apply(&plain, &at, 1, end);
            assert_memory_equal(out + i * f.out, end, (size_t) f.out * sizeof(float));
        }
    }
}

static void a_range_of_one_point_is_allowed(void **state)
{
    (void) state;
    const float x = 5;
    float out[MAX_OUT];
    feature_map f;
    make(&f, FEATURE_POLYNOMIAL, 1, 1);
    f.low[0] = f.high[0] = 5;
    feature_map_apply(&f, &x, 1, out);
    assert_near(out[1], 0, 0);
}

// 4^8 = 65536 is the limit; 5^8 = 390625, and 8 * 4^7 = 131072, 8 * 3^7 = 17496
static void too_many_features_are_refused_with_their_number(void **state)
{
    (void) state;
    feature_map f;
    assert_ok(feature_map_init(&f, &(feature_options){FEATURE_FOURIER, 3}, 8));
    assert_int_equal(f.out, MLP_MAX_WIDTH);
    assert_int_equal(feature_map_init(&f, &(feature_options){FEATURE_FOURIER, 4}, 8),
                     SW_INVALID_ARGUMENT);
    assert_says("fourier");
    assert_says("390625 features");
    assert_says("lower feature_order to 3");
    assert_int_equal(feature_map_init(&f, &(feature_options){FEATURE_TILE, 3}, 7),
                     SW_INVALID_ARGUMENT);
    assert_says("131072 features");
    assert_says("lower feature_order to 2");
    assert_int_equal(feature_map_init(&f, &(feature_options){FEATURE_RBF, 2}, 17),
                     SW_INVALID_ARGUMENT);
    assert_says("131072 features even with feature_order=1");
    assert_says("identity");
}

static void identity_takes_any_width(void **state)
{
    (void) state;
    feature_map f;
    assert_ok(feature_map_init(&f, &(feature_options){FEATURE_IDENTITY, 3}, 1000));
    assert_int_equal(f.out, 1000);
}

static void kinds_are_read_from_their_names(void **state)
{
    (void) state;
    assert_int_equal(feature_kind_parse("identity"), FEATURE_IDENTITY);
    assert_int_equal(feature_kind_parse("polynomial"), FEATURE_POLYNOMIAL);
    assert_int_equal(feature_kind_parse("fourier"), FEATURE_FOURIER);
    assert_int_equal(feature_kind_parse("rbf"), FEATURE_RBF);
    assert_int_equal(feature_kind_parse("tile"), FEATURE_TILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polynomials_are_all_products_of_powers),
        cmocka_unit_test(fourier_features_are_cosines_of_whole_frequencies),
        cmocka_unit_test(radial_features_fall_with_the_distance_to_a_grid),
        cmocka_unit_test(a_tile_of_every_tiling_is_active),
        cmocka_unit_test(tilings_are_moved_by_odd_numbers_of_eighths),
        cmocka_unit_test(eight_tiles_are_active_everywhere),
        cmocka_unit_test(numbers_beyond_their_range_count_as_its_end),
        cmocka_unit_test(a_range_of_one_point_is_allowed),
        cmocka_unit_test(too_many_features_are_refused_with_their_number),
        cmocka_unit_test(identity_takes_any_width),
        cmocka_unit_test(kinds_are_read_from_their_names),
    };
    return cmocka_run_group_tests_name("feature_map", tests, NULL, NULL);
}
