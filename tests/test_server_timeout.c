// test_server_timeout.c -- simserver/server/office.c, runners.c: environments that do not come
// back.
//
// They wait for bytes of a pipe, the gate. A step may take a second in most tests, which on a busy
// machine some steps nearly need.
#include <poll.h>
#include <string.h>

#include "house.h"
#include "test.h"

enum { ALIVE_MS = 1500 };  // longer than anything here is waited for

static void expect_lost(Stepwire__Reply *reply)
{
    served_expect_error(reply, STEPWIRE__ERROR_CODE__SESSION_LOST, "row 0");
}

static Stepwire__Reply *step(house *h, uint64_t session)
{
    double action[8] = {0};
    ProtobufCBinaryData tensor = {.data = (uint8_t *) action, .len = sizeof(double)};
    Stepwire__Step body = STEPWIRE__STEP__INIT;
    body.actions = &tensor;
    body.n_actions = 1;
    return house_ask(h, session, STEPWIRE__REQUEST__KIND_STEP, &body);
}

static Stepwire__Reply *draw(house *h, uint64_t session)
{
    Stepwire__Render body = STEPWIRE__RENDER__INIT;
    body.width = body.height = 4;
    return house_ask(h, session, STEPWIRE__REQUEST__KIND_RENDER, &body);
}

static Stepwire__Reply *save(house *h, uint64_t session)
{
    const Stepwire__GetState body = STEPWIRE__GET_STATE__INIT;
    return house_ask(h, session, STEPWIRE__REQUEST__KIND_GET_STATE, &body);
}

static Stepwire__Reply *load(house *h, uint64_t session)
{
    Stepwire__Reply *saved = save(h, session);
    assert_int_equal(saved->result_case, STEPWIRE__REPLY__RESULT_STATES);
    Stepwire__SetState body = STEPWIRE__SET_STATE__INIT;
    body.states = saved->states->states;
    body.n_states = saved->states->n_states;
    Stepwire__Reply *reply = house_ask(h, session, STEPWIRE__REQUEST__KIND_SET_STATE, &body);
    stepwire__reply__free_unpacked(saved, NULL);
    return reply;
}

static Stepwire__Reply *open_and_hang(house *h, uint64_t token)
{
    stuck_open o;
    stuck_open_init(&o, h, token, "init");
    return served_ask(&h->s, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &o.body);
}

// A server of one worker, whom the call keeps.
static void lose_in(const char *where, Stepwire__Reply *(*call)(house *h, uint64_t session))
{
    house h;
    house_enter(&h, served_options(1), 1);
    const uint64_t session = house_open(&h, 7, where);
    if (call != house_reset) {
        served_expect(house_reset(&h, session), STEPWIRE__REPLY__RESULT_RESET);
    }
    expect_lost(call(&h, session));
    served_expect_error(save(&h, session), STEPWIRE__ERROR_CODE__SESSION_LOST, "no such session");
    house_expect_service(&h, 8);
    house_open_gate(&h, 1);
    house_expect_service(&h, 9);
    house_leave(&h);
}

static void a_call_that_hangs_costs_its_session_and_nobody_else_anything(void **state)
{
    (void) state;
    lose_in("reset", house_reset);
    lose_in("step", step);
    lose_in("render", draw);
    lose_in("save", save);
    lose_in("load", load);
    lose_in("close", house_close);
}

static void an_open_that_hangs_is_answered_and_may_be_sent_again(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(2), 1);
    expect_lost(open_and_hang(&h, 7));
    expect_lost(open_and_hang(&h, 7));
    house_expect_service(&h, 8);
    house_open_gate(&h, 2);
    house_leave(&h);
}

// Such steps run where the socket is.
static void a_step_that_used_to_be_short_is_given_up_as_well(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(1), 1);
    step_fake step;
    const uint64_t session = house_open_short(&h, 7, &step);
    step.command[0] = FAKE_WAIT;
    expect_lost(house_ask(&h, session, STEPWIRE__REQUEST__KIND_STEP, &step.body));
    for (uint64_t token = 8; token < 12; token++) {
        house_expect_service(&h, token);
    }
    house_open_gate(&h, 1);
    house_expect_service(&h, 12);
    house_leave(&h);
}

