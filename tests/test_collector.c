// test_collector.c -- agent/rl/collector.c: who sees what, and when.
#include <string.h>

#include "line_task.h"

enum { HORIZON = 2, WHOLE_HORIZON = 3 };

typedef line_task fixture;

static int set_up(void **state, const estimator *e, int horizon)
{
    static fixture f;
    line_init(&f, e, horizon);
    *state = &f;
    return 0;
}

static int setup(void **state)
{
    return set_up(state, &(estimator){CREDIT_GAE, TARGET_LAMBDA, 0.5, 1, 1}, HORIZON);
}

static int setup_whole(void **state)
{
    return set_up(state, &(estimator){CREDIT_BASELINE, TARGET_MC, 0.5, 0, 1}, WHOLE_HORIZON);
}

static int setup_actions(void **state)
{
    set_up(state, &(estimator){CREDIT_Q, TARGET_TD, 0.5, 0, 1}, HORIZON);
    ((fixture *) *state)->critic.params[1] = 3;  // Q(x, a) = 2 x + 3 a
    return 0;
}

static int teardown(void **state)
{
    line_free(*state);
    return 0;
}

// A reply for `group` that shows x and x + 1.
static const sw_batch *reply(fixture *f, int group, float x)
{
    f->obs[0] = x;
    f->obs[1] = x + 1;
    f->batch.rows = first_row[group + 1] - first_row[group];
    return &f->batch;
}

static void act(fixture *f, int group, float x)
{
    collector_act(&f->c, group, reply(f, group, x), f->actions);
}

static bool observe(fixture *f, int group, float x)
{
    return collector_observe(&f->c, group, reply(f, group, x));
}

// Both groups from their first actions, for x = 0, to the end: group 0 sees 10, 20; group 1 30, 40.
static void fill(fixture *f)
{
    act(f, 0, 0);
    act(f, 1, 0);
    assert_false(observe(f, 0, 10));
    act(f, 0, 10);
    assert_false(observe(f, 1, 30));
    act(f, 1, 30);
    assert_true(observe(f, 0, 20));
    assert_false(collector_is_full(&f->c));
    assert_true(observe(f, 1, 40));
    assert_true(collector_is_full(&f->c));
}

static void observations_stand_one_slot_after_the_step_that_led_to_them(void **state)
{
    fixture *f = *state;
    fill(f);
    const float expected[] = {0, 1, 0, 10, 11, 30, 20, 21, 40};
    assert_memory_equal(f->c.data.obs, expected, sizeof(expected));
}

static void the_last_observation_begins_the_next_rollout(void **state)
{
    fixture *f = *state;
    fill(f);
    collector_restart(&f->c);
    assert_false(collector_is_full(&f->c));
    const float expected[] = {20, 21, 40};
    assert_memory_equal(f->c.data.obs, expected, sizeof(expected));
    act(f, 0, 20);
    assert_false(observe(f, 0, 50));
    assert_near(f->c.data.obs[ROWS], 50, 0);
}

// The log-density of the stored action under the stored observation is the stored one.
static void what_is_stored_is_what_was_acted(void **state)
{
    fixture *f = *state;
    fill(f);
    const rollout *r = &f->c.data;
    float logp[ROWS];
    const dist_batch pi = policy_forward(&f->policy, r->obs + ROWS, ROWS);
    f->policy.dist.kind->log_density(&f->policy.dist, &pi, r->act + ROWS, logp);
    for (int i = 0; i < ROWS; i++) {
        assert_near(logp[i], r->logp[ROWS + i], 1e-6);
    }
    assert_near(f->actions[0], r->act[ROWS + 2], 0);  // group 1 acted last, within its bounds
}

static void groups_draw_from_streams_of_their_own(void **state)
{
    fixture *f = *state;
    act(f, 0, 0);
    act(f, 1, 0);
    const float one = f->c.data.act[0], other = f->c.data.act[2];
    assert_true(one != other);
    assert_int_equal(teardown(state), 0);
    assert_int_equal(setup(state), 0);
    act(f, 1, 0);
    act(f, 0, 0);
    assert_near(f->c.data.act[0], one, 0);
    assert_near(f->c.data.act[2], other, 0);
}

static void a_truncated_episode_gets_the_value_of_its_final_observation(void **state)
{
    fixture *f = *state;
    act(f, 0, 0);
    f->flags[1] = SW_TRUNCATED | SW_FIRST;
    f->final_index[1] = 0;
    f->finals[0] = 7;
    observe(f, 0, 10);
    assert_near(f->c.data.final_value[1], 14, 1e-6);
    assert_near(f->c.data.obs[ROWS + 1], 11, 0);
}

