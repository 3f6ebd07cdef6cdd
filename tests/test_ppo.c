// test_ppo.c -- agent/algo/ppo.c: gradients against central differences, and learning.
#include <stdlib.h>

#include <ppo.h>

#include "fake_task.h"
#include "test.h"

enum { MAX_PARAMS = 64, MAX_STATS = 16 };

typedef struct learner {
    fake_task task;
    algo *algo;
} learner;

// Opens ppo with quick settings; `adjust` may change them.
static void open_learner(learner *l, fake_kind kind, int groups, int threads)
{
    sw_value values[MAX_PARAMS];
    fake_init(&l->task, kind, 8, groups);
    fake_defaults(&algo_ppo, values);
    fake_value(&algo_ppo, values, "horizon")->i = 32;
    fake_value(&algo_ppo, values, "lr")->f = 3e-3;
    fake_value(&algo_ppo, values, "anneal")->b = false;
    const algo_problem problem = fake_problem(&l->task, 1, 1000000, threads);
    assert_ok(algo_ppo.open(&problem, values, &l->algo));
    fake_start(&l->task, &algo_ppo, l->algo);
}

static void close_learner(learner *l)
{
    algo_ppo.close(l->algo);
    fake_free(&l->task);
}

static double stat(const learner *l, const char *name)
{
    double stats[MAX_STATS];
    algo_ppo.stats(l->algo, stats);
    for (int i = 0; i < algo_ppo.stat_count; i++) {
        if (strcmp(algo_ppo.stat_names[i], name) == 0) {
            return stats[i];
        }
    }
    return NAN;
}

// Mean reward of training steps over the next `updates` rollouts.
static double reward_over(learner *l, int updates)
{
    l->task.reward_sum = l->task.reward_count = 0;
    fake_run(&l->task, &algo_ppo, l->algo, updates);
    return l->task.reward_sum / l->task.reward_count;
}

static void the_first_minibatch_has_ratio_1(void **state)
{
    (void) state;
    learner l;
    open_learner(&l, FAKE_TARGET, 3, 1);
    for (int i = 0; i < 5; i++) {
        fake_run(&l.task, &algo_ppo, l.algo, 1);
        assert_true(stat(&l, "ratio_error") < 1e-5);
        assert_true(stat(&l, "approx_kl") > 0);  // and later ones do not
    }
    close_learner(&l);
}

// A random policy pays -(1/3 + 1) per step; with its std at 0.1 the best pays -0.01.
static void it_learns_to_hit_a_target(void **state)
{
    (void) state;
    learner l;
    open_learner(&l, FAKE_TARGET, 2, 1);
    const double before = reward_over(&l, 1);
    reward_over(&l, 60);
    const double after = reward_over(&l, 5);
    assert_true(before < -0.8);
    assert_true(after > -0.1);
    close_learner(&l);
}

// A random walk pays 1/2 every 4 steps, the straight way 1 every 2.
static void it_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    learner l;
    open_learner(&l, FAKE_CORRIDOR, 2, 1);
    const double before = reward_over(&l, 1);
    reward_over(&l, 30);
    const double after = reward_over(&l, 5);
    assert_true(before < 0.25);
    assert_true(after > 0.45);
    close_learner(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_minibatch_has_ratio_1),
        cmocka_unit_test(it_learns_to_hit_a_target),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor),
    };
    return cmocka_run_group_tests_name("ppo", tests, NULL, NULL);
}
