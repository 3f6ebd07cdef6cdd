// test_pool_loss.c -- agent/client/{group,aftermath,candidate,fleet}.c: what becomes of a pool
// whose servers die.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "clock.h"
#include "local_server.h"
#include "peer.h"
#include "pool_ops.h"
#include "pool_play.h"
#include "random.h"
#include "test.h"

enum { LOST = SW_FAULTY | SW_TRUNCATED, BASE = 42 };

// Two servers whose addresses stay the same, and a pool on both or on the first.
typedef struct stage {
    local_server *servers[2];
    char addresses[2][64];
    const char *endpoints[2];
    play_log log;
    sw_pool *pool;
} stage;

static sw_pool_options set_up(stage *s, int servers)
{
    memset(s, 0, sizeof(*s));
    for (int i = 0; i < servers; i++) {
        s->servers[i] = local_server_start(play_tcp, 1);
        strcpy(s->addresses[i], local_server_endpoint(s->servers[i]));
        s->endpoints[i] = s->addresses[i];
    }
    sw_pool_options options = play_options(s->endpoints, servers);
    options.groups = 2;
    options.patience = 10;
    options.client.log = play_log_to(&s->log);
    return options;
}

static void stop(stage *s, int server)
{
    local_server_stop(s->servers[server]);
    s->servers[server] = NULL;
}

static void restart(stage *s, int server)
{
    if (s->servers[server] != NULL) {
        stop(s, server);
    }
    s->servers[server] = local_server_start(s->addresses[server], 1);
}

static void tear_down(stage *s)
{
    sw_pool_close(s->pool);
    for (int i = 0; i < 2; i++) {
        if (s->servers[i] != NULL) {
            stop(s, i);
        }
    }
}

// Opens the pool and makes `steps` steps that add 1 in every group.
static void begin(stage *s, const sw_pool_options *options, int steps)
{
    const sw_batch *batch;
    assert_ok(sw_pool_open(options, &s->pool));
    for (int g = 0; g < options->groups; g++) {
        assert_ok(play_reset(s->pool, g, &batch));
        for (int i = 0; i < steps; i++) {
            assert_ok(play_step(s->pool, g, 1, &batch));
        }
    }
}

static sw_pool_counts counts(const stage *s)
{
    sw_pool_counts c;
    sw_pool_count(s->pool, &c);
    return c;
}

// The seed of episode k of a row of the pool that was given no seed.
static uint64_t episode_seed(int row, uint64_t k)
{
    return random_mix(random_mix(BASE, (uint64_t) row), k);
}


// ---- SAME_STEP ----------------------------------------------------------------------------------

static void rows_of_a_lost_step_are_faulty_and_begin_anew(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    const sw_pool_options options = set_up(&s, 1);
    begin(&s, &options, 3);
    restart(&s, 0);
    assert_ok(play_step(s.pool, 1, 1, &b));
    assert_int_equal(b->rows, 5);
    assert_int_equal(b->final_count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(b->flags[i], LOST | SW_FIRST);
        assert_true(b->rewards[i] == 0);
        assert_true(play_sum(b, i) == 0 && b->infos[2 * i] == 0);
        assert_int_equal(b->seeds[i], episode_seed(5 + i, 1));
        assert_int_equal(play_seed(b, i), b->seeds[i]);
        const int f = b->final_index[i];
        assert_true(((const double *) b->final_observations[0])[2 * f] == 3);
        assert_true(isnan(b->final_infos[2 * f]));
    }
    assert_int_equal(counts(&s).sessions_lost, 1);
    assert_int_equal(counts(&s).faulty_rows, 5);
    assert_ok(play_step(s.pool, 1, 1, &b));
    assert_int_equal(b->flags[0], 0);
    assert_true(play_sum(b, 4) == 1);
    tear_down(&s);
}

static void a_group_goes_on_at_another_server_and_the_others_notice_nothing(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    const sw_pool_options options = set_up(&s, 2);
    begin(&s, &options, 3);
    stop(&s, 1);
    assert_ok(play_send(s.pool, 0, 1, 0, COUNTER_GO_ON));
    assert_ok(play_send(s.pool, 1, 1, 0, COUNTER_GO_ON));
    assert_ok(sw_pool_recv(s.pool, 0, &b));
    assert_int_equal(b->flags[0], 0);
    assert_true(play_sum(b, 0) == 4);
    assert_ok(sw_pool_recv(s.pool, 1, &b));
    assert_int_equal(b->flags[0], LOST | SW_FIRST);
    assert_int_equal(b->seeds[0], episode_seed(5, 1));
    assert_int_equal(play_log_count(&s.log, "group 1: its session is lost: "), 1);
    assert_int_equal(play_log_count(&s.log, "group 1: goes on at "), 1);
    assert_int_equal(play_log_count(&s.log, s.addresses[0]), 1);
    tear_down(&s);
}

