// test_estimator.c -- agent/rl/estimator.c: credits and targets computed by hand.
#include <estimator.h>
#include <stepwire/spec.h>

#include "test.h"

enum { STEPS = 3, ROWS = 2 };

static const estimator gae = {CREDIT_GAE, TARGET_LAMBDA, 0.5, 0.5, 1};

// With gamma 0.5, lambda 0.5 and two steps.
static estimator make(estimator_credit credit, estimator_target target)
{
    return (estimator){credit, target, 0.5, 0.5, 2};
}

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


// ---- without a critic ---------------------------------------------------------------------------

static void estimate_returns(rollout *r, estimator_credit credit)
{
    const estimator e = make(credit, TARGET_MC);
    for (int i = 0; i < (STEPS + 1) * ROWS; i++) {
        r->value[i] = 0;
    }
    estimate(&e, r);
}

// R_2 = 3, R_1 = 2 + 3 / 2, R_0 = 1 + 3.5 / 2
static void reward_to_go_is_the_discounted_sum_of_what_comes(void **state)
{
    rollout *r = *state;
    estimate_returns(r, CREDIT_TO_GO);
    check(r, 2.75, 3.5, 3);
    assert_near(r->ret[0], 2.75, 1e-6);
}

static void total_return_is_the_same_for_every_action_of_a_trajectory(void **state)
{
    rollout *r = *state;
    estimate_returns(r, CREDIT_TOTAL);
    check(r, 2.75, 2.75, 2.75);
}

// R_1 = 2, R_0 = 1 + 2 / 2; step 2 is another episode, with R_2 = 3
static void a_trajectory_ends_where_its_episode_does(void **state)
{
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_TERMINATED | SW_FIRST;
    estimate_returns(r, CREDIT_TOTAL);
    check(r, 2, 2, 3);
}

static void a_truncated_episode_without_a_critic_counts_as_what_it_paid(void **state)
{
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_TRUNCATED | SW_FIRST;
    estimate_returns(r, CREDIT_TO_GO);
    check(r, 2, 2, 3);
}

// Row 0 has R = 2.75, 3.5, 3; row 1, with the rewards 0, 0, 12, has 3, 6, 12: 30.25 in all.
static void the_average_is_that_of_all_rows(void **state)
{
    rollout *r = *state;
    const double mean = 30.25 / 6;
    r->reward[0 * ROWS + 1] = r->reward[1 * ROWS + 1] = 0;
    r->reward[2 * ROWS + 1] = 12;
    estimate_returns(r, CREDIT_AVERAGE);
    check(r, 2.75 - mean, 3.5 - mean, 3 - mean);
    assert_near(r->adv[2 * ROWS + 1], 12 - mean, 1e-6);
}

// Without the skipped rows it is (3.5 + 3) / 2; row 1 is left out whole, as is step 0 of row 0.
static void the_average_leaves_out_what_is_skipped(void **state)
{
    rollout *r = *state;
    r->skip[0] = r->skip[1] = r->skip[ROWS + 1] = r->skip[2 * ROWS + 1] = 1;
    estimate_returns(r, CREDIT_AVERAGE);
    check(r, 0, 0.25, -0.25);
    assert_near(r->ret[0], 0, 0);
    assert_near(r->adv[2 * ROWS + 1], 0, 0);
}

static void what_led_to_a_faulty_step_is_skipped_without_a_critic(void **state)
{
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_FAULTY | SW_TRUNCATED | SW_FIRST;
    estimate_returns(r, CREDIT_TOTAL);
    check(r, 0, 0, 3);
    assert_int_equal(r->skip[0 * ROWS], 1);
    assert_int_equal(r->skip[2 * ROWS], 0);
    assert_int_equal(r->skip[0 * ROWS + 1], 0);
}

static void an_episode_before_that_of_a_faulty_step_is_not_skipped(void **state)
{
    rollout *r = *state;
    r->flags[0 * ROWS] = SW_TERMINATED | SW_FIRST;
    r->flags[2 * ROWS] = SW_FAULTY | SW_TRUNCATED | SW_FIRST;
    estimate_returns(r, CREDIT_TO_GO);
    check(r, 1, 0, 0);
    assert_int_equal(r->skip[0 * ROWS], 0);
    assert_int_equal(r->skip[1 * ROWS], 1);
}


// ---- with one -----------------------------------------------------------------------------------

typedef struct expectation {
    estimator_credit credit;
    estimator_target target;
    double adv[STEPS], ret[STEPS];
} expectation;

