// test_finite.c -- agent/algo/finite.c: what diverged is named, for every algorithm.
#include <float.h>

#include <finite.h>

#include "learner.h"

// Puts a number behind the others of an array.
typedef struct spoiler {
    const char *name;
    float number;
} spoiler;

// algo_visit on a spoiler
static sw_status spoil(void *context, const algo_tensor *t)
{
    const spoiler *s = context;
    if (strcmp(t->name, s->name) == 0) {
        int64_t count = 1;
        for (int i = 0; i < t->dims; i++) {
            count *= t->shape[i];
        }
        ((float *) t->data)[count - 1] = s->number;
    }
    return SW_OK;
}

static sw_status check_with(learner *l, const char *name, float number)
{
    spoiler s = {name, number};
    assert_ok(l->class->tensors(l->algo, spoil, &s));
    return algo_check_finite(l->class, l->algo);
}

static void check_algorithm(const algo_class *class, fake_kind kind)
{
    learner l;
    learner_begin(&l, class, kind, 1);
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    if (class->open(&problem, l.values, &l.algo) != SW_OK) {
        fake_free(&l.task);
        return;
    }
    fake_start(&l.task, class, l.algo);
    learner_run(&l, 1);
    double stats[LEARNER_STATS];
    class->stats(l.algo, stats);
    assert_ok(algo_check_stats(class, stats));
    assert_ok(algo_check_finite(class, l.algo));

    assert_ok(check_with(&l, "policy.0.weight", FLT_MAX));
    assert_int_equal(check_with(&l, "policy.0.weight", NAN), SW_FAILED_PRECONDITION);
    assert_says(class->name);
    assert_says("policy.0.weight");
    assert_says("lower ");
    learner_close(&l);
}

static void a_policy_with_a_number_that_is_none_is_named(void **state)
{
    (void) state;
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        check_algorithm(all[i], FAKE_TARGET);
        check_algorithm(all[i], FAKE_CORRIDOR);
    }
}

static void a_critic_is_looked_at_too(void **state)
{
    (void) state;
    static const char *const critics[][2] = {{"ppo", "critic.1.bias"}, {"td3", "critic.1.2.bias"}};
    for (int i = 0; i < 2; i++) {
        learner l;
        learner_begin(&l, algo_find(critics[i][0]), FAKE_TARGET, 1);
        learner_open(&l, 1, 1);
        assert_int_equal(check_with(&l, critics[i][1], -INFINITY), SW_FAILED_PRECONDITION);
        assert_says(critics[i][1]);
        learner_close(&l);
    }
}

static void a_statistic_is_named(void **state)
{
    (void) state;
    const algo_class *trpo = algo_find("trpo");
    double stats[LEARNER_STATS] = {0};
    assert_ok(algo_check_stats(trpo, stats));
    stats[1] = -INFINITY;
    assert_int_equal(algo_check_stats(trpo, stats), SW_FAILED_PRECONDITION);
    assert_says("value_loss");
    assert_says("lower max_kl, critic_lr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_with_a_number_that_is_none_is_named),
        cmocka_unit_test(a_critic_is_looked_at_too),
        cmocka_unit_test(a_statistic_is_named),
    };
    return cmocka_run_group_tests_name("finite", tests, NULL, NULL);
}
