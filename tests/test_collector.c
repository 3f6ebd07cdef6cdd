// test_collector.c -- agent/rl/collector.c: who sees what, and when.
#include <string.h>

#include <collector.h>

#include "test.h"

enum { ROWS = 3, GROUPS = 2, HORIZON = 2 };

// A pool of two groups, of 2 rows and 1, on a task with one number to see and one to do.
typedef struct fixture {
    sw_spec spec;
    policy policy;
    mlp critic;
    collector c;
    float obs[2], finals[2], actions[2];
    double rewards[2];
    uint8_t flags[2];
    int final_index[2];
    const void *obs_list[1], *final_list[1];
    sw_batch batch;
} fixture;

static const int first_row[] = {0, 2, 3};

static int setup(void **state)
{
    static fixture f;
    const sw_tensor number = {.name = "x", .dtype = SW_FLOAT32};
    const mlp_shape shape = {.in = 1, .out = 1};
    random_state random = random_seed(1);
    const policy_options options = {.max_batch = 4, .init = INIT_UNIFORM};
    const collector_options collect = {
        .rows = ROWS,
        .groups = GROUPS,
        .first_row = first_row,
        .horizon = HORIZON,
        .estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA, .gamma = 0.5, .lambda = 1},
        .seed = 9};
    f = (fixture){.final_index = {0, 1}};
    assert_ok(sw_spec_init(&f.spec, "Line-v0"));
    assert_ok(sw_spec_add_observation(&f.spec, &number));
    assert_ok(sw_spec_add_action(&f.spec, &number));
    assert_ok(policy_init(&f.policy, &f.spec, &options, &random));
    assert_ok(mlp_init(&f.critic, &shape, 0, 4));
    f.critic.params[0] = 2;  // V(x) = 2 x
    assert_ok(collector_init(&f.c, &f.policy, &f.critic, &collect));
    f.obs_list[0] = f.obs;
    f.final_list[0] = f.finals;
    f.batch = (sw_batch){.observations = f.obs_list,
                         .rewards = f.rewards,
                         .flags = f.flags,
                         .final_index = f.final_index,
                         .final_observations = f.final_list};
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    collector_free(&f->c);
    mlp_free(&f->critic);
    policy_free(&f->policy);
    sw_spec_free(&f->spec);
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

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(observations_stand_one_slot_after_the_step_that_led_to_them),
        T(the_last_observation_begins_the_next_rollout),
        T(what_is_stored_is_what_was_acted),
        T(groups_draw_from_streams_of_their_own),
        T(a_truncated_episode_gets_the_value_of_its_final_observation),
        T(finishing_computes_values_and_advantages),
        T(the_first_reply_is_counted_once),
    };
    return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