static void check_all(rollout *r, const expectation *list, int count)
{
    for (int k = 0; k < count; k++) {
        const estimator e = make(list[k].credit, list[k].target);
        estimate(&e, r);
        for (int t = 0; t < STEPS; t++) {
            assert_near(r->adv[t * ROWS], list[k].adv[t], 1e-6);
            assert_near(r->ret[t * ROWS], list[k].ret[t], 1e-6);
        }
    }
}

#define CHECK_ALL(r, list) check_all(r, list, (int) (sizeof(list) / sizeof(list[0])))

// V = 10, 20, 30, 40.
//   mc      R_2 = 3 + 20 = 23, R_1 = 2 + 23 / 2 = 13.5, R_0 = 1 + 13.5 / 2 = 7.75
//   td      1 + 10 = 11, 2 + 15 = 17, 23
//   n_step  1 + 1 + 30 / 4 = 9.5, 2 + 1.5 + 40 / 4 = 13.5, 23
//   lambda  A_2 = -7, A_1 = -3 - 7 / 4 = -4.75, A_0 = 1 - 4.75 / 4 = -0.1875
static void every_credit_and_target_of_a_running_episode(void **state)
{
    static const expectation list[] = {
        {CREDIT_BASELINE, TARGET_MC, {-2.25, -6.5, -7}, {7.75, 13.5, 23}},
        {CREDIT_TD, TARGET_TD, {1, -3, -7}, {11, 17, 23}},
        {CREDIT_N_STEP, TARGET_N_STEP, {-0.5, -6.5, -7}, {9.5, 13.5, 23}},
        {CREDIT_GAE, TARGET_LAMBDA, {-0.1875, -4.75, -7}, {9.8125, 15.25, 23}},
        {CREDIT_Q, TARGET_TD, {10, 20, 30}, {11, 17, 23}},
        {CREDIT_Q, TARGET_MC, {10, 20, 30}, {7.75, 13.5, 23}},
        {CREDIT_TD, TARGET_MC, {1, -3, -7}, {7.75, 13.5, 23}},
        {CREDIT_GAE, TARGET_TD, {-0.1875, -4.75, -7}, {11, 17, 23}},
        {CREDIT_BASELINE, TARGET_LAMBDA, {-2.25, -6.5, -7}, {9.8125, 15.25, 23}},
    };
    CHECK_ALL(*state, list);
}

// y_1 = 2, whatever looks ahead; mc and n_step have y_0 = 1 + 2 / 2
static void nothing_comes_after_termination(void **state)
{
    static const expectation list[] = {
        {CREDIT_BASELINE, TARGET_MC, {-8, -18, -7}, {2, 2, 23}},
        {CREDIT_N_STEP, TARGET_N_STEP, {-8, -18, -7}, {2, 2, 23}},
        {CREDIT_TD, TARGET_TD, {1, -18, -7}, {11, 2, 23}},
        {CREDIT_Q, TARGET_TD, {10, 20, 30}, {11, 2, 23}},
    };
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_TERMINATED | SW_FIRST;
    r->final_value[1 * ROWS] = 100;
    CHECK_ALL(r, list);
}

// y_1 = 2 + 100 / 2; mc and n_step have y_0 = 1 + 52 / 2 = 1 + 1 + 100 / 4
static void after_truncation_comes_the_final_value(void **state)
{
    static const expectation list[] = {
        {CREDIT_BASELINE, TARGET_MC, {17, 32, -7}, {27, 52, 23}},
        {CREDIT_N_STEP, TARGET_N_STEP, {17, 32, -7}, {27, 52, 23}},
        {CREDIT_TD, TARGET_TD, {1, 32, -7}, {11, 52, 23}},
        {CREDIT_Q, TARGET_TD, {10, 20, 30}, {11, 52, 23}},
    };
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_TRUNCATED | SW_FIRST;
    r->final_value[1 * ROWS] = 100;
    CHECK_ALL(r, list);
}

// y_0 = 1 + 20 / 2 for all: it ends with the observation before the faulty step
static void before_a_faulty_step_the_critic_speaks(void **state)
{
    static const expectation list[] = {
        {CREDIT_BASELINE, TARGET_MC, {1, 0, -7}, {11, 0, 23}},
        {CREDIT_N_STEP, TARGET_N_STEP, {1, 0, -7}, {11, 0, 23}},
        {CREDIT_TD, TARGET_TD, {1, 0, -7}, {11, 0, 23}},
        {CREDIT_Q, TARGET_MC, {10, 0, 30}, {11, 0, 23}},
    };
    rollout *r = *state;
    r->flags[1 * ROWS] = SW_FAULTY | SW_TRUNCATED | SW_FIRST;
    r->reward[1 * ROWS] = 1000;
    CHECK_ALL(r, list);
    assert_int_equal(r->skip[0], 0);
}

