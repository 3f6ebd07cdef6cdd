// test_trpo.c -- agent/algo/trpo.c: its line search, and that it learns.
#include <trpo.h>

#include "learner.h"

static bool is_of_policy(const char *name)
{
    return strncmp(name, "policy.", 7) == 0 && strncmp(name, "policy.obs.", 11) != 0;
}

static void every_step_is_within_the_region_and_improves(void **state)
{
    (void) state;
    for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
        learner l;
        int steps = 0;
        learner_begin(&l, &algo_trpo, (fake_kind) kind, 2);
        learner_open(&l, 1, 1);
        for (int i = 0; i < 30; i++) {
            learner_run(&l, 1);
            if (learner_stat(&l, "step_size") > 0) {
                assert_true(learner_stat(&l, "kl") > 0 && learner_stat(&l, "kl") <= 0.01);
                assert_true(learner_stat(&l, "policy_loss") < 0);  // it was 0: mean A = 0
                steps++;
            }
        }
        assert_true(steps > 20);
        learner_close(&l);
    }
}

// So wide a region makes first steps that the quadratic estimate is wrong for.
static void steps_that_go_too_far_are_shortened(void **state)
{
    (void) state;
    learner l;
    int shortened = 0;
    learner_begin(&l, &algo_trpo, FAKE_TARGET, 2);
    fake_value(&algo_trpo, l.values, "max_kl")->f = 1;
    fake_value(&algo_trpo, l.values, "damping")->f = 1e-4;
    learner_open(&l, 1, 1);
    for (int i = 0; i < 30; i++) {
        learner_run(&l, 1);
        assert_true(learner_stat(&l, "kl") <= 1);
        assert_true(learner_stat(&l, "line_search") <= 10);
        shortened += learner_stat(&l, "line_search") > 1 && learner_stat(&l, "step_size") > 0;
    }
    assert_true(shortened > 0);
    learner_close(&l);
}

static void a_step_that_does_not_pass_leaves_the_policy_as_it_was(void **state)
{
    (void) state;
    static learner_state before, after;
    learner l;
    int stayed = 0;
    learner_begin(&l, &algo_trpo, FAKE_CORRIDOR, 2);
    fake_value(&algo_trpo, l.values, "max_kl")->f = 0.1;
    fake_value(&algo_trpo, l.values, "damping")->f = 1e-2;
    fake_value(&algo_trpo, l.values, "backtracks")->i = 1;
    learner_open(&l, 1, 1);
    for (int i = 0; i < 30; i++) {
        learner_save(&l, is_of_policy, &before);
        learner_run(&l, 1);
        learner_save(&l, is_of_policy, &after);
        const bool same = memcmp(before.bytes, after.bytes, before.used) == 0;
        assert_true(same == (learner_stat(&l, "step_size") == 0));
        assert_true(same == (learner_stat(&l, "kl") == 0));
        stayed += same;
    }
    assert_true(stayed > 0 && stayed < 30);
    learner_close(&l);
}

static void it_learns_to_hit_a_target(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_trpo, FAKE_TARGET, 2);
    learner_learns(&l, 60, 5, -0.15);
}

static void it_learns_the_way_out_of_a_corridor_with_a_faulty_row_now_and_then(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_trpo, FAKE_CORRIDOR, 2);
    l.task.fault_every = 7;
    learner_open(&l, 1, 1);
    assert_true(learner_reward(&l, 1) < 0.25);
    learner_reward(&l, 40);
    assert_true(learner_reward(&l, 5) > 0.45);
    assert_true(learner_stat(&l, "ratio_error") < 1e-5);
    learner_close(&l);
}

static void an_entropy_bonus_keeps_a_policy_random(void **state)
{
    (void) state;
    double entropy[2];
    for (int i = 0; i < 2; i++) {
        learner l;
        learner_begin(&l, &algo_trpo, FAKE_CORRIDOR, 2);
        fake_value(&algo_trpo, l.values, "entropy_coef")->f = i;
        learner_open(&l, 1, 1);
        learner_run(&l, 30);
        entropy[i] = learner_stat(&l, "entropy");
        learner_close(&l);
    }
    assert_true(entropy[1] > entropy[0] + 0.1);
}

static void a_rollout_too_large_is_refused(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_trpo, FAKE_TARGET, 1);
    fake_value(&algo_trpo, l.values, "horizon")->i = 1 << 20;
    algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    problem.rows = 4096;
    assert_int_equal(algo_trpo.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("1048576");
    fake_free(&l.task);
}

static void options_out_of_range_are_refused_by_name(void **state)
{
    (void) state;
    static const struct {
        const char *name;
        double value;
    } bad[] = {{"max_kl", 0},        {"max_kl", -1},  {"damping", -0.1},    {"shrink", 1},
               {"backtracks", 0},    {"shrink", 0},   {"cg_iterations", 0}, {"cg_tolerance", -1},
               {"critic_epochs", 0}, {"minibatch", 0}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (int k = 0; k < algo_trpo.param_count; k++) {
            const sw_setting *s = &algo_trpo.params[k];
            if (strcmp(s->name, bad[i].name) == 0) {
                sw_value value = {.f = bad[i].value};
                if (s->type == SW_INT) {
                    value.i = (int64_t) bad[i].value;
                }
                assert_int_equal(sw_setting_check(s, &value), SW_INVALID_ARGUMENT);
                assert_says(bad[i].name);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_within_the_region_and_improves),
        cmocka_unit_test(steps_that_go_too_far_are_shortened),
        cmocka_unit_test(a_step_that_does_not_pass_leaves_the_policy_as_it_was),
        cmocka_unit_test(it_learns_to_hit_a_target),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor_with_a_faulty_row_now_and_then),
        cmocka_unit_test(an_entropy_bonus_keeps_a_policy_random),
        cmocka_unit_test(a_rollout_too_large_is_refused),
        cmocka_unit_test(options_out_of_range_are_refused_by_name),
    };
    return cmocka_run_group_tests_name("trpo", tests, NULL, NULL);
}
