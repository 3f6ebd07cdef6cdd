// test_pg.c -- agent/algo/pg.c: whom the baseline is fitted to, and when; and that it learns.
#include <pg.h>

#include "learner.h"

enum { MAX_VALUES = 4096 };

// Credits as they are, so that they can be compared.
static void begin(learner *l, fake_kind kind, const char *baseline)
{
    learner_begin(l, &algo_pg, kind, 2);
    strcpy(fake_value(&algo_pg, l->values, "baseline")->s, baseline);
    fake_value(&algo_pg, l->values, "adv_norm")->b = false;
}

// V of the rollout's observations.
static void ask(gradient_learner *g, float *value)
{
    const rollout *r = &g->base.ac.collector.data;
    const int n = r->steps * r->rows;
    assert_true(n <= MAX_VALUES);
    for (int i = 0; i < n; i++) {
        value[i] = mlp_forward(&g->base.ac.critic, r->obs + i * r->obs_dim, 1)[0];
    }
}

// The largest difference between the values that the credits were made with and those of the critic
// now.
static double distance(gradient_learner *g)
{
    static float now[MAX_VALUES];
    const rollout *r = &g->base.ac.collector.data;
    double most = 0;
    ask(g, now);
    // the first observations have been replaced by the next rollout's
    for (int i = r->rows; i < r->steps * r->rows; i++) {
        most = fmax(most, fabs((double) (now[i] - r->value[i])));
    }
    return most;
}

static void an_independent_baseline_is_fitted_before_its_gradient_is_taken(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, "independent");
    learner_open(&l, 1, 1);
    learner_run(&l, 2);
    assert_true(distance((gradient_learner *) l.algo) < 1e-6);
    learner_close(&l);
}

static void the_same_ones_baseline_is_fitted_for_the_next_gradient(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, "same");
    learner_open(&l, 1, 1);
    learner_run(&l, 2);
    assert_true(distance((gradient_learner *) l.algo) > 1e-3);
    learner_close(&l);
}

// The credits of the gradient's rows are R_t - V: their returns do not reach the critic. With no
// step of the policy's own both runs see the same transitions, but for the reward of the last row.
static void an_independent_baseline_does_not_know_the_returns_of_the_gradient(void **state)
{
    (void) state;
    learner l[2];
    for (int i = 0; i < 2; i++) {
        begin(&l[i], FAKE_CORRIDOR, "independent");
        fake_value(&algo_pg, l[i].values, "reward_norm")->b = false;
        learner_open(&l[i], 1, 1);
        for (bool done = false; !done;) {
            for (int g = 0; g < 2 && !done; g++) {
                fake_group *group = &l[i].task.group[g];
                if (!group->waiting) {
                    fake_step(&l[i].task, g);
                    group->rewards[3] += g == 1 && i == 1 ? 100 : 0;  // row 7
                    group->waiting = algo_pg.observe(l[i].algo, g, &group->batch) == ALGO_HOLD;
                    if (!group->waiting) {
                        fake_act(&l[i].task, &algo_pg, l[i].algo, g);
                    }
                }
                done = algo_pg.update(l[i].algo);
            }
        }
    }
    const mlp *critic[2] = {&((on_policy *) l[0].algo)->ac.critic,
                            &((on_policy *) l[1].algo)->ac.critic};
    const mlp *net[2] = {&((on_policy *) l[0].algo)->ac.policy.net,
                         &((on_policy *) l[1].algo)->ac.policy.net};
    assert_memory_equal(critic[0]->params, critic[1]->params,
                        (size_t) critic[0]->param_count * sizeof(float));
    assert_memory_not_equal(net[0]->params, net[1]->params,
                            (size_t) net[0]->param_count * sizeof(float));
    learner_close(&l[0]);
    learner_close(&l[1]);
}

static void the_share_is_of_whole_rows_and_leaves_some(void **state)
{
    (void) state;
    static const double share[] = {0, 0.25, 0.5, 1};
    static const int parts[] = {7, 6, 4, 1};  // of 8 rows, those left for the gradient
    for (int i = 0; i < 4; i++) {
        learner l;
        begin(&l, FAKE_CORRIDOR, "independent");
        fake_value(&algo_pg, l.values, "baseline_share")->f = share[i];
        fake_value(&algo_pg, l.values, "variance_parts")->i = parts[i];
        learner_open(&l, 1, 1);
        learner_run(&l, 1);
        assert_true(learner_stat(&l, "grad_variance") > 0 || parts[i] == 1);
        learner_close(&l);
    }
}

static void one_row_has_nobody_to_fit_an_independent_baseline_to(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR, "independent");
    algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    problem.rows = 1;
    assert_int_equal(algo_pg.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("at least 2");
    fake_free(&l.task);
}

static void it_learns_both_ways(void **state)
{
    (void) state;
    static const char *const baselines[] = {"same", "independent"};
    for (int i = 0; i < 2; i++) {
        learner l;
        begin(&l, FAKE_CORRIDOR, baselines[i]);
        fake_value(&algo_pg, l.values, "lr")->f = 0.02;
        learner_open(&l, 2, 1);
        assert_true(learner_reward(&l, 1) < 0.25);
        learner_reward(&l, 40);
        assert_true(learner_reward(&l, 5) > 0.4);
        learner_close(&l);
        begin(&l, FAKE_TARGET, baselines[i]);
        fake_value(&algo_pg, l.values, "lr")->f = 0.02;
        learner_open(&l, 2, 1);
        assert_true(learner_reward(&l, 1) < -0.8);
        learner_reward(&l, 150);
        assert_true(learner_reward(&l, 5) > -0.3);
        learner_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_independent_baseline_is_fitted_before_its_gradient_is_taken),
        cmocka_unit_test(the_same_ones_baseline_is_fitted_for_the_next_gradient),
        cmocka_unit_test(an_independent_baseline_does_not_know_the_returns_of_the_gradient),
        cmocka_unit_test(the_share_is_of_whole_rows_and_leaves_some),
        cmocka_unit_test(one_row_has_nobody_to_fit_an_independent_baseline_to),
        cmocka_unit_test(it_learns_both_ways),
    };
    return cmocka_run_group_tests_name("pg", tests, NULL, NULL);
}
