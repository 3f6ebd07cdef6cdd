// test_estimator.c -- agent/rl/estimator.c: credits and targets computed by hand.
#include <estimator.h>
#include <stepwire/spec.h>

#include "test.h"

enum { STEPS = 3, ROWS = 2 };

static const estimator gae = {CREDIT_GAE, TARGET_LAMBDA, 0.5, 0.5, 1};

// Row 0: rewards 1, 2, 3, values 10, 20, 30 and 40 for what follows; row 1 the same.
static int setup(void **state)
{
    static rollout r;
    assert_ok(rollout_init(&r, STEPS, ROWS, 1, 1));
    for (int t = 0; t <= STEPS; t++) {
        for (int row = 0; row < ROWS; row++) {
            r.value[t * ROWS + row] = 10.0f * (float) (t + 1);
            if (t < STEPS) {
                r.reward[t * ROWS + row] = (float) (t + 1);
            }
        }
    }
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rollout_free(*state);
    return 0;
}

// Checks the advantages of row 0.
static void check(const rollout *r, double a0, double a1, double a2)
{
    assert_near(r->adv[0 * ROWS], a0, 1e-6);
    assert_near(r->adv[1 * ROWS], a1, 1e-6);
    assert_near(r->adv[2 * ROWS], a2, 1e-6);
}

// delta = 1 + 10 - 10, 2 + 15 - 20, 3 + 20 - 30;  A_t = delta_t + A_t+1 / 4
static void a_running_episode_is_bootstrapped_at_the_end(void **state)
{
    rollout *r = *state;
    estimate(&gae, r);
    check(r, 1 + (-3 - 7 / 4.0) / 4, -3 - 7 / 4.0, -7);
}

static void the_target_is_advantage_plus_value(void **state)
{
    rollout *r = *state;
    estimate(&gae, r);
    assert_near(r->ret[2 * ROWS], -7 + 30, 1e-6);
    assert_near(r->ret[1 * ROWS], -3 - 7 / 4.0 + 20, 1e-6);
}

// delta_1 = 2 - 20, with neither 0.5 * 30 nor A_2
static void termination_ends_everything(void **state)
{
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_TERMINATED | SW_FIRST;
    estimate(&gae, r);
    check(r, 1 - 18 / 4.0, -18, -7);
}

// delta_1 = 2 + 0.5 * 100 - 20: the value of the final observation, not of the next episode
static void truncation_keeps_the_value_of_the_final_observation(void **state)
{
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_TRUNCATED | SW_FIRST;
    r->final_value[1 * ROWS] = 100;
    estimate(&gae, r);
    check(r, 1 + 32 / 4.0, 32, -7);
}

static void an_episode_that_is_both_has_terminated(void **state)
{
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_TERMINATED | SW_TRUNCATED | SW_FIRST;
    r->final_value[1 * ROWS] = 100;
    estimate(&gae, r);
    check(r, 1 - 18 / 4.0, -18, -7);
}

static void truncation_in_the_last_step_uses_the_final_observation(void **state)
{
    rollout *r = *state;
    r->flags[2 * ROWS] = SW_TRUNCATED | SW_FIRST;
    r->final_value[2 * ROWS] = 100;
    estimate(&gae, r);
    assert_near(r->adv[2 * ROWS], 3 + 50 - 30, 1e-6);
}

// A_0 = r_0 + gamma V(s_1) - V(s_0) = 1 + 10 - 10; step 2 belongs to the next episode
static void a_faulty_step_is_passed_over(void **state)
{
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_FAULTY | SW_TRUNCATED | SW_FIRST;
    r->final_value[1 * ROWS] = 1000;
    r->reward[1 * ROWS] = 1000;
    estimate(&gae, r);
    check(r, 1, 0, -7);
    assert_near(r->ret[1 * ROWS], 0, 0);
}

static void a_terminated_step_before_a_faulty_one_stays_terminated(void **state)
{
    rollout *r = *state;
    r->flags[0 * ROWS] = SW_TERMINATED | SW_FIRST;
    r->flags[1 * ROWS] = SW_FAULTY | SW_TRUNCATED | SW_FIRST;
    estimate(&gae, r);
    check(r, 1 - 10, 0, -7);
}

static void rows_do_not_mix(void **state)
{
    rollout *r = *state;
    for (int t = 0; t < STEPS; t++) {
        r->reward[t * ROWS + 1] = 1000;
        r->value[t * ROWS + 1] = 1000;
    }
    estimate(&gae, r);
    check(r, 1 + (-3 - 7 / 4.0) / 4, -3 - 7 / 4.0, -7);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_running_episode_is_bootstrapped_at_the_end),
        T(the_target_is_advantage_plus_value),
        T(termination_ends_everything),
        T(truncation_keeps_the_value_of_the_final_observation),
        T(an_episode_that_is_both_has_terminated),
        T(truncation_in_the_last_step_uses_the_final_observation),
        T(a_faulty_step_is_passed_over),
        T(a_terminated_step_before_a_faulty_one_stays_terminated),
        T(rows_do_not_mix),
    };
    return cmocka_run_group_tests_name("estimator", tests, NULL, NULL);
}
