// test_remote.c -- remote equals local, bit for bit: what comes over the wire is compared with
// environments in this process.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stepwire/pool.h>

#include "local_server.h"
#include "test.h"
#include "twin.h"

enum { MAX_ROWS = 20, STEPS = 300 };

// ---- a session ----------------------------------------------------------------------------------

typedef struct pair {
    sw_client *client;
    twin twins[MAX_ROWS];
    int rows;
    uint8_t *actions[SW_MAX_TENSORS];
} pair;

static void open_pair(pair *p, const char *endpoint, const sw_session_options *session)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    assert_ok(sw_client_connect(&options, &p->client));
    assert_ok(sw_client_open(p->client, session));
    p->rows = session->rows;
    for (int i = 0; i < p->rows; i++) {
        twin_open(&p->twins[i], session->env_id, session->autoreset, session->max_episode_steps, i);
        p->twins[i].stream = random_mix(session->seed, (uint64_t) (session->first_row + i));
    }
    twin_allocate_actions(sw_client_spec(p->client), p->rows, p->actions);
}

static void close_pair(pair *p)
{
    twin_free_actions(sw_client_spec(p->client), p->actions);
    sw_client_close(p->client);
    for (int i = 0; i < p->rows; i++) {
        twin_close(&p->twins[i]);
    }
}

// Resets rows [count], or all if that is 0.
static void reset_pair(pair *p, const uint32_t *rows, int count)
{
    const sw_reset which = {.rows = rows, .row_count = count};
    const sw_batch *batch = NULL;
    assert_ok(sw_client_send_reset(p->client, &which));
    assert_ok(sw_client_recv(p->client, &batch));
    assert_int_equal(batch->rows, count > 0 ? count : p->rows);
    for (int i = 0; i < batch->rows; i++) {
        twin *t = &p->twins[count > 0 ? (int) rows[i] : i];
        twin_begin(t);
        twin_compare(t, batch, i);
    }
}

// Without automatic resets the server refuses to step rows that are over, and names them.
static void reset_what_is_over(pair *p)
{
    uint32_t rows[MAX_ROWS];
    int count = 0;
    for (int i = 0; i < p->rows; i++) {
        if (p->twins[i].is_over) {
            rows[count++] = (uint32_t) i;
        }
    }
    if (count > 0) {
        const sw_batch *batch = NULL;
        assert_ok(sw_client_send_step(p->client, (const void *const *) p->actions));
        assert_int_equal(sw_client_recv(p->client, &batch), SW_FAILED_PRECONDITION);
        reset_pair(p, rows, count);
    }
}

static int step_pair(pair *p)
{
    const int ended = twin_step_all(p->twins, p->rows, p->actions);
    const sw_batch *batch = NULL;
    assert_ok(sw_client_send_step(p->client, (const void *const *) p->actions));
    assert_ok(sw_client_recv(p->client, &batch));
    for (int i = 0; i < p->rows; i++) {
        twin_compare(&p->twins[i], batch, i);
    }
    return ended;
}


// ---- the tests ----------------------------------------------------------------------------------

static void remote_equals_local_for_20_seeds(void **state)
{
    static const char *const tasks[] = {"Hopper-v5", "Walker2d-v5", "CartPole-v1"};
    (void) state;
    local_server *server = local_server_start("tcp://127.0.0.1:*", 2);
    for (size_t task = 0; task < sizeof(tasks) / sizeof(tasks[0]); task++) {
        static pair p;
        const sw_session_options session = {
            .env_id = tasks[task], .rows = MAX_ROWS, .autoreset = SW_SAME_STEP, .info = true};
        open_pair(&p, local_server_endpoint(server), &session);
        uint64_t seeds[MAX_ROWS];
        const sw_reset given = {.seeds = seeds};
        const sw_batch *batch = NULL;
        for (int i = 0; i < MAX_ROWS; i++) {
            seeds[i] = p.twins[i].stream = (uint64_t) i;
            p.twins[i].is_given = true;
            twin_begin(&p.twins[i]);
        }
        assert_ok(sw_client_send_reset(p.client, &given));
        assert_ok(sw_client_recv(p.client, &batch));
        for (int i = 0; i < MAX_ROWS; i++) {
            twin_compare(&p.twins[i], batch, i);
        }
        int ended = 0;
        for (int step = 0; step < STEPS; step++) {
            ended += step_pair(&p);
        }
        assert_true(ended > MAX_ROWS);  // automatic resets have been compared too
        close_pair(&p);
    }
    local_server_stop(server);
}

// With a time limit, so that every task has episodes that end.
static void run_mode(const char *endpoint, const char *id, sw_autoreset mode)
{
    enum { ROWS = 4, LIMIT = 60 };
    static pair p;
    const sw_session_options session = {.env_id = id,
                                        .rows = ROWS,
                                        .first_row = 3,
                                        .seed = 77,
                                        .max_episode_steps = LIMIT,
                                        .autoreset = mode,
                                        .info = true};
    open_pair(&p, endpoint, &session);
    reset_pair(&p, NULL, 0);
    int ended = 0;
    for (int step = 0; step < STEPS; step++) {
        ended += step_pair(&p);
        if (mode == SW_DISABLED) {
            reset_what_is_over(&p);
        }
        if (step == STEPS / 2) {
            const uint32_t rows[] = {1, 3};
            reset_pair(&p, rows, 2);  // running or over
        }
    }
    assert_true(ended >= ROWS * (STEPS / LIMIT - 1));
    close_pair(&p);
}