// V = 2 x; row 0: rewards 1, 1: delta_1 = 1 + 20 - 20, delta_0 = 1 + 10 - 0, A_0 = 11 + 0.5
static void finishing_computes_values_and_advantages(void **state)
{
    fixture *f = *state;
    f->rewards[0] = f->rewards[1] = 1;
    fill(f);
    collector_finish(&f->c);
    assert_near(f->c.data.value[2 * ROWS], 40, 1e-6);
    assert_near(f->c.data.adv[ROWS], 1, 1e-6);
    assert_near(f->c.data.adv[0], 11.5, 1e-6);
}

static void the_first_reply_is_counted_once(void **state)
{
    fixture *f = *state;
    f->policy.normalize = true;
    act(f, 0, 0);
    assert_near(f->policy.norm.count, 2.0001, 1e-12);
    observe(f, 0, 10);
    act(f, 0, 10);
    assert_near(f->policy.norm.count, 4.0001, 1e-12);
}


// ---- whole episodes -----------------------------------------------------------------------------

// Steps a group to the end of its part: at step t an episode ends in row i where ends[i][t] is 'E'.
static void play(fixture *f, int group, const char *const *ends)
{
    const int steps = (int) strlen(ends[0]);
    for (int t = 0; t < steps; t++) {
        act(f, group, 0);
        for (int i = 0; i < first_row[group + 1] - first_row[group]; i++) {
            f->flags[i] = ends[i][t] == 'E' ? SW_TERMINATED | SW_FIRST : 0;
        }
        assert_int_equal(observe(f, group, 0), t + 1 == steps);
    }
}

// Checks which steps of a row count: '+', or not: '.'.
static void check_row(const fixture *f, int row, const char *expected)
{
    const rollout *r = &f->c.data;
    char have[2 * LONGEST + 1] = "";
    for (int t = 0; t < r->steps && t < 2 * LONGEST; t++) {
        have[t] = r->skip[t * ROWS + row] ? '.' : '+';
    }
    assert_string_equal(have, expected);
}

// Two groups of different lengths: 5 steps of 2 rows, 4 steps of 1.
static void play_first(fixture *f)
{
    play(f, 0, (const char *[]){"-E--E", "--E--"});
    assert_false(collector_is_full(&f->c));
    play(f, 1, (const char *[]){"-E-E"});
    assert_true(collector_is_full(&f->c));
    collector_finish(&f->c);
}

static void a_row_counts_to_the_end_of_the_episode_it_is_in_at_the_horizon(void **state)
{
    fixture *f = *state;
    play_first(f);
    assert_int_equal(f->c.data.steps, 5);
    check_row(f, 0, "+++++");
    check_row(f, 1, "+++..");
    check_row(f, 2, "++++.");
}

static void skipped_steps_are_counted_as_made_and_missing_ones_are_not(void **state)
{
    fixture *f = *state;
    play_first(f);
    assert_int_equal(collector_count(&f->c), 5 * 2 + 4);
}

// Row 1 has been in its episode for two steps.
static void what_is_left_of_an_episode_is_skipped(void **state)
{
    fixture *f = *state;
    play_first(f);
    collector_restart(&f->c);
    play(f, 0, (const char *[]){"-E-E", "E-E-"});
    play(f, 1, (const char *[]){"--E"});
    collector_finish(&f->c);
    check_row(f, 0, "++++");
    check_row(f, 1, ".++.");
    check_row(f, 2, "+++.");
}

static void a_row_has_an_episode_of_its_own_even_if_the_last_one_went_past_the_horizon(void **state)
{
    fixture *f = *state;
    play_first(f);
    collector_restart(&f->c);
    play(f, 0, (const char *[]){"--E---", "---E-E"});
    play(f, 1, (const char *[]){"--E"});
    collector_finish(&f->c);
    check_row(f, 0, "+++...");
    check_row(f, 1, "....++");
}

// A row's old episode ends with step 4 at the latest, the next one 5 steps later.
static void there_is_room_for_the_longest_episodes(void **state)
{
    const fixture *f = *state;
    collector_options o = f->c.options;
    assert_int_equal(collector_capacity(&o), LONGEST + LONGEST);
    o.horizon = 8;
    assert_int_equal(collector_capacity(&o), 8 + LONGEST);
    o.estimator = (estimator){CREDIT_GAE, TARGET_TD, 0.5, 1, 1};
    assert_int_equal(collector_capacity(&o), 8);
}

