// test_client.c -- agent/client/client.c, session.c: a client and a scripted server.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stepwire/client.h>

#include "now.h"
#include "peer.h"
#include "test.h"

enum { ROWS = 3 };

static sw_client_options options_for(const peer *p)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = peer_endpoint(p);
    options.first_attempt_ms = 20;
    options.longest_attempt_ms = 100;
    options.refused_ms = 300;
    return options;
}

static const sw_session_options session = {.env_id = "Adder-v0", .rows = ROWS, .seed = 5};

// A peer with a script, and a client that has opened and reset a session there.
typedef struct fixture {
    peer *peer;
    sw_client *client;
} fixture;

static fixture open_session(peer_script script, void *context)
{
    fixture f = {.peer = peer_start("tcp://127.0.0.1:*", script, context)};
    const sw_client_options options = options_for(f.peer);
    const sw_batch *batch;
    assert_ok(sw_client_connect(&options, &f.client));
    assert_ok(sw_client_open(f.client, &session));
    assert_ok(sw_client_send_reset(f.client, NULL));
    assert_ok(sw_client_recv(f.client, &batch));
    return f;
}

static void close_session(fixture *f)
{
    sw_client_close(f->client);
    peer_stop(f->peer);
}

static sw_status step(sw_client *client, double add, const sw_batch **batch)
{
    const double actions[ROWS] = {add, 2 * add, 3 * add};
    const void *tensors[] = {actions};
    const sw_status st = sw_client_send_step(client, tensors);
    return st == SW_OK ? sw_client_recv(client, batch) : st;
}

static double sum(const sw_batch *batch, int row)
{
    return ((const double *) batch->observations[0])[row];
}

#define assert_says(text) assert_non_null(strstr(sw_last_error(), text))


// ---- the ordinary way ---------------------------------------------------------------------------

static void a_reset_begins_an_episode_in_every_row(void **state)
{
    (void) state;
    fixture f = {.peer = peer_start("tcp://127.0.0.1:*", NULL, NULL)};
    const sw_client_options options = options_for(f.peer);
    const sw_batch *batch;
    assert_ok(sw_client_connect(&options, &f.client));
    assert_ok(sw_client_open(f.client, &session));
    assert_ok(sw_client_send_reset(f.client, NULL));
    assert_ok(sw_client_recv(f.client, &batch));
    assert_int_equal(batch->rows, ROWS);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(batch->flags[i], SW_FIRST);
        assert_int_equal(batch->seeds[i], 5 + i);
        assert_int_equal(batch->final_index[i], -1);
        assert_true(batch->rewards[i] == 0);
    }
    assert_null(batch->infos);
    close_session(&f);
}

static void a_step_gives_the_state_after_the_action(void **state)
{
    (void) state;
    fixture f = open_session(NULL, NULL);
    const sw_batch *batch;
    assert_ok(step(f.client, 1, &batch));
    assert_ok(step(f.client, 10, &batch));
    assert_true(sum(batch, 0) == 11 && sum(batch, 1) == 22 && sum(batch, 2) == 33);
    assert_true(batch->rewards[2] == 30);
    close_session(&f);
}

static void the_same_works_over_ipc(void **state)
{
    (void) state;
    char directory[] = "/tmp/stepwire-test-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char address[64];
    snprintf(address, sizeof(address), "ipc://%s/s", directory);
    peer *p = peer_start(address, NULL, NULL);
    const sw_client_options options = options_for(p);
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
    fixture f = open_session(NULL, NULL);
    sw_client_close(f.client);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_CLOSE), 1);
    peer_stop(f.peer);
}

