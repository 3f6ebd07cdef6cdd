// test_actor_critic.c -- agent/algo/actor_critic.c: what the shared hyper-parameters choose, seen
// through npg.
#include <npg.h>
#include <on_policy.h>

#include "learner.h"

static const actor_critic *parts(const learner *l)
{
    return &((const on_policy *) l->algo)->ac;
}

static void begin(learner *l, fake_kind kind)
{
    learner_begin(l, &algo_npg, kind, 2);
}

static sw_value *value(learner *l, const char *name)
{
    return fake_value(l->class, l->values, name);
}

static void choose_features(learner *l, const char *features, int order)
{
    strcpy(value(l, "features")->s, features);
    value(l, "feature_order")->i = order;
    strcpy(value(l, "hidden")->s, "");
}

// Three cosines of one number, in each of the two
static void policy_and_critic_are_linear_in_the_same_features(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET);
    choose_features(&l, "fourier", 2);
    learner_open(&l, 1, 1);
    assert_int_equal(parts(&l)->policy.net.layer_count, 1);
    assert_int_equal(parts(&l)->policy.net.layers[0].in, 3);
    assert_int_equal(parts(&l)->critic.layers[0].in, 3);
    assert_int_equal(parts(&l)->policy.norm.dim, 1);
    learner_close(&l);
}

// How far the most likely actions are from the best, which is the observation: mean of the squares.
static double miss(learner *l)
{
    const fake_group *g = &l->task.group[0];
    float a[FAKE_ROWS];
    double sum = 0;
    l->class->decide(l->algo, &g->batch, false, (void *[]){a});
    for (int i = 0; i < g->rows; i++) {
        sum += pow((double) (a[i] - g->obs[i]), 2);
    }
    return sum / g->rows;
}

static void every_kind_of_features_learns(void **state)
{
    (void) state;
    const char *const kinds[] = {"identity", "polynomial", "fourier", "rbf", "tile"};
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        learner l;
        begin(&l, FAKE_TARGET);
        choose_features(&l, kinds[k], 3);
        learner_open(&l, 1, 1);
        assert_true(miss(&l) > 0.1);
        learner_run(&l, 80);
        assert_true(miss(&l) < 0.02);
        learner_close(&l);
    }
}

static void a_squashed_policy_learns(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET);
    value(&l, "squash")->b = true;
    learner_open(&l, 1, 1);
    assert_ptr_equal(parts(&l)->policy.dist.kind, &dist_squashed);
    learner_run(&l, 80);
    assert_true(miss(&l) < 0.02);
    learner_close(&l);
}

// Drawn with a standard deviation of 20, nearly all are at the bounds -2 and 2.
static void squashed_actions_stay_within_the_bounds(void **state)
{
    (void) state;
    learner l;
    float a[FAKE_ROWS];
    begin(&l, FAKE_TARGET);
    value(&l, "squash")->b = true;
    value(&l, "log_std_init")->f = 3;
    learner_open(&l, 1, 1);
    double largest = 0;
    for (int n = 0; n < 20; n++) {
        l.class->decide(l.algo, &l.task.group[0].batch, true, (void *[]){a});
        for (int i = 0; i < l.task.group[0].rows; i++) {
            assert_true(fabsf(a[i]) <= 2);
            largest = fmax(largest, fabs((double) a[i]));
        }
    }
    assert_true(largest > 1.9);
    learner_close(&l);
}

static void assert_refused(learner *l, const char *what, const char *fits)
{
    const algo_problem problem = fake_problem(&l->task, 1, 1024, 1);
    assert_int_equal(l->class->open(&problem, l->values, &l->algo), SW_INVALID_ARGUMENT);
    assert_says(what);
    assert_says(fits);
    fake_free(&l->task);
}

static void what_does_not_fit_the_task_is_refused(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR);
    value(&l, "squash")->b = true;
    assert_refused(&l, "'move' is int64", "squash=false");

    begin(&l, FAKE_TARGET);
    choose_features(&l, "tile", 3);
    value(&l, "obs_norm")->b = false;
    assert_refused(&l, "'x'", "obs_norm=true");

    begin(&l, FAKE_CORRIDOR);
    choose_features(&l, "rbf", 9);
    assert_refused(&l, "100000 features", "lower feature_order to 8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_and_critic_are_linear_in_the_same_features),
        cmocka_unit_test(every_kind_of_features_learns),
        cmocka_unit_test(a_squashed_policy_learns),
        cmocka_unit_test(squashed_actions_stay_within_the_bounds),
        cmocka_unit_test(what_does_not_fit_the_task_is_refused),
    };
    return cmocka_run_group_tests_name("actor_critic", tests, NULL, NULL);
}
