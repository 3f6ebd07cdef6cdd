// test_server_resume.c -- rule 10: what a process learns that kept only the session id.
#include "core_rows.h"
#include "test.h"

static const Stepwire__Resumed *resume(rows *f)
{
    const Stepwire__Resume asked = STEPWIRE__RESUME__INIT;
    const Stepwire__Reply *reply = drive_ask(&f->d, f->id, 4711, KIND(RESUME), &asked);
    assert_int_equal(reply->seq, 4711);  // outside the session's numbers
    return reply->result_case == RESULT(RESUMED) ? reply->resumed : NULL;
}

static void resume_tells_what_the_session_was_opened_as(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(8, ROWS);
    open.autoreset = MODE(NEXT_STEP);
    open.info = true;
    open.lease = 12;
    open.max_episode_steps = 5;
    open.observation_format = STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    rows_open(f, &open);
    const Stepwire__Resumed *told = resume(f);
    assert_int_equal(told->seq, 0);
    assert_int_equal(told->autoreset, MODE(NEXT_STEP));
    assert_true(told->info);
    assert_near(told->lease, 12, 0);
    assert_string_equal(told->spec->env_id, "Fake-v0");
    assert_int_equal(told->spec->max_episode_steps, 5);
    assert_int_equal(told->spec->observations[0]->dtype, SW_FLOAT32);
    assert_int_equal(told->flags.len, ROWS);
    assert_int_equal(told->flags.data[1], 0);  // no reply had a row yet
    assert_int_equal(told->observations[0].len, ROWS * FAKE_STATE * sizeof(float));
}

static void resume_tells_of_each_row_what_the_last_reply_with_it_did(void **state)
{
    rows *f = *state;
    uint32_t some[] = {0, 2};
    rows_begin(f, MODE(DEFAULT));
    f->step.add[0] = 0.25;
    f->step.command[1] = FAKE_TERMINATE;
    rows_step(f);
    Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    reset.rows = some + 1;
    reset.n_rows = 1;
    rows_ask(f, KIND(RESET), &reset);
    const Stepwire__Resumed *told = resume(f);
    assert_int_equal(told->seq, 3);
    assert_false(told->busy);
    assert_int_equal(told->flags.data[0], 0);
    assert_int_equal(told->flags.data[1], SW_TERMINATED | SW_FIRST);
    assert_int_equal(told->flags.data[2], SW_FIRST);
    assert_near(state_of(told->observations, 0, 0), 0.25, 0);
    assert_near(state_of(told->observations, 1, 0), 0, 0);
    const double sums[] = {7, 8};
    ProtobufCBinaryData states[] = {{.data = (uint8_t *) &sums[0], .len = sizeof(double)},
                                    {.data = (uint8_t *) &sums[1], .len = sizeof(double)}};
    Stepwire__SetState set = STEPWIRE__SET_STATE__INIT;
    set.rows = some;
    set.n_rows = 2;
    set.states = states;
    set.n_states = 2;
    set.format = "fake/sum";
    rows_ask(f, KIND(SET_STATE), &set);
    told = resume(f);
    assert_int_equal(told->flags.data[0], SW_FIRST);
    assert_int_equal(told->flags.data[1], SW_TERMINATED | SW_FIRST);
    assert_near(state_of(told->observations, 0, 0), 7, 0);
    assert_near(state_of(told->observations, 2, 0), 8, 0);
    assert_non_null(rows_step(f));  // the numbers are where they were
}

static void resume_of_a_busy_session_shows_no_rows(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    f->d.hold = true;
    rows_step(f);
    const Stepwire__Resumed *told = resume(f);
    assert_true(told->busy);
    assert_int_equal(told->seq, 1);
    assert_int_equal(told->flags.len, 0);
    assert_int_equal(told->n_observations, 0);
    f->d.hold = false;
    drive_release(&f->d);
    assert_int_equal(resume(f)->seq, 2);
}

static void resume_renews_the_lease_and_of_no_session_is_lost(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));  // 30 s
    for (int s = 0; s < 40; s++) {
        if (s == 20) {
            assert_non_null(resume(f));
        }
        drive_tick(&f->d, 1000);
    }
    assert_non_null(resume(f));
    f->id++;
    assert_null(resume(f));
    assert_int_equal(rows_error(f)->code, CODE(SESSION_LOST));
    f->id = 0;
    assert_null(resume(f));
    assert_int_equal(rows_error(f)->code, CODE(SESSION_LOST));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(resume_tells_what_the_session_was_opened_as),
        T(resume_tells_of_each_row_what_the_last_reply_with_it_did),
        T(resume_of_a_busy_session_shows_no_rows),
        T(resume_renews_the_lease_and_of_no_session_is_lost),
    };
    return cmocka_run_group_tests_name("server_resume", tests, NULL, NULL);
}