static void settings_get_their_types_from_the_task(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", NULL, NULL);
    const sw_client_options options = options_for(p);
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


// ---- exactly once -------------------------------------------------------------------------------

// What to do to the first `times` messages of one kind; a list ends with kind 0.
typedef struct mischief {
    Stepwire__Request__KindCase kind;
    peer_answer answer;
    int times;
} mischief;

static peer_answer make_mischief(void *context, const Stepwire__Request *request,
                                 Stepwire__Reply *reply)
{
    for (mischief *m = context; m->kind != 0; m++) {
        const bool now = (m->answer == PEER_LOSE) == (reply == NULL);
        if (request->kind_case == m->kind && now && m->times > 0) {
            m->times--;
            return m->answer;
        }
    }
    return PEER_SEND;
}

static void three_steps_add_up(mischief *list)
{
    fixture f = open_session(make_mischief, list);
    const sw_batch *batch;
    for (int i = 0; i < 3; i++) {
        assert_ok(step(f.client, 1, &batch));
    }
    assert_true(sum(batch, 0) == 3 && sum(batch, 1) == 6 && sum(batch, 2) == 9);
    close_session(&f);
    for (const mischief *m = list; m->kind != 0; m++) {
        assert_int_equal(m->times, 0);
    }
}

static void a_step_whose_reply_is_lost_happens_once(void **state)
{
    (void) state;
    mischief list[] = {{STEPWIRE__REQUEST__KIND_STEP, PEER_DROP, 2}, {0}};
    three_steps_add_up(list);
}

static void a_step_that_is_lost_is_sent_again(void **state)
{
    (void) state;
    mischief list[] = {{STEPWIRE__REQUEST__KIND_STEP, PEER_LOSE, 2}, {0}};
    three_steps_add_up(list);
}

static void a_reply_that_comes_twice_counts_once(void **state)
{
    (void) state;
    mischief list[] = {{STEPWIRE__REQUEST__KIND_STEP, PEER_TWICE, 3}, {0}};
    three_steps_add_up(list);
}

static void a_lost_hello_and_a_lost_open_are_sent_again(void **state)
{
    (void) state;
    mischief list[] = {{STEPWIRE__REQUEST__KIND_HELLO, PEER_DROP, 2},
                       {STEPWIRE__REQUEST__KIND_OPEN, PEER_LOSE, 1},
                       {0}};
    three_steps_add_up(list);
}

static void a_ping_without_an_answer_counts_as_not_busy(void **state)
{
    (void) state;
    mischief list[] = {{STEPWIRE__REQUEST__KIND_STEP, PEER_DROP, 1},
                       {STEPWIRE__REQUEST__KIND_PING, PEER_DROP, 1},
                       {0}};
    three_steps_add_up(list);
}

static void bytes_that_do_not_parse_are_ignored(void **state)
{
    (void) state;
    mischief list[] = {{STEPWIRE__REQUEST__KIND_STEP, PEER_GARBAGE, 1},
                       {STEPWIRE__REQUEST__KIND_STEP, PEER_GARBAGE_BEFORE, 2},
                       {0}};
    three_steps_add_up(list);
}

// Loses the reply to every Step until it has said BUSY three times.
static peer_answer be_busy(void *context, const Stepwire__Request *request, Stepwire__Reply *reply)
{
    int *pings = context;
    if (reply == NULL) {
        return PEER_SEND;
    }
    if (request->kind_case == STEPWIRE__REQUEST__KIND_STEP) {
        return *pings < 3 ? PEER_DROP : PEER_SEND;
    }
    if (request->kind_case == STEPWIRE__REQUEST__KIND_PING && *pings < 3) {
        ++*pings;
        reply->pong->sessions[0]->state = STEPWIRE__SESSION_STATUS__STATE__BUSY;
    }
    return PEER_SEND;
}

static void a_busy_server_is_not_asked_again(void **state)
{
    (void) state;
    int pings = 0;
    fixture f = open_session(be_busy, &pings);
    const sw_batch *batch;
    assert_ok(step(f.client, 1, &batch));
    assert_true(sum(batch, 0) == 1);
    // three pings found it busy, the fourth did not: the step went out twice
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_PING), 4);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_STEP), 2);
    close_session(&f);
}


// ---- servers that are gone ----------------------------------------------------------------------

static void nobody_there_says_where_and_how_long(void **state)
{
    (void) state;
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = "tcp://127.0.0.1:1";
    options.refused_ms = 300;
    sw_client *client;
    const int64_t before = now_ms();
    assert_int_equal(sw_client_connect(&options, &client), SW_UNAVAILABLE);
    assert_in_range(now_ms() - before, 300, 1500);
    assert_says("tcp://127.0.0.1:1: given up after trying for 0.3 s");
    assert_says("refused");
}

static void a_malformed_endpoint_is_named(void **state)
{
    (void) state;
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = "localhost:5555";
    sw_client *client;
    assert_int_equal(sw_client_connect(&options, &client), SW_INVALID_ARGUMENT);
    assert_says("localhost:5555");
}

static peer_answer lose_everything_from_step(void *context, const Stepwire__Request *request,
                                             Stepwire__Reply *reply)
{
    bool *silent = context;
    (void) reply;
    *silent = *silent || request->kind_case == STEPWIRE__REQUEST__KIND_STEP;
    return *silent ? PEER_LOSE : PEER_SEND;
}

