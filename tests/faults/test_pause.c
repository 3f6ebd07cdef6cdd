// test_pause.c -- a side that stands still for seconds, as in a laptop that slept or a debugger.
//
//     a server for 10 s:               longer than the lease of a session that is idle
//     a client for its lease less 2 s: nothing is lost
//     a client for twice its lease:    its sessions are free in time; it hears that they are, and
//                                      a pool opens them again
//
// SIMSERVER, PUPPET and POOL_PUPPET are the paths of the programs.
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "process.h"
#include "puppet.h"
#include "puppeteer.h"
#include "tcp.h"
#include "test.h"

enum { SERVER_PAUSE_MS = 10000, LEASE_MS = 4000, TICK_MS = 1000, NOISE_MS = 20000 };

#define LEASE "4"
#define LONG_LEASE "30"

typedef struct stage {
    char endpoint[TCP_MAX_ENDPOINT];
    process server;
} stage;

// Room for four environments.
static stage start_server(void)
{
    static const char *const arguments[] = {"--threads", "4", "--max-envs", "4", NULL};
    stage s = {.endpoint = "tcp://127.0.0.1:*"};
    s.server = process_serve(SIMSERVER, arguments, s.endpoint);
    return s;
}

// A puppet that has made one step.
static process start_player(const stage *s, const char *lease)
{
    process puppet = puppet_start(PUPPET, s->endpoint, lease, "1");
    puppet_order(&puppet, "connect", "ok");
    puppet_order(&puppet, "open", "ok");
    puppet_order(&puppet, "reset", "0 0");
    puppet_order(&puppet, "step", "1 1");
    return puppet;
}

static void a_server_that_stood_still_for_10_s_lost_nothing(void **state)
{
    (void) state;
    stage s = start_server();
    process idle = start_player(&s, LEASE);
    process asking = start_player(&s, LONG_LEASE);
    process hanging = start_player(&s, LONG_LEASE);
    process_say(&hanging, "hang");
    sleep_ms(PUPPET_HANG_MS / 4);  // so that it is under way, though nothing depends on it
    process_stop(&s.server);
    process_say(&asking, "step");
    sleep_ms(SERVER_PAUSE_MS);
    process_continue(&s.server);
    puppet_expect(&asking, "asking", "2 2");
    puppet_expect(&hanging, "hanging", "2 2");
    puppet_order(&idle, "step", "2 2");
    puppet_order(&asking, "step", "3 3");
    puppet_order(&hanging, "step", "3 3");
    puppet_finish(&idle);
    puppet_finish(&asking);
    puppet_finish(&hanging);
    assert_int_equal(process_end(&s.server), 0);
}

static void a_client_that_stood_still_for_less_than_its_lease_lost_nothing(void **state)
{
    (void) state;
    stage s = start_server();
    process idle = start_player(&s, LEASE);
    process hanging = start_player(&s, LEASE);
    process_say(&hanging, "hang");
    process_stop(&idle);
    process_stop(&hanging);
    sleep_ms(LEASE_MS - 2000);
    process_continue(&idle);
    process_continue(&hanging);
    puppet_order(&idle, "step", "2 2");
    puppet_expect(&hanging, "hanging", "2 2");
    puppet_order(&hanging, "step", "3 3");
    puppet_finish(&idle);
    puppet_finish(&hanging);
    assert_int_equal(process_end(&s.server), 0);
}

// Opens as much as there may be, until there is room; how long that took.
static int wait_for_room(const stage *s, int longest_ms)
{
    const int64_t begin = clock_ms();
    process puppet = puppet_start(PUPPET, s->endpoint, LONG_LEASE, "4");
    puppet_order(&puppet, "connect", "ok");
    char line[PROCESS_MAX_LINE] = "";
    while (strcmp(line, "ok") != 0 && clock_ms() - begin < longest_ms) {
        process_say(&puppet, "open");
        assert_true(process_hear(&puppet, line, PROCESS_PATIENCE_MS));
    }
    const int took = (int) (clock_ms() - begin);
    assert_string_equal(line, "ok");
    puppet_order(&puppet, "close", "ok");
    puppet_finish(&puppet);
    return took;
}

static process start_pool(const stage *s)
{
    process puppet = puppet_start(POOL_PUPPET, s->endpoint, LEASE, "1");
    puppet_order(&puppet, "open", "ok");
    puppet_order(&puppet, "reset", "0 0");
    puppet_order(&puppet, "step", "1 1");
    return puppet;
}

// The next reply of a pool that lost its session. If a step was under way, its reply may have been
// waiting; then the next step is the one that did not happen.
static void expect_interruption(process *pool, bool was_hanging)
{
    char line[PROCESS_MAX_LINE] = "";
    if (!was_hanging) {
        process_say(pool, "step");
    }
    assert_true(process_hear(pool, line, PROCESS_PATIENCE_MS));
    if (was_hanging && strcmp(line, "2 2") == 0) {
        puppet_order(pool, "step", "0 0 faulty");
    } else {
        assert_string_equal(line, "0 0 faulty");
    }
}

static void
sessions_of_clients_that_stood_still_for_longer_are_free_and_pools_reopen_theirs(void **state)
{
    (void) state;
    enum { IDLE, HANGING, IDLE_POOL, HANGING_POOL, PUPPETS };
    stage s = start_server();
    process puppets[PUPPETS] = {start_player(&s, LEASE), start_player(&s, LEASE), start_pool(&s),
                                start_pool(&s)};
    process_say(&puppets[HANGING], "hang");
    process_say(&puppets[HANGING_POOL], "hang");
    sleep_ms(PUPPET_HANG_MS / 4);  // so that they are under way, though nothing depends on it
    for (int i = 0; i < PUPPETS; i++) {
        process_stop(&puppets[i]);
    }
    const int took = wait_for_room(&s, LEASE_MS + TICK_MS + PUPPET_HANG_MS + NOISE_MS);
    print_message("free after %d ms, with leases of %d ms\n", took, LEASE_MS);
    sleep_ms(took < 2 * LEASE_MS ? 2 * LEASE_MS - took : 0);
    for (int i = 0; i < PUPPETS; i++) {
        process_continue(&puppets[i]);
    }
    puppet_expect(&puppets[HANGING], "hang", "");  // likewise
    puppet_order(&puppets[HANGING], "step", "SESSION_LOST");
    puppet_order(&puppets[IDLE], "step", "SESSION_LOST");
    expect_interruption(&puppets[IDLE_POOL], false);
    expect_interruption(&puppets[HANGING_POOL], true);
    puppet_order(&puppets[IDLE_POOL], "step", "1 1");
    puppet_order(&puppets[HANGING_POOL], "step", "1 1");
    for (int i = 0; i < PUPPETS; i++) {
        puppet_finish(&puppets[i]);
    }
    assert_int_equal(process_end(&s.server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_stood_still_for_10_s_lost_nothing),
        cmocka_unit_test(a_client_that_stood_still_for_less_than_its_lease_lost_nothing),
        cmocka_unit_test(
            sessions_of_clients_that_stood_still_for_longer_are_free_and_pools_reopen_theirs),
    };
    return cmocka_run_group_tests_name("pause", tests, NULL, NULL);
}
