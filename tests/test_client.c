// test_client.c -- agent/client/client.c, session.c: a client and a scripted server.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "adder.h"
#include "clock.h"
#include "test.h"


// ---- the ordinary way ---------------------------------------------------------------------------

static void a_reset_begins_an_episode_in_every_row(void **state)
{
    (void) state;
    adder f = {.peer = peer_start("tcp://127.0.0.1:*", NULL, NULL)};
    const sw_client_options options = adder_options(f.peer);
    const sw_batch *batch;
    assert_ok(sw_client_connect(&options, &f.client));
    assert_ok(sw_client_open(f.client, &adder_session));
    assert_ok(sw_client_send_reset(f.client, NULL));
    assert_ok(sw_client_recv(f.client, &batch));
    assert_int_equal(batch->rows, ADDER_ROWS);
    for (int i = 0; i < ADDER_ROWS; i++) {
        assert_int_equal(batch->flags[i], SW_FIRST);
        assert_int_equal(batch->seeds[i], 5 + i);
        assert_int_equal(batch->final_index[i], -1);
        assert_true(batch->rewards[i] == 0);
    }
    assert_null(batch->infos);
    adder_close(&f);
}

static void a_step_gives_the_state_after_the_action(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    const sw_batch *batch;
    assert_ok(adder_step(f.client, 1, &batch));
    assert_ok(adder_step(f.client, 10, &batch));
    assert_true(adder_sum(batch, 0) == 11 && adder_sum(batch, 1) == 22 &&
                adder_sum(batch, 2) == 33);
    assert_true(batch->rewards[2] == 30);
    adder_close(&f);
}

static void the_same_works_over_ipc(void **state)
{
    (void) state;
    char directory[] = "/tmp/stepwire-test-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char address[64];
    snprintf(address, sizeof(address), "ipc://%s/s", directory);
    peer *p = peer_start(address, NULL, NULL);
    const sw_client_options options = adder_options(p);
    sw_client *client;
    int count;
    assert_ok(sw_client_connect(&options, &client));
    assert_string_equal(sw_client_tasks(client, &count)[0], "Adder-v0");
    assert_int_equal(count, 1);
    sw_client_close(client);
    peer_stop(p);
    unlink(address + strlen("ipc://"));
    rmdir(directory);
}

static void closing_tells_the_server(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    sw_client_close(f.client);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_CLOSE), 1);
    peer_stop(f.peer);
}

static void settings_get_their_types_from_the_task(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", NULL, NULL);
    const sw_client_options options = adder_options(p);
    const sw_assignment good = {"gain", "2.5"};
    const sw_assignment unknown = {"weight", "1"};
    const sw_assignment outside = {"gain", "11"};
    sw_client *client;
    sw_spec spec;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_describe(client, "Adder-v0", &good, 1, &spec));
    sw_spec_free(&spec);
    assert_int_equal(sw_client_describe(client, "Adder-v0", &unknown, 1, &spec),
                     SW_INVALID_ARGUMENT);
    assert_says("'weight'");
    assert_says("gain");
    assert_int_equal(sw_client_describe(client, "Adder-v0", &outside, 1, &spec),
                     SW_INVALID_ARGUMENT);
    assert_says("gain");
    sw_client_close(client);
    peer_stop(p);
}


// ---- servers that are odd -----------------------------------------------------------------------

static peer_answer refuse_step(void *context, const Stepwire__Request *request,
                               Stepwire__Reply *reply)
{
    static Stepwire__Error error;
    int *times = context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_STEP && --*times >= 0) {
        stepwire__error__init(&error);
        error.code = STEPWIRE__ERROR_CODE__INVALID_ARGUMENT;
        error.text = "row 2 is too loud\33[2J";
        reply->result_case = STEPWIRE__REPLY__RESULT_ERROR;
        reply->error = &error;
    }
    return PEER_SEND;
}

static void an_error_of_the_server_leaves_the_session(void **state)
{
    (void) state;
    int times = 1;
    adder f = adder_open(refuse_step, &times);
    const sw_batch *batch;
    assert_int_equal(adder_step(f.client, 1, &batch), SW_INVALID_ARGUMENT);
    assert_says("row 2 is too loud?[2J");  // and no terminal is cleared
    assert_says(peer_endpoint(f.peer));
    assert_ok(adder_step(f.client, 1, &batch));
    adder_close(&f);
}

static peer_answer say_other_version(void *context, const Stepwire__Request *request,
                                     Stepwire__Reply *reply)
{
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_HELLO) {
        reply->welcome->major = 7;
        reply->welcome->minor = 3;
    }
    return PEER_SEND;
}

static void another_version_is_refused_naming_both(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", say_other_version, NULL);
    const sw_client_options options = adder_options(p);
    sw_client *client;
    assert_int_equal(sw_client_connect(&options, &client), SW_VERSION);
    assert_says("7.3");
    assert_says("1.0");
    peer_stop(p);
}

static peer_answer answer_with_garbage(void *context, const Stepwire__Request *request,
                                       Stepwire__Reply *reply)
{
    (void) context;
    (void) reply;
    return request->kind_case == STEPWIRE__REQUEST__KIND_STEP ? PEER_GARBAGE : PEER_SEND;
}

static void a_server_that_sends_nothing_but_garbage_breaks_the_protocol(void **state)
{
    (void) state;
    adder f = adder_open_hasty(answer_with_garbage, NULL);
    const sw_batch *batch;
    assert_int_equal(adder_step(f.client, 1, &batch), SW_PROTOCOL);
    adder_close(&f);
}

