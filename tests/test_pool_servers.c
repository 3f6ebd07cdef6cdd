// test_pool_servers.c -- agent/client/{fleet,candidate}.c: which servers a pool begins with, and
// which ones it does not turn to.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "local_server.h"
#include "peer.h"
#include "pool_play.h"
#include "test.h"

// An address of this machine where nobody is.
static const char nowhere[] = "tcp://127.0.0.1:9";

static sw_pool_options options_with(const char *const *endpoints, int count, play_log *log)
{
    sw_pool_options options = play_options(endpoints, count);
    options.groups = 2;
    options.patience = 10;
    options.client.log = play_log_to(log);
    return options;
}

// ---- at the start -------------------------------------------------------------------------------

static void servers_that_do_not_answer_at_the_start_are_left_out(void **state)
{
    (void) state;
    play_log log = {.count = 0};
    local_server *server = local_server_start(play_tcp, 1);
    const char *endpoints[] = {local_server_endpoint(server), nowhere};
    const sw_pool_options options = options_with(endpoints, 2, &log);
    sw_pool *pool;
    const sw_batch *b;
    assert_ok(sw_pool_open(&options, &pool));
    assert_int_equal(play_log_count(&log, nowhere), 1);
    assert_ok(play_reset(pool, 1, &b));
    assert_ok(play_step(pool, 1, 1, &b));
    assert_true(play_sum(b, 0) == 1);
    sw_pool_close(pool);
    local_server_stop(server);
}

static void servers_none_of_which_answers_are_an_error(void **state)
{
    (void) state;
    play_log log = {.count = 0};
    const char *endpoints[] = {"tcp://127.0.0.1:7", nowhere};
    const sw_pool_options options = options_with(endpoints, 2, &log);
    sw_pool *pool;
    assert_int_equal(sw_pool_open(&options, &pool), SW_UNAVAILABLE);
    assert_says("given up after trying");
    assert_says("tcp://127.0.0.1:");  // one of them
}

// Patience is for servers that were there: at the start somebody waits at a terminal.
static void a_lone_server_that_is_not_there_is_an_error_at_once(void **state)
{
    (void) state;
    play_log log = {.count = 0};
    const char *endpoints[] = {nowhere};
    const sw_pool_options options = options_with(endpoints, 1, &log);
    const int64_t began_ms = clock_ms();
    sw_pool *pool;
    assert_int_equal(sw_pool_open(&options, &pool), SW_UNAVAILABLE);
    assert_in_range(clock_ms() - began_ms, 300, 9000);  // patience is 10 s
    assert_says(nowhere);
}

static void an_unknown_host_is_an_error_though_another_server_is_there(void **state)
{
    (void) state;
    play_log log = {.count = 0};
    local_server *server = local_server_start(play_tcp, 1);
    const char *endpoints[] = {local_server_endpoint(server), "tcp://no-such-host.invalid:5555"};
    const sw_pool_options options = options_with(endpoints, 2, &log);
    sw_pool *pool;
    assert_true(sw_pool_open(&options, &pool) != SW_OK);
    assert_says("no-such-host.invalid");
    local_server_stop(server);
}


// ---- after a loss -------------------------------------------------------------------------------

// How a peer behaves, from some moment on.
typedef struct manner {
    atomic_bool silent;    // hears and says nothing
    bool shy;              // falls silent when it is to open a session
    atomic_bool mistaken;  // answers a Step by something else
    bool shorter;          // its task has another time limit
    bool narrow;           // takes one row in a session
    Stepwire__Closed closed;
} manner;

static peer_answer behave(void *context, const Stepwire__Request *request, Stepwire__Reply *reply)
{
    manner *m = context;
    if (m->shy && request->kind_case == STEPWIRE__REQUEST__KIND_OPEN) {
        atomic_store(&m->silent, true);
    }
    if (atomic_load(&m->silent)) {
        return PEER_LOSE;
    }
    if (reply != NULL && m->shorter && request->kind_case == STEPWIRE__REQUEST__KIND_OPEN) {
        reply->opened->spec->max_episode_steps = 10;
    }
    if (reply != NULL && m->narrow && request->kind_case == STEPWIRE__REQUEST__KIND_HELLO) {
        reply->welcome->limits->max_rows = 1;
    }
    if (reply != NULL && atomic_load(&m->mistaken) &&
        request->kind_case == STEPWIRE__REQUEST__KIND_STEP) {
        stepwire__closed__init(&m->closed);
        reply->result_case = STEPWIRE__REPLY__RESULT_CLOSED;
        reply->closed = &m->closed;
    }
    return PEER_SEND;
}

// A pool of one group of `rows` on peers; the first is its home.
typedef struct stage {
    manner manners[3];
    peer *peers[3];
    const char *endpoints[3];
    int count, rows;
    play_log log;
    sw_pool *pool;
} stage;

static void begin(stage *s, int count)
{
    const sw_batch *b;
    s->count = count;
    for (int i = 0; i < count; i++) {
        s->peers[i] = peer_start(play_tcp, behave, &s->manners[i]);
        s->endpoints[i] = peer_endpoint(s->peers[i]);
    }
    sw_pool_options options = options_with(s->endpoints, count, &s->log);
    options.session = (sw_session_options){.env_id = "Adder-v0"};
    options.groups = 1;
    options.rows = s->rows > 0 ? s->rows : 1;
    assert_ok(sw_pool_open(&options, &s->pool));
    assert_ok(play_reset(s->pool, 0, &b));
}

