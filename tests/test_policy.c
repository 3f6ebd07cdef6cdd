// test_policy.c -- agent/rl/policy.c
#include <string.h>

#include <policy.h>

#include "test.h"

static const policy_options options = {
    .shape = {.hidden = {8}, .hidden_count = 1},
    .normalize = true,
    .obs_clip = 10,
    .own_start = -0.5,
    .max_batch = 4,
};

// A task with two numbers to see and one action tensor.
static void make_spec(sw_spec *spec, const sw_tensor *action)
{
    const sw_tensor obs = {.name = "x", .dtype = SW_FLOAT32, .dims = 1, .shape = {2}};
    assert_ok(sw_spec_init(spec, "Two-v0"));
    assert_ok(sw_spec_add_observation(spec, &obs));
    assert_ok(sw_spec_add_action(spec, action));
}

static const double low[] = {-1, -0.5}, high[] = {1, 0.5};
static const sw_tensor box = {
    .name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {2}, .low = low, .high = high};

static void make(policy *p, sw_spec *spec, const sw_tensor *action)
{
    random_state random = random_seed(1);
    make_spec(spec, action);
    assert_ok(policy_init(p, spec, &options, &random));
}

static void unmake(policy *p, sw_spec *spec)
{
    policy_free(p);
    sw_spec_free(spec);
}

static void a_box_gets_a_gaussian_with_its_log_std_among_the_parameters(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    make(&p, &spec, &box);
    assert_ptr_equal(p.dist.kind, &dist_gaussian);
    assert_int_equal(p.net.param_count, (2 + 1) * 8 + (8 + 1) * 2 + 2);
    assert_near(p.net.extra[0], -0.5, 0);
    assert_near(p.net.extra[1], -0.5, 0);
    unmake(&p, &spec);
}

static void actions_are_clipped_to_the_bounds_when_they_leave(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    float out[4];
    make(&p, &spec, &box);
    policy_write(&p, (const float[]){0.75f, 0.75f, -3, -0.25f}, 2, out);
    assert_near(out[0], 0.75, 0);
    assert_near(out[1], 0.5, 0);
    assert_near(out[2], -1, 0);
    assert_near(out[3], -0.25, 0);
    unmake(&p, &spec);
}

static void categories_count_from_their_lower_bound(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    const double first = 5, last = 7;
    const sw_tensor discrete = {.name = "a", .dtype = SW_INT64, .low = &first, .high = &last};
    int64_t out[3];
    make(&p, &spec, &discrete);
    assert_int_equal(p.dist.outputs, 3);
    policy_write(&p, (const float[]){0, 1, 2}, 3, out);
    assert_int_equal(out[0], 5);
    assert_int_equal(out[2], 7);
    unmake(&p, &spec);
}

static void only_observing_changes_the_statistics(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    const float obs[] = {1, 2, 3, 6};
    const void *const observations[] = {obs};
    float x[4], again[4];
    make(&p, &spec, &box);
    policy_observe(&p, observations, 2, x);
    assert_near(p.norm.count, 2.0001, 1e-12);
    policy_see(&p, observations, 1, 1, again);
    assert_near(p.norm.count, 2.0001, 1e-12);
    assert_memory_equal(again, x + 2, 2 * sizeof(float));
    assert_near(x[0], -1, 1e-3);  // mean 2, deviation 1
    assert_near(x[3], 1, 1e-3);   // mean 4, deviation 2
    unmake(&p, &spec);
}

// Degree 1 of two numbers: 1, y, x, xy with x = y = z / 6 + 1/2, z = -1 and 1
static void features_see_three_deviations_as_0_to_1(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    policy_options with = options;
    random_state random = random_seed(1);
    const float obs[] = {1, 2, 3, 6};
    const void *const observations[] = {obs};
    float x[8];
    with.features = (feature_options){FEATURE_POLYNOMIAL, 1};
    make_spec(&spec, &box);
    assert_ok(policy_init(&p, &spec, &with, &random));
    assert_int_equal(p.obs_dim, 4);
    assert_int_equal(p.net.layers[0].in, 4);
    assert_int_equal(p.norm.dim, 2);
    policy_observe(&p, observations, 2, x);
    const double expected[] = {1, 1 / 3.0, 1 / 3.0, 1 / 9.0, 1, 2 / 3.0, 2 / 3.0, 4 / 9.0};
    for (int i = 0; i < 8; i++) {
        assert_near(x[i], expected[i], 1e-3);
    }
    policy_see(&p, observations, 1, 1, x);
    assert_near(x[3], 4 / 9.0, 1e-3);
    unmake(&p, &spec);
}

// Room 2 of 0 .. 4 is u = 1/2: its first three cosines are 1, 0, -1
static void features_without_normaliser_go_from_bound_to_bound(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    policy_options with = options;
    random_state random = random_seed(1);
    const double first = 0, last = 4;
    const sw_tensor room = {.name = "room", .dtype = SW_INT64, .low = &first, .high = &last};
    const int64_t obs = 2;
    const void *const observations[] = {&obs};
    float x[3];
    with.normalize = false;
    with.features = (feature_options){FEATURE_FOURIER, 2};
    assert_ok(sw_spec_init(&spec, "Rooms-v0"));
    assert_ok(sw_spec_add_observation(&spec, &room));
    assert_ok(sw_spec_add_action(&spec, &box));
    assert_ok(policy_init(&p, &spec, &with, &random));
    policy_see(&p, observations, 0, 1, x);
    assert_near(x[0], 1, 0);
    assert_near(x[1], 0, 1e-6);
    assert_near(x[2], -1, 1e-6);
    unmake(&p, &spec);
}

static void features_need_bounds_or_a_normaliser(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    policy_options with = options;
    random_state random = random_seed(1);
    with.normalize = false;
    with.features = (feature_options){FEATURE_RBF, 2};
    make_spec(&spec, &box);
    assert_int_equal(policy_init(&p, &spec, &with, &random), SW_INVALID_ARGUMENT);
    assert_says("'x'");
    assert_says("obs_norm=true");
    sw_spec_free(&spec);
}

static void more_than_one_action_tensor_is_refused(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    random_state random = random_seed(1);
    sw_tensor second = box;
    second.name = "b";
    make_spec(&spec, &box);
    assert_ok(sw_spec_add_action(&spec, &second));
    assert_int_equal(policy_init(&p, &spec, &options, &random), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "Two-v0"));
    sw_spec_free(&spec);
}

static void an_unsupported_action_leaves_nothing_to_free(void **state)
{
    (void) state;
    policy p;
    sw_spec spec;
    random_state random = random_seed(1);
    const sw_tensor bytes = {.name = "a", .dtype = SW_UINT8};
    make_spec(&spec, &bytes);
    assert_int_equal(policy_init(&p, &spec, &options, &random), SW_INVALID_ARGUMENT);
    sw_spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_gets_a_gaussian_with_its_log_std_among_the_parameters),
        cmocka_unit_test(actions_are_clipped_to_the_bounds_when_they_leave),
        cmocka_unit_test(categories_count_from_their_lower_bound),
        cmocka_unit_test(only_observing_changes_the_statistics),
        cmocka_unit_test(features_see_three_deviations_as_0_to_1),
        cmocka_unit_test(features_without_normaliser_go_from_bound_to_bound),
        cmocka_unit_test(features_need_bounds_or_a_normaliser),
        cmocka_unit_test(more_than_one_action_tensor_is_refused),
        cmocka_unit_test(an_unsupported_action_leaves_nothing_to_free),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
