// Sessions of every task, in every autoreset mode: what comes over the wire, and after a move to
// another server process, is compared bit for bit with environments in this process that
// are stepped with the same actions. Every row has such a twin, which also does what the protocol
// asks of a server (docs/protocol.md). The state of a test is the task's class.
#include "contract.h"

#include <stdlib.h>

#include <stepwire/client.h>

#include "process.h"

enum {
    ROWS = 3,
    STEPS = 200,
    LIMIT = 37,  // steps of an episode, so that those of every task end
    BASE_SEED = 5,
    FIRST_ROW = 11,
    MAX_SEEN = 8192  // bytes of observations and infos
};

// What a reply says of a row. Compared as bytes, so that gaps must be zero.
typedef struct outcome {
    uint64_t seed;  // of the episode that began; 0: none did
    double reward;
    int64_t flags;
    int64_t has_final;
    uint8_t seen[MAX_SEEN];   // observations, infos
    uint8_t final[MAX_SEEN];  // likewise
} outcome;

// ---- the twins ------------------------------------------------------------------------------

typedef struct twin {
    local_env env;
    sw_autoreset mode;
    uint64_t stream, k;
    bool ended;
    random_state random;  // of the actions
    outcome told;         // what the last reply must have said
} twin;

static size_t tensor_bytes(const sw_tensor *t)
{
    return (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
}

static void see(const local_env *e, uint8_t *bytes)
{
    for (int i = 0; i < e->spec.observation_count; i++) {
        const size_t size = tensor_bytes(&e->spec.observations[i]);
        memcpy(bytes, e->observations[i], size);
        bytes += size;
    }
    memcpy(bytes, e->row.infos, (size_t) e->spec.info_count * sizeof(double));
}

static void begin_episode(twin *t)
{
    t->told.seed = random_mix(t->stream, t->k++);
    t->told.flags |= SW_FIRST;
    t->ended = false;
    assert_ok(local_env_reset(&t->env, t->told.seed));
    see(&t->env, t->told.seen);
}

static void reset_twin(twin *t)
{
    memset(&t->told, 0, sizeof(t->told));
    begin_episode(t);
}

// Draws the actions too, which are read only if the row is running.
static void step_twin(twin *t)
{
    local_env *e = &t->env;
    memset(&t->told, 0, sizeof(t->told));
    local_env_draw_actions(e, &t->random);
    if (t->ended) {  // SW_NEXT_STEP
        begin_episode(t);
        return;
    }
    assert_ok(local_env_step(e));
    t->told.reward = e->row.reward;
    t->told.flags = (e->row.terminated ? SW_TERMINATED : 0) | (e->row.truncated ? SW_TRUNCATED : 0);
    see(e, t->told.seen);
    if (contract_is_over(e) && t->mode == SW_SAME_STEP) {
        t->told.has_final = true;
        memcpy(t->told.final, t->told.seen, sizeof(t->told.final));
        begin_episode(t);
    } else {
        t->ended = contract_is_over(e);
    }
}

static void open_twins(twin *twins, const sw_env_class *task, sw_autoreset mode)
{
    for (int i = 0; i < ROWS; i++) {
        twin *t = &twins[i];
        memset(t, 0, sizeof(*t));
        t->mode = mode;
        t->stream = random_mix(BASE_SEED, FIRST_ROW + (uint64_t) i);
        t->random = random_seed(1000 + (uint64_t) i);
        assert_ok(local_env_open(&t->env, task, NULL, 0));
        t->env.spec.max_episode_steps = LIMIT;
    }
}

// ---- the session ----------------------------------------------------------------------------

// Line `i` of the arrays, as see() has it.
static void see_line(const sw_spec *spec, const void *const *observations, const double *infos,
                     int i, uint8_t *bytes)
{
    for (int t = 0; t < spec->observation_count; t++) {
        const size_t size = tensor_bytes(&spec->observations[t]);
        memcpy(bytes, (const uint8_t *) observations[t] + (size_t) i * size, size);
        bytes += size;
    }
    const size_t columns = (size_t) spec->info_count;
    if (columns > 0) {
        memcpy(bytes, infos + (size_t) i * columns, columns * sizeof(double));
    }
}

static void compare_line(const twin *t, const sw_batch *b, int i)
{
    const sw_spec *spec = &t->env.spec;
    static outcome got;
    memset(&got, 0, sizeof(got));
    got.seed = b->seeds[i];
    got.reward = b->rewards[i];
    got.flags = b->flags[i];
    see_line(spec, b->observations, b->infos, i, got.seen);
    if (b->final_index[i] >= 0) {
        got.has_final = true;
        see_line(spec, b->final_observations, b->final_infos, b->final_index[i], got.final);
    }
    assert_memory_equal(&got, &t->told, sizeof(got));
}

static sw_client *open_session(const char *endpoint, const twin *twins)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    const sw_session_options session = {.env_id = twins[0].env.task->id,
                                        .rows = ROWS,
                                        .first_row = FIRST_ROW,
                                        .seed = BASE_SEED,
                                        .max_episode_steps = LIMIT,
                                        .autoreset = twins[0].mode,
                                        .info = true};
    sw_client *client = NULL;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &session));
    return client;
}

