// test_pool_home.c -- agent/client/home.c: groups that move to where they should be.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "local_server.h"
#include "peer.h"
#include "pool_play.h"
#include "test.h"

enum { GROUPS = 2, STEPS = 300, STEP_MS = 8, LATE_STEP_MS = 200, COLUMNS = 7 };

// Everything that a run showed, row by row.
typedef struct history {
    int count;
    double values[STEPS * PLAY_ROWS * COLUMNS];
} history;

static void note(history *h, const sw_batch *b)
{
    for (int i = 0; i < b->rows; i++) {
        const int f = b->final_index[i];
        const double row[COLUMNS] = {
            play_sum(b, i),
            (double) (play_seed(b, i) >> 11),
            (double) (b->seeds[i] >> 11),
            b->rewards[i],
            b->flags[i],
            b->infos[2 * i],
            f < 0 ? -1 : ((const double *) b->final_observations[0])[2 * f],
        };
        memcpy(h->values + h->count, row, sizeof(row));
        h->count += COLUMNS;
    }
}

// What happens between the steps of a run: called before each.
typedef void (*incident)(void *context, int step);

static int moves_of(const sw_pool *pool)
{
    sw_pool_counts counts;
    sw_pool_count(pool, &counts);
    return (int) counts.moves;
}

// Between two steps: enough in all for a group to move, and on a busy machine, whose keeper is
// late, ten times that.
static void take_time(const sw_pool *pool, int step)
{
    play_sleep(step > STEPS - 100 && moves_of(pool) == 0 ? LATE_STEP_MS : STEP_MS);
}

// Every group makes STEPS steps; every third, a row ends.
static void play(history *h, sw_pool *pool, incident happen, void *context)
{
    const sw_batch *b;
    h->count = 0;
    for (int g = 0; g < GROUPS; g++) {
        assert_ok(sw_pool_reset(pool, g, NULL));
    }
    for (int t = 0; t < STEPS; t++) {
        if (happen != NULL) {
            happen(context, t);
            take_time(pool, t);
        }
        for (int g = 0; g < GROUPS; g++) {
            assert_ok(sw_pool_recv(pool, g, &b));
            note(h, b);
            const int32_t command = t % 3 == 0 ? COUNTER_TERMINATE : COUNTER_GO_ON;
            assert_ok(play_send(pool, g, 0.1 * t, t % 5, command));
        }
    }
}

static sw_pool *open_pool(const char *const *endpoints, int count, sw_autoreset mode)
{
    sw_pool_options options = play_options(endpoints, count);
    options.groups = GROUPS;
    options.session.autoreset = mode;
    sw_pool *pool;
    assert_ok(sw_pool_open(&options, &pool));
    return pool;
}

// The same run on one server that nothing happens to.
static void play_undisturbed(history *h, sw_autoreset mode)
{
    local_server *server = local_server_start(play_tcp, 1);
    const char *endpoints[] = {local_server_endpoint(server)};
    sw_pool *pool = open_pool(endpoints, 1, mode);
    play(h, pool, NULL, NULL);
    sw_pool_close(pool);
    local_server_stop(server);
}

static void assert_same(const history *a, const history *b)
{
    assert_int_equal(a->count, STEPS * PLAY_ROWS * COLUMNS);
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->values, b->values, (size_t) a->count * sizeof(a->values[0]));
}

static void assert_moved(const sw_pool *pool, int moves)
{
    sw_pool_counts counts;
    sw_pool_count(pool, &counts);
    assert_int_equal(counts.moves, moves);
    assert_int_equal(counts.sessions_lost, 0);
    assert_int_equal(counts.faulty_rows, 0);
}


// ---- moves --------------------------------------------------------------------------------------

typedef struct home_server {
    local_server *server;  // NULL: not there
    char address[64];
} home_server;

static void come_back(void *context, int step)
{
    home_server *home = context;
    if (step == 20) {
        home->server = local_server_start(home->address, 1);
    }
}

static void go_home(sw_autoreset mode)
{
    static history alone, moved;
    home_server home = {.server = local_server_start(play_tcp, 1)};
    strcpy(home.address, local_server_endpoint(home.server));
    local_server_stop(home.server);
    local_server *other = local_server_start(play_tcp, 1);
    const char *endpoints[] = {local_server_endpoint(other), home.address};
    sw_pool *pool = open_pool(endpoints, 2, mode);
    play(&moved, pool, come_back, &home);
    assert_moved(pool, 1);
    sw_pool_close(pool);
    local_server_stop(other);
    local_server_stop(home.server);
    play_undisturbed(&alone, mode);
    assert_same(&moved, &alone);
}

static void a_group_goes_home_when_its_server_is_there_and_no_bit_changes(void **state)
{
    (void) state;
    go_home(SW_SAME_STEP);
}

