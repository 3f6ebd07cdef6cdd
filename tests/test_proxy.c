// test_proxy.c -- exactly once: the real client and server over a line that loses and repeats.
#include <stdlib.h>
#include <string.h>

#include <stepwire/pool.h>

#include "counter.h"
#include "local_server.h"
#include "proxy.h"
#include "test.h"

enum { STEPS = 2000, ROWS = 3 };

static sw_pool_options options_for(const char *const *endpoints, int groups)
{
    sw_pool_options options = {.endpoints = endpoints,
                               .endpoint_count = 1,
                               .rows = ROWS * groups,
                               .groups = groups,
                               .client = SW_CLIENT_OPTIONS,
                               .session = {.env_id = "Counter-v0", .seed = 1}};
    options.client.first_attempt_ms = 3;
    options.client.longest_attempt_ms = 20;
    return options;
}

// Row i of a group adds i + 1.
static sw_status send(sw_pool *pool, int group)
{
    double adds[ROWS];
    const int32_t commands[ROWS] = {COUNTER_GO_ON};
    for (int i = 0; i < ROWS; i++) {
        adds[i] = i + 1;
    }
    const void *tensors[] = {adds, commands};
    return sw_pool_send(pool, group, tensors);
}

// Steps every group; after each step the sum must be what its number says.
static void every_step_happens_once(double lose, double repeat, int groups, int steps)
{
    local_server *server = local_server_start("tcp://127.0.0.1:*", 2);
    const proxy_options bad = {
        .server = local_server_endpoint(server), .seed = 7, .lose = lose, .repeat = repeat};
    proxy *line = proxy_start(&bad);
    const char *endpoints[] = {proxy_endpoint(line)};
    const sw_pool_options options = options_for(endpoints, groups);
    sw_pool *pool;
    const sw_batch *batch;
    assert_ok(sw_pool_open(&options, &pool));
    for (int g = 0; g < groups; g++) {
        assert_ok(sw_pool_reset(pool, g, NULL));
        assert_ok(sw_pool_recv(pool, g, &batch));
        assert_ok(send(pool, g));
    }
    for (int n = 1; n <= steps; n++) {
        for (int g = 0; g < groups; g++) {
            assert_ok(sw_pool_recv(pool, g, &batch));
            const double *sums = batch->observations[0];
            for (int i = 0; i < ROWS; i++) {
                assert_true(sums[2 * i] == (i + 1.0) * n && sums[2 * i + 1] == n);
            }
            assert_ok(send(pool, g));
        }
    }
    if (lose > 0) {
        assert_true(proxy_lost(line) > 0.5 * lose * 2 * steps * groups);
    }
    if (repeat > 0) {
        assert_true(proxy_repeated(line) > 0.5 * repeat * 2 * steps * groups);
    }
    sw_pool_close(pool);
    proxy_stop(line);
    local_server_stop(server);
}

static void every_step_happens_once_though_messages_get_lost_and_repeated(void **state)
{
    (void) state;
    every_step_happens_once(0.05, 0.05, 1, STEPS);
}

static void every_step_happens_once_though_all_messages_come_twice(void **state)
{
    (void) state;
    every_step_happens_once(0, 1, 1, 500);
}

static void every_step_happens_once_though_every_third_message_is_lost(void **state)
{
    (void) state;
    every_step_happens_once(0.33, 0, 1, 200);
}

static void groups_on_a_bad_line_do_not_mix(void **state)
{
    (void) state;
    every_step_happens_once(0.05, 0.05, 3, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_happens_once_though_messages_get_lost_and_repeated),
        cmocka_unit_test(every_step_happens_once_though_all_messages_come_twice),
        cmocka_unit_test(every_step_happens_once_though_every_third_message_is_lost),
        cmocka_unit_test(groups_on_a_bad_line_do_not_mix),
    };
    return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