static void a_lost_session_counts_until_its_thread_is_back(void **state)
{
    (void) state;
    house h;
    sw_server_options options = served_options(1);
    options.limits.max_sessions = 1;
    house_enter(&h, options, 1);
    const uint64_t session = house_open(&h, 7, "reset");
    expect_lost(house_reset(&h, session));
    const Stepwire__Open another = open_fake(8, 1);
    served_expect_error(served_ask(&h.s, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &another),
                        STEPWIRE__ERROR_CODE__CAPACITY, "");
    house_open_gate(&h, 1);
    for (int tries = 0;; tries++) {
        Stepwire__Reply *reply = served_ask(&h.s, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &another);
        const bool opened = reply->result_case == STEPWIRE__REPLY__RESULT_OPENED;
        stepwire__reply__free_unpacked(reply, NULL);
        if (opened) {
            break;
        }
        assert_true(tries < SERVED_PATIENCE_MS);
        poll(NULL, 0, 1);
    }
    house_leave(&h);
}

static void the_other_rows_of_a_stuck_job_are_not_run(void **state)
{
    (void) state;
    house h;
    stuck_open o;
    house_enter(&h, served_options(1), 1);
    stuck_open_init(&o, &h, 7, "reset");
    o.body.rows = 5;
    const uint64_t session = served_open(&h.s, &o.body);
    expect_lost(house_reset(&h, session));
    house_open_gate(&h, 5);
    house_expect_service(&h, 8);
    house_wait_gate(&h, 4);
    poll(NULL, 0, 100);  // in which the one worker could do much
    house_wait_gate(&h, 4);
    house_leave(&h);
}

static void a_step_may_take_its_time_if_it_is_allowed_to(void **state)
{
    (void) state;
    for (int i = 0; i < 2; i++) {
        const double timeout = i == 0 ? 0 : 100;
        house h;
        house_enter(&h, served_options(1), timeout);
        const uint64_t session = house_open(&h, 7, "reset");
        house_send_reset(&h, session);
        poll(NULL, 0, ALIVE_MS);
        house_open_gate(&h, 1);
        served_expect(served_receive(&h.s), STEPWIRE__REPLY__RESULT_RESET);
        house_leave(&h);
    }
}

// As many as there are workers may be replaced: two. The third is one too many.
static void a_server_ends_when_too_many_environments_hang(void **state)
{
    (void) state;
    static house h;  // found by whoever looks for leaks: what the threads inside use stays
    house_enter(&h, served_options(2), 1);
    for (uint64_t token = 1; token <= 2; token++) {
        expect_lost(open_and_hang(&h, token));
        assert_false(atomic_load(&h.s.ended));
        house_expect_service(&h, 10 + token);
    }
    expect_lost(open_and_hang(&h, 3));
    served_wait(&h.s, SERVED_PATIENCE_MS);
    assert_int_equal(h.s.result, SW_ENVIRONMENT);
    assert_non_null(strstr(h.s.error, "3 environments hang"));
    assert_non_null(strstr(h.s.error, "Stuck-v0"));
    assert_non_null(strstr(h.s.error, "--step-timeout"));
    assert_int_equal(sw_server_run(h.s.server), SW_FAILED_PRECONDITION);
    served_close(&h.s);
}

static void threads_that_came_back_do_not_hang(void **state)
{
    (void) state;
    house h;
    house_enter(&h, served_options(2), 1);
    for (uint64_t token = 1; token <= 3; token++) {  // one more than may hang
        expect_lost(open_and_hang(&h, token));
        house_open_gate(&h, 1);
        house_wait_gate(&h, 0);
        house_expect_service(&h, 10 + token);
    }
    house_leave(&h);
}

static void a_time_that_makes_no_sense_is_refused(void **state)
{
    (void) state;
    static const double bad[] = {-1, 1e7, NAN};
    for (int i = 0; i < 3; i++) {
        sw_server_options options = served_options(1);
        sw_server *server;
        options.step_timeout = bad[i];
        assert_int_equal(sw_server_open(&options, &server), SW_INVALID_ARGUMENT);
        assert_says("step_timeout");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_hangs_costs_its_session_and_nobody_else_anything),
        cmocka_unit_test(an_open_that_hangs_is_answered_and_may_be_sent_again),
        cmocka_unit_test(a_step_that_used_to_be_short_is_given_up_as_well),
        cmocka_unit_test(a_lost_session_counts_until_its_thread_is_back),
        cmocka_unit_test(the_other_rows_of_a_stuck_job_are_not_run),
        cmocka_unit_test(a_step_may_take_its_time_if_it_is_allowed_to),
        cmocka_unit_test(a_server_ends_when_too_many_environments_hang),
        cmocka_unit_test(threads_that_came_back_do_not_hang),
        cmocka_unit_test(a_time_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests_name("server timeout", tests, NULL, NULL);
}
