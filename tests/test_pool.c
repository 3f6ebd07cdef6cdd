// test_pool.c -- agent/client/pool.c: many sessions as one vector environment, on real servers.
#include <stdlib.h>
#include <string.h>

#include <stepwire/pool.h>

#include "local_server.h"
#include "peer.h"
#include "pool_play.h"
#include "session.h"
#include "test.h"

enum { ROWS = PLAY_ROWS, GROUPS = PLAY_GROUPS };

static const char *const tcp = play_tcp;

// ---- rows and groups ----------------------------------------------------------------------------

static void rows_are_dealt_in_contiguous_blocks_the_first_ones_larger(void **state)
{
    (void) state;
    local_server *server = local_server_start(tcp, 1);
    const char *endpoints[] = {local_server_endpoint(server)};
    const sw_pool_options options = play_options(endpoints, 1);
    sw_pool *pool;
    assert_ok(sw_pool_open(&options, &pool));
    const int rows[GROUPS] = {4, 3, 3};
    const int first[GROUPS] = {0, 4, 7};
    assert_int_equal(sw_pool_groups(pool), GROUPS);
    assert_string_equal(sw_pool_spec(pool)->id, "Counter-v0");
    for (int g = 0; g < GROUPS; g++) {
        const sw_batch *batch;
        assert_int_equal(sw_pool_rows(pool, g), rows[g]);
        assert_int_equal(sw_pool_first_row(pool, g), first[g]);
        assert_ok(sw_pool_reset(pool, g, NULL));
        assert_ok(sw_pool_recv(pool, g, &batch));
        assert_int_equal(batch->rows, rows[g]);
    }
    sw_pool_close(pool);
    local_server_stop(server);
}

static void a_pool_without_a_row_for_each_group_is_refused(void **state)
{
    (void) state;
    const char *endpoints[] = {"tcp://127.0.0.1:1"};
    sw_pool_options options = play_options(endpoints, 1);
    options.rows = 2;
    sw_pool *pool;
    assert_int_equal(sw_pool_open(&options, &pool), SW_INVALID_ARGUMENT);
    assert_says("2 rows in 3 groups");
}

static void a_task_that_nobody_offers_is_refused_with_what_may_be_meant(void **state)
{
    (void) state;
    local_server *server = local_server_start(tcp, 1);
    const char *endpoints[] = {local_server_endpoint(server)};
    sw_pool_options options = play_options(endpoints, 1);
    options.session.env_id = "Hoper-v5";
    sw_pool *pool;
    assert_int_equal(sw_pool_open(&options, &pool), SW_NOT_FOUND);
    assert_says("Hoper-v5");
    assert_says("Hopper-v5");
    assert_says(endpoints[0]);
    local_server_stop(server);
}

// The numbers of one batch, row by row, appended to a log.
typedef struct history {
    double values[PLAY_MAX_ROWS * 4096];
    int count;
} history;

static void note(history *h, const sw_batch *batch)
{
    const double *sums = batch->observations[0];
    for (int i = 0; i < batch->rows; i++) {
        h->values[h->count++] = sums[2 * i];
        h->values[h->count++] = sums[2 * i + 1];
        h->values[h->count++] = (double) (batch->seeds[i] >> 11);
        h->values[h->count++] = batch->rewards[i];
        h->values[h->count++] = batch->flags[i];
        h->values[h->count++] = batch->infos[2 * i];
        const int f = batch->final_index[i];
        h->values[h->count++] = f < 0 ? -1 : ((const double *) batch->final_observations[0])[2 * f];
    }
}

// 100 steps of every group, with an end in another row every third step.
static history play(const char *const *endpoints, int count)
{
    static history h;
    h.count = 0;
    const sw_pool_options options = play_options(endpoints, count);
    sw_pool *pool;
    const sw_batch *batch;
    assert_ok(sw_pool_open(&options, &pool));
    for (int g = 0; g < GROUPS; g++) {
        assert_ok(sw_pool_reset(pool, g, NULL));
    }
    for (int t = 0; t < 100; t++) {
        for (int g = 0; g < GROUPS; g++) {
            assert_ok(sw_pool_recv(pool, g, &batch));
            note(&h, batch);
            const int32_t command = t % 3 == 0 ? COUNTER_TERMINATE : COUNTER_GO_ON;
            assert_ok(play_send(pool, g, 0.1 * t, t % sw_pool_rows(pool, g), command));
        }
    }
    sw_pool_close(pool);
    return h;
}

static void two_servers_equal_one_bit_for_bit(void **state)
{
    (void) state;
    local_server *a = local_server_start(tcp, 2);
    local_server *b = local_server_start(tcp, 1);
    const char *one[] = {local_server_endpoint(a)};
    const char *two[] = {local_server_endpoint(a), local_server_endpoint(b)};
    const history alone = play(one, 1);
    const history shared = play(two, 2);
    assert_int_equal(alone.count, 100 * ROWS * 7);
    assert_int_equal(shared.count, alone.count);
    assert_memory_equal(shared.values, alone.values, (size_t) alone.count * sizeof(double));
    local_server_stop(a);
    local_server_stop(b);
}

