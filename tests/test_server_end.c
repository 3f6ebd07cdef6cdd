// test_server_end.c -- a server that is to end, and environments that do not come back.
#include "core_rows.h"
#include "test.h"

static const Stepwire__Close close_it = STEPWIRE__CLOSE__INIT;

static const Stepwire__Pong *ping(rows *f)
{
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &f->id;
    ping.n_sessions = 1;
    return drive_ask(&f->d, 0, 1, KIND(PING), &ping)->pong;
}

// ---- draining ----------------------------------------------------------------------------------

static void a_draining_server_opens_no_more_sessions(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    assert_false(ping(f)->draining);
    server_drain(&f->d.core);
    const Stepwire__Open fresh = open_fake(8, 1), again = open_fake(7, ROWS);
    assert_int_equal(error_of(drive_ask(&f->d, 0, 1, KIND(OPEN), &fresh)), CODE(DRAINING));
    assert_false(f->d.reply->error->retry);
    assert_true(ping(f)->draining);
    const uint64_t id = f->id;
    assert_true(drive_ask(&f->d, 0, 1, KIND(OPEN), &again)->opened->session == id);
    assert_non_null(rows_step(f));
    assert_int_equal(rows_ask(f, KIND(CLOSE), &close_it)->result_case, RESULT(CLOSED));
}

static void a_session_being_opened_when_draining_begins_is_opened(void **state)
{
    rows *f = *state;
    const Stepwire__Open open = open_fake(7, ROWS);
    f->d.hold = true;
    drive_ask(&f->d, 0, 1, KIND(OPEN), &open);
    server_drain(&f->d.core);
    assert_int_equal(drive_release(&f->d)->result_case, RESULT(OPENED));
}

// ---- environments that are stuck ---------------------------------------------------------------

// A session whose Step has been running for 2.5 s.
static void begin_stuck(rows *f)
{
    rows_begin(f, MODE(DEFAULT));
    f->d.hold = true;
    rows_step(f);
    f->d.now += 2500;
}

static void who_waits_for_a_stuck_row_is_told_which_and_how_long(void **state)
{
    rows *f = *state;
    begin_stuck(f);
    const uint64_t seq = f->seq;
    assert_int_equal(error_of(drive_give_up(&f->d, 2)), CODE(SESSION_LOST));
    assert_int_equal(f->d.reply->seq, seq);
    assert_true(f->d.reply->session == f->id);
    assert_non_null(strstr(rows_error(f)->text, "Fake-v0: row 2 has not come back for 2.5 s"));
    assert_int_equal(rows_error(f)->rows[0], 2);
    assert_false(rows_error(f)->retry);
}

static void a_session_given_up_is_found_by_no_request(void **state)
{
    rows *f = *state;
    begin_stuck(f);
    drive_give_up(&f->d, 0);
    assert_int_equal(error_of(drive_send(&f->d)), CODE(SESSION_LOST));  // the same Step again
    assert_int_equal(ping(f)->sessions[0]->state, STEPWIRE__SESSION_STATUS__STATE__LOST);
    const Stepwire__Resume resume = STEPWIRE__RESUME__INIT;
    assert_int_equal(error_of(rows_ask(f, KIND(RESUME), &resume)), CODE(SESSION_LOST));
}

static void it_counts_until_its_rows_are_back_and_is_closed_then(void **state)
{
    rows *f = *state;
    begin_stuck(f);
    drive_give_up(&f->d, 0);
    for (int s = 0; s < 100; s++) {  // no lease frees it
        drive_tick(&f->d, 1000);
    }
    assert_int_equal(f->d.core.env_count, ROWS);
    session *x = f->d.held[0];
    for (int i = 0; i < ROWS - 1; i++) {
        server_row_done(&f->d.core, x, i, f->d.now);
        assert_null(server_next_job(&f->d.core));
    }
    server_row_done(&f->d.core, x, ROWS - 1, f->d.now);
    server_reply reply;
    assert_false(server_next_reply(&f->d.core, &reply));  // it had its reply
    assert_true(server_next_job(&f->d.core) == x);
    assert_int_equal(x->job, JOB_CLOSE);
    f->d.held[0] = x;
    drive_release(&f->d);
    assert_int_equal(f->d.core.env_count, 0);
    assert_int_equal(f->d.core.session_count, 0);
}

static void giving_up_twice_is_answered_once(void **state)
{
    rows *f = *state;
    begin_stuck(f);
    assert_non_null(drive_give_up(&f->d, 0));
    assert_null(drive_give_up(&f->d, 1));
    f->d.hold = false;
    assert_null(drive_release(&f->d));
    assert_int_equal(f->d.core.session_count, 0);
}

static void an_open_that_is_stuck_is_given_up_and_may_be_tried_again(void **state)
{
    rows *f = *state;
    const Stepwire__Open open = open_fake(7, ROWS);
    f->d.hold = true;
    drive_ask(&f->d, 0, 33, KIND(OPEN), &open);
    assert_int_equal(error_of(drive_give_up(&f->d, 1)), CODE(SESSION_LOST));
    assert_int_equal(f->d.reply->seq, 33);
    f->d.hold = false;
    assert_int_equal(drive_ask(&f->d, 0, 34, KIND(OPEN), &open)->result_case, RESULT(OPENED));
    assert_int_equal(f->d.core.session_count, 2);
    assert_null(drive_release(&f->d));
    assert_int_equal(f->d.core.session_count, 1);
}

static void a_close_that_is_stuck_is_told_and_not_repeated(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    f->d.hold = true;
    rows_ask(f, KIND(CLOSE), &close_it);
    assert_int_equal(error_of(drive_give_up(&f->d, 1)), CODE(SESSION_LOST));
    assert_null(drive_release(&f->d));
    assert_int_equal(f->d.held_count, 0);  // its environments are closed, once
    assert_int_equal(f->d.core.session_count, 0);
}

static void a_lost_session_that_is_stuck_has_nobody_to_tell(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    f->d.hold = true;
    for (int s = 0; s < 31; s++) {
        drive_tick(&f->d, 1000);
    }
    assert_int_equal(f->d.held_count, 1);  // the environments are being closed
    assert_null(drive_give_up(&f->d, 0));
    assert_null(drive_release(&f->d));
    assert_int_equal(f->d.core.session_count, 0);
}

static void what_a_stuck_job_has_on_loan_stays_until_its_rows_are_back(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    Stepwire__Render render = STEPWIRE__RENDER__INIT;
    render.width = render.height = 10;
    f->d.hold = true;
    rows_ask(f, KIND(RENDER), &render);
    assert_int_equal(error_of(drive_give_up(&f->d, 0)), CODE(SESSION_LOST));
    assert_true(f->d.core.lender.lent > 300);
    f->d.hold = false;
    assert_null(drive_release(&f->d));
    assert_int_equal(f->d.core.lender.lent, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(a_draining_server_opens_no_more_sessions),
        T(a_session_being_opened_when_draining_begins_is_opened),
        T(who_waits_for_a_stuck_row_is_told_which_and_how_long),
        T(a_session_given_up_is_found_by_no_request),
        T(it_counts_until_its_rows_are_back_and_is_closed_then),
        T(giving_up_twice_is_answered_once),
        T(an_open_that_is_stuck_is_given_up_and_may_be_tried_again),
        T(a_close_that_is_stuck_is_told_and_not_repeated),
        T(a_lost_session_that_is_stuck_has_nobody_to_tell),
        T(what_a_stuck_job_has_on_loan_stays_until_its_rows_are_back),
    };
    return cmocka_run_group_tests_name("server_end", tests, NULL, NULL);
}