static void a_row_whose_episodes_never_end_does_not_overrun(void **state)
{
    fixture *f = *state;
    play(f, 0, (const char *[]){"----------", "----------"});
    assert_int_equal(f->c.data.capacity, 10);
    assert_true(f->c.complete[0]);
}


// ---- critics of actions -------------------------------------------------------------------------

// The last actions were drawn for nobody but the critic.
static void values_are_those_of_the_actions(void **state)
{
    fixture *f = *state;
    fill(f);
    collector_finish(&f->c);
    const rollout *r = &f->c.data;
    for (int i = 0; i < (HORIZON + 1) * ROWS; i++) {
        assert_true(r->act[i] != 0);
        assert_near(r->value[i], 2 * r->obs[i] + 3 * r->act[i], 1e-4);
    }
    assert_near(r->ret[0], r->value[ROWS] / 2, 1e-4);
    assert_near(r->adv[0], r->value[0], 0);
}

static void a_final_observation_gets_an_action_of_its_own(void **state)
{
    fixture *f = *state;
    act(f, 0, 0);
    f->flags[1] = SW_TRUNCATED | SW_FIRST;
    f->final_index[1] = 0;
    f->finals[0] = 7;
    observe(f, 0, 10);
    assert_true(f->c.final_actions[0] != 0);
    assert_near(f->c.data.final_value[1], 14 + 3 * f->c.final_actions[0], 1e-5);
}

// V(x) = 2 x becomes 3 x: for what was seen, and for what ended an episode of row 1 and one of
// row 2.
static void a_critic_that_has_learned_is_asked_again_about_everything(void **state)
{
    fixture *f = *state;
    act(f, 0, 0);
    act(f, 1, 0);
    f->flags[1] = SW_TRUNCATED | SW_FIRST;
    f->final_index[1] = 0;
    f->finals[0] = 7;
    observe(f, 0, 10);
    f->flags[1] = 0;
    act(f, 0, 10);
    f->flags[0] = SW_TRUNCATED | SW_FIRST;
    f->final_index[0] = 0;
    f->finals[0] = 8;
    observe(f, 1, 30);
    f->flags[0] = 0;
    act(f, 1, 30);
    observe(f, 0, 20);
    observe(f, 1, 40);
    collector_finish(&f->c);
    assert_near(f->c.data.final_value[1], 14, 1e-5);
    f->critic.params[0] = 3;
    collector_revalue(&f->c);
    assert_near(f->c.data.final_value[1], 21, 1e-5);
    assert_near(f->c.data.final_value[2], 24, 1e-5);
    assert_near(f->c.data.value[ROWS], 30, 1e-5);
    assert_near(f->c.data.ret[1], 21 / 2.0, 1e-5);  // nothing was earned, gamma is 1/2
    collector_restart(&f->c);
    assert_int_equal(f->c.final_count, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define WHOLE(name) cmocka_unit_test_setup_teardown(name, setup_whole, teardown)
#define ACTIONS(name) cmocka_unit_test_setup_teardown(name, setup_actions, teardown)
    const struct CMUnitTest tests[] = {
        T(observations_stand_one_slot_after_the_step_that_led_to_them),
        T(the_last_observation_begins_the_next_rollout),
        T(what_is_stored_is_what_was_acted),
        T(groups_draw_from_streams_of_their_own),
        T(a_truncated_episode_gets_the_value_of_its_final_observation),
        T(finishing_computes_values_and_advantages),
        T(a_critic_that_has_learned_is_asked_again_about_everything),
        T(the_first_reply_is_counted_once),
        WHOLE(a_row_counts_to_the_end_of_the_episode_it_is_in_at_the_horizon),
        WHOLE(skipped_steps_are_counted_as_made_and_missing_ones_are_not),
        WHOLE(what_is_left_of_an_episode_is_skipped),
        WHOLE(a_row_has_an_episode_of_its_own_even_if_the_last_one_went_past_the_horizon),
        WHOLE(there_is_room_for_the_longest_episodes),
        WHOLE(a_row_whose_episodes_never_end_does_not_overrun),
        ACTIONS(values_are_those_of_the_actions),
        ACTIONS(a_final_observation_gets_an_action_of_its_own),
    };
    return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
