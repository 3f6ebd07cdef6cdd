// test_eval.c -- agent/run/eval.c: which episodes count, and what is made of them.
#include "eval.h"

#include <string.h>

#include "fake_learning.h"
#include "test.h"

typedef struct stage {
    fake_trace trace;
    fake_pool pool;
    fake_algo algo;
    eval_result result;
} stage;

static void evaluate(stage *s, int rows, int groups, bool stochastic,
                     void (*script)(int row, int step, double *reward, uint8_t *flags))
{
    memset(s, 0, sizeof(*s));
    fake_pool_init(&s->pool, rows, groups);
    s->pool.trace = &s->trace;
    s->pool.script = script;
    const eval_options options = {.pool = &s->pool.base,
                                  .class = &fake_algo_class,
                                  .algo = fake_algo_handle(&s->algo),
                                  .stochastic = stochastic};
    assert_ok(eval_run(&options, &s->result));
    fake_pool_free(&s->pool);
}

// Row r's episodes all have r + 1 steps of reward r + 1: returns 1, 4, 9, 16, 25...
static void squares(int row, int step, double *reward, uint8_t *flags)
{
    *reward = row + 1;
    if (step % (row + 1) == 0) {
        *flags = SW_TERMINATED | SW_FIRST;
    }
}

static void each_row_counts_with_its_first_episode_alone(void **state)
{
    (void) state;
    stage s;
    evaluate(&s, 5, 2, false, squares);
    assert_int_equal(s.result.episodes, 5);
    assert_near(s.result.mean, (1 + 4 + 9 + 16 + 25) / 5.0, 1e-12);
    assert_near(s.result.length, (1 + 2 + 3 + 4 + 5) / 5.0, 1e-12);
}

// floor(7 / 4) = 1 at each end: (4 + 9 + 16 + 25 + 36) / 5
static void iqm_drops_a_quarter_at_each_end(void **state)
{
    (void) state;
    stage s;
    evaluate(&s, 7, 1, false, squares);
    assert_near(s.result.iqm, 18, 1e-12);
}

// deviations from 11: 10, 7, 2, 5, 14; their squares sum to 374
static void std_divides_by_the_number_of_episodes(void **state)
{
    (void) state;
    stage s;
    evaluate(&s, 5, 1, false, squares);
    assert_near(s.result.std, sqrt(374 / 5.0), 1e-12);
}

static void a_group_whose_rows_are_done_is_stepped_no_more(void **state)
{
    (void) state;
    stage s;
    evaluate(&s, 2, 2, false, squares);  // 1 and 2 steps
    assert_string_equal(s.trace.text, "reset0 reset1 recv0 send0 recv1 send1 "
                                      "recv0 recv1 send1 recv1");
}

static void second_is_faulty(int row, int step, double *reward, uint8_t *flags)
{
    squares(row, step, reward, flags);
    if (row == 1 && step == 2) {
        *reward = 0;
        *flags = SW_TRUNCATED | SW_FAULTY | SW_FIRST;
    }
}

static void a_faulty_first_episode_is_left_out_and_not_replaced(void **state)
{
    (void) state;
    stage s;
    evaluate(&s, 3, 1, false, second_is_faulty);
    assert_int_equal(s.result.episodes, 2);
    assert_near(s.result.mean, (1 + 9) / 2.0, 1e-12);
}

static void all_faulty(int row, int step, double *reward, uint8_t *flags)
{
    (void) row;
    (void) step;
    *reward = 0;
    *flags = SW_TRUNCATED | SW_FAULTY | SW_FIRST;
}

static void without_an_episode_there_is_no_mean(void **state)
{
    (void) state;
    stage s;
    evaluate(&s, 2, 1, false, all_faulty);
    assert_int_equal(s.result.episodes, 0);
    assert_true(isnan(s.result.mean) && isnan(s.result.iqm) && isnan(s.result.std));
}

static void actions_are_sampled_only_when_asked(void **state)
{
    (void) state;
    stage s;
    evaluate(&s, 2, 1, false, squares);
    assert_int_equal(s.algo.stochastic, 0);
    assert_true(s.algo.deterministic > 0);
    evaluate(&s, 2, 1, true, squares);
    assert_int_equal(s.algo.deterministic, 0);
    assert_true(s.algo.stochastic > 0);
}

static void an_interrupt_ends_it_at_once(void **state)
{
    (void) state;
    fake_pool pool;
    fake_algo learner = {0};
    fake_pool_init(&pool, 1, 1);
    volatile sig_atomic_t interrupts = 1;
    const eval_options options = {.pool = &pool.base,
                                  .class = &fake_algo_class,
                                  .algo = fake_algo_handle(&learner),
                                  .interrupts = &interrupts};
    eval_result result;
    assert_int_equal(eval_run(&options, &result), SW_INTERRUPTED);
    fake_pool_free(&pool);
}

// Row 1 never ends.
static void half(int row, int step, double *reward, uint8_t *flags)
{
    *reward = step;
    *flags = row == 0 ? SW_TERMINATED | SW_FIRST : 0;
}

static void an_episode_without_end_is_not_waited_for(void **state)
{
    (void) state;
    fake_pool pool;
    fake_algo learner = {0};
    fake_pool_init(&pool, 2, 1);
    pool.script = half;
    const eval_options options = {
        .pool = &pool.base, .class = &fake_algo_class, .algo = fake_algo_handle(&learner)};
    eval_result result;
    assert_int_equal(eval_run(&options, &result), SW_FAILED_PRECONDITION);
    assert_says("no time limit, and 1 episodes");
    fake_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_counts_with_its_first_episode_alone),
        cmocka_unit_test(iqm_drops_a_quarter_at_each_end),
        cmocka_unit_test(std_divides_by_the_number_of_episodes),
        cmocka_unit_test(a_group_whose_rows_are_done_is_stepped_no_more),
        cmocka_unit_test(a_faulty_first_episode_is_left_out_and_not_replaced),
        cmocka_unit_test(without_an_episode_there_is_no_mean),
        cmocka_unit_test(actions_are_sampled_only_when_asked),
        cmocka_unit_test(an_interrupt_ends_it_at_once),
        cmocka_unit_test(an_episode_without_end_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("eval", tests, NULL, NULL);
}