static void episodes_go_on_from_the_seeds_that_rows_were_given(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    const uint64_t seeds[] = {100, 101, 102, 103, 104};
    const sw_pool_options options = set_up(&s, 1);
    begin(&s, &options, 1);
    assert_ok(sw_pool_reset(s.pool, 0, seeds));
    assert_ok(sw_pool_recv(s.pool, 0, &b));
    assert_int_equal(b->seeds[2], 102);
    for (int i = 0; i < 3; i++) {  // row 2 ends three episodes, the last one with seed mix(102, 3)
        assert_ok(play_send(s.pool, 0, 1, 2, COUNTER_TERMINATE));
        assert_ok(sw_pool_recv(s.pool, 0, &b));
    }
    assert_int_equal(b->seeds[2], random_mix(102, 3));
    restart(&s, 0);
    assert_ok(play_step(s.pool, 0, 1, &b));
    assert_int_equal(b->seeds[1], random_mix(101, 1));
    assert_int_equal(b->seeds[2], random_mix(102, 4));
    tear_down(&s);
}

static void a_lost_reset_is_done_again_and_nothing_is_faulty(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    const uint64_t seeds[] = {100, 101, 102, 103, 104};
    const sw_pool_options options = set_up(&s, 1);
    begin(&s, &options, 1);
    restart(&s, 0);
    assert_ok(sw_pool_reset(s.pool, 0, seeds));
    assert_ok(play_reset(s.pool, 1, &b));
    assert_int_equal(b->flags[4], SW_FIRST);
    assert_int_equal(b->seeds[4], episode_seed(9, 1));
    assert_ok(sw_pool_recv(s.pool, 0, &b));
    assert_int_equal(b->seeds[4], 104);
    assert_int_equal(counts(&s).sessions_lost, 2);
    assert_int_equal(counts(&s).faulty_rows, 0);
    tear_down(&s);
}


// ---- the other modes ----------------------------------------------------------------------------

static void next_step_ends_the_rows_at_once_and_begins_them_with_the_next_send(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    sw_pool_options options = set_up(&s, 1);
    options.session.autoreset = SW_NEXT_STEP;
    begin(&s, &options, 3);
    restart(&s, 0);
    assert_ok(play_step(s.pool, 0, 1, &b));
    assert_int_equal(b->flags[0], LOST);
    assert_int_equal(b->final_index[0], -1);
    assert_int_equal(b->seeds[0], 0);
    assert_true(b->rewards[0] == 0 && play_sum(b, 0) == 3 && isnan(b->infos[0]));
    assert_int_equal(counts(&s).faulty_rows, 5);
    assert_ok(play_step(s.pool, 0, 1, &b));
    assert_int_equal(b->flags[0], SW_FIRST);
    assert_true(b->rewards[0] == 0 && play_sum(b, 0) == 0);
    assert_int_equal(b->seeds[0], episode_seed(0, 1));
    assert_ok(play_step(s.pool, 0, 1, &b));
    assert_true(b->flags[0] == 0 && play_sum(b, 0) == 1);
    tear_down(&s);
}

static void without_autoreset_the_group_must_be_reset(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    sw_pool_options options = set_up(&s, 1);
    options.session.autoreset = SW_DISABLED;
    begin(&s, &options, 3);
    restart(&s, 0);
    assert_ok(play_step(s.pool, 0, 1, &b));
    assert_int_equal(b->flags[0], LOST);
    assert_int_equal(play_send(s.pool, 0, 1, 0, COUNTER_GO_ON), SW_FAILED_PRECONDITION);
    assert_says("group 0");
    assert_ok(play_reset(s.pool, 0, &b));
    assert_int_equal(b->seeds[0], episode_seed(0, 1));
    assert_ok(play_step(s.pool, 0, 1, &b));
    assert_true(play_sum(b, 0) == 1);
    tear_down(&s);
}


// ---- environments that cannot go on -------------------------------------------------------------

static void a_failed_reset_is_tried_once_more_in_a_new_session(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    const sw_assignment second = {"fail_reset", "2"};
    sw_pool_options options = set_up(&s, 1);
    options.session.settings = &second;
    options.session.setting_count = 1;
    begin(&s, &options, 1);
    assert_ok(play_send(s.pool, 0, 1, 3, COUNTER_TERMINATE));
    assert_ok(sw_pool_recv(s.pool, 0, &b));
    assert_int_equal(b->flags[3], LOST | SW_FIRST);
    assert_int_equal(counts(&s).sessions_lost, 1);
    tear_down(&s);
}

static void a_reset_that_fails_again_is_an_error(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    const sw_assignment first = {"fail_reset", "1"};
    sw_pool_options options = set_up(&s, 1);
    options.session.settings = &first;
    options.session.setting_count = 1;
    assert_ok(sw_pool_open(&options, &s.pool));
    assert_int_equal(play_reset(s.pool, 1, &b), SW_ENVIRONMENT);
    assert_says("group 1");
    assert_says("fail_reset");
    tear_down(&s);
}


// ---- nobody answers -----------------------------------------------------------------------------

