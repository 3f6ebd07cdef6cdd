// test_chunks.c -- simserver/server/chunks.c: how a job is cut, and who takes what.
#include "chunks.h"
#include "test.h"

enum { ROWS = 32 };

// A session with a job of `rows` rows, which took `us` each the last time; 0: there was none.
typedef struct job {
    session x;
    unsigned char taken[ROWS];
} job;

static session *cut(job *j, int rows, double us, int threads)
{
    *j = (job){.x = {.job = JOB_STEP, .job_rows = rows, .taken = j->taken}};
    j->x.row_ns[JOB_STEP] = 1e3 * us;
    chunks_cut(&j->x, threads);
    return &j->x;
}

static void a_chunk_takes_about_150_us_and_threads_get_equally_many(void **state)
{
    (void) state;
    job j;
    // 2 threads, 16 rows each: 28 us make 448 us, 3 chunks, 6 rows at most
    assert_int_equal(cut(&j, 32, 28, 2)->grain, 6);
    assert_int_equal(cut(&j, 32, 9, 2)->grain, 16);   // 144 us: one chunk each
    assert_int_equal(cut(&j, 32, 60, 2)->grain, 3);   // 960 us, 7 chunks: 2.3
    assert_int_equal(cut(&j, 32, 400, 2)->grain, 1);  // a row is more than a chunk
    assert_int_equal(cut(&j, 8, 60, 2)->grain, 2);    // 240 us: 2 chunks of 4 rows
}

static void a_job_is_not_divided_if_that_does_not_pay(void **state)
{
    (void) state;
    job j;
    assert_int_equal(cut(&j, 32, 3, 2)->grain, 32);  // 96 us in all
    assert_int_equal(cut(&j, 32, 400, 0)->grain, 32);
    assert_int_equal(cut(&j, 32, 0, 2)->grain, 1);  // not known yet
}

static void every_row_is_taken_once_whoever_takes_it(void **state)
{
    (void) state;
    job j;
    for (int rows = 1; rows <= ROWS; rows++) {
        session *x = cut(&j, rows, 60, 3);
        int times[ROWS] = {0};
        for (int n = 0; !chunks_all_taken(x); n++) {
            int first;
            const int count = chunks_take(x, (2 * n) % 3, 3, &first);
            for (int i = first; i < first + count; i++) {
                times[i]++;
            }
        }
        for (int i = 0; i < rows; i++) {
            assert_int_equal(times[i], 1);
        }
    }
}

static void threads_find_their_own_rows_first(void **state)
{
    (void) state;
    job j;
    int first;
    session *x = cut(&j, 32, 60, 2);  // 11 chunks of 3 rows
    chunks_take(x, 1, 2, &first);
    assert_int_equal(first, 15);  // chunk 5
    chunks_take(x, 0, 2, &first);
    assert_int_equal(first, 0);
    chunks_take(x, 1, 2, &first);
    assert_int_equal(first, 18);
    for (int n = 0; n < 4; n++) {
        chunks_take(x, 1, 2, &first);
    }
    assert_int_equal(first, 30);
    chunks_take(x, 1, 2, &first);  // nothing left of its own
    assert_int_equal(first, 3);
}

static void the_cost_of_a_row_follows_slowly(void **state)
{
    (void) state;
    job j;
    session *x = cut(&j, 32, 0, 0);
    assert_true(chunks_finish(x, 32, 3200));  // 100 ns a row
    assert_near(chunks_expected_ns(x), 3200, 1e-9);
    chunks_cut(x, 0);
    assert_false(chunks_finish(x, 30, 6000));
    assert_true(chunks_finish(x, 2, 400));  // 200 ns; a quarter of that counts
    assert_near(chunks_expected_ns(x), 32 * 125.0, 1e-9);
}

static void a_job_ends_without_the_rows_that_are_dropped(void **state)
{
    (void) state;
    job j;
    int first;
    session *x = cut(&j, 32, 60, 2);
    const int count = chunks_take(x, 0, 2, &first);
    chunks_drop(x);
    assert_true(chunks_finish(x, count, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chunk_takes_about_150_us_and_threads_get_equally_many),
        cmocka_unit_test(a_job_is_not_divided_if_that_does_not_pay),
        cmocka_unit_test(every_row_is_taken_once_whoever_takes_it),
        cmocka_unit_test(threads_find_their_own_rows_first),
        cmocka_unit_test(the_cost_of_a_row_follows_slowly),
        cmocka_unit_test(a_job_ends_without_the_rows_that_are_dropped),
    };
    return cmocka_run_group_tests_name("chunks", tests, NULL, NULL);
}