static void the_same_with_rows_that_are_over(void **state)
{
    (void) state;
    go_home(SW_NEXT_STEP);
}

static void drain(void *context, int step)
{
    if (step == 20) {
        local_server_drain(context);
    }
}

static void a_group_leaves_a_server_that_drains_and_no_bit_changes(void **state)
{
    (void) state;
    static history alone, moved;
    local_server *a = local_server_start(play_tcp, 1);
    local_server *b = local_server_start(play_tcp, 1);
    const char *endpoints[] = {local_server_endpoint(a), local_server_endpoint(b)};
    sw_pool *pool = open_pool(endpoints, 2, SW_SAME_STEP);
    play(&moved, pool, drain, a);
    assert_moved(pool, 1);
    sw_pool_close(pool);
    local_server_stop(a);
    local_server_stop(b);
    play_undisturbed(&alone, SW_SAME_STEP);
    assert_same(&moved, &alone);
}


// ---- moves that do not happen -------------------------------------------------------------------

// A server that says whether it has states, and takes none.
typedef struct liar {
    bool says;
    Stepwire__Error error;
} liar;

static peer_answer lie(void *context, const Stepwire__Request *request, Stepwire__Reply *reply)
{
    liar *l = context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_OPEN) {
        reply->opened->spec->supports_state = l->says;
    }
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_SET_STATE) {
        stepwire__error__init(&l->error);
        l->error.code = STEPWIRE__ERROR_CODE__INVALID_ARGUMENT;
        l->error.text = "this state is of another build";
        reply->result_case = STEPWIRE__REPLY__RESULT_ERROR;
        reply->error = &l->error;
    }
    return PEER_SEND;
}

// A group away from home adds 1 in each of its steps while its home comes back: `steps`, or 100
// after it has tried to go home. Returns that.
static peer *play_adder(liar *l, peer **other, int steps)
{
    peer *home = peer_start(play_tcp, lie, l);
    char address[64];
    strcpy(address, peer_endpoint(home));
    peer_stop(home);
    *other = peer_start(play_tcp, lie, l);
    const char *endpoints[] = {address, peer_endpoint(*other)};
    sw_pool_options options = play_options(endpoints, 2);
    options.session = (sw_session_options){.env_id = "Adder-v0"};
    options.groups = options.rows = 1;
    sw_pool *pool;
    const sw_batch *b;
    assert_ok(sw_pool_open(&options, &pool));
    home = peer_start(address, lie, l);
    assert_ok(play_reset(pool, 0, &b));
    for (int t = 0, tried = 0; t < steps && tried < 100; t++) {
        const double add = 1;
        const void *actions[] = {&add};
        assert_ok(sw_pool_send(pool, 0, actions));
        assert_ok(sw_pool_recv(pool, 0, &b));
        assert_true(((const double *) b->observations[0])[0] == t + 1);
        tried += peer_count(home, STEPWIRE__REQUEST__KIND_OPEN) > 0;
        play_sleep(STEP_MS);
    }
    assert_moved(pool, 0);
    sw_pool_close(pool);
    return home;
}

static void a_task_without_states_stays_where_it_is(void **state)
{
    (void) state;
    liar l = {.says = false};
    peer *other, *home = play_adder(&l, &other, STEPS);
    assert_int_equal(peer_count(home, STEPWIRE__REQUEST__KIND_OPEN), 0);
    peer_stop(home);
    peer_stop(other);
}

static void a_move_that_fails_is_not_tried_again_at_every_step(void **state)
{
    (void) state;
    liar l = {.says = true};
    const int64_t began = clock_ms();
    peer *other, *home = play_adder(&l, &other, 10 * STEPS);
    const int64_t most = 1 + (clock_ms() - began) / 5000;  // after a failure, 5 s of peace
    assert_in_range(peer_count(home, STEPWIRE__REQUEST__KIND_OPEN), 1, most);
    assert_in_range(peer_count(home, STEPWIRE__REQUEST__KIND_CLOSE), 1, most);
    assert_in_range(peer_count(other, STEPWIRE__REQUEST__KIND_GET_STATE), 1, most);
    peer_stop(home);
    peer_stop(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_goes_home_when_its_server_is_there_and_no_bit_changes),
        cmocka_unit_test(the_same_with_rows_that_are_over),
        cmocka_unit_test(a_group_leaves_a_server_that_drains_and_no_bit_changes),
        cmocka_unit_test(a_task_without_states_stays_where_it_is),
        cmocka_unit_test(a_move_that_fails_is_not_tried_again_at_every_step),
    };
    return cmocka_run_group_tests_name("pool_home", tests, NULL, NULL);
}