static void stop(stage *s, int which)
{
    peer_stop(s->peers[which]);
    s->peers[which] = NULL;
}

static void end(stage *s)
{
    sw_pool_close(s->pool);
    for (int i = 0; i < s->count; i++) {
        if (s->peers[i] != NULL) {
            stop(s, i);
        }
    }
}

static sw_status step(stage *s, const sw_batch **b)
{
    const double add = 1;
    const void *actions[] = {&add};
    const sw_status st = sw_pool_send(s->pool, 0, actions);
    return st == SW_OK ? sw_pool_recv(s->pool, 0, b) : st;
}

// An Open that is answered late is repeated, and a server that was left alone is tried again.
static int opens(const stage *s, int which)
{
    return peer_count(s->peers[which], STEPWIRE__REQUEST__KIND_OPEN);
}

static void a_server_that_breaks_the_protocol_is_left_for_another(void **state)
{
    (void) state;
    stage s = {.count = 0};
    const sw_batch *b;
    begin(&s, 2);
    atomic_store(&s.manners[0].mistaken, true);
    assert_ok(step(&s, &b));
    assert_int_equal(b->flags[0], SW_FAULTY | SW_TRUNCATED | SW_FIRST);
    assert_true(opens(&s, 0) > 0 && opens(&s, 1) > 0);
    assert_ok(step(&s, &b));
    assert_int_equal(b->flags[0], 0);
    end(&s);
}

static void a_server_with_another_task_is_passed_over_with_a_line(void **state)
{
    (void) state;
    stage s = {.manners[1].shorter = true};
    const sw_batch *b;
    begin(&s, 3);
    stop(&s, 0);
    assert_ok(step(&s, &b));
    assert_true(opens(&s, 1) > 0 && opens(&s, 2) > 0);
    assert_true(peer_count(s.peers[1], STEPWIRE__REQUEST__KIND_CLOSE) > 0);
    assert_true(play_log_count(&s.log, "time limits") > 0);
    end(&s);
}

static void a_server_that_takes_fewer_rows_is_passed_over_with_a_line(void **state)
{
    (void) state;
    stage s = {.manners[0].narrow = true, .rows = 2};
    begin(&s, 2);
    assert_int_equal(opens(&s, 0), 0);
    assert_true(opens(&s, 1) > 0);
    assert_true(play_log_count(&s.log, "2 rows in a session, and this server takes at most 1") > 0);
    end(&s);
}

static void who_waits_for_servers_is_told_what_the_last_one_did(void **state)
{
    (void) state;
    stage s = {.count = 0};
    const sw_batch *b;
    begin(&s, 1);
    atomic_store(&s.manners[0].mistaken, true);
    assert_ok(step(&s, &b));  // after the time for which that server is left alone
    assert_int_equal(play_log_count(&s.log, "no server takes a session"), 1);
    assert_int_equal(play_log_count(&s.log, "of another kind"), 2);  // as the session was lost, too
    end(&s);
}

// Of a server that hangs a connection says nothing: only its lease, 30 s, would.
static void a_server_that_hangs_is_not_waited_for(void **state)
{
    (void) state;
    stage s = {.count = 0};
    const sw_batch *b;
    begin(&s, 3);
    atomic_store(&s.manners[1].silent, true);
    play_sleep(2500);  // until the keeper knows
    stop(&s, 0);
    const int64_t began_ms = clock_ms();
    assert_ok(step(&s, &b));
    assert_in_range(clock_ms() - began_ms, 0, 15000);
    assert_true(opens(&s, 2) > 0);
    end(&s);
}

// It is tried, because it was heard a moment ago, and given up when the keeper hears no more.
static void a_server_that_falls_silent_while_it_opens_is_given_up(void **state)
{
    (void) state;
    stage s = {.manners[1].shy = true};
    const sw_batch *b;
    begin(&s, 3);
    stop(&s, 0);
    const int64_t began_ms = clock_ms();
    assert_ok(step(&s, &b));
    assert_in_range(clock_ms() - began_ms, 1000, 15000);
    assert_int_equal(play_log_count(&s.log, "it does not answer"), 1);
    assert_true(opens(&s, 2) > 0);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_that_do_not_answer_at_the_start_are_left_out),
        cmocka_unit_test(servers_none_of_which_answers_are_an_error),
        cmocka_unit_test(a_lone_server_that_is_not_there_is_an_error_at_once),
        cmocka_unit_test(an_unknown_host_is_an_error_though_another_server_is_there),
        cmocka_unit_test(a_server_that_breaks_the_protocol_is_left_for_another),
        cmocka_unit_test(a_server_with_another_task_is_passed_over_with_a_line),
        cmocka_unit_test(a_server_that_takes_fewer_rows_is_passed_over_with_a_line),
        cmocka_unit_test(who_waits_for_servers_is_told_what_the_last_one_did),
        cmocka_unit_test(a_server_that_hangs_is_not_waited_for),
        cmocka_unit_test(a_server_that_falls_silent_while_it_opens_is_given_up),
    };
    return cmocka_run_group_tests_name("pool_servers", tests, NULL, NULL);
}
