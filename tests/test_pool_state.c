// test_pool_state.c -- agent/client/group.c: a group of one pool goes on in another.
#include <stdlib.h>
#include <string.h>

#include "local_server.h"
#include "pool_play.h"
#include "random.h"
#include "test.h"

enum { GROUPS = 2, ROWS = 5, STEPS = 12, BASE = 42, LOST = SW_FAULTY | SW_TRUNCATED };

// A sw_pool_state in memory that outlives its pool.
typedef struct kept {
    sw_pool_state state;
    uint64_t seeds[ROWS], episodes[ROWS];
    double pairs[2 * ROWS];
    uint8_t bytes[8 * ROWS];
    const void *observations[2];
    sw_states states;
    const void *blobs[ROWS];
    size_t sizes[ROWS];
} kept;

static void keep(kept *k, sw_pool *pool, int group)
{
    sw_pool_state s;
    assert_ok(sw_pool_get_state(pool, group, &s));
    memset(k, 0, sizeof(*k));
    memcpy(k->episodes, s.episodes, sizeof(k->episodes));
    memcpy(k->pairs, s.observations[0], sizeof(k->pairs));
    memcpy(k->bytes, s.observations[1], sizeof(k->bytes));
    k->observations[0] = k->pairs;
    k->observations[1] = k->bytes;
    k->state.episodes = k->episodes;
    k->state.observations = k->observations;
    if (s.seeds != NULL) {
        memcpy(k->seeds, s.seeds, sizeof(k->seeds));
        k->state.seeds = k->seeds;
    }
    if (s.states == NULL) {
        return;
    }
    assert_int_equal(s.states->count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        void *blob = malloc(s.states->sizes[i]);
        assert_non_null(blob);
        k->sizes[i] = s.states->sizes[i];
        k->blobs[i] = memcpy(blob, s.states->states[i], k->sizes[i]);
    }
    k->states = (sw_states){.format = "", .count = ROWS, .states = k->blobs, .sizes = k->sizes};
    k->state.states = &k->states;
}

static void drop(kept *k)
{
    for (int i = 0; i < ROWS; i++) {
        free((void *) k->blobs[i]);
    }
}

static sw_pool *open_pool(const char *endpoint, sw_autoreset mode, play_log *log)
{
    sw_pool_options options = play_options(&endpoint, 1);
    options.groups = GROUPS;
    options.patience = 10;
    options.session.autoreset = mode;
    if (log != NULL) {
        options.client.log = play_log_to(log);
    }
    sw_pool *pool;
    assert_ok(sw_pool_open(&options, &pool));
    return pool;
}

// What a run showed: sums, rewards and the seeds of episodes.
typedef struct history {
    int count;
    double values[STEPS * GROUPS * ROWS * 4];
} history;

// Steps from .. to - 1 of every group; every third ends a row.
static void play(sw_pool *pool, int from, int to, history *h)
{
    const sw_batch *b;
    for (int t = from; t < to; t++) {
        for (int g = 0; g < GROUPS; g++) {
            const int32_t command = t % 3 == 0 ? COUNTER_TERMINATE : COUNTER_GO_ON;
            assert_ok(play_send(pool, g, 0.1 * t, t % 5, command));
            assert_ok(sw_pool_recv(pool, g, &b));
            for (int i = 0; i < b->rows; i++) {
                const double row[] = {play_sum(b, i), b->rewards[i], b->flags[i],
                                      (double) (play_seed(b, i) >> 11)};
                memcpy(h->values + h->count, row, sizeof(row));
                h->count += 4;
            }
        }
    }
}

static void reset_all(sw_pool *pool)
{
    const sw_batch *b;
    for (int g = 0; g < GROUPS; g++) {
        assert_ok(play_reset(pool, g, &b));
    }
}

// A run that hands over to another pool, on another server, in the middle, and goes on itself too:
// both must show what one that was never asked for anything shows.
static void hand_over(sw_autoreset mode)
{
    static history alone, asked, other;
    alone.count = asked.count = 0;
    local_server *servers[] = {local_server_start(play_tcp, 1), local_server_start(play_tcp, 2)};
    sw_pool *first = open_pool(local_server_endpoint(servers[0]), mode, NULL);
    reset_all(first);
    play(first, 0, STEPS, &alone);
    sw_pool_close(first);

    kept groups[GROUPS];
    first = open_pool(local_server_endpoint(servers[0]), mode, NULL);
    reset_all(first);
    play(first, 0, STEPS / 2, &asked);
    sw_pool *second = open_pool(local_server_endpoint(servers[1]), mode, NULL);
    for (int g = 0; g < GROUPS; g++) {
        keep(&groups[g], first, g);
        assert_ok(sw_pool_set_state(second, g, &groups[g].state));
        drop(&groups[g]);
    }
    other = asked;
    play(first, STEPS / 2, STEPS, &asked);
    play(second, STEPS / 2, STEPS, &other);
    assert_int_equal(alone.count, STEPS * GROUPS * ROWS * 4);
    assert_memory_equal(asked.values, alone.values, sizeof(alone.values));
    assert_memory_equal(other.values, alone.values, sizeof(alone.values));
    sw_pool_close(first);
    sw_pool_close(second);
    local_server_stop(servers[0]);
    local_server_stop(servers[1]);
}

static void a_pool_goes_on_where_another_one_was_and_no_bit_changes(void **state)
{
    (void) state;
    hand_over(SW_SAME_STEP);
}

static void the_same_with_rows_that_are_over(void **state)
{
    (void) state;
    hand_over(SW_NEXT_STEP);
}

