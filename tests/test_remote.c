// Remote equals local, bit for bit: what comes over the wire is compared with environments in this
// process that are stepped with the same actions. Every row of a batch has such a twin, which also
// does what the protocol asks of a server: seeds, time limit and automatic resets
// (docs/protocol.md).
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stepwire/pool.h>

#include "local_env.h"
#include "local_server.h"

enum { MAX_ROWS = 20, STEPS = 300, MAX_ROW_BYTES = 256 };

static const char *const tasks[] = {"Hopper-v5", "Walker2d-v5", "CartPole-v1"};
enum { TASKS = sizeof(tasks) / sizeof(tasks[0]) };

// ---- the twins ------------------------------------------------------------------------------

typedef struct twin {
    local_env env;
    uint64_t stream, episode;  // what the next episode's seed is made of
    bool is_given;             // a seed was given, and is used itself for the first episode
    random_state random;       // of the actions
    // After a step that ended an episode, what it ended with; the env has begun the next one.
    bool is_over, terminated, truncated;
    double reward;
    uint8_t final_observation[MAX_ROW_BYTES];
    double final_infos[16];
    uint64_t begun;  // seed of the episode that began in the last reset or step; 0: none did
} twin;

static size_t observation_bytes(const local_env *e)
{
    return (size_t) sw_tensor_elements(&e->spec.observations[0]) *
           sw_dtype_size(e->spec.observations[0].dtype);
}

static void begin_episode(twin *t)
{
    const bool as_given = t->is_given && t->episode == 0;
    t->begun = as_given ? t->stream : random_mix(t->stream, t->episode);
    t->episode++;
    assert_ok(local_env_reset(&t->env, t->begun));
}

static void step_twin(twin *t)
{
    local_env *e = &t->env;
    assert_ok(local_env_step(e));
    t->begun = 0;
    t->terminated = e->row.terminated;
    t->truncated = e->row.truncated;
    t->reward = e->row.reward;
    t->is_over = t->terminated || t->truncated;
    if (t->is_over) {
        memcpy(t->final_observation, e->observations[0], observation_bytes(e));
        memcpy(t->final_infos, e->row.infos, (size_t) e->spec.info_count * sizeof(double));
        begin_episode(t);
    }
}

// ---- the comparison -------------------------------------------------------------------------

static void compare_row(const twin *t, const sw_batch *b, int row, bool is_reset)
{
    const local_env *e = &t->env;
    const size_t size = observation_bytes(e);
    const size_t infos = (size_t) e->spec.info_count;
    int flags = is_reset || t->is_over ? SW_FIRST : 0;
    if (!is_reset) {
        flags |= (t->terminated ? SW_TERMINATED : 0) | (t->truncated ? SW_TRUNCATED : 0);
    }
    assert_int_equal(b->flags[row], flags);
    assert_int_equal(b->seeds[row], t->begun);
    const double reward = is_reset ? 0 : t->reward;
    assert_memory_equal(&b->rewards[row], &reward, sizeof(reward));
    assert_memory_equal((const uint8_t *) b->observations[0] + (size_t) row * size,
                        e->observations[0], size);
    assert_memory_equal(b->infos + (size_t) row * infos, e->row.infos, infos * sizeof(double));

    const int f = b->final_index[row];
    assert_int_equal(f >= 0, !is_reset && t->is_over);
    if (f >= 0) {
        assert_memory_equal((const uint8_t *) b->final_observations[0] + (size_t) f * size,
                            t->final_observation, size);
        assert_memory_equal(b->final_infos + (size_t) f * infos, t->final_infos,
                            infos * sizeof(double));
    }
}