static void without_patience_a_server_that_is_gone_is_named_with_its_group(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    sw_pool_options options = set_up(&s, 1);
    options.patience = 0;
    begin(&s, &options, 1);
    stop(&s, 0);
    assert_int_equal(play_step(s.pool, 1, 1, &b), SW_UNAVAILABLE);
    assert_says("group 1");
    assert_says(s.addresses[0]);
    assert_int_equal(play_log_count(&s.log, "waiting"), 0);
    tear_down(&s);
}

static void a_pool_waits_for_a_server_as_long_as_it_has_patience(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    sw_pool_options options = set_up(&s, 2);
    options.patience = 1.5;
    begin(&s, &options, 3);
    stop(&s, 0);
    stop(&s, 1);
    const int64_t began_ms = clock_ms();
    assert_int_equal(play_step(s.pool, 1, 1, &b), SW_UNAVAILABLE);
    assert_in_range(clock_ms() - began_ms, 1500, 9000);  // and not 60 s, as is usual
    assert_says("no server answers");
    assert_says(s.addresses[0]);
    assert_says(s.addresses[1]);
    assert_int_equal(play_log_count(&s.log, "no server answers"), 1);
    assert_int_equal(counts(&s).stranded, 0);
    restart(&s, 0);
    assert_ok(sw_pool_recv(s.pool, 1, &b));  // patience begins anew
    assert_int_equal(b->flags[0], LOST | SW_FIRST);
    assert_true(((const double *) b->final_observations[0])[0] == 3);
    tear_down(&s);
}

static void ignore(int number)
{
    (void) number;
}

// Interrupts every wait of this process after at most 3 ms, until it is called with 0.
static void interrupt_every(int us)
{
    const struct sigaction action = {.sa_handler = ignore};
    const struct itimerval often = {{0, us}, {0, us}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

static void interrupted_waits_go_on_at_every_point_of_reopening(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    int interrupts = 0, stranded = 0;
    const sw_pool_options options = set_up(&s, 1);
    begin(&s, &options, 3);
    stop(&s, 0);
    assert_ok(play_send(s.pool, 1, 1, 0, COUNTER_GO_ON));
    interrupt_every(3000);
    for (sw_status st = SW_INTERRUPTED; st != SW_OK; interrupts++) {
        st = sw_pool_recv(s.pool, 1, &b);
        assert_true(st == SW_OK || st == SW_INTERRUPTED);
        stranded += counts(&s).stranded;
        if (interrupts == 300) {  // about a second; connecting is refused since 300 ms
            s.servers[0] = local_server_start(s.addresses[0], 1);
        }
    }
    interrupt_every(0);
    assert_true(interrupts > 300 && stranded > 0);
    assert_int_equal(b->flags[0], LOST | SW_FIRST);
    assert_int_equal(b->seeds[0], episode_seed(5, 1));
    assert_int_equal(counts(&s).sessions_lost, 1);
    assert_int_equal(counts(&s).stranded, 0);
    tear_down(&s);
}

static void recv_any_gives_the_others_while_one_group_waits_for_a_server(void **state)
{
    (void) state;
    stage s;
    const sw_batch *b;
    int group;
    sw_pool_options options = set_up(&s, 2);
    options.client.refused_ms = 2000;  // in which the other group makes its steps
    begin(&s, &options, 1);
    stop(&s, 1);
    assert_ok(play_send(s.pool, 1, 1, 0, COUNTER_GO_ON));
    for (int i = 0; i < 5; i++) {
        assert_ok(play_send(s.pool, 0, 1, 0, COUNTER_GO_ON));
        assert_ok(sw_pool_recv_any(s.pool, &group, &b));
        assert_int_equal(group, 0);
        assert_true(play_sum(b, 0) == 2 + i);
    }
    assert_ok(sw_pool_recv_any(s.pool, &group, &b));
    assert_int_equal(group, 1);
    assert_int_equal(b->flags[0], LOST | SW_FIRST);
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_lost_step_are_faulty_and_begin_anew),
        cmocka_unit_test(a_group_goes_on_at_another_server_and_the_others_notice_nothing),
        cmocka_unit_test(episodes_go_on_from_the_seeds_that_rows_were_given),
        cmocka_unit_test(a_lost_reset_is_done_again_and_nothing_is_faulty),
        cmocka_unit_test(next_step_ends_the_rows_at_once_and_begins_them_with_the_next_send),
        cmocka_unit_test(without_autoreset_the_group_must_be_reset),
        cmocka_unit_test(a_failed_reset_is_tried_once_more_in_a_new_session),
        cmocka_unit_test(a_reset_that_fails_again_is_an_error),
        cmocka_unit_test(without_patience_a_server_that_is_gone_is_named_with_its_group),
        cmocka_unit_test(a_pool_waits_for_a_server_as_long_as_it_has_patience),
        cmocka_unit_test(interrupted_waits_go_on_at_every_point_of_reopening),
        cmocka_unit_test(recv_any_gives_the_others_while_one_group_waits_for_a_server),
    };
    return cmocka_run_group_tests_name("pool_loss", tests, NULL, NULL);
}