static void a_server_that_says_nothing_is_given_up_after_a_lease(void **state)
{
    (void) state;
    bool silent = false;
    peer *p = peer_start("tcp://127.0.0.1:*", lose_everything_from_step, &silent);
    sw_client_options options = options_for(p);
    options.lease = 0.4;
    sw_client *client;
    const sw_batch *batch;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &session));
    assert_ok(sw_client_send_reset(client, NULL));
    assert_ok(sw_client_recv(client, &batch));
    const int64_t before = now_ms();
    assert_int_equal(step(client, 1, &batch), SW_UNAVAILABLE);
    assert_in_range(now_ms() - before, 400, 1500);
    assert_says(peer_endpoint(p));
    assert_int_equal(step(client, 1, &batch), SW_UNAVAILABLE);  // and for good
    sw_client_close(client);
    peer_stop(p);
}

static void a_server_that_dies_is_given_up_when_connecting_is_refused(void **state)
{
    (void) state;
    bool silent = false;
    fixture f = open_session(lose_everything_from_step, &silent);
    const double actions[ROWS] = {1, 1, 1};
    const void *tensors[] = {actions};
    const sw_batch *batch;
    assert_ok(sw_client_send_step(f.client, tensors));
    peer_stop(f.peer);
    const int64_t before = now_ms();
    assert_int_equal(sw_client_recv(f.client, &batch), SW_UNAVAILABLE);
    assert_in_range(now_ms() - before, 300, 1500);
    assert_says("refused");
    sw_client_close(f.client);
}

static peer_answer forget_session(void *context, const Stepwire__Request *request,
                                  Stepwire__Reply *reply)
{
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_PING) {
        reply->pong->sessions[0]->state = STEPWIRE__SESSION_STATUS__STATE__LOST;
    }
    return request->kind_case == STEPWIRE__REQUEST__KIND_STEP ? PEER_LOSE : PEER_SEND;
}

static void a_session_that_a_ping_finds_lost_is_lost(void **state)
{
    (void) state;
    fixture f = open_session(forget_session, NULL);
    const sw_batch *batch;
    assert_int_equal(step(f.client, 1, &batch), SW_SESSION_LOST);
    assert_int_equal(step(f.client, 1, &batch), SW_SESSION_LOST);
    close_session(&f);
}

// Restarts, so to speak, before the second Describe.
static peer_answer restart(void *context, const Stepwire__Request *request, Stepwire__Reply *reply)
{
    int *describes = context;
    if (reply != NULL) {
        *describes += request->kind_case == STEPWIRE__REQUEST__KIND_DESCRIBE;
        reply->incarnation = *describes < 2 ? 1 : 2;
    }
    return PEER_SEND;
}

static void a_new_incarnation_is_greeted_again(void **state)
{
    (void) state;
    int describes = 0;
    peer *p = peer_start("tcp://127.0.0.1:*", restart, &describes);
    const sw_client_options options = options_for(p);
    const int hellos[] = {1, 1, 2};  // the reply to the second Describe shows it
    sw_client *client;
    assert_ok(sw_client_connect(&options, &client));
    for (int i = 0; i < 3; i++) {
        sw_spec spec;
        assert_ok(sw_client_describe(client, "Adder-v0", NULL, 0, &spec));
        sw_spec_free(&spec);
        assert_int_equal(peer_count(p, STEPWIRE__REQUEST__KIND_HELLO), hellos[i]);
    }
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
        error.text = "row 2 is too loud";
        reply->result_case = STEPWIRE__REPLY__RESULT_ERROR;
        reply->error = &error;
    }
    return PEER_SEND;
}

static void an_error_of_the_server_leaves_the_session(void **state)
{
    (void) state;
    int times = 1;
    fixture f = open_session(refuse_step, &times);
    const sw_batch *batch;
    assert_int_equal(step(f.client, 1, &batch), SW_INVALID_ARGUMENT);
    assert_says("row 2 is too loud");
    assert_says(peer_endpoint(f.peer));
    assert_ok(step(f.client, 1, &batch));
    close_session(&f);
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
    const sw_client_options options = options_for(p);
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
    fixture f = open_session(answer_with_garbage, NULL);
    const sw_batch *batch;
    assert_int_equal(step(f.client, 1, &batch), SW_PROTOCOL);
    close_session(&f);
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
    fixture f = open_session(answer_with_pong, NULL);
    const sw_batch *batch;
    assert_int_equal(step(f.client, 1, &batch), SW_PROTOCOL);
    assert_says("step");
    close_session(&f);
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
        default: reply->opened->spec->agents = 1u << 31; break;
        }
    }
    return PEER_SEND;
}

