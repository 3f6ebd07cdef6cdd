// test_server_core.c -- simserver/server/{core,request,load,answer}.c: who is answered what, when.
#include <string.h>

#include "core_drive.h"
#include "test.h"

static const Stepwire__Hello hello = STEPWIRE__HELLO__INIT;
static const Stepwire__Reset reset_all = STEPWIRE__RESET__INIT;
static const Stepwire__Close close_it = STEPWIRE__CLOSE__INIT;

static const server_peer peer_b = {.size = 1, .name = "B"};

// Steps a session of one row, adding `x`; returns the sum it reports, or NaN without a StepDone.
static double add(drive *d, uint64_t id, uint64_t seq, double x)
{
    step_fake step;
    step_fake_init(&step, 1);
    step.add[0] = x;
    const Stepwire__Reply *reply = drive_ask(d, id, seq, KIND(STEP), &step.body);
    return reply != NULL && reply->result_case == RESULT(STEP)
               ? state_of(reply->step->observations, 0, 0)
               : NAN;
}

static const Stepwire__SessionStatus *ping(drive *d, uint64_t id)
{
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &id;
    ping.n_sessions = 1;
    const Stepwire__Reply *reply = drive_ask(d, 0, 77, KIND(PING), &ping);
    assert_int_equal(reply->result_case, RESULT(PONG));
    return reply->pong->sessions[0];
}

static bool has_text(const Stepwire__Reply *reply, const char *part)
{
    return strstr(reply->error->text, part) != NULL;
}

// ---- rule 1 ------------------------------------------------------------------------------------

static void a_number_is_executed_once_and_its_reply_kept(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    assert_near(add(d, id, 2, 0.5), 0.5, 0);
    drive_send(d);
    assert_near(state_of(d->reply->step->observations, 0, 0), 0.5, 0);
    assert_int_equal(d->reply->seq, 2);
    assert_near(add(d, id, 3, 0.25), 0.75, 0);
}

static void the_kept_reply_goes_to_whoever_asks_again(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    add(d, id, 2, 0.5);
    d->peer = peer_b;
    assert_non_null(drive_send(d));
    assert_memory_equal(d->to.name, "B", 1);
}

static void the_one_reply_goes_to_the_latest_sender(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    d->hold = true;
    add(d, id, 2, 0.5);
    assert_null(d->reply);
    d->peer = peer_b;
    assert_null(drive_send(d));
    assert_non_null(drive_release(d));
    assert_memory_equal(d->to.name, "B", 1);
    assert_near(state_of(d->reply->step->observations, 0, 0), 0.5, 0);
}

static void the_last_reply_is_kept_while_the_next_request_runs(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    const request first = d->request;
    d->hold = true;
    add(d, id, 2, 0.5);
    d->request = first;
    assert_int_equal(drive_send(d)->result_case, RESULT(RESET));
    assert_int_equal(drive_release(d)->result_case, RESULT(STEP));
}

static void other_numbers_are_refused_and_use_no_number(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    add(d, id, 2, 0.5);
    assert_int_equal(error_of(drive_ask(d, id, 0, KIND(RESET), &reset_all)), CODE(STALE));
    assert_int_equal(error_of(drive_ask(d, id, 1, KIND(RESET), &reset_all)), CODE(STALE));
    assert_int_equal(error_of(drive_ask(d, id, 4, KIND(RESET), &reset_all)), CODE(OUT_OF_ORDER));
    assert_near(add(d, id, 3, 0.5), 1, 0);
}

static void the_same_number_with_other_bytes_is_refused(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    add(d, id, 2, 0.5);
    add(d, id, 2, 0.25);
    assert_int_equal(error_of(d->reply), CODE(INVALID_ARGUMENT));
    d->hold = true;
    add(d, id, 3, 0.5);
    add(d, id, 3, 0.25);
    assert_int_equal(error_of(d->reply), CODE(INVALID_ARGUMENT));
    assert_near(state_of(drive_release(d)->step->observations, 0, 0), 1, 0);
}

static void an_error_uses_its_number_and_is_kept(void **state)
{
    drive *d = *state;
    const Stepwire__Step empty = STEPWIRE__STEP__INIT;
    const uint64_t id = drive_begin(d, 7, 1);
    assert_int_equal(error_of(drive_ask(d, id, 2, KIND(STEP), &empty)), CODE(INVALID_ARGUMENT));
    assert_int_equal(error_of(drive_send(d)), CODE(INVALID_ARGUMENT));
    assert_near(add(d, id, 3, 0.5), 0.5, 0);
}