// Steps the twins with random actions, which are also put into `actions` [rows, shape...].
static int step_twins(twin *twins, int rows, uint8_t *actions)
{
    int ended = 0;
    for (int i = 0; i < rows; i++) {
        local_env *e = &twins[i].env;
        const sw_tensor *t = &e->spec.actions[0];
        const size_t size = (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
        assert_true(size <= MAX_ROW_BYTES);
        local_env_draw_actions(e, &twins[i].random);
        memcpy(actions + (size_t) i * size, e->actions[0], size);
        step_twin(&twins[i]);
        ended += twins[i].is_over ? 1 : 0;
    }
    return ended;
}

static void open_twins(twin *twins, int rows, const char *id)
{
    for (int i = 0; i < rows; i++) {
        twins[i] = (twin){.random = random_seed(1000 + (uint64_t) i)};
        assert_ok(local_env_open(&twins[i].env, local_env_task(id), NULL, 0));
        assert_true(observation_bytes(&twins[i].env) <= MAX_ROW_BYTES);
        assert_true(twins[i].env.spec.info_count <= 16);
    }
}

static void close_twins(twin *twins, int rows)
{
    for (int i = 0; i < rows; i++) {
        local_env_close(&twins[i].env);
    }
}

// ---- the tests ------------------------------------------------------------------------------

static void run_with_given_seeds(const char *endpoint, const char *id)
{
    static twin twins[MAX_ROWS];
    open_twins(twins, MAX_ROWS, id);
    uint64_t seeds[MAX_ROWS];
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    const sw_session_options session = {.env_id = id, .rows = MAX_ROWS, .seed = 77, .info = true};
    sw_client *client = NULL;
    const sw_batch *batch = NULL;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &session));
    for (int i = 0; i < MAX_ROWS; i++) {
        seeds[i] = (uint64_t) i;
        twins[i].stream = seeds[i];
        twins[i].is_given = true;
        begin_episode(&twins[i]);
    }
    const sw_reset given = {.seeds = seeds};
    assert_ok(sw_client_send_reset(client, &given));
    assert_ok(sw_client_recv(client, &batch));
    for (int i = 0; i < MAX_ROWS; i++) {
        compare_row(&twins[i], batch, i, true);
    }
    int ended = 0;
    for (int step = 0; step < STEPS; step++) {
        uint8_t actions[MAX_ROWS * MAX_ROW_BYTES];
        const void *tensors[] = {actions};
        ended += step_twins(twins, MAX_ROWS, actions);
        assert_ok(sw_client_send_step(client, tensors));
        assert_ok(sw_client_recv(client, &batch));
        for (int i = 0; i < MAX_ROWS; i++) {
            compare_row(&twins[i], batch, i, false);
        }
    }
    assert_true(ended > MAX_ROWS);  // automatic resets have been compared too
    sw_client_close(client);
    close_twins(twins, MAX_ROWS);
}

static void remote_equals_local_for_20_seeds(void **state)
{
    (void) state;
    local_server *server = local_server_start("tcp://127.0.0.1:*", 2);
    for (int i = 0; i < TASKS; i++) {
        run_with_given_seeds(local_server_endpoint(server), tasks[i]);
    }
    local_server_stop(server);
}

// Resets or steps every group, all on their way at once, and compares what comes back.
static void exchange(sw_pool *pool, twin *twins, bool is_reset)
{
    const int groups = sw_pool_groups(pool);
    for (int g = 0; g < groups; g++) {
        uint8_t actions[MAX_ROWS * MAX_ROW_BYTES];
        const void *tensors[] = {actions};
        if (is_reset) {
            assert_ok(sw_pool_reset(pool, g));
        } else {
            step_twins(twins + sw_pool_first_row(pool, g), sw_pool_rows(pool, g), actions);
            assert_ok(sw_pool_send(pool, g, tensors));
        }
    }
    for (int g = 0; g < groups; g++) {
        const sw_batch *batch = NULL;
        assert_ok(sw_pool_recv(pool, g, &batch));
        for (int i = 0; i < sw_pool_rows(pool, g); i++) {
            compare_row(&twins[sw_pool_first_row(pool, g) + i], batch, i, is_reset);
        }
    }
}

// Every row has the stream mix(base seed, its number in the pool), whoever serves it.
static void run_pool(const char *const *endpoints, int endpoint_count, int groups)
{
    enum { ROWS = 7, BASE_SEED = 5 };
    static twin twins[ROWS];
    open_twins(twins, ROWS, "Hopper-v5");
    const sw_pool_options options = {
        .endpoints = endpoints,
        .endpoint_count = endpoint_count,
        .rows = ROWS,
        .groups = groups,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = "Hopper-v5", .seed = BASE_SEED, .info = true},
    };
    sw_pool *pool = NULL;
    assert_ok(sw_pool_open(&options, &pool));
    for (int i = 0; i < ROWS; i++) {
        twins[i].stream = random_mix(BASE_SEED, (uint64_t) i);
        begin_episode(&twins[i]);
    }
    exchange(pool, twins, true);
    for (int step = 0; step < STEPS; step++) {
        exchange(pool, twins, false);
    }
    sw_pool_close(pool);
    close_twins(twins, ROWS);
}

static void the_number_of_servers_groups_and_workers_changes_no_bit(void **state)
{
    (void) state;
    char directory[] = "/tmp/stepwire-test-XXXXXX";
    char address[64];
    assert_non_null(mkdtemp(directory));
    (void) snprintf(address, sizeof(address), "ipc://%s/socket", directory);
    local_server *one = local_server_start(address, 1);
    local_server *two = local_server_start("tcp://127.0.0.1:*", 3);
    const char *const endpoints[] = {local_server_endpoint(one), local_server_endpoint(two)};
    run_pool(endpoints, 1, 1);
    run_pool(endpoints, 1, 3);
    run_pool(endpoints, 2, 2);
    run_pool(endpoints + 1, 1, 2);
    local_server_stop(one);
    local_server_stop(two);
    (void) remove(address + strlen("ipc://"));
    assert_int_equal(remove(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remote_equals_local_for_20_seeds),
        cmocka_unit_test(the_number_of_servers_groups_and_workers_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