static void a_session_that_makes_no_sense_is_not_opened(void **state)
{
    (void) state;
    for (int what = 0; what < 4; what++) {
        peer *p = peer_start("tcp://127.0.0.1:*", open_nothing, &what);
        const sw_client_options options = options_for(p);
        sw_client *client;
        assert_ok(sw_client_connect(&options, &client));
        assert_int_equal(sw_client_open(client, &session), SW_PROTOCOL);
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
    const sw_client_options options = options_for(p);
    const double actions[100] = {0};
    const void *tensors[] = {actions};
    sw_session_options large = session;
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


// ---- waiting ------------------------------------------------------------------------------------

static void ignore_signal(int number)
{
    (void) number;
}

static void *interrupt(void *argument)
{
    const pthread_t *thread = argument;
    const struct timespec pause = {.tv_nsec = 30 * 1000000};
    nanosleep(&pause, NULL);
    pthread_kill(*thread, SIGUSR1);
    return NULL;
}

static void a_signal_interrupts_recv_which_can_go_on(void **state)
{
    (void) state;
    const struct sigaction action = {.sa_handler = ignore_signal};
    sigaction(SIGUSR1, &action, NULL);
    int pings = 0;  // busy for about 20 + 40 + 80 ms
    fixture f = open_session(be_busy, &pings);
    const double actions[ROWS] = {1, 2, 3};
    const void *tensors[] = {actions};
    const sw_batch *batch;
    pthread_t self = pthread_self();
    pthread_t other;
    assert_ok(sw_client_send_step(f.client, tensors));
    pthread_create(&other, NULL, interrupt, &self);
    assert_int_equal(sw_client_recv(f.client, &batch), SW_INTERRUPTED);
    pthread_join(other, NULL);
    assert_ok(sw_client_recv(f.client, &batch));
    assert_true(sum(batch, 2) == 3);
    close_session(&f);
}

static void the_lease_is_kept_while_the_client_computes(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", NULL, NULL);
    sw_client_options options = options_for(p);
    options.lease = 0.3;
    const struct timespec pause = {.tv_nsec = 500 * 1000000};
    sw_client *client;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &session));
    nanosleep(&pause, NULL);
    assert_in_range(peer_count(p, STEPWIRE__REQUEST__KIND_PING), 2, 8);  // every 0.1 s
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
        cmocka_unit_test(a_step_whose_reply_is_lost_happens_once),
        cmocka_unit_test(a_step_that_is_lost_is_sent_again),
        cmocka_unit_test(a_reply_that_comes_twice_counts_once),
        cmocka_unit_test(a_lost_hello_and_a_lost_open_are_sent_again),
        cmocka_unit_test(a_ping_without_an_answer_counts_as_not_busy),
        cmocka_unit_test(bytes_that_do_not_parse_are_ignored),
        cmocka_unit_test(a_busy_server_is_not_asked_again),
        cmocka_unit_test(nobody_there_says_where_and_how_long),
        cmocka_unit_test(a_malformed_endpoint_is_named),
        cmocka_unit_test(a_server_that_says_nothing_is_given_up_after_a_lease),
        cmocka_unit_test(a_server_that_dies_is_given_up_when_connecting_is_refused),
        cmocka_unit_test(a_session_that_a_ping_finds_lost_is_lost),
        cmocka_unit_test(a_new_incarnation_is_greeted_again),
        cmocka_unit_test(an_error_of_the_server_leaves_the_session),
        cmocka_unit_test(another_version_is_refused_naming_both),
        cmocka_unit_test(a_server_that_sends_nothing_but_garbage_breaks_the_protocol),
        cmocka_unit_test(a_reply_of_another_kind_breaks_the_protocol),
        cmocka_unit_test(a_session_that_makes_no_sense_is_not_opened),
        cmocka_unit_test(a_request_above_the_servers_limit_is_not_sent),
        cmocka_unit_test(a_signal_interrupts_recv_which_can_go_on),
        cmocka_unit_test(the_lease_is_kept_while_the_client_computes),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