static void a_request_of_unknown_type_is_numbered_and_unimplemented(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    request_make(&d->request, id, 2, STEPWIRE__REQUEST__KIND__NOT_SET, NULL);
    static const unsigned char field_40[] = {0xC2, 0x02, 0x00};  // an empty message
    memcpy(d->request.bytes + d->request.size, field_40, sizeof(field_40));
    d->request.size += sizeof(field_40);
    assert_int_equal(error_of(drive_send(d)), CODE(UNIMPLEMENTED));
    assert_near(add(d, id, 3, 0.5), 0.5, 0);
}

static void close_frees_the_session_and_a_repeated_one_finds_none(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    assert_int_equal(drive_ask(d, id, 2, KIND(CLOSE), &close_it)->result_case, RESULT(CLOSED));
    assert_int_equal(d->core.session_count, 0);
    assert_int_equal(d->core.env_count, 0);
    assert_int_equal(error_of(drive_send(d)), CODE(SESSION_LOST));
}

static void an_unknown_session_is_lost(void **state)
{
    drive *d = *state;
    assert_int_equal(error_of(drive_ask(d, 12345, 1, KIND(RESET), &reset_all)), CODE(SESSION_LOST));
    assert_int_equal(d->reply->session, 12345);
    assert_int_equal(d->reply->seq, 1);
}

// ---- outside a session -------------------------------------------------------------------------

static void hello_is_welcomed_with_limits_and_tasks(void **state)
{
    drive *d = *state;
    const Stepwire__Reply *reply = drive_ask(d, 0, 42, KIND(HELLO), &hello);
    assert_int_equal(reply->result_case, RESULT(WELCOME));
    assert_int_equal(reply->seq, 42);
    assert_int_equal(reply->incarnation, 1000);
    assert_int_equal(reply->welcome->major, 1);
    assert_int_equal(reply->welcome->limits->max_rows, 8);
    assert_int_equal(reply->welcome->n_env_ids, 1);
    assert_string_equal(reply->welcome->env_ids[0], "Fake-v0");
}

static void describe_answers_the_spec(void **state)
{
    drive *d = *state;
    Stepwire__Describe describe = STEPWIRE__DESCRIBE__INIT;
    describe.env_id = "Fake-v0";
    const Stepwire__Reply *reply = drive_ask(d, 0, 1, KIND(DESCRIBE), &describe);
    assert_int_equal(reply->result_case, RESULT(DESCRIPTION));
    assert_int_equal(reply->description->spec->n_observations, 2);
    assert_int_equal(reply->description->spec->max_episode_steps, FAKE_LIMIT);
    assert_int_equal(reply->description->spec->n_settings, 3);
}

static void another_major_is_refused_with_both_versions(void **state)
{
    drive *d = *state;
    Stepwire__Request strange = STEPWIRE__REQUEST__INIT;
    strange.major = 3;
    strange.kind_case = KIND(HELLO);
    strange.hello = (Stepwire__Hello *) &hello;
    d->request.size = stepwire__request__pack(&strange, d->request.bytes);
    assert_int_equal(error_of(drive_send(d)), CODE(VERSION));
    assert_true(has_text(d->reply, "version 3"));
    assert_true(has_text(d->reply, "1.0"));
}

static void garbage_is_answered_with_an_error(void **state)
{
    drive *d = *state;
    memcpy(d->request.bytes, "garbage", 7);
    d->request.size = 7;
    assert_int_equal(error_of(drive_send(d)), CODE(INVALID_ARGUMENT));
    d->request.size = 0;  // an empty Request: of version 0
    assert_int_equal(error_of(drive_send(d)), CODE(VERSION));
}

// Many times the same kind, with the same empty string many times: of the memory to parse it in
// there are a few bytes left in the end.
static void what_is_too_costly_to_parse_is_answered_too(void **state)
{
    drive *d = *state;
    enum { TIMES = 7000, STRINGS = 16, PART = 3 + 2 * STRINGS };
    static unsigned char bytes[TIMES][PART];
    const unsigned char tags[][2] = {{0x8a, 0x0a}, {0xb2, 0x12}};  // Describe, GetState
    for (int kind = 0; kind < 2; kind++) {
        for (int i = 0; i < TIMES; i++) {
            bytes[i][0] = tags[kind][0];
            bytes[i][1] = 0x01;
            bytes[i][2] = 2 * STRINGS;
            for (int n = 0; n < STRINGS; n++) {
                bytes[i][3 + 2 * n] = tags[kind][1];  // and length 0
            }
        }
        server_reply reply;
        server_request(&d->core, &d->peer, bytes, sizeof(bytes), d->now);
        assert_true(server_next_reply(&d->core, &reply));
        Stepwire__Reply *parsed = reply_parse(reply.bytes, reply.size);
        assert_int_equal(error_of(parsed), CODE(INVALID_ARGUMENT));
        assert_true(has_text(parsed, "245000 bytes are not a well-formed request, or need more"));
        stepwire__reply__free_unpacked(parsed, NULL);
    }
}

