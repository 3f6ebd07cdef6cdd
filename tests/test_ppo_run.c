// test_ppo_run.c -- agent/algo/ppo.c: whole updates. What they report and where they end, and that
// it learns.
#include <ppo.h>

#include "learner.h"

static void begin(learner *l, fake_kind kind, int groups)
{
    learner_begin(l, &algo_ppo, kind, groups);
    fake_value(&algo_ppo, l->values, "lr")->f = 3e-3;
    fake_value(&algo_ppo, l->values, "anneal")->b = false;
}

static void the_first_minibatch_has_ratio_1(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET, 3);
    learner_open(&l, 1, 1);
    for (int i = 0; i < 5; i++) {
        learner_run(&l, 1);
        assert_true(learner_stat(&l, "ratio_error") < 1e-5);
        assert_true(learner_stat(&l, "approx_kl") > 1e-5);  // and later ones move away from it
    }
    learner_close(&l);
}

// Every minibatch is like the first then.
static void a_policy_that_does_not_move_has_kl_0_and_clips_nothing(void **state)
{
    (void) state;
    static const char *const objectives[] = {"clip", "adaptive_kl"};
    for (int i = 0; i < 2; i++) {
        learner l;
        begin(&l, FAKE_TARGET, 2);
        strcpy(fake_value(&algo_ppo, l.values, "objective")->s, objectives[i]);
        fake_value(&algo_ppo, l.values, "clip")->f = 1e-4;
        fake_value(&algo_ppo, l.values, "lr")->f = 0;
        learner_open(&l, 1, 1);
        learner_run(&l, 2);
        assert_near(learner_stat(&l, "kl"), 0, 1e-9);
        assert_near(learner_stat(&l, "approx_kl"), 0, 1e-9);
        assert_near(learner_stat(&l, "clip_frac"), 0, 0);
        learner_close(&l);
    }
}

static void it_learns_to_hit_a_target(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET, 2);
    learner_learns(&l, 40, 5, -0.15);
}

static void it_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, 2);
    learner_learns(&l, 15, 5, 0.45);
}

static void it_learns_with_a_faulty_row_now_and_then(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, 2);
    l.task.fault_every = 7;
    fake_value(&algo_ppo, l.values, "minibatch")->i = 60;  // 247 rows: 5 minibatches of 49 or 50
    learner_open(&l, 1, 1);
    learner_reward(&l, 15);
    assert_true(learner_reward(&l, 5) > 0.45);
    assert_true(learner_stat(&l, "ratio_error") < 1e-5);
    learner_close(&l);
}

// A penalty that allows nothing: 3 updates at beta 1e5 move the policy less than one without it.
static void a_heavy_penalty_holds_the_policy_still(void **state)
{
    (void) state;
    double kl[2];
    for (int i = 0; i < 2; i++) {
        learner l;
        begin(&l, FAKE_TARGET, 2);
        strcpy(fake_value(&algo_ppo, l.values, "objective")->s, "fixed_kl");
        fake_value(&algo_ppo, l.values, "beta")->f = i == 0 ? 1e5 : 0;
        learner_open(&l, 1, 1);
        learner_run(&l, 3);
        kl[i] = learner_stat(&l, "kl");
        learner_close(&l);
    }
    assert_true(kl[0] < 1e-3);
    assert_true(kl[1] > 10 * kl[0]);
}

// beta of update k + 1 follows from beta and KL of update k.
static void beta_follows_the_kl_of_the_update_before(void **state)
{
    (void) state;
    learner l;
    bool fell = false, rose = false;
    begin(&l, FAKE_TARGET, 2);
    strcpy(fake_value(&algo_ppo, l.values, "objective")->s, "adaptive_kl");
    fake_value(&algo_ppo, l.values, "beta")->f = 64;
    learner_open(&l, 1, 1);
    double want = 64;
    for (int i = 0; i < 30; i++) {
        learner_run(&l, 1);
        const double kl = learner_stat(&l, "kl");
        assert_near(learner_stat(&l, "beta"), want, 0);
        fell = fell || kl < 0.01 / 1.5;
        rose = rose || kl > 0.01 * 1.5;
        want *= kl < 0.01 / 1.5 ? 0.5 : kl > 0.01 * 1.5 ? 2 : 1;
    }
    assert_true(fell && rose);
    learner_close(&l);
}

// 256 rows in 4 minibatches of 64: the first has KL 0, the second is already too far away.
static void target_kl_ends_an_update_before_the_step_that_would_follow(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET, 2);
    fake_value(&algo_ppo, l.values, "target_kl")->f = 1e-9;
    learner_open(&l, 1, 1);
    learner_run(&l, 1);
    assert_near(learner_stat(&l, "epochs"), 0.25, 1e-9);
    learner_close(&l);

    begin(&l, FAKE_TARGET, 2);
    fake_value(&algo_ppo, l.values, "target_kl")->f = 10;
    learner_open(&l, 1, 1);
    learner_run(&l, 1);
    assert_near(learner_stat(&l, "epochs"), 10, 1e-9);
    learner_close(&l);
}

static void it_learns_with_a_shared_trunk(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, 2);
    strcpy(fake_value(&algo_ppo, l.values, "trunk")->s, "shared");
    learner_open(&l, 1, 2);
    learner_reward(&l, 15);
    assert_true(learner_reward(&l, 5) > 0.45);
    assert_true(learner_stat(&l, "explained_variance") > 0);  // the critic, too
    learner_close(&l);
}

// total_steps 1024 in rollouts of 256
static void lr_falls_to_0_in_proportion_to_the_steps_left(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET, 2);
    fake_value(&algo_ppo, l.values, "anneal")->b = true;
    learner_open(&l, 1, 1);
    const double expected[] = {3e-3, 0.75 * 3e-3, 0.5 * 3e-3, 0.25 * 3e-3, 0, 0};
    for (int i = 0; i < 6; i++) {
        learner_run(&l, 1);
        assert_near(learner_stat(&l, "lr"), expected[i], 1e-12);
    }
    learner_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_minibatch_has_ratio_1),
        cmocka_unit_test(a_policy_that_does_not_move_has_kl_0_and_clips_nothing),
        cmocka_unit_test(it_learns_to_hit_a_target),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor),
        cmocka_unit_test(it_learns_with_a_faulty_row_now_and_then),
        cmocka_unit_test(a_heavy_penalty_holds_the_policy_still),
        cmocka_unit_test(beta_follows_the_kl_of_the_update_before),
        cmocka_unit_test(target_kl_ends_an_update_before_the_step_that_would_follow),
        cmocka_unit_test(it_learns_with_a_shared_trunk),
        cmocka_unit_test(lr_falls_to_0_in_proportion_to_the_steps_left),
    };
    return cmocka_run_group_tests_name("ppo_run", tests, NULL, NULL);
}
