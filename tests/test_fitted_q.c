// test_fitted_q.c -- agent/algo/fitted_q.c: iterations by hand, and that it learns.
#include <fitted_q.h>

#include "learner.h"

typedef struct fixture {
    learner l;
    fitted_q *f;
} fixture;

// Q as a table: linear in the corridor's one-hot cell.
static void begin(fixture *x)
{
    learner_begin(&x->l, &algo_fitted_q, FAKE_CORRIDOR, 1);
    strcpy(fake_value(&algo_fitted_q, x->l.values, "hidden")->s, "");
    fake_value(&algo_fitted_q, x->l.values, "gamma")->f = 0.5;
    fake_value(&algo_fitted_q, x->l.values, "lr")->f = 0.02;
    fake_value(&algo_fitted_q, x->l.values, "epochs")->i = 500;
}

static void make(fixture *x)
{
    learner_open(&x->l, 1, 1);
    x->f = (fitted_q *) x->l.algo;
}

// One step of the corridor, from `cell` to the left or to the right.
static void add(fixture *x, int cell, int move)
{
    const int to = cell + (move == 1 ? 1 : -1);
    float obs[FAKE_OBS] = {0}, next[FAKE_OBS] = {0};
    const float act = (float) move;
    obs[cell] = 1;
    next[to] = 1;
    replay_add(&x->f->base.replay, 0,
               &(replay_step){.obs = obs,
                              .act = &act,
                              .reward = to == FAKE_OBS - 1,
                              .next = next,
                              .is_terminated = to == 0 || to == FAKE_OBS - 1});
}

static double value(const fixture *x, int cell, int move)
{
    const mlp_layer *q = &x->f->values.net.layers[0];
    return (double) (q->weight[move * FAKE_OBS + cell] + q->bias[move]);
}

// The way out pays 1, half as much with each step before it: Q_1 knows the last step, Q_2 the one
// before, Q_3 the whole way from cell 1, and what going back costs.
static void an_iteration_looks_one_step_further(void **state)
{
    (void) state;
    const double want[3][3][2] = {
        {{0, 0}, {0, 0}, {0, 1}}, {{0, 0}, {0, 0.5}, {0, 1}}, {{0, 0.25}, {0, 0.5}, {0.25, 1}}};
    fixture x;
    begin(&x);
    make(&x);
    for (int cell = 1; cell < FAKE_OBS - 1; cell++) {
        add(&x, cell, 0);
        add(&x, cell, 1);
    }
    for (int k = 0; k < 3; k++) {
        assert_true(fitted_q_iterate(x.f) < 1e-5);
        for (int cell = 1; cell < FAKE_OBS - 1; cell++) {
            assert_near(value(&x, cell, 0), want[k][cell - 1][0], 0.01);
            assert_near(value(&x, cell, 1), want[k][cell - 1][1], 0.01);
        }
    }
    learner_close(&x.l);
}

// 20 transitions in batches of 16 are two of 10 each, so a pass makes two gradient steps.
static void a_pass_takes_all_transitions(void **state)
{
    (void) state;
    fixture x;
    begin(&x);
    fake_value(&algo_fitted_q, x.l.values, "epochs")->i = 3;
    make(&x);
    for (int i = 0; i < 20; i++) {
        add(&x, 1 + i % 3, 1);
    }
    fitted_q_iterate(x.f);
    assert_int_equal(x.f->values.adam.steps, 6);
    bool taken[20] = {false};
    for (int i = 0; i < 20; i++) {
        taken[x.f->order[i]] = true;
    }
    for (int i = 0; i < 20; i++) {
        assert_true(taken[i]);
    }
    learner_close(&x.l);
}

static void check_learning(const char *hidden)
{
    fixture x;
    begin(&x);
    strcpy(fake_value(&algo_fitted_q, x.l.values, "hidden")->s, hidden);
    fake_value(&algo_fitted_q, x.l.values, "updates_per_step")->f = 0.01;
    fake_value(&algo_fitted_q, x.l.values, "epochs")->i = 3;
    fake_value(&algo_fitted_q, x.l.values, "epsilon")->f = 0.05;
    make(&x);
    learner_run(&x.l, 1);
    assert_int_equal(x.f->base.updates, (1000 - 64) / 100);
    assert_true(learner_reward(&x.l, 1) > 0.42);  // the best is 1/2
    learner_close(&x.l);
}

static void it_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    check_learning("");
    check_learning("16");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_iteration_looks_one_step_further),
        cmocka_unit_test(a_pass_takes_all_transitions),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor),
    };
    return cmocka_run_group_tests_name("fitted_q", tests, NULL, NULL);
}
