// test_server_open.c -- simserver/server/load_open.c: what may be opened, and when an Open joins a
// session.
#include <string.h>

#include "core_drive.h"
#include "test.h"

static const Stepwire__Reset reset_all = STEPWIRE__RESET__INIT;
static const Stepwire__Close close_it = STEPWIRE__CLOSE__INIT;

static const server_peer peer_b = {.size = 1, .name = "B"};

static bool has_text(const Stepwire__Reply *reply, const char *part)
{
    return strstr(reply->error->text, part) != NULL;
}

static void open_answers_the_spec_as_opened(void **state)
{
    drive *d = *state;
    Stepwire__Open open = open_fake(7, 2);
    open.max_episode_steps = 5;
    open.observation_format = STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    const Stepwire__Opened *opened = drive_ask(d, 0, 42, KIND(OPEN), &open)->opened;
    assert_int_equal(d->reply->seq, 42);
    assert_int_equal(d->reply->session, 0);
    assert_int_equal(opened->session, 1001);
    assert_int_equal(opened->spec->max_episode_steps, 5);
    assert_int_equal(opened->spec->observations[0]->dtype, STEPWIRE__DTYPE__FLOAT32);
    assert_int_equal(opened->spec->observations[1]->dtype, STEPWIRE__DTYPE__INT32);
    assert_int_equal(opened->spec->actions[0]->dtype, STEPWIRE__DTYPE__FLOAT64);
}

static void the_same_open_joins_its_session(void **state)
{
    drive *d = *state;
    const Stepwire__Open open = open_fake(7, 2);
    drive_ask(d, 0, 1, KIND(OPEN), &open);
    assert_int_equal(drive_send(d)->opened->session, 1001);
    assert_int_equal(d->core.session_count, 1);
}

static void the_same_open_joins_a_session_that_is_still_opening(void **state)
{
    drive *d = *state;
    const Stepwire__Open open = open_fake(7, 2);
    d->hold = true;
    assert_null(drive_ask(d, 0, 1, KIND(OPEN), &open));
    d->peer = peer_b;
    assert_null(drive_send(d));
    assert_int_equal(drive_release(d)->opened->session, 1001);
    assert_memory_equal(d->to.name, "B", 1);
    assert_int_equal(d->core.session_count, 1);
}

static void the_same_open_opens_anew_while_its_session_is_closing(void **state)
{
    drive *d = *state;
    const Stepwire__Open open = open_fake(7, 2);
    drive_ask(d, 0, 1, KIND(OPEN), &open);
    d->hold = true;
    drive_ask(d, 1001, 1, KIND(CLOSE), &close_it);
    drive_ask(d, 0, 1, KIND(OPEN), &open);
    assert_int_equal(drive_release(d)->result_case, RESULT(CLOSED));
    assert_int_equal(drive_release(d)->opened->session, 1002);
}

static void another_open_with_the_same_token_is_refused(void **state)
{
    drive *d = *state;
    Stepwire__Open open = open_fake(7, 2);
    drive_ask(d, 0, 1, KIND(OPEN), &open);
    open.rows = 3;
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &open)), CODE(INVALID_ARGUMENT));
    assert_string_equal(d->reply->error->field, "token");
}

// It is to be sent elsewhere, and there they will say what is wrong with it.
static void draining_comes_before_all_that_is_wrong_with_an_open(void **state)
{
    drive *d = *state;
    const Stepwire__Open there = open_fake(7, 1);
    drive_ask(d, 0, 1, KIND(OPEN), &there);
    server_drain(&d->core);
    Stepwire__Open unknown = open_fake(8, 1), no_token = open_fake(0, 1), other = open_fake(7, 2);
    unknown.env_id = "Nobody-v0";
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &unknown)), CODE(DRAINING));
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &no_token)), CODE(DRAINING));
    // one that names a session is none of a new one
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &other)), CODE(INVALID_ARGUMENT));
    assert_int_equal(drive_ask(d, 0, 1, KIND(OPEN), &there)->result_case, RESULT(OPENED));
}

