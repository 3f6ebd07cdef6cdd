// test_keeper.c -- agent/client/keeper.c: what a watched server is taken for. That leases are kept,
// test_pool.c shows.
#include "keeper.h"

#include <stdatomic.h>
#include <time.h>

#include "clock.h"
#include "peer.h"
#include "test.h"

// ASK_MS: between two pings. What is to come is waited for as long as any machine stands still.
enum { SOON_MS = 500, ASK_MS = 1000, LONG_MS = 20000 };

// What the peer does with a Ping.
typedef struct manner {
    atomic_bool loses, drains;
} manner;

static peer_answer behave(void *context, const Stepwire__Request *request, Stepwire__Reply *reply)
{
    const manner *m = context;
    if (request->kind_case != STEPWIRE__REQUEST__KIND_PING) {
        return PEER_SEND;
    }
    if (reply != NULL) {
        reply->pong->draining = atomic_load(&m->drains);
    }
    return atomic_load(&m->loses) ? PEER_LOSE : PEER_SEND;
}

static void sleep_ms(int ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

// Waits until the server looks like `view`. Returns how long that took, in ms.
static int64_t await(keeper *k, const char *endpoint, keeper_view view)
{
    const int64_t begin = clock_ms();
    while (keeper_look(k, endpoint) != view) {
        assert_true(clock_ms() - begin < LONG_MS);
        sleep_ms(5);
    }
    return clock_ms() - begin;
}

static keeper *watch(const char *endpoint)
{
    keeper *k;
    assert_ok(keeper_open(&(sw_client_options) SW_CLIENT_OPTIONS, &k));
    assert_ok(keeper_watch(k, endpoint));
    return k;
}

static void a_server_that_was_never_there_is_silent_after_a_second(void **state)
{
    (void) state;
    keeper *k = watch("tcp://127.0.0.1:1");
    assert_int_equal(keeper_look(k, "tcp://127.0.0.1:1"), KEEPER_ANSWERS);
    assert_in_range(await(k, "tcp://127.0.0.1:1", KEEPER_SILENT), SOON_MS, LONG_MS);
    keeper_close(k);
}

static void a_watched_server_is_pinged_without_sessions(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", NULL, NULL);
    const int64_t begin = clock_ms();
    keeper *k = watch(peer_endpoint(p));
    int pings;
    while ((pings = peer_count(p, STEPWIRE__REQUEST__KIND_PING)) < 3) {
        assert_true(clock_ms() - begin < LONG_MS);
        sleep_ms(5);
    }
    assert_in_range(pings, 3, (clock_ms() - begin) / ASK_MS + 1);  // every second and no oftener
    (void) await(k, peer_endpoint(p), KEEPER_ANSWERS);
    keeper_close(k);
    peer_stop(p);
}

static void a_server_that_stops_is_silent_and_answers_again_when_it_goes_on(void **state)
{
    (void) state;
    manner m = {false};
    peer *p = peer_start("tcp://127.0.0.1:*", behave, &m);
    keeper *k = watch(peer_endpoint(p));
    sleep_ms(SOON_MS);
    atomic_store(&m.loses, true);
    assert_int_equal(keeper_look(k, peer_endpoint(p)), KEEPER_ANSWERS);
    (void) await(k, peer_endpoint(p), KEEPER_SILENT);
    atomic_store(&m.loses, false);
    (void) await(k, peer_endpoint(p), KEEPER_ANSWERS);
    keeper_close(k);
    peer_stop(p);
}

static void a_server_that_drains_says_so(void **state)
{
    (void) state;
    manner m = {.drains = true};
    peer *p = peer_start("tcp://127.0.0.1:*", behave, &m);
    keeper *k = watch(peer_endpoint(p));
    (void) await(k, peer_endpoint(p), KEEPER_DRAINING);
    keeper_close(k);
    peer_stop(p);
}

// Who is asked when the next Ping is due anyway answers after half a second, each time; this one at
// once, but where the machine stands still.
static void a_doubted_server_is_asked_at_once(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", NULL, NULL);
    keeper *k = watch(peer_endpoint(p));
    int64_t took = LONG_MS;
    for (int times = 0; times < 10 && took > SOON_MS / 2; times++) {
        sleep_ms(SOON_MS);
        keeper_doubt(k, peer_endpoint(p));
        took = await(k, peer_endpoint(p), KEEPER_ANSWERS);
    }
    assert_in_range(took, 0, SOON_MS / 2);
    keeper_close(k);
    peer_stop(p);
}

// The first Pong comes while the keeper waits for the second Ping to fall due.
static void an_answer_from_before_the_doubt_does_not_count(void **state)
{
    (void) state;
    manner m = {false};
    peer *p = peer_start("tcp://127.0.0.1:*", behave, &m);
    keeper *k = watch(peer_endpoint(p));
    sleep_ms(SOON_MS);
    atomic_store(&m.loses, true);
    keeper_doubt(k, peer_endpoint(p));
    assert_int_equal(keeper_look(k, peer_endpoint(p)), KEEPER_SILENT);
    sleep_ms(SOON_MS);
    assert_int_equal(keeper_look(k, peer_endpoint(p)), KEEPER_SILENT);
    keeper_close(k);
    peer_stop(p);
}

// Likewise but where the machine stands still.
static void a_restarted_server_answers_within_two_seconds(void **state)
{
    (void) state;
    peer *p = peer_start("tcp://127.0.0.1:*", NULL, NULL);
    char address[64];
    strcpy(address, peer_endpoint(p));
    keeper *k = watch(address);
    int64_t took = LONG_MS;
    for (int times = 0; times < 4 && took > 2 * ASK_MS; times++) {
        sleep_ms(SOON_MS);
        peer_stop(p);
        (void) await(k, address, KEEPER_SILENT);
        sleep_ms(ASK_MS);
        p = peer_start(address, NULL, NULL);
        took = await(k, address, KEEPER_ANSWERS);
    }
    assert_in_range(took, 0, 2 * ASK_MS);
    keeper_close(k);
    peer_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_was_never_there_is_silent_after_a_second),
        cmocka_unit_test(a_watched_server_is_pinged_without_sessions),
        cmocka_unit_test(a_server_that_stops_is_silent_and_answers_again_when_it_goes_on),
        cmocka_unit_test(a_server_that_drains_says_so),
        cmocka_unit_test(a_doubted_server_is_asked_at_once),
        cmocka_unit_test(an_answer_from_before_the_doubt_does_not_count),
        cmocka_unit_test(a_restarted_server_answers_within_two_seconds),
    };
    return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
