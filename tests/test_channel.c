// test_channel.c -- agent/client/channel.c: calls that happen exactly once, and servers that are
// gone.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "adder.h"
#include "clock.h"
#include "test.h"


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
    adder f = adder_open_hasty(make_mischief, list);
    const sw_batch *batch;
    for (int i = 0; i < 3; i++) {
        assert_ok(adder_step(f.client, 1, &batch));
    }
    assert_true(adder_sum(batch, 0) == 3 && adder_sum(batch, 1) == 6 && adder_sum(batch, 2) == 9);
    adder_close(&f);
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

// Loses the reply to every Step until it has said BUSY so many times.
static peer_answer be_busy(void *context, const Stepwire__Request *request, Stepwire__Reply *reply)
{
    atomic_int *times = context;
    if (reply == NULL || atomic_load(times) <= 0) {
        return PEER_SEND;
    }
    if (request->kind_case == STEPWIRE__REQUEST__KIND_PING) {
        atomic_fetch_sub(times, 1);
        reply->pong->sessions[0]->state = STEPWIRE__SESSION_STATUS__STATE__BUSY;
    }
    return request->kind_case == STEPWIRE__REQUEST__KIND_STEP ? PEER_DROP : PEER_SEND;
}

static void a_busy_server_is_not_asked_again(void **state)
{
    (void) state;
    atomic_int times = 2;
    adder f = adder_open(be_busy, &times);
    const sw_batch *batch;
    assert_ok(adder_step(f.client, 1, &batch));
    assert_true(adder_sum(batch, 0) == 1);
    // two pings found it busy, the third did not: the step went out twice
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_PING), 3);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_STEP), 2);
    adder_close(&f);
}


// ---- servers that are gone ----------------------------------------------------------------------

enum { SOON_MS = 15000 };  // less than a lease, and more than any machine stands still

static void nobody_there_says_where_and_how_long(void **state)
{
    (void) state;
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = "tcp://127.0.0.1:1";
    options.refused_ms = 300;
    sw_client *client;
    const int64_t before = clock_ms();
    assert_int_equal(sw_client_connect(&options, &client), SW_UNAVAILABLE);
    assert_in_range(clock_ms() - before, 300, SOON_MS);
    assert_says("tcp://127.0.0.1:1: given up after trying for 0.");  // 0.3, or little more
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
    sw_client_options options = adder_options(p);
    options.lease = 0.4;
    sw_client *client;
    const sw_batch *batch;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &adder_session));
    assert_ok(sw_client_send_reset(client, NULL));
    assert_ok(sw_client_recv(client, &batch));
    const int64_t before = clock_ms();
    assert_int_equal(adder_step(client, 1, &batch), SW_UNAVAILABLE);
    assert_in_range(clock_ms() - before, 400, SOON_MS);
    assert_says(peer_endpoint(p));
    assert_int_equal(adder_step(client, 1, &batch), SW_UNAVAILABLE);  // and for good
    sw_client_close(client);
    peer_stop(p);
}

static void a_server_that_dies_is_given_up_when_connecting_is_refused(void **state)
{
    (void) state;
    bool silent = false;
    adder f = adder_open(lose_everything_from_step, &silent);
    const double actions[ADDER_ROWS] = {1, 1, 1};
    const void *tensors[] = {actions};
    const sw_batch *batch;
    assert_ok(sw_client_send_step(f.client, tensors));
    peer_stop(f.peer);
    const int64_t before = clock_ms();
    assert_int_equal(sw_client_recv(f.client, &batch), SW_UNAVAILABLE);
    assert_in_range(clock_ms() - before, 300, SOON_MS);
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
    adder f = adder_open(forget_session, NULL);
    const sw_batch *batch;
    assert_int_equal(adder_step(f.client, 1, &batch), SW_SESSION_LOST);
    assert_int_equal(adder_step(f.client, 1, &batch), SW_SESSION_LOST);
    adder_close(&f);
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
    const sw_client_options options = adder_options(p);
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

// Answers a Step under the number after its own.
static peer_answer number_wrongly(void *context, const Stepwire__Request *request,
                                  Stepwire__Reply *reply)
{
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_STEP) {
        reply->seq++;
    }
    return PEER_SEND;
}

