// test_reinforce.c -- agent/algo/reinforce.c: what it needs, what it has not, and that it learns.
#include <reinforce.h>

#include "learner.h"

static void begin(learner *l, fake_kind kind, const char *credit)
{
    learner_begin(l, &algo_reinforce, kind, 2);
    strcpy(fake_value(&algo_reinforce, l->values, "estimator")->s, credit);
    fake_value(&algo_reinforce, l->values, "lr")->f = 0.02;
    learner_open(l, 2, 1);
}

// A random walk pays 1/2 every 4 steps, the straight way 1 every 2. All rewards are positive:
// without a baseline it takes longer.
static void it_learns_by_every_estimator(void **state)
{
    (void) state;
    static const char *const credits[] = {"total", "to_go", "average"};
    for (int i = 0; i < 3; i++) {
        learner l;
        begin(&l, FAKE_CORRIDOR, credits[i]);
        assert_true(learner_reward(&l, 1) < 0.25);
        learner_reward(&l, 60);
        assert_true(learner_reward(&l, 5) > 0.4);
        learner_close(&l);
    }
}

// A random policy pays -(1/3 + 1) per step.
static void it_learns_quantities(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET, "average");
    assert_true(learner_reward(&l, 1) < -0.8);
    learner_reward(&l, 150);
    assert_true(learner_reward(&l, 5) > -0.3);
    learner_close(&l);
}

static void it_has_neither_a_critic_nor_a_lambda(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, "to_go");
    assert_false(((on_policy *) l.algo)->ac.has_critic);
    assert_null(fake_value(&algo_reinforce, l.values, "lambda"));
    assert_null(fake_value(&algo_reinforce, l.values, "critic_lr"));
    assert_true(isnan(learner_stat(&l, "explained_variance")));
    learner_close(&l);
}

static void a_task_that_may_never_end_is_refused(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_reinforce, FAKE_CORRIDOR, 1);
    l.task.spec.max_episode_steps = 0;
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(algo_reinforce.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("time limit");
    fake_free(&l.task);
}

static void parts_that_do_not_divide_the_environments_are_refused(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_reinforce, FAKE_CORRIDOR, 1);
    fake_value(&algo_reinforce, l.values, "variance_parts")->i = 3;
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(algo_reinforce.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("variance_parts 3");
    assert_says("8 environments");
    fake_free(&l.task);
}

static void the_variance_is_reported_where_it_is_asked_for(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, "to_go");
    learner_run(&l, 1);
    assert_near(learner_stat(&l, "grad_variance"), 0, 0);
    learner_close(&l);
    learner_begin(&l, &algo_reinforce, FAKE_CORRIDOR, 2);
    fake_value(&algo_reinforce, l.values, "variance_parts")->i = 4;
    learner_open(&l, 2, 1);
    learner_run(&l, 1);
    assert_true(learner_stat(&l, "grad_variance") > 0);
    learner_close(&l);
}

static void the_step_shrinks_to_nothing_where_that_is_asked_for(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_reinforce, FAKE_CORRIDOR, 1);
    fake_value(&algo_reinforce, l.values, "anneal")->b = true;
    learner_open(&l, 2, 1);
    learner_run(&l, 1);
    assert_near(learner_stat(&l, "lr"), 1e-3, 1e-9);
    learner_run(&l, 4);  // 1,024 steps are 4 rollouts of 256 at most
    assert_near(learner_stat(&l, "lr"), 0, 0);
    learner_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns_by_every_estimator),
        cmocka_unit_test(it_learns_quantities),
        cmocka_unit_test(it_has_neither_a_critic_nor_a_lambda),
        cmocka_unit_test(a_task_that_may_never_end_is_refused),
        cmocka_unit_test(parts_that_do_not_divide_the_environments_are_refused),
        cmocka_unit_test(the_variance_is_reported_where_it_is_asked_for),
        cmocka_unit_test(the_step_shrinks_to_nothing_where_that_is_asked_for),
    };
    return cmocka_run_group_tests_name("reinforce", tests, NULL, NULL);
}
