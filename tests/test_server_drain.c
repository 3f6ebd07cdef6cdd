// test_server_drain.c -- simserver/server/server.c: how a server ends, with and without patience.
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "house.h"
#include "test.h"

// SOON_MS: less than the five seconds that draining sessions have, more than is needed.
enum { LINE = 500, SOON_MS = 4000 };

// Sends Reset to a session that hangs in it and waits until it does.
static void hang_in_reset(house *h, uint64_t session)
{
    house_send_reset(h, session);
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &session;
    ping.n_sessions = 1;
    Stepwire__Reply *pong = served_ask(&h->s, 0, 5, STEPWIRE__REQUEST__KIND_PING, &ping);
    assert_int_equal(pong->pong->sessions[0]->state, STEPWIRE__SESSION_STATUS__STATE__BUSY);
    stepwire__reply__free_unpacked(pong, NULL);
}

static void the_server_ends_well(house *h, int within_ms)
{
    served_wait(&h->s, within_ms);
    assert_int_equal(h->s.result, SW_OK);
}

static void what_runs_when_the_server_is_stopped_is_answered(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(1), 300);
    hang_in_reset(&h, house_open(&h, 7, "reset"));
    sw_server_stop(h.s.server);
    poll(NULL, 0, 50);  // of the second that it has
    house_open_gate(&h, 1);
    served_expect(served_receive(&h.s), STEPWIRE__REPLY__RESULT_RESET);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

static void what_does_not_come_back_does_not_keep_a_stopped_server(void **state)
{
    (void) state;
    static house h;  // found by whoever looks for leaks: what the thread inside uses stays
    house_enter(&h, served_options(1), 300);
    hang_in_reset(&h, house_open(&h, 7, "reset"));
    sw_server_stop(h.s.server);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

static void a_step_that_used_to_be_short_does_not_keep_a_stopped_server(void **state)
{
    (void) state;
    static house h;
    house_enter(&h, served_options(1), 0);
    step_fake step;
    const uint64_t session = house_open_short(&h, 7, &step);
    step.command[0] = FAKE_WAIT;
    served_send(&h.s, session, ++h.seq, STEPWIRE__REQUEST__KIND_STEP, &step.body);
    poll(NULL, 0, 100);
    sw_server_stop(h.s.server);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

static void an_environment_that_does_not_close_does_not_keep_the_server(void **state)
{
    (void) state;
    static house h;
    house_enter(&h, served_options(1), 300);
    (void) house_open(&h, 7, "close");
    sw_server_stop(h.s.server);
    the_server_ends_well(&h, SOON_MS);
    const int64_t began = clock_ms();
    served_close(&h.s);
    assert_true(clock_ms() - began < SERVED_PATIENCE_MS);
}

static void a_server_without_sessions_drains_at_once(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(1), 300);
    house_expect_service(&h, 7);
    sw_server_drain(h.s.server);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

static void keep_line(void *context, sw_log_level level, const char *line)
{
    if (level == SW_LOG_INFO && strncmp(line, "draining", 8) == 0) {
        char *lines = context;
        const size_t used = strlen(lines);
        (void) snprintf(lines + used, LINE - used, "%s", line);
    }
}

static void a_draining_server_says_so_once_with_its_sessions(void **state)
{
    (void) state;
    house h;
    char lines[LINE] = "";
    sw_server_options options = served_options(1);
    options.log = (sw_log){.write = keep_line, .context = lines};
    house_enter(&h, options, 300);
    const uint64_t session = house_open(&h, 7, "none");
    sw_server_drain(h.s.server);
    poll(NULL, 0, 300);
    served_expect(house_close(&h, session), STEPWIRE__REPLY__RESULT_CLOSED);
    the_server_ends_well(&h, SOON_MS);
    assert_string_equal(lines, "draining: 1 sessions have 5 s to leave");
    served_close(&h.s);
}

static void a_draining_server_serves_who_is_there_until_they_leave(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(1), 300);
    const uint64_t session = house_open(&h, 7, "none");
    sw_server_drain(h.s.server);
    bool draining = false;
    for (int tries = 0; tries < 1000 && !draining; tries++) {
        const Stepwire__Ping ping = STEPWIRE__PING__INIT;
        Stepwire__Reply *pong = served_ask(&h.s, 0, 5, STEPWIRE__REQUEST__KIND_PING, &ping);
        draining = pong->pong->draining;
        stepwire__reply__free_unpacked(pong, NULL);
    }
    assert_true(draining);
    const Stepwire__Open another = open_fake(8, 1);
    served_expect_error(served_ask(&h.s, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &another),
                        STEPWIRE__ERROR_CODE__DRAINING, "");
    served_expect(house_reset(&h, session), STEPWIRE__REPLY__RESULT_RESET);
    served_expect(house_close(&h, session), STEPWIRE__REPLY__RESULT_CLOSED);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

// Five seconds for the session, which stays, and after that for what it runs.
static void a_draining_server_answers_what_still_runs_after_its_time(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(1), 300);
    const uint64_t session = house_open(&h, 7, "reset");
    sw_server_drain(h.s.server);
    hang_in_reset(&h, session);
    poll(NULL, 0, 5500);
    assert_false(atomic_load(&h.s.ended));
    house_open_gate(&h, 1);
    served_expect(served_receive(&h.s), STEPWIRE__REPLY__RESULT_RESET);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

static void a_silent_session_keeps_a_draining_server_for_five_seconds(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(1), 300);
    (void) house_open(&h, 7, "none");
    const int64_t began = clock_ms();
    sw_server_drain(h.s.server);
    the_server_ends_well(&h, SERVED_PATIENCE_MS);
    assert_true(clock_ms() - began >= 4900);
    served_close(&h.s);
}

static void a_session_that_was_given_up_does_not_keep_a_draining_server(void **state)
{
    (void) state;
    static house h;
    house_enter(&h, served_options(1), 1);
    const uint64_t session = house_open(&h, 7, "reset");
    served_expect_error(house_reset(&h, session), STEPWIRE__ERROR_CODE__SESSION_LOST, "row 0");
    sw_server_drain(h.s.server);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

static void stopping_cuts_draining_short(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(1), 300);
    (void) house_open(&h, 7, "none");
    sw_server_drain(h.s.server);
    poll(NULL, 0, 50);
    assert_false(atomic_load(&h.s.ended));
    sw_server_stop(h.s.server);
    the_server_ends_well(&h, SOON_MS);
    served_close(&h.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_runs_when_the_server_is_stopped_is_answered),
        cmocka_unit_test(what_does_not_come_back_does_not_keep_a_stopped_server),
        cmocka_unit_test(a_step_that_used_to_be_short_does_not_keep_a_stopped_server),
        cmocka_unit_test(an_environment_that_does_not_close_does_not_keep_the_server),
        cmocka_unit_test(a_server_without_sessions_drains_at_once),
        cmocka_unit_test(a_draining_server_says_so_once_with_its_sessions),
        cmocka_unit_test(a_draining_server_serves_who_is_there_until_they_leave),
        cmocka_unit_test(a_draining_server_answers_what_still_runs_after_its_time),
        cmocka_unit_test(a_silent_session_keeps_a_draining_server_for_five_seconds),
        cmocka_unit_test(a_session_that_was_given_up_does_not_keep_a_draining_server),
        cmocka_unit_test(stopping_cuts_draining_short),
    };
    return cmocka_run_group_tests_name("server drain", tests, NULL, NULL);
}
