// test_dqn.c -- agent/algo/dqn.c: when what changes, and that it learns.
#include <dqn.h>

#include "learner.h"

typedef struct fixture {
    learner l;
    dqn *q;
} fixture;

static void make(fixture *f)
{
    learner_open(&f->l, 1, 1);
    f->q = (dqn *) f->l.algo;
}

// From 1 to 0.1 within the first half of 1024 transitions.
static void epsilon_falls_in_a_line_and_stays(void **state)
{
    (void) state;
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 1);
    fake_value(&algo_dqn, f.l.values, "epsilon_end")->f = 0.1;
    fake_value(&algo_dqn, f.l.values, "explore")->f = 0.5;
    make(&f);
    const double want[] = {1, 0.55, 0.1, 0.1, 0.1};
    for (int i = 0; i < 5; i++) {
        f.q->base.steps = 256 * i;
        assert_near(dqn_epsilon(f.q), want[i], 1e-9);
    }
    f.q->explore = 0;
    f.q->base.steps = 0;
    assert_near(dqn_epsilon(f.q), 0.1, 1e-9);
    learner_close(&f.l);
}

// Whoever evaluates knows nothing of the steps that were made.
static void an_evaluation_explores_as_training_did_at_its_end(void **state)
{
    (void) state;
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 1);
    algo_problem problem = fake_problem(&f.l.task, 1, 1024, 1);
    problem.evaluates = true;
    assert_ok(algo_dqn.open(&problem, f.l.values, &f.l.algo));
    assert_near(dqn_epsilon((dqn *) f.l.algo), 0.05, 1e-9);
    learner_close(&f.l);
}

static bool is_followed(const dqn *q)
{
    const action_values *v = &q->values;
    const size_t size = (size_t) v->net.param_count * sizeof(float);
    return memcmp(v->net.params, v->target.params, size) == 0;
}

// 936 of 1000 transitions are learned from, a gradient step for each.
static void the_target_is_the_network_every_so_many_steps(void **state)
{
    (void) state;
    const int every[] = {936, 468, 935};
    for (int i = 0; i < 3; i++) {
        fixture f;
        learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 1);
        fake_value(&algo_dqn, f.l.values, "target_every")->i = every[i];
        make(&f);
        assert_true(is_followed(f.q));
        learner_run(&f.l, 1);
        assert_int_equal(f.q->base.updates, 936);
        assert_int_equal(is_followed(f.q), i < 2);
        learner_close(&f.l);
    }
}

static void with_tau_the_target_always_moves(void **state)
{
    (void) state;
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 1);
    fake_value(&algo_dqn, f.l.values, "target_every")->i = 1;
    fake_value(&algo_dqn, f.l.values, "tau")->f = 0.5;
    make(&f);
    learner_run(&f.l, 1);
    assert_false(is_followed(f.q));
    for (int i = 0; i < f.q->values.net.param_count; i++) {
        assert_near(f.q->values.net.params[i], f.q->values.target.params[i], 0.01);
    }
    learner_close(&f.l);
}

static void an_annealed_step_is_none_at_the_end(void **state)
{
    (void) state;
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 1);
    fake_value(&algo_dqn, f.l.values, "anneal")->b = true;
    make(&f);
    learner_run(&f.l, 2);  // 1024 transitions
    float before[512];
    const size_t size = (size_t) f.q->values.net.param_count * sizeof(float);
    assert_true(size <= sizeof(before));
    memcpy(before, f.q->values.net.params, size);
    f.q->base.kind->learn(&f.q->base);
    assert_memory_equal(before, f.q->values.net.params, size);
    learner_close(&f.l);
}

// A random walk pays 1/2 every 4 steps, the straight way 1 every 2.
static void check_learning(int n_step, double tau)
{
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 2);
    fake_value(&algo_dqn, f.l.values, "target_every")->i = 50;
    fake_value(&algo_dqn, f.l.values, "tau")->f = tau;
    fake_value(&algo_dqn, f.l.values, "n_step")->i = n_step;
    fake_value(&algo_dqn, f.l.values, "explore")->f = 1;
    fake_value(&algo_dqn, f.l.values, "anneal")->b = false;
    make(&f);
    learner_run(&f.l, 3);
    assert_true(learner_reward(&f.l, 1) > 0.42);  // with 5 % of random actions
    learner_close(&f.l);
}

static void it_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    check_learning(1, 0);
    check_learning(1, 0.05);
    check_learning(3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(epsilon_falls_in_a_line_and_stays),
        cmocka_unit_test(an_evaluation_explores_as_training_did_at_its_end),
        cmocka_unit_test(the_target_is_the_network_every_so_many_steps),
        cmocka_unit_test(with_tau_the_target_always_moves),
        cmocka_unit_test(an_annealed_step_is_none_at_the_end),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor),
    };
    return cmocka_run_group_tests_name("dqn", tests, NULL, NULL);
}
