// test_workers.c -- simserver/server/workers.c: every row once, every job reported once.
#include <semaphore.h>

#include "core_drive.h"
#include "test.h"
#include "workers.h"

enum { ROWS = 8, JOBS = 40, PATIENCE_MS = 10000 };

// Workers, and sessions of ROWS rows whose steps they run.
typedef struct yard {
    drive d;
    workers crew;
    sem_t reports;
    bool watched;  // the crew watches after each job
    int jobless;   // reports of workers that found nothing to do
} yard;

static void report(void *context, runner *self, workers_event event)
{
    yard *y = context;
    (void) self;
    if (event == WORKERS_NO_JOB) {
        y->jobless++;
        workers_end_watch(&y->crew);
    } else if (y->watched) {
        assert_true(workers_watch(&y->crew));
        return;
    }
    sem_post(&y->reports);
}

static void open_yard(yard *y, int threads)
{
    const sw_log silent = {0};
    y->watched = false;
    y->jobless = 0;
    drive_init(&y->d, &fake_env);
    sem_init(&y->reports, 0, 0);
    assert_ok(workers_init(&y->crew, report, y, &silent));
    if (threads > 0) {
        assert_ok(workers_start(&y->crew, threads, 0));
    }
}

static void stop_crew(yard *y)
{
    workers_finish(&y->crew);
    assert_true(runners_wait(&y->crew.threads, PATIENCE_MS));
    assert_int_equal(workers_leave(&y->crew), 0);
}

static void close_yard(yard *y)
{
    stop_crew(y);
    workers_free(&y->crew);
    sem_destroy(&y->reports);
    drive_free(&y->d);
}

// Hands the next step of a session to the workers.
static void submit_step(yard *y, uint64_t id, uint64_t seq)
{
    step_fake step;
    step_fake_init(&step, ROWS);
    for (int i = 0; i < ROWS; i++) {
        step.add[i * FAKE_ADD] = 0.5;
    }
    y->d.hold = true;
    drive_ask(&y->d, id, seq, STEPWIRE__REQUEST__KIND_STEP, &step.body);
    workers_submit(&y->crew, y->d.held[--y->d.held_count]);
}

// Takes a job that is done and tells the core; returns what the sum of each of its rows is, which
// must be the same for all.
static double take_done(yard *y)
{
    session *x = workers_next_done(&y->crew);
    assert_non_null(x);
    for (int i = 0; i < ROWS; i++) {
        server_row_done(&y->d.core, x, i, 0);
    }
    server_reply bytes;
    assert_true(server_next_reply(&y->d.core, &bytes));
    Stepwire__Reply *reply = reply_parse(bytes.bytes, bytes.size);
    const double sum = state_of(reply->step->observations, 0, 0);
    for (int i = 1; i < ROWS; i++) {
        assert_near(state_of(reply->step->observations, i, 0), sum, 0);
    }
    stepwire__reply__free_unpacked(reply, NULL);
    return sum;
}

static void each_row_is_stepped_once_by_any_number_of_threads(void **state)
{
    (void) state;
    static yard y;
    for (int threads = 1; threads <= 4; threads++) {
        open_yard(&y, threads);
        const uint64_t id = drive_begin(&y.d, 7, ROWS);
        for (int t = 1; t <= JOBS; t++) {
            submit_step(&y, id, (uint64_t) t + 1);
            sem_wait(&y.reports);
            assert_near(take_done(&y), 0.5 * t, 0);
        }
        assert_false(workers_have_done(&y.crew));
        assert_int_equal(atomic_load(&y.crew.steps), JOBS * ROWS);
        close_yard(&y);
    }
}

static void two_sessions_are_stepped_side_by_side(void **state)
{
    (void) state;
    static yard y;
    open_yard(&y, 2);
    const uint64_t first = drive_begin(&y.d, 7, ROWS);
    y.d.hold = false;
    const uint64_t second = drive_begin(&y.d, 8, ROWS);
    for (int t = 1; t <= JOBS; t++) {
        submit_step(&y, first, (uint64_t) t + 1);
        submit_step(&y, second, (uint64_t) t + 1);
        for (int n = 0; n < 2; n++) {
            sem_wait(&y.reports);
            assert_near(take_done(&y), 0.5 * t, 0);
        }
    }
    close_yard(&y);
}

static void without_threads_a_job_waits_to_be_run_in_place(void **state)
{
    (void) state;
    static yard y;
    open_yard(&y, 0);
    const uint64_t id = drive_begin(&y.d, 7, ROWS);
    submit_step(&y, id, 2);
    assert_false(workers_have_done(&y.crew));
    assert_true(workers_run_submitted(&y.crew));
    assert_false(workers_run_submitted(&y.crew));
    assert_true(workers_have_done(&y.crew));
    assert_near(take_done(&y), 0.5, 0);
    close_yard(&y);
}

static void stopping_waits_for_what_was_submitted(void **state)
{
    (void) state;
    static yard y;
    open_yard(&y, 2);
    const uint64_t id = drive_begin(&y.d, 7, ROWS);
    submit_step(&y, id, 2);
    stop_crew(&y);
    assert_near(take_done(&y), 0.5, 0);
    close_yard(&y);
}

static void during_a_watch_a_worker_says_that_it_has_no_job(void **state)
{
    (void) state;
    static yard y;
    open_yard(&y, 1);
    y.watched = true;
    const uint64_t id = drive_begin(&y.d, 7, ROWS);
    for (int t = 1; t <= JOBS; t++) {
        submit_step(&y, id, (uint64_t) t + 1);
        sem_wait(&y.reports);
        assert_int_equal(y.jobless, t);
        assert_near(take_done(&y), 0.5 * t, 0);
    }
    close_yard(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_stepped_once_by_any_number_of_threads),
        cmocka_unit_test(two_sessions_are_stepped_side_by_side),
        cmocka_unit_test(without_threads_a_job_waits_to_be_run_in_place),
        cmocka_unit_test(stopping_waits_for_what_was_submitted),
        cmocka_unit_test(during_a_watch_a_worker_says_that_it_has_no_job),
    };
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
