// test_diverged.c -- agent/run/train.c: learning that diverges ends training, and is not saved.
#include <math.h>

#include "fake_learning.h"
#include "test.h"
#include "train.h"

typedef struct stage {
    fake_pool pool;
    fake_algo algo;
    bool saves;  // after every turn
    int reports, saved;
} stage;

static sw_status take_report(void *context, const report_row *row)
{
    (void) row;
    ((stage *) context)->reports++;
    return SW_OK;
}

static bool is_due(void *context)
{
    return ((stage *) context)->saves;
}

static sw_status save(void *context)
{
    ((stage *) context)->saved++;
    return SW_OK;
}

// Trains for 40 steps of one row, of which `updates_each` make an update.
static sw_status learn(stage *s, bool *diverged)
{
    fake_pool_init(&s->pool, 1, 1);
    s->algo.groups = 1;
    const train_options options = {.pool = &s->pool.base,
                                   .class = &fake_algo_class,
                                   .algo = fake_algo_handle(&s->algo),
                                   .steps = 40,
                                   .report = take_report,
                                   .is_due = is_due,
                                   .save = save,
                                   .context = s};
    driver *d;
    assert_ok(train_open(&options, &d));
    const sw_status st = train_run(d, 0);
    *diverged = train_has_diverged(d);
    train_close(d);
    fake_pool_free(&s->pool);
    return st;
}

static void parameters_that_are_not_numbers_end_training_at_once(void **state)
{
    (void) state;
    stage s = {.algo = {.updates_each = 2, .spoiled_at = 3}};
    bool diverged;
    assert_int_equal(learn(&s, &diverged), SW_FAILED_PRECONDITION);
    assert_true(diverged);
    assert_says("after 6 steps fake has diverged: policy.weight");
    assert_int_equal(s.reports, 2);
}

// An algorithm that reports now and then may have diverged long before.
static void they_are_not_saved(void **state)
{
    (void) state;
    stage s = {.algo = {.updates_each = 1000, .weights = {NAN}}, .saves = true};
    bool diverged;
    assert_int_equal(learn(&s, &diverged), SW_FAILED_PRECONDITION);
    assert_true(diverged);
    assert_int_equal(s.saved, 0);
}

static void a_statistic_that_is_not_a_number_ten_times_in_a_row_ends_training(void **state)
{
    (void) state;
    stage s = {.algo = {.updates_each = 1, .bad_from = 5, .bad_to = 100}, .saves = true};
    bool diverged;
    assert_int_equal(learn(&s, &diverged), SW_FAILED_PRECONDITION);
    assert_true(diverged);
    assert_says("after 14 steps fake has diverged: updates");
    assert_int_equal(s.reports, 13);
    assert_int_equal(s.saved, 6);  // before the first turn, the first reply, and four updates
}

static void one_that_recovers_does_not(void **state)
{
    (void) state;
    stage s = {.algo = {.updates_each = 1, .bad_from = 5, .bad_to = 14}};
    bool diverged;
    assert_ok(learn(&s, &diverged));
    assert_false(diverged);
    assert_int_equal(s.reports, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_that_are_not_numbers_end_training_at_once),
        cmocka_unit_test(they_are_not_saved),
        cmocka_unit_test(a_statistic_that_is_not_a_number_ten_times_in_a_row_ends_training),
        cmocka_unit_test(one_that_recovers_does_not),
    };
    return cmocka_run_group_tests_name("diverged", tests, NULL, NULL);
}
