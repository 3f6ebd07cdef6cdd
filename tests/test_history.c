// test_history.c -- agent/rl/history.c: what is kept, for how long, and how it is seen.
#include <limits.h>
#include <string.h>

#include <history.h>

#include "line_task.h"

enum { HORIZON = 2 };

// The history has room for 3 steps.
typedef struct fixture {
    line_task line;
    history h;
    float acted[HORIZON * ROWS];  // in the last rollout
} fixture;

static int setup(void **state)
{
    static fixture f;
    line_init(&f.line, &(estimator){CREDIT_GAE, TARGET_LAMBDA, 0.5, 0.5, 1}, HORIZON);
    assert_ok(history_init(&f.h, &f.line.c, 3 * ROWS + 1));
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    history_free(&f->h);
    line_free(&f->line);
    return 0;
}

// A reply for `group` that shows x and x + 1 and pays that, too.
static const sw_batch *reply(fixture *f, int group, float x)
{
    for (int i = 0; i < 2; i++) {
        f->line.obs[i] = x + (float) i;
        f->line.rewards[i] = (double) f->line.obs[i];
    }
    f->line.batch.rows = first_row[group + 1] - first_row[group];
    return &f->line.batch;
}

static void act(fixture *f, int group, float x)
{
    const sw_batch *batch = reply(f, group, x);
    history_begin(&f->h, group, batch);
    collector_act(&f->line.c, group, batch, f->line.actions);
}

static void observe(fixture *f, int group, float x)
{
    const sw_batch *batch = reply(f, group, x);
    collector_observe(&f->line.c, group, batch);
    history_observe(&f->h, group, batch);
}

// A rollout: group 0 sees x, x + 10, x + 20, group 1 begins where group 0's third row would be.
static void collect(fixture *f, float x)
{
    for (int g = 0; g < GROUPS; g++) {
        act(f, g, x + 2 * (float) g);
    }
    for (int t = 1; t <= HORIZON; t++) {
        for (int g = 0; g < GROUPS; g++) {
            const float next = x + 10 * (float) t + 2 * (float) g;
            observe(f, g, next);
            if (t < HORIZON) {
                act(f, g, next);
            }
        }
    }
    collector_finish(&f->line.c);
    history_extend(&f->h);
    memcpy(f->acted, f->line.c.data.act, sizeof(f->acted));
    collector_restart(&f->line.c);
}

static void rollouts_stand_one_after_the_other(void **state)
{
    fixture *f = *state;
    collect(f, 0);
    assert_int_equal(f->h.data.steps, 2);
    history_see(&f->h);
    const float obs[] = {0, 1, 2, 10, 11, 12, 20, 21, 22}, rewards[] = {10, 11, 12, 20, 21, 22};
    assert_memory_equal(f->h.data.obs, obs, sizeof(obs));
    assert_memory_equal(f->h.data.reward, rewards, sizeof(rewards));
    assert_memory_equal(f->h.data.act, f->acted, sizeof(f->acted));
}

static void the_oldest_steps_are_forgotten(void **state)
{
    fixture *f = *state;
    collect(f, 0);
    const float act = f->acted[ROWS];
    collect(f, 20);
    assert_int_equal(f->h.data.steps, 3);
    history_see(&f->h);
    const float obs[] = {10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42};
    const float rewards[] = {20, 21, 22, 30, 31, 32, 40, 41, 42};
    assert_memory_equal(f->h.data.obs, obs, sizeof(obs));
    assert_memory_equal(f->h.data.reward, rewards, sizeof(rewards));
    assert_near(f->h.data.act[0], act, 0);
    assert_memory_equal(f->h.data.act + ROWS, f->acted, sizeof(f->acted));
}

static void a_history_that_is_too_short_for_a_rollout_keeps_one(void **state)
{
    fixture *f = *state;
    history_free(&f->h);
    assert_ok(history_init(&f->h, &f->line.c, 1));
    collect(f, 0);
    collect(f, 20);
    assert_int_equal(f->h.data.steps, HORIZON);
    assert_near(f->h.numbers[0], 20, 0);
}