static void recv_any_gives_whichever_group_is_ready_first(void **state)
{
    (void) state;
    local_server *server = local_server_start(tcp, GROUPS);
    const char *endpoints[] = {local_server_endpoint(server)};
    const sw_assignment hang = {"hang_ms", "2000"};
    sw_pool_options options = play_options(endpoints, 1);
    options.session.settings = &hang;
    options.session.setting_count = 1;
    sw_pool *pool;
    const sw_batch *batch;
    int group;
    assert_ok(sw_pool_open(&options, &pool));
    for (int g = 0; g < GROUPS; g++) {
        assert_ok(play_reset(pool, g, &batch));
    }
    assert_ok(play_send(pool, 0, 1, 0, COUNTER_HANG));
    assert_ok(play_send(pool, 1, 1, 0, COUNTER_GO_ON));
    assert_ok(sw_pool_recv_any(pool, &group, &batch));
    assert_int_equal(group, 1);
    assert_int_equal(batch->rows, 3);
    assert_ok(sw_pool_recv_any(pool, &group, &batch));
    assert_int_equal(group, 0);
    assert_int_equal(batch->rows, 4);
    sw_pool_close(pool);
    local_server_stop(server);
}

static peer_answer shorten(void *context, const Stepwire__Request *request, Stepwire__Reply *reply)
{
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_OPEN) {
        reply->opened->spec->max_episode_steps = 10;
    }
    return PEER_SEND;
}

static void servers_with_different_specs_are_named(void **state)
{
    (void) state;
    peer *a = peer_start(tcp, NULL, NULL);
    peer *b = peer_start(tcp, shorten, NULL);
    const char *endpoints[] = {peer_endpoint(a), peer_endpoint(b)};
    sw_pool_options options = play_options(endpoints, 2);
    options.session.env_id = "Adder-v0";
    options.groups = 2;
    sw_pool *pool;
    assert_int_equal(sw_pool_open(&options, &pool), SW_FAILED_PRECONDITION);
    assert_says(peer_endpoint(a));
    assert_says(peer_endpoint(b));
    assert_says("time limits");
    peer_stop(a);
    peer_stop(b);
}


// ---- errors -------------------------------------------------------------------------------------

static void an_error_of_the_server_leaves_group_and_observations_as_they_were(void **state)
{
    (void) state;
    local_server *server = local_server_start(tcp, 1);
    char address[64];
    strcpy(address, local_server_endpoint(server));
    const char *endpoints[] = {address};
    sw_pool_options options = play_options(endpoints, 1);
    options.patience = 10;  // the server that begins may be slow
    sw_pool *pool;
    const sw_batch *batch;
    assert_ok(sw_pool_open(&options, &pool));
    assert_ok(play_reset(pool, 1, &batch));
    assert_ok(play_step(pool, 1, 3, &batch));
    assert_int_equal(play_step(pool, 1, NAN, &batch), SW_INVALID_ARGUMENT);
    assert_says("group 1");
    local_server_stop(server);
    server = local_server_start(address, 1);
    assert_ok(play_step(pool, 1, 1, &batch));
    assert_int_equal(batch->flags[2], SW_FAULTY | SW_TRUNCATED | SW_FIRST);
    assert_true(((const double *) batch->final_observations[0])[4] == 3);
    sw_pool_close(pool);
    local_server_stop(server);
}


// ---- leases -------------------------------------------------------------------------------------

static sw_client *open_client(const char *endpoint, double lease)
{
    const sw_assignment hang = {"hang_ms", "3000"};
    const sw_session_options session = {
        .env_id = "Counter-v0", .rows = 1, .settings = &hang, .setting_count = 1};
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    options.lease = lease;
    sw_client *client;
    const sw_batch *batch;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &session));
    assert_ok(sw_client_send_reset(client, NULL));
    assert_ok(sw_client_recv(client, &batch));
    return client;
}

static sw_status step_once(sw_client *client, int32_t command)
{
    const double add = 1;
    const void *tensors[] = {&add, &command};
    const sw_batch *batch;
    const sw_status st = sw_client_send_step(client, tensors);
    return st == SW_OK ? sw_client_recv(client, &batch) : st;
}

static void a_session_outlives_its_lease_while_the_client_computes(void **state)
{
    (void) state;
    local_server *server = local_server_start(tcp, 1);
    sw_client *client = open_client(local_server_endpoint(server), 2);
    play_sleep(4000);
    assert_ok(step_once(client, COUNTER_GO_ON));
    sw_client_close(client);
    local_server_stop(server);
}

static void a_session_that_nobody_keeps_is_lost_after_its_lease(void **state)
{
    (void) state;
    local_server *server = local_server_start(tcp, 1);
    sw_client *client = open_client(local_server_endpoint(server), 0.4);
    keeper_remove(client->keeper, client->session);
    play_sleep(1000);
    assert_int_equal(step_once(client, COUNTER_GO_ON), SW_SESSION_LOST);
    sw_client_close(client);
    local_server_stop(server);
}

static void a_step_may_take_longer_than_the_lease(void **state)
{
    (void) state;
    local_server *server = local_server_start(tcp, 1);
    sw_client *client = open_client(local_server_endpoint(server), 2);
    assert_ok(step_once(client, COUNTER_HANG));
    sw_client_close(client);
    local_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_dealt_in_contiguous_blocks_the_first_ones_larger),
        cmocka_unit_test(a_pool_without_a_row_for_each_group_is_refused),
        cmocka_unit_test(a_task_that_nobody_offers_is_refused_with_what_may_be_meant),
        cmocka_unit_test(two_servers_equal_one_bit_for_bit),
        cmocka_unit_test(recv_any_gives_whichever_group_is_ready_first),
        cmocka_unit_test(servers_with_different_specs_are_named),
        cmocka_unit_test(an_error_of_the_server_leaves_group_and_observations_as_they_were),
        cmocka_unit_test(a_session_outlives_its_lease_while_the_client_computes),
        cmocka_unit_test(a_session_that_nobody_keeps_is_lost_after_its_lease),
        cmocka_unit_test(a_step_may_take_longer_than_the_lease),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