static void an_unknown_task_is_answered_with_those_there_are(void **state)
{
    drive *d = *state;
    Stepwire__Open open = open_fake(7, 1);
    open.env_id = "Nothing\xFF-v0";
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &open)), CODE(NOT_FOUND));
    assert_true(has_text(d->reply, "'Nothing?-v0'"));  // as UTF-8 must be
    assert_true(has_text(d->reply, "Fake-v0"));
    assert_string_equal(d->reply->error->field, "env_id");
}

// ---- Ping and leases ---------------------------------------------------------------------------

static void ping_tells_lost_idle_and_busy(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    assert_int_equal(ping(d, 12345)->state, STEPWIRE__SESSION_STATUS__STATE__LOST);
    assert_int_equal(d->reply->seq, 77);
    assert_int_equal(ping(d, id)->state, STEPWIRE__SESSION_STATUS__STATE__IDLE);
    assert_int_equal(ping(d, id)->seq, 1);
    d->hold = true;
    add(d, id, 2, 0.5);
    d->now += 123;
    const Stepwire__SessionStatus *status = ping(d, id);
    assert_int_equal(status->state, STEPWIRE__SESSION_STATUS__STATE__BUSY);
    assert_int_equal(status->busy_ms, 123);
    assert_int_equal(status->seq, 1);
    drive_release(d);
}

static void the_lease_asked_for_is_capped(void **state)
{
    drive *d = *state;
    Stepwire__Open open = open_fake(7, 1);
    open.lease = 1e6;
    assert_near(drive_ask(d, 0, 1, KIND(OPEN), &open)->opened->lease, 60, 0);
    open = open_fake(8, 1);
    assert_near(drive_ask(d, 0, 1, KIND(OPEN), &open)->opened->lease, 30, 0);
}

// The default lease is 30 s.
static void a_silent_session_is_lost_after_its_lease(void **state)
{
    drive *d = *state;
    drive_begin(d, 7, 1);
    for (int s = 1; s < 30; s++) {
        drive_tick(d, 1000);
    }
    assert_int_equal(d->core.session_count, 1);
    drive_tick(d, 1000);
    assert_int_equal(d->core.session_count, 0);
}

static void messages_and_pings_renew_the_lease(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    const uint64_t other = drive_begin(d, 8, 1);
    for (int s = 1; s <= 60; s++) {
        drive_tick(d, 1000);
        if (s % 20 == 0) {
            ping(d, id);
            drive_ask(d, other, 99, KIND(RESET), &reset_all);  // though it is out of order
        }
    }
    assert_int_equal(d->core.session_count, 2);
}

static void a_server_that_was_stopped_loses_no_session(void **state)
{
    drive *d = *state;
    drive_begin(d, 7, 1);
    drive_tick(d, 3600 * 1000);
    assert_int_equal(d->core.session_count, 1);
}

static void a_busy_session_is_freed_when_its_job_is_done(void **state)
{
    drive *d = *state;
    const uint64_t id = drive_begin(d, 7, 1);
    d->hold = true;
    add(d, id, 2, 0.5);
    for (int s = 1; s <= 40; s++) {
        drive_tick(d, 1000);
    }
    assert_int_equal(d->held_count, 1);
    d->hold = false;
    assert_int_equal(drive_release(d)->result_case, RESULT(STEP));
    drive_tick(d, 1);
    assert_int_equal(d->core.session_count, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, drive_setup, drive_teardown)
    const struct CMUnitTest tests[] = {
        T(a_number_is_executed_once_and_its_reply_kept),
        T(the_kept_reply_goes_to_whoever_asks_again),
        T(the_one_reply_goes_to_the_latest_sender),
        T(the_last_reply_is_kept_while_the_next_request_runs),
        T(other_numbers_are_refused_and_use_no_number),
        T(the_same_number_with_other_bytes_is_refused),
        T(an_error_uses_its_number_and_is_kept),
        T(a_request_of_unknown_type_is_numbered_and_unimplemented),
        T(close_frees_the_session_and_a_repeated_one_finds_none),
        T(an_unknown_session_is_lost),
        T(hello_is_welcomed_with_limits_and_tasks),
        T(describe_answers_the_spec),
        T(another_major_is_refused_with_both_versions),
        T(garbage_is_answered_with_an_error),
        T(what_is_too_costly_to_parse_is_answered_too),
        T(an_unknown_task_is_answered_with_those_there_are),
        T(ping_tells_lost_idle_and_busy),
        T(the_lease_asked_for_is_capped),
        T(a_silent_session_is_lost_after_its_lease),
        T(messages_and_pings_renew_the_lease),
        T(a_server_that_was_stopped_loses_no_session),
        T(a_busy_session_is_freed_when_its_job_is_done),
    };
    return cmocka_run_group_tests_name("server_core", tests, NULL, NULL);
}