static peer_answer answer_with_pong(void *context, const Stepwire__Request *request,
                                    Stepwire__Reply *reply)
{
    static Stepwire__Pong pong;
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_STEP) {
        stepwire__pong__init(&pong);
        reply->result_case = STEPWIRE__REPLY__RESULT_PONG;
        reply->pong = &pong;
    }
    return PEER_SEND;
}

static void a_reply_of_another_kind_breaks_the_protocol(void **state)
{
    (void) state;
    adder f = adder_open(answer_with_pong, NULL);
    const sw_batch *batch;
    assert_int_equal(adder_step(f.client, 1, &batch), SW_PROTOCOL);
    assert_says("step");
    adder_close(&f);
}

static peer_answer open_nothing(void *context, const Stepwire__Request *request,
                                Stepwire__Reply *reply)
{
    const int *what = context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_OPEN) {
        switch (*what) {
        case 0: reply->opened->session = 0; break;
        case 1: reply->opened->spec = NULL; break;
        case 2: reply->opened->lease = NAN; break;
        case 3: reply->opened->spec->agents = 1u << 31; break;
        default: reply->opened->spec->agents = 2; break;  // of 3 rows
        }
    }
    return PEER_SEND;
}

static void a_session_that_makes_no_sense_is_not_opened(void **state)
{
    (void) state;
    for (int what = 0; what < 5; what++) {
        peer *p = peer_start("tcp://127.0.0.1:*", open_nothing, &what);
        const sw_client_options options = adder_options(p);
        sw_client *client;
        assert_ok(sw_client_connect(&options, &client));
        assert_int_equal(sw_client_open(client, &adder_session), SW_PROTOCOL);
        sw_client_close(client);
        peer_stop(p);
    }
}

static peer_answer take_little(void *context, const Stepwire__Request *request,
                               Stepwire__Reply *reply)
{
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_HELLO) {
        reply->welcome->limits->max_message = 200;
    }
    return PEER_SEND;
}

static void a_request_above_the_servers_limit_is_not_sent(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", take_little, NULL);
    const sw_client_options options = adder_options(p);
    const double actions[100] = {0};
    const void *tensors[] = {actions};
    sw_session_options large = adder_session;
    large.rows = 100;
    sw_client *client;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &large));
    assert_int_equal(sw_client_send_step(client, tensors), SW_TOO_LARGE);
    assert_says("200");
    assert_int_equal(peer_count(p, STEPWIRE__REQUEST__KIND_STEP), 0);
    sw_client_close(client);
    peer_stop(p);
}

static peer_answer take_few_rows(void *context, const Stepwire__Request *request,
                                 Stepwire__Reply *reply)
{
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_HELLO) {
        reply->welcome->limits->max_rows = ADDER_ROWS;
    }
    return PEER_SEND;
}

static void more_rows_than_the_server_takes_are_not_asked_for(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", take_few_rows, NULL);
    const sw_client_options options = adder_options(p);
    sw_session_options large = adder_session;
    large.rows = ADDER_ROWS + 1;
    sw_client *client;
    assert_ok(sw_client_connect(&options, &client));
    assert_int_equal(sw_client_open(client, &large), SW_TOO_LARGE);
    assert_says("4 rows in a session, and this server takes at most 3");
    assert_int_equal(peer_count(p, STEPWIRE__REQUEST__KIND_OPEN), 0);
    assert_ok(sw_client_open(client, &adder_session));
    sw_client_close(client);
    peer_stop(p);
}


// ---- leases -------------------------------------------------------------------------------------

static void the_lease_is_kept_while_the_client_computes(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", NULL, NULL);
    sw_client_options options = adder_options(p);
    options.lease = 0.3;
    const struct timespec pause = {.tv_nsec = 10 * 1000000};
    sw_client *client;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &adder_session));
    const int64_t before = clock_ms();
    while (peer_count(p, STEPWIRE__REQUEST__KIND_PING) < 4 && clock_ms() - before < 10000) {
        nanosleep(&pause, NULL);
    }
    const int pings = peer_count(p, STEPWIRE__REQUEST__KIND_PING);
    assert_true(pings >= 4);
    assert_in_range(pings, 4, (clock_ms() - before) / 100 + 2);  // every 0.1 s and no oftener
    sw_client_close(client);
    peer_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_begins_an_episode_in_every_row),
        cmocka_unit_test(a_step_gives_the_state_after_the_action),
        cmocka_unit_test(the_same_works_over_ipc),
        cmocka_unit_test(closing_tells_the_server),
        cmocka_unit_test(settings_get_their_types_from_the_task),
        cmocka_unit_test(an_error_of_the_server_leaves_the_session),
        cmocka_unit_test(another_version_is_refused_naming_both),
        cmocka_unit_test(a_server_that_sends_nothing_but_garbage_breaks_the_protocol),
        cmocka_unit_test(a_reply_of_another_kind_breaks_the_protocol),
        cmocka_unit_test(a_session_that_makes_no_sense_is_not_opened),
        cmocka_unit_test(a_request_above_the_servers_limit_is_not_sent),
        cmocka_unit_test(more_rows_than_the_server_takes_are_not_asked_for),
        cmocka_unit_test(the_lease_is_kept_while_the_client_computes),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