static void run_modes(const char *endpoint, const char *id)
{
    for (sw_autoreset mode = SW_SAME_STEP; mode <= SW_DISABLED; mode++) {
        run_mode(endpoint, id, mode);
    }
}

// Starts a server and calls `test` for every task it has.
static void for_every_task(void (*test)(const char *endpoint, const char *id))
{
    local_server *server = local_server_start("tcp://127.0.0.1:*", 2);
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = local_server_endpoint(server);
    sw_client *client = NULL;
    int count;
    assert_ok(sw_client_connect(&options, &client));
    const char *const *ids = sw_client_tasks(client, &count);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        if (local_env_is_typical(ids[i])) {
            test(options.endpoint, ids[i]);
        }
    }
    sw_client_close(client);
    local_server_stop(server);
}

static void every_task_is_the_same_remotely_in_every_mode(void **state)
{
    (void) state;
    for_every_task(run_modes);
}

static void draw_both(const char *endpoint, const char *id)
{
    enum { WIDTH = 64, HEIGHT = 48 };
    static pair p;
    static unsigned char rgb[3 * WIDTH * HEIGHT];
    const sw_session_options session = {.env_id = id, .rows = 2, .autoreset = SW_SAME_STEP};
    const sw_view view = {.width = WIDTH, .height = HEIGHT};
    const sw_view strange = {.width = WIDTH, .height = HEIGHT, .camera = "no such camera"};
    const sw_picture local = {.width = WIDTH, .height = HEIGHT, .camera = "", .rgb = rgb};
    const sw_image *image = NULL;
    open_pair(&p, endpoint, &session);
    if (sw_client_spec(p.client)->supports_render) {
        assert_int_equal(sw_client_render(p.client, 1, &view, &image), SW_FAILED_PRECONDITION);
        reset_pair(&p, NULL, 0);
        for (int step = 0; step < 20; step++) {
            step_pair(&p);
        }
        assert_ok(sw_client_render(p.client, 1, &view, &image));
        assert_ok(p.twins[1].env.task->render(p.twins[1].env.env, &local));
        assert_memory_equal(image->rgb, rgb, sizeof(rgb));
        assert_int_equal(sw_client_render(p.client, 1, &strange, &image), SW_NOT_FOUND);
        step_pair(&p);  // it changed nothing
    }
    close_pair(&p);
}

static void a_picture_is_the_same_remotely(void **state)
{
    (void) state;
    for_every_task(draw_both);
}


// ---- pools --------------------------------------------------------------------------------------

// Resets or steps every group, all on their way at once, and compares what comes back.
static void exchange(sw_pool *pool, twin *twins, bool is_reset, uint8_t *const *actions)
{
    const int groups = sw_pool_groups(pool);
    for (int g = 0; g < groups; g++) {
        twin *first = twins + sw_pool_first_row(pool, g);
        if (is_reset) {
            assert_ok(sw_pool_reset(pool, g, NULL));
            for (int i = 0; i < sw_pool_rows(pool, g); i++) {
                twin_begin(first + i);
            }
        } else {
            twin_step_all(first, sw_pool_rows(pool, g), actions);
            assert_ok(sw_pool_send(pool, g, (const void *const *) actions));
        }
    }
    for (int g = 0; g < groups; g++) {
        const sw_batch *batch = NULL;
        assert_ok(sw_pool_recv(pool, g, &batch));
        for (int i = 0; i < sw_pool_rows(pool, g); i++) {
            twin_compare(&twins[sw_pool_first_row(pool, g) + i], batch, i);
        }
    }
}

// Every row has the stream mix(base seed, its number in the pool), whoever serves it.
static void run_pool(const char *const *endpoints, int endpoint_count, int groups)
{
    enum { ROWS = 7, BASE_SEED = 5 };
    static twin twins[ROWS];
    uint8_t *actions[SW_MAX_TENSORS];
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
    twin_allocate_actions(sw_pool_spec(pool), ROWS, actions);
    for (int i = 0; i < ROWS; i++) {
        twin_open(&twins[i], "Hopper-v5", SW_SAME_STEP, 0, i);
        twins[i].stream = random_mix(BASE_SEED, (uint64_t) i);
    }
    exchange(pool, twins, true, actions);
    for (int step = 0; step < STEPS; step++) {
        exchange(pool, twins, false, actions);
    }
    twin_free_actions(sw_pool_spec(pool), actions);
    sw_pool_close(pool);
    for (int i = 0; i < ROWS; i++) {
        twin_close(&twins[i]);
    }
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
        cmocka_unit_test(every_task_is_the_same_remotely_in_every_mode),
        cmocka_unit_test(a_picture_is_the_same_remotely),
        cmocka_unit_test(the_number_of_servers_groups_and_workers_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