static void an_idle_server_that_never_answers_breaks_the_protocol(void **state)
{
    (void) state;
    adder f = adder_open_hasty(number_wrongly, NULL);
    const sw_batch *batch;
    assert_int_equal(adder_step(f.client, 1, &batch), SW_PROTOCOL);
    assert_says("was sent 60 times");
    // those whose Ping was answered late do not count, as nothing was heard
    assert_in_range(peer_count(f.peer, STEPWIRE__REQUEST__KIND_STEP), 60, 120);
    adder_close(&f);
}

// Opens a session after 70 Pings, which it answers.
static peer_answer open_slowly(void *context, const Stepwire__Request *request,
                               Stepwire__Reply *reply)
{
    int *pings = context;
    if (reply == NULL || *pings >= 70) {
        return PEER_SEND;
    }
    *pings += request->kind_case == STEPWIRE__REQUEST__KIND_PING;
    return request->kind_case == STEPWIRE__REQUEST__KIND_OPEN ? PEER_DROP : PEER_SEND;
}

static void a_server_that_opens_for_longer_than_the_lease_is_waited_for(void **state)
{
    (void) state;
    int pings = 0;
    adder f = adder_open_hasty(open_slowly, &pings);
    adder_close(&f);
    assert_in_range(pings, 70, 80);
}

// Answers Steps as another incarnation than everything else.
static peer_answer step_as_another(void *context, const Stepwire__Request *request,
                                   Stepwire__Reply *reply)
{
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_STEP) {
        reply->incarnation++;
    }
    return PEER_SEND;
}

static void a_reply_of_another_incarnation_ends_the_session(void **state)
{
    (void) state;
    adder f = adder_open(step_as_another, NULL);
    const sw_batch *batch;
    assert_int_equal(adder_step(f.client, 1, &batch), SW_SESSION_LOST);
    assert_says("restarted");
    adder_close(&f);
}


// ---- waiting ------------------------------------------------------------------------------------

static void ignore_signal(int number)
{
    (void) number;
}

// A thread that waits for a server that is busy.
typedef struct waiting {
    pthread_t thread;
    atomic_int busy;
} waiting;

// Again and again: a signal from before the wait has no effect.
static void *interrupt(void *argument)
{
    const waiting *w = argument;
    const struct timespec pause = {.tv_nsec = 5 * 1000000};
    while (atomic_load(&w->busy) > 0) {
        nanosleep(&pause, NULL);
        pthread_kill(w->thread, SIGUSR1);
    }
    return NULL;
}

static void a_signal_interrupts_recv_which_can_go_on(void **state)
{
    (void) state;
    const struct sigaction action = {.sa_handler = ignore_signal};
    sigaction(SIGUSR1, &action, NULL);
    waiting w = {.thread = pthread_self(), .busy = 1000000};
    adder f = adder_open(be_busy, &w.busy);
    const double actions[ADDER_ROWS] = {1, 2, 3};
    const void *tensors[] = {actions};
    const sw_batch *batch;
    pthread_t other;
    assert_ok(sw_client_send_step(f.client, tensors));
    pthread_create(&other, NULL, interrupt, &w);
    assert_int_equal(sw_client_recv(f.client, &batch), SW_INTERRUPTED);
    atomic_store(&w.busy, 0);
    pthread_join(other, NULL);
    assert_ok(sw_client_recv(f.client, &batch));
    assert_true(adder_sum(batch, 2) == 3);
    adder_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(an_idle_server_that_never_answers_breaks_the_protocol),
        cmocka_unit_test(a_server_that_opens_for_longer_than_the_lease_is_waited_for),
        cmocka_unit_test(a_reply_of_another_incarnation_ends_the_session),
        cmocka_unit_test(a_signal_interrupts_recv_which_can_go_on),
    };
    return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