static void open_names_the_field_that_is_wrong(void **state)
{
    drive *d = *state;
    Stepwire__Setting setting = STEPWIRE__SETTING__INIT;
    Stepwire__Setting *settings[] = {&setting};
    setting.name = "scale";
    setting.type = STEPWIRE__SETTING_TYPE__FLOAT;
    setting.float_value = 11;
    Stepwire__Open wrong[8];
    static const char *const fields[] = {"token", "rows",      "lease",     "observation_format",
                                         "rows",  "autoreset", "max_reply", "settings"};
    static const Stepwire__ErrorCode codes[] = {CODE(INVALID_ARGUMENT), CODE(INVALID_ARGUMENT),
                                                CODE(INVALID_ARGUMENT), CODE(INVALID_ARGUMENT),
                                                CODE(TOO_LARGE),        CODE(INVALID_ARGUMENT),
                                                CODE(TOO_LARGE),        CODE(INVALID_ARGUMENT)};
    for (int i = 0; i < 8; i++) {
        wrong[i] = open_fake(7, 2);
    }
    wrong[0].token = 0;
    wrong[1].rows = 0;
    wrong[2].lease = NAN;
    wrong[3].observation_format = (Stepwire__FloatFormat) 2;
    wrong[4].rows = 1000000;
    wrong[5].autoreset = (Stepwire__AutoResetMode) 4;
    wrong[6].max_reply = 100;
    wrong[7].settings = settings;
    wrong[7].n_settings = 1;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &wrong[i])), codes[i]);
        assert_string_equal(d->reply->error->field, fields[i]);
        assert_false(d->reply->error->retry);
    }
    assert_int_equal(d->core.session_count, 0);
}

static void environments_are_counted_over_all_sessions(void **state)
{
    drive *d = *state;
    const Stepwire__Open third = open_fake(9, 1);
    const uint64_t id = drive_begin(d, 7, 8);
    drive_begin(d, 8, 8);  // 16 of 16
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &third)), CODE(CAPACITY));
    assert_true(d->reply->error->retry);
    assert_true(has_text(d->reply, "max_envs"));
    drive_ask(d, id, 2, KIND(CLOSE), &close_it);
    drive_begin(d, 9, 1);
}

static void sessions_are_counted(void **state)
{
    drive *d = *state;
    for (uint64_t token = 1; token <= 4; token++) {
        drive_begin(d, token, 1);
    }
    const Stepwire__Open fifth = open_fake(5, 1);
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &fifth)), CODE(CAPACITY));
    assert_true(has_text(d->reply, "max_sessions"));
}

// 8 rows * (2 observations of 28 bytes, reward 8, flag 1, seed 8) is at least 584 bytes.
static void the_largest_reply_to_step_must_fit(void **state)
{
    drive *d = *state;
    Stepwire__Open open = open_fake(7, 8);
    open.max_reply = 583;
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &open)), CODE(TOO_LARGE));
    open.max_reply = 584 + 256;  // and not much more is asked for
    assert_int_equal(drive_ask(d, 0, 1, KIND(OPEN), &open)->result_case, RESULT(OPENED));
    const uint64_t id = d->reply->opened->session;
    drive_ask(d, id, 1, KIND(RESET), &reset_all);
    step_fake step;
    step_fake_init(&step, 8);
    for (int i = 0; i < 8; i++) {
        step.command[i] = FAKE_TERMINATE;
    }
    drive_ask(d, id, 2, KIND(STEP), &step.body);
    assert_int_equal(d->reply->result_case, RESULT(STEP));
    assert_true(stepwire__reply__get_packed_size(d->reply) <= open.max_reply);
}

static void a_failed_open_leaves_nothing_behind(void **state)
{
    drive *d = *state;
    Stepwire__Setting setting = STEPWIRE__SETTING__INIT;
    Stepwire__Setting *settings[] = {&setting};
    setting.name = "init_fails";
    setting.type = STEPWIRE__SETTING_TYPE__BOOL;
    setting.bool_value = 1;
    Stepwire__Open open = open_fake(7, 2);
    open.settings = settings;
    open.n_settings = 1;
    assert_int_equal(error_of(drive_ask(d, 0, 1, KIND(OPEN), &open)), CODE(ENVIRONMENT));
    assert_true(has_text(d->reply, "told not to start"));
    assert_int_equal(d->reply->error->n_rows, 2);
    assert_int_equal(d->core.session_count, 0);
    open.n_settings = 0;  // the token is free again
    assert_int_equal(drive_ask(d, 0, 1, KIND(OPEN), &open)->result_case, RESULT(OPENED));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, drive_setup, drive_teardown)
    const struct CMUnitTest tests[] = {
        T(open_answers_the_spec_as_opened),
        T(the_same_open_joins_its_session),
        T(the_same_open_joins_a_session_that_is_still_opening),
        T(the_same_open_opens_anew_while_its_session_is_closing),
        T(another_open_with_the_same_token_is_refused),
        T(draining_comes_before_all_that_is_wrong_with_an_open),
        T(open_names_the_field_that_is_wrong),
        T(environments_are_counted_over_all_sessions),
        T(sessions_are_counted),
        T(the_largest_reply_to_step_must_fit),
        T(a_failed_open_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("server_open", tests, NULL, NULL);
}