// Steps group 1 of a pool whose rows all had 3 steps that added 1: they must be lost.
static void assert_rows_begin_anew(sw_pool *pool, const uint64_t *seeds)
{
    const sw_batch *b;
    assert_ok(play_step(pool, 1, 1, &b));
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(b->flags[i], LOST | SW_FIRST);
        assert_true(b->rewards[i] == 0 && play_sum(b, i) == 0);
        assert_true(((const double *) b->final_observations[0])[2 * b->final_index[i]] == 3);
        const uint64_t stream = seeds != NULL ? seeds[i] : random_mix(BASE, (uint64_t) (ROWS + i));
        assert_int_equal(play_seed(b, i), random_mix(stream, 1));
    }
    assert_ok(play_step(pool, 1, 1, &b));
    assert_int_equal(b->flags[0], 0);
    assert_true(play_sum(b, 4) == 1);
}

static void step_three_times(sw_pool *pool, const uint64_t *seeds)
{
    const sw_batch *b;
    assert_ok(sw_pool_reset(pool, 1, seeds));
    assert_ok(sw_pool_recv(pool, 1, &b));
    for (int i = 0; i < 3; i++) {
        assert_ok(play_step(pool, 1, 1, &b));
    }
}

static void without_states_a_step_is_lost_and_the_next_episodes_begin(void **state)
{
    (void) state;
    static const uint64_t seeds[ROWS] = {7, 8, 9, 10, 11};
    local_server *server = local_server_start(play_tcp, 1);
    for (int seeded = 0; seeded < 2; seeded++) {
        sw_pool *first = open_pool(local_server_endpoint(server), SW_SAME_STEP, NULL);
        step_three_times(first, seeded ? seeds : NULL);
        kept k;
        keep(&k, first, 1);
        sw_pool_close(first);
        k.state.states = NULL;
        sw_pool *second = open_pool(local_server_endpoint(server), SW_SAME_STEP, NULL);
        assert_ok(sw_pool_set_state(second, 1, &k.state));
        assert_rows_begin_anew(second, seeded ? seeds : NULL);
        sw_pool_counts counts;
        sw_pool_count(second, &counts);
        assert_int_equal(counts.sessions_lost, 0);
        assert_int_equal(counts.faulty_rows, ROWS);
        sw_pool_close(second);
        drop(&k);
    }
    local_server_stop(server);
}

static void what_is_outstanding_is_taken_for_lost(void **state)
{
    (void) state;
    local_server *server = local_server_start(play_tcp, 1);
    sw_pool *pool = open_pool(local_server_endpoint(server), SW_SAME_STEP, NULL);
    const sw_batch *b;
    kept k;
    step_three_times(pool, NULL);
    assert_ok(play_send(pool, 1, 1, 0, COUNTER_TERMINATE));
    keep(&k, pool, 1);
    assert_null(k.state.states);
    assert_true(k.pairs[0] == 3);
    assert_int_equal(k.episodes[0], 1);
    assert_ok(sw_pool_recv(pool, 1, &b));  // and nothing has happened to it
    assert_int_equal(b->flags[0], SW_TERMINATED | SW_FIRST);
    sw_pool_close(pool);
    local_server_stop(server);
}

static void a_session_that_is_lost_when_its_state_is_asked_for_recovers(void **state)
{
    (void) state;
    play_log log = {0};
    local_server *server = local_server_start(play_tcp, 1);
    char address[64];
    strcpy(address, local_server_endpoint(server));
    sw_pool *pool = open_pool(address, SW_SAME_STEP, &log);
    step_three_times(pool, NULL);
    local_server_stop(server);
    server = local_server_start(address, 1);
    kept k;
    keep(&k, pool, 1);
    assert_null(k.state.states);
    assert_int_equal(play_log_count(&log, "group 1: its session is lost: "), 1);
    assert_rows_begin_anew(pool, NULL);
    sw_pool *other = open_pool(address, SW_SAME_STEP, NULL);
    assert_ok(sw_pool_set_state(other, 1, &k.state));
    assert_rows_begin_anew(other, NULL);  // as the one that was asked
    sw_pool_close(other);
    sw_pool_close(pool);
    local_server_stop(server);
}

static void a_damaged_state_is_refused_and_the_group_may_begin_anew(void **state)
{
    (void) state;
    local_server *server = local_server_start(play_tcp, 1);
    sw_pool *pool = open_pool(local_server_endpoint(server), SW_SAME_STEP, NULL);
    step_three_times(pool, NULL);
    kept k;
    keep(&k, pool, 1);
    sw_pool_close(pool);
    pool = open_pool(local_server_endpoint(server), SW_SAME_STEP, NULL);
    k.sizes[2]--;
    assert_int_equal(sw_pool_set_state(pool, 1, &k.state), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "group 1: "));
    k.state.states = NULL;
    assert_ok(sw_pool_set_state(pool, 1, &k.state));
    assert_rows_begin_anew(pool, NULL);
    sw_pool_close(pool);
    drop(&k);
    local_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_goes_on_where_another_one_was_and_no_bit_changes),
        cmocka_unit_test(the_same_with_rows_that_are_over),
        cmocka_unit_test(without_states_a_step_is_lost_and_the_next_episodes_begin),
        cmocka_unit_test(what_is_outstanding_is_taken_for_lost),
        cmocka_unit_test(a_session_that_is_lost_when_its_state_is_asked_for_recovers),
        cmocka_unit_test(a_damaged_state_is_refused_and_the_group_may_begin_anew),
    };
    return cmocka_run_group_tests_name("pool_state", tests, NULL, NULL);
}
