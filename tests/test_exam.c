// test_exam.c -- agent/run/exam.c: when there are exams, and which one was the best.
#include "exam.h"

#include <string.h>

#include "fake_learning.h"
#include "file.h"
#include "scratch_file.h"
#include "test.h"

typedef struct school {
    const place *place;
    fake_pool pool;
    fake_algo algo;
    exam exam;
    void (*script)(int row, int step, double *reward, uint8_t *flags);
    int pools;    // opened so far
    int unlucky;  // the first so many lose a server
    volatile sig_atomic_t interrupts;
} school;

// Episodes of one step.
static void pays_one(int row, int step, double *reward, uint8_t *flags)
{
    (void) row;
    (void) step;
    *reward = 1;
    *flags = SW_TERMINATED | SW_FIRST;
}

static void pays_five(int row, int step, double *reward, uint8_t *flags)
{
    pays_one(row, step, reward, flags);
    *reward = 5;
}

static void is_faulty(int row, int step, double *reward, uint8_t *flags)
{
    pays_one(row, step, reward, flags);
    *flags = SW_FAULTY | SW_TRUNCATED | SW_FIRST;
}

static void loses_a_row(int row, int step, double *reward, uint8_t *flags)
{
    pays_five(row, step, reward, flags);
    *flags |= row == 1 ? SW_FAULTY : 0;
}

static sw_status open_pool(void *context, sw_pool **pool)
{
    school *s = context;
    if (s->pools++ > 0) {
        fake_pool_free(&s->pool);
    }
    fake_pool_init(&s->pool, 3, 1);
    s->pool.script = s->pools <= s->unlucky ? loses_a_row : s->script;
    *pool = &s->pool.base;
    return SW_OK;
}

static void begin(school *s, const place *p, int64_t every)
{
    memset(s, 0, sizeof(*s));
    s->place = p;
    exam_init(&s->exam, &(exam_options){.every = every,
                                        .path = p->path,
                                        .class = &fake_algo_class,
                                        .algo = fake_algo_handle(&s->algo),
                                        .open_pool = open_pool,
                                        .context = s,
                                        .interrupts = &s->interrupts});
    assert_ok(exam_open(&s->exam));
}

static void end(school *s, const char *expected)
{
    char *text;
    size_t bytes;
    exam_close(&s->exam);
    if (s->pools > 0) {
        fake_pool_free(&s->pool);
    }
    assert_ok(file_read(s->place->path, 1 << 16, &text, &bytes));
    assert_string_equal(text, expected);
    free(text);
}

static bool take(school *s, int64_t steps,
                 void (*script)(int row, int step, double *reward, uint8_t *flags))
{
    bool is_best;
    s->script = script;
    assert_ok(exam_take(&s->exam, steps, &is_best));
    return is_best;
}

#define NAMES "steps,episodes,mean,iqm,std,length\n"

static void an_exam_is_due_once_a_multiple_is_passed(void **state)
{
    school s;
    begin(&s, *state, 100);
    assert_false(exam_is_due(&s.exam, 99));
    assert_true(exam_is_due(&s.exam, 100));
    assert_true(exam_is_due(&s.exam, 130));
    take(&s, 130, pays_one);
    assert_false(exam_is_due(&s.exam, 130));
    assert_false(exam_is_due(&s.exam, 199));
    assert_true(exam_is_due(&s.exam, 200));
    end(&s, NAMES "130,3,1,1,0,1\n");
}

static void of_equal_exams_the_newer_is_the_best(void **state)
{
    school s;
    begin(&s, *state, 10);
    assert_false(take(&s, 10, is_faulty));  // no mean is not a mean
    assert_true(take(&s, 20, pays_one));
    assert_true(take(&s, 30, pays_five));
    assert_false(take(&s, 40, pays_one));
    assert_true(take(&s, 50, pays_five));
    end(&s, NAMES "10,0,nan,nan,nan,nan\n"
                  "20,3,1,1,0,1\n30,3,5,5,0,1\n40,3,1,1,0,1\n50,3,5,5,0,1\n");
}

static void an_exam_that_lost_episodes_is_taken_again(void **state)
{
    school s;
    begin(&s, *state, 10);
    s.unlucky = 2;
    assert_true(take(&s, 10, pays_one));
    assert_int_equal(s.pools, 3);
    end(&s, NAMES "10,3,1,1,0,1\n");
}

static void an_exam_that_is_still_short_is_never_the_best(void **state)
{
    school s;
    begin(&s, *state, 10);
    assert_false(take(&s, 10, loses_a_row));  // of 2 episodes
    assert_int_equal(s.pools, 3);
    assert_true(exam_is_taken(&s.exam, 10));
    assert_true(take(&s, 20, pays_one));  // though 10 had a higher mean
    assert_false(take(&s, 30, loses_a_row));
    end(&s, NAMES "10,2,5,5,0,1\n20,3,1,1,0,1\n30,2,5,5,0,1\n");
}

static void what_was_examined_is_not_examined_again(void **state)
{
    school s;
    begin(&s, *state, 10);
    assert_true(take(&s, 15, pays_one));
    assert_false(take(&s, 15, pays_five));
    assert_int_equal(s.pools, 1);
    end(&s, NAMES "15,3,1,1,0,1\n");
}

static void actions_are_the_most_likely_ones(void **state)
{
    school s;
    begin(&s, *state, 10);
    take(&s, 10, pays_one);
    assert_int_equal(s.algo.stochastic, 0);
    assert_true(s.algo.deterministic > 0);
    end(&s, NAMES "10,3,1,1,0,1\n");
}

static void whoever_is_interrupted_takes_no_exam(void **state)
{
    school s;
    bool is_best;
    begin(&s, *state, 10);
    s.interrupts = 1;
    assert_false(take(&s, 10, pays_one));
    assert_false(exam_is_taken(&s.exam, 10));  // so the run is not complete
    s.interrupts = 2;
    assert_int_equal(exam_take(&s.exam, 10, &is_best), SW_INTERRUPTED);
    end(&s, NAMES);
}

static void without_exams_there_is_no_file(void **state)
{
    const place *p = *state;
    school s;
    begin(&s, p, 0);
    assert_false(exam_is_due(&s.exam, 1000));
    assert_false(take(&s, 1000, pays_one));
    assert_true(exam_is_taken(&s.exam, 1000));
    assert_int_equal(s.pools, 0);
    assert_int_not_equal(access(p->path, F_OK), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_place, tear_down_place)
    const struct CMUnitTest tests[] = {
        T(an_exam_that_lost_episodes_is_taken_again),
        T(an_exam_that_is_still_short_is_never_the_best),
        T(an_exam_is_due_once_a_multiple_is_passed),
        T(of_equal_exams_the_newer_is_the_best),
        T(what_was_examined_is_not_examined_again),
        T(actions_are_the_most_likely_ones),
        T(whoever_is_interrupted_takes_no_exam),
        T(without_exams_there_is_no_file),
    };
    return cmocka_run_group_tests_name("exam", tests, NULL, NULL);
}