// Row 0 of steps 1 to 3, over the end of the first rollout: V = 2 x, rewards 20, 30, 40.
//   delta_3 = 40 + 0.5 * 80 - 60 = 20           A_3 = 20
//   delta_2 = 30 + 0.5 * 60 - 40 = 20           A_2 = 20 + 0.25 * 20 = 25
//   delta_1 = 20 + 0.5 * 40 - 20 = 20           A_1 = 20 + 0.25 * 25 = 26.25
static void advantages_reach_from_one_rollout_into_the_next(void **state)
{
    fixture *f = *state;
    collect(f, 0);
    collect(f, 20);
    history_see(&f->h);
    history_evaluate(&f->h);
    estimate(&f->line.c.options.estimator, &f->h.data);
    assert_near(f->h.data.adv[2 * ROWS], 20, 1e-5);
    assert_near(f->h.data.adv[ROWS], 25, 1e-5);
    assert_near(f->h.data.adv[0], 26.25, 1e-5);
    assert_near(f->h.data.ret[0], 46.25, 1e-5);
}

static void the_past_is_seen_with_the_critic_of_today(void **state)
{
    fixture *f = *state;
    collect(f, 0);
    f->line.critic.params[0] = 3;
    history_see(&f->h);
    history_evaluate(&f->h);
    assert_near(f->h.data.value[ROWS], 30, 1e-5);
    assert_near(f->h.data.value[2 * ROWS], 60, 1e-5);
}

// (10 - 4) / 2; a return of variance 25 makes 10 a 2
static void the_past_is_seen_with_the_statistics_of_today(void **state)
{
    fixture *f = *state;
    collect(f, 0);
    f->line.policy.normalize = true;
    f->line.policy.norm.mean[0] = 4;
    f->line.policy.norm.var[0] = 4;
    f->line.c.returns.scale = true;
    f->line.c.returns.var = 25;
    history_see(&f->h);
    assert_near(f->h.data.obs[ROWS], 3, 1e-6);
    assert_near(f->h.data.reward[0], 2, 1e-6);
    f->line.policy.norm.mean[0] = 0;
    history_see(&f->h);
    assert_near(f->h.data.obs[ROWS], 5, 1e-6);
}

// Row 1 of step 1 ends at 7, which is worth 3 x 7 to the critic of today, and one step later it is
// row 1 of step 0.
static void a_truncated_episode_ends_with_the_value_of_its_final_observation(void **state)
{
    fixture *f = *state;
    act(f, 0, 0);
    act(f, 1, 2);
    observe(f, 0, 10);
    act(f, 0, 10);
    observe(f, 1, 12);
    act(f, 1, 12);
    f->line.flags[1] = SW_TRUNCATED | SW_FIRST;
    f->line.final_index[1] = 0;
    f->line.finals[0] = 7;
    observe(f, 0, 20);
    f->line.flags[1] = 0;
    observe(f, 1, 22);
    history_extend(&f->h);
    memcpy(f->acted, f->line.c.data.act, sizeof(f->acted));
    collector_restart(&f->line.c);
    f->line.critic.params[0] = 3;
    history_see(&f->h);
    history_evaluate(&f->h);
    assert_near(f->h.data.final_value[ROWS + 1], 21, 1e-5);

    collect(f, 20);
    history_evaluate(&f->h);
    assert_int_equal(f->h.data.flags[1], SW_TRUNCATED | SW_FIRST);
    assert_near(f->h.data.final_value[1], 21, 1e-5);
    collect(f, 40);
    assert_int_equal(f->h.final_count, 0);
}

static void a_history_that_cannot_be_indexed_is_refused(void **state)
{
    fixture *f = *state;
    history h;
    assert_int_equal(history_init(&h, &f->line.c, INT_MAX), SW_INVALID_ARGUMENT);
    assert_says("2147483647 transitions");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(rollouts_stand_one_after_the_other),
        T(the_oldest_steps_are_forgotten),
        T(a_history_that_is_too_short_for_a_rollout_keeps_one),
        T(advantages_reach_from_one_rollout_into_the_next),
        T(the_past_is_seen_with_the_critic_of_today),
        T(the_past_is_seen_with_the_statistics_of_today),
        T(a_truncated_episode_ends_with_the_value_of_its_final_observation),
        T(a_history_that_cannot_be_indexed_is_refused),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