// Resets the rows whose twins have ended, or all.
static void reset_rows(sw_client *client, twin *twins, bool all)
{
    uint32_t rows[ROWS];
    int count = 0;
    for (int i = 0; i < ROWS; i++) {
        if (all || twins[i].ended) {
            reset_twin(&twins[i]);
            rows[count++] = (uint32_t) i;
        }
    }
    const sw_reset which = {.rows = rows, .row_count = count};
    const sw_batch *batch = NULL;
    if (count > 0) {
        assert_ok(sw_client_send_reset(client, &which));
        assert_ok(sw_client_recv(client, &batch));
        assert_int_equal(batch->rows, count);
        for (int n = 0; n < count; n++) {
            compare_line(&twins[rows[n]], batch, n);
        }
    }
}

static void step_rows(sw_client *client, twin *twins)
{
    const sw_spec *spec = &twins[0].env.spec;
    static uint8_t actions[SW_MAX_TENSORS][ROWS * 1024];
    const void *tensors[SW_MAX_TENSORS];
    for (int i = 0; i < ROWS; i++) {
        step_twin(&twins[i]);
        for (int t = 0; t < spec->action_count; t++) {
            const size_t size = tensor_bytes(&spec->actions[t]);
            assert_true(size <= sizeof(actions[t]) / ROWS);
            memcpy(actions[t] + (size_t) i * size, twins[i].env.actions[t], size);
            tensors[t] = actions[t];
        }
    }
    const sw_batch *batch = NULL;
    assert_ok(sw_client_send_step(client, tensors));
    assert_ok(sw_client_recv(client, &batch));
    for (int i = 0; i < ROWS; i++) {
        compare_line(&twins[i], batch, i);
    }
}

// Moves the session to another server; the rows that have ended are so there too.
static sw_client *move_session(sw_client *from, const char *endpoint, const twin *twins)
{
    sw_client *to = open_session(endpoint, twins);
    const sw_states *states = NULL;
    const sw_batch *batch = NULL;
    assert_ok(sw_client_get_state(from, NULL, 0, NULL, &states));
    assert_int_equal(states->count, ROWS);
    assert_ok(sw_client_set_state(to, NULL, 0, states, &batch));
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(batch->flags[i], twins[i].ended ? twins[i].told.flags : 0);
        const size_t size = tensor_bytes(&twins[i].env.spec.observations[0]);
        assert_memory_equal((const uint8_t *) batch->observations[0] + (size_t) i * size,
                            twins[i].env.observations[0], size);
    }
    sw_client_close(from);
    return to;
}

// A session that lives `stay` steps on one server, then on the other, and so on.
static void run(const sw_env_class *task, sw_autoreset mode, int stay)
{
    static const char *const arguments[] = {"--threads", "2", "--log", "warning", NULL};
    char endpoints[2][64] = {"tcp://127.0.0.1:*", "tcp://127.0.0.1:*"};
    process servers[2];
    for (int i = 0; i < 2; i++) {
        servers[i] = process_serve(SIMSERVER, arguments, endpoints[i]);
    }
    static twin twins[ROWS];
    open_twins(twins, task, mode);
    sw_client *client = open_session(endpoints[0], twins);
    reset_rows(client, twins, true);
    int at = 0;
    for (int step = 1; step <= STEPS; step++) {
        step_rows(client, twins);
        if (step % stay == 0) {
            at = 1 - at;
            client = move_session(client, endpoints[at], twins);
        }
        if (mode == SW_DISABLED) {
            reset_rows(client, twins, false);
        }
    }
    sw_client_close(client);
    for (int i = 0; i < ROWS; i++) {
        assert_true(twins[i].k > STEPS / LIMIT / 2);  // episodes ended
        local_env_close(&twins[i].env);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(process_end(&servers[i]), 0);
    }
}

// One mode for a task and the next for the next: modes are the server's, and the same for all
// tasks.
static sw_autoreset mode_of(const sw_env_class *task)
{
    enum { MODES = SW_DISABLED - SW_SAME_STEP + 1 };
    static const sw_env_class *last;
    static int seen;
    seen += task != last;
    last = task;
    return (sw_autoreset) (SW_SAME_STEP + seen % MODES);
}

static void half_a_run_on_another_server_changes_no_bit(void **state)
{
    run(*state, mode_of(*state), STEPS / 2);
}

// Also while rows have ended, and right before they do.
static void a_session_that_moves_again_and_again_changes_no_bit(void **state)
{
    run(*state, mode_of(*state), 9);
}

int main(void)
{
    const struct CMUnitTest promises[] = {
        cmocka_unit_test(half_a_run_on_another_server_changes_no_bit),
        cmocka_unit_test(a_session_that_moves_again_and_again_changes_no_bit),
    };
    return contract_run_typical(promises, sizeof(promises) / sizeof(promises[0]));
}