static void skipped_steps_get_and_give_nothing(void **state)
{
    static const expectation list[] = {
        {CREDIT_BASELINE, TARGET_MC, {-9, 0, 0}, {1, 0, 0}},
        {CREDIT_N_STEP, TARGET_N_STEP, {-9, 0, 0}, {1, 0, 0}},
        {CREDIT_GAE, TARGET_LAMBDA, {-9, 0, 0}, {1, 0, 0}},
        {CREDIT_Q, TARGET_TD, {10, 0, 0}, {1, 0, 0}},
    };
    rollout *r = *state;
    r->flags[0 * ROWS] = SW_TERMINATED | SW_FIRST;
    r->skip[1 * ROWS] = r->skip[2 * ROWS] = 1;
    CHECK_ALL(r, list);
}

static void one_step_is_td_and_many_are_the_return(void **state)
{
    rollout *r = *state;
    estimator e = make(CREDIT_N_STEP, TARGET_N_STEP);
    e.n_steps = 1;
    estimate(&e, r);
    check(r, 1, -3, -7);
    e.n_steps = 1 << 20;
    estimate(&e, r);
    check(r, -2.25, -6.5, -7);
}


// ---- what they need -----------------------------------------------------------------------------

static void names_are_those_of_the_enums(void **state)
{
    (void) state;
    assert_int_equal(estimator_credit_parse("total"), CREDIT_TOTAL);
    assert_int_equal(estimator_credit_parse("to_go"), CREDIT_TO_GO);
    assert_int_equal(estimator_credit_parse("average"), CREDIT_AVERAGE);
    assert_int_equal(estimator_credit_parse("baseline"), CREDIT_BASELINE);
    assert_int_equal(estimator_credit_parse("q"), CREDIT_Q);
    assert_int_equal(estimator_credit_parse("td"), CREDIT_TD);
    assert_int_equal(estimator_credit_parse("n_step"), CREDIT_N_STEP);
    assert_int_equal(estimator_credit_parse("gae"), CREDIT_GAE);
    assert_int_equal(estimator_target_parse("mc"), TARGET_MC);
    assert_int_equal(estimator_target_parse("td"), TARGET_TD);
    assert_int_equal(estimator_target_parse("n_step"), TARGET_N_STEP);
    assert_int_equal(estimator_target_parse("lambda"), TARGET_LAMBDA);
}

static void returns_need_whole_episodes_and_critics_do_not(void **state)
{
    (void) state;
    for (estimator_credit credit = CREDIT_TOTAL; credit <= CREDIT_GAE; credit++) {
        const estimator td = make(credit, TARGET_TD), mc = make(credit, TARGET_MC);
        const bool returns = credit <= CREDIT_BASELINE;
        assert_int_equal(estimator_has_critic(&td), credit >= CREDIT_BASELINE);
        assert_int_equal(estimator_has_action_critic(&td), credit == CREDIT_Q);
        assert_int_equal(estimator_needs_whole_episodes(&td), returns);
        assert_true(estimator_needs_whole_episodes(&mc));
        assert_int_equal(estimator_has_lambda(&td), credit == CREDIT_GAE);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_running_episode_is_bootstrapped_at_the_end),
        T(termination_ends_everything),
        T(truncation_keeps_the_value_of_the_final_observation),
        T(an_episode_that_is_both_has_terminated),
        T(truncation_in_the_last_step_uses_the_final_observation),
        T(a_faulty_step_is_passed_over),
        T(a_terminated_step_before_a_faulty_one_stays_terminated),
        T(rows_do_not_mix),
        T(reward_to_go_is_the_discounted_sum_of_what_comes),
        T(total_return_is_the_same_for_every_action_of_a_trajectory),
        T(a_trajectory_ends_where_its_episode_does),
        T(a_truncated_episode_without_a_critic_counts_as_what_it_paid),
        T(the_average_is_that_of_all_rows),
        T(the_average_leaves_out_what_is_skipped),
        T(what_led_to_a_faulty_step_is_skipped_without_a_critic),
        T(an_episode_before_that_of_a_faulty_step_is_not_skipped),
        T(every_credit_and_target_of_a_running_episode),
        T(nothing_comes_after_termination),
        T(after_truncation_comes_the_final_value),
        T(before_a_faulty_step_the_critic_speaks),
        T(skipped_steps_get_and_give_nothing),
        T(one_step_is_td_and_many_are_the_return),
        T(names_are_those_of_the_enums),
        T(returns_need_whole_episodes_and_critics_do_not),
    };
    return cmocka_run_group_tests_name("estimator", tests, NULL, NULL);
}
