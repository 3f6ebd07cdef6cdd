// test_patience.c -- agent/client/patience.c: when a server is given up. Times in ms.
#include <string.h>

#include "patience.h"
#include "test.h"

enum { REFUSED = 2000, LEASE = 30000, LOOK = 50 };

// Waits, looking every LOOK ms.
static void wait_for(patience *p, int64_t *now, int64_t duration)
{
    for (const int64_t end = *now + duration; *now < end;) {
        *now += LOOK;
        patience_tick(p, *now);
    }
}

static sw_status check(const patience *p)
{
    return patience_check(p, "tcp://there:1", REFUSED, LEASE);
}

static void a_silent_server_is_given_up_after_a_lease(void **state)
{
    (void) state;
    int64_t now = 1000000;
    patience p;
    patience_init(&p, now);
    patience_note(&p, SOCKET_CONNECTED);
    wait_for(&p, &now, LEASE - LOOK);
    assert_int_equal(check(&p), SW_OK);
    wait_for(&p, &now, LOOK);
    assert_int_equal(check(&p), SW_UNAVAILABLE);
    assert_says("tcp://there:1");
    assert_says("30.0 s");
    assert_says("connected");
}

static void one_that_is_heard_is_waited_for(void **state)
{
    (void) state;
    int64_t now = 0;
    patience p;
    patience_init(&p, now);
    for (int i = 0; i < 10; i++) {
        wait_for(&p, &now, LEASE - LOOK);
        patience_hear(&p);
    }
    assert_int_equal(check(&p), SW_OK);
}

static void one_that_refuses_is_given_up_sooner(void **state)
{
    (void) state;
    int64_t now = 0;
    patience p;
    patience_init(&p, now);
    wait_for(&p, &now, 5000);
    patience_note(&p, SOCKET_REFUSED);
    wait_for(&p, &now, REFUSED / 2);
    patience_note(&p, SOCKET_REFUSED);  // tried again, refused again
    wait_for(&p, &now, REFUSED / 2 - LOOK);
    assert_int_equal(check(&p), SW_OK);
    wait_for(&p, &now, LOOK);
    assert_int_equal(check(&p), SW_UNAVAILABLE);
    assert_says("2.0 s");
    assert_says("refused");
}

static void one_that_comes_back_is_forgiven(void **state)
{
    (void) state;
    int64_t now = 0;
    patience p;
    patience_init(&p, now);
    patience_note(&p, SOCKET_REFUSED);
    wait_for(&p, &now, REFUSED - LOOK);
    patience_note(&p, SOCKET_CONNECTED);
    assert_true(p.connected);
    wait_for(&p, &now, REFUSED);
    assert_int_equal(check(&p), SW_OK);
}

static void a_connection_lost_after_a_failed_handshake_hides_nothing(void **state)
{
    (void) state;
    int64_t now = 0;
    patience p;
    patience_init(&p, now);
    patience_note(&p, SOCKET_REJECTED);
    patience_note(&p, SOCKET_DROPPED);
    wait_for(&p, &now, REFUSED);
    assert_int_equal(check(&p), SW_UNAVAILABLE);
    assert_says("handshake");
}

// 10 s for the handshake, which then fails: that is how long it was tried.
static void a_handshake_that_fails_was_a_refusal_all_the_time(void **state)
{
    (void) state;
    int64_t now = 0;
    patience p;
    patience_init(&p, now);
    patience_note(&p, SOCKET_CONNECTED);
    wait_for(&p, &now, 5000);
    patience_hear(&p);
    patience_note(&p, SOCKET_DROPPED);
    wait_for(&p, &now, 10000);
    assert_int_equal(check(&p), SW_OK);
    patience_note(&p, SOCKET_REJECTED);
    assert_int_equal(check(&p), SW_UNAVAILABLE);
    assert_says("10.0 s");
    assert_says("handshake");
}

// Sends a request until it has been sent so many times, and hears something else after each.
static void send_in_vain(patience *p, int times)
{
    for (int i = 0; i < times; i++) {
        patience_send(p);
        patience_hear(p);
    }
}

static void a_server_that_is_heard_and_never_answers_is_given_up(void **state)
{
    (void) state;
    patience p;
    patience_init(&p, 0);
    send_in_vain(&p, PATIENCE_MAX_FRUITLESS);
    patience_forgive(&p);  // it was at work
    send_in_vain(&p, PATIENCE_MAX_FRUITLESS);
    patience_resume(&p, 0);  // another request
    send_in_vain(&p, PATIENCE_MAX_FRUITLESS);
    assert_int_equal(check(&p), SW_OK);
    patience_send(&p);
    assert_int_equal(check(&p), SW_PROTOCOL);
    assert_says("60 times");
}

static void attempts_that_nothing_is_heard_after_do_not_count(void **state)
{
    (void) state;
    patience p;
    patience_init(&p, 0);
    for (int i = 0; i < 10 * PATIENCE_MAX_FRUITLESS; i++) {
        patience_send(&p);
    }
    assert_int_equal(check(&p), SW_OK);
}

static void a_handshake_without_a_word_is_called_that(void **state)
{
    (void) state;
    int64_t now = 0;
    patience p;
    patience_init(&p, now);
    patience_note(&p, SOCKET_SILENT);
    patience_note(&p, SOCKET_DROPPED);
    wait_for(&p, &now, LEASE);
    assert_int_equal(check(&p), SW_UNAVAILABLE);
    assert_says("30.0 s: it says nothing");
}

static void our_own_silence_is_not_the_servers(void **state)
{
    (void) state;
    int64_t now = 0;
    patience p;
    patience_init(&p, now);
    now += 100 * LEASE;  // the learner computes between two calls
    patience_resume(&p, now);
    patience_tick(&p, now);
    assert_int_equal(check(&p), SW_OK);
    now += 100 * LEASE;  // or between a send and its recv
    patience_tick(&p, now);
    assert_int_equal(check(&p), SW_OK);
    assert_in_range(p.clock, 0, PATIENCE_MAX_TICK_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_server_is_given_up_after_a_lease),
        cmocka_unit_test(one_that_is_heard_is_waited_for),
        cmocka_unit_test(one_that_refuses_is_given_up_sooner),
        cmocka_unit_test(one_that_comes_back_is_forgiven),
        cmocka_unit_test(a_connection_lost_after_a_failed_handshake_hides_nothing),
        cmocka_unit_test(a_handshake_that_fails_was_a_refusal_all_the_time),
        cmocka_unit_test(a_server_that_is_heard_and_never_answers_is_given_up),
        cmocka_unit_test(attempts_that_nothing_is_heard_after_do_not_count),
        cmocka_unit_test(a_handshake_without_a_word_is_called_that),
        cmocka_unit_test(our_own_silence_is_not_the_servers),
    };
    return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
