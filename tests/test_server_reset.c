// test_server_reset.c -- simserver/server/load.c: seeds, episode numbers, and Reset.
#include <string.h>

#include "core_rows.h"
#include "random.h"
#include "test.h"

static const Stepwire__Reply *reset(rows *f, const Stepwire__Reset *reset)
{
    return rows_ask(f, KIND(RESET), reset);
}

static void begin(rows *f)
{
    rows_begin(f, MODE(DEFAULT));
}

// ---- seeds: rule 5 -----------------------------------------------------------------------------

static void rows_have_the_streams_of_their_numbers_in_the_pool(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(7, ROWS);
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    open.first_row = 100;
    open.base_seed = 5;
    rows_open(f, &open);
    const Stepwire__ResetDone *done = reset(f, &all)->reset;
    for (int i = 0; i < ROWS; i++) {
        const uint64_t seed = random_mix(random_mix(5, 100 + (uint64_t) i), 0);
        assert_true(done->seeds[i] == seed);
        assert_int_equal(done->flags.data[i], SW_FIRST);
        assert_near(state_of(done->observations, i, 2), (double) (seed % 1000), 0);
    }
}

static void the_next_episodes_take_the_next_numbers(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.command[1] = FAKE_TERMINATE;
    for (uint64_t k = 1; k <= 3; k++) {
        const Stepwire__StepDone *done = rows_step(f);
        assert_int_equal(done->n_seeds, 1);
        assert_true(done->seeds[0] == random_mix(random_mix(1, 1), k));
    }
}

static void a_seed_given_to_reset_is_the_episodes_own(void **state)
{
    rows *f = *state;
    begin(f);
    uint64_t seeds[] = {11, 12, 15};
    Stepwire__Reset given = STEPWIRE__RESET__INIT;
    given.seeds = seeds;
    given.n_seeds = ROWS;
    const Stepwire__ResetDone *done = reset(f, &given)->reset;
    assert_memory_equal(done->seeds, seeds, sizeof(seeds));
    f->step.command[2] = FAKE_TERMINATE;
    assert_true(rows_step(f)->seeds[0] == random_mix(15, 1));
}

static void an_episode_number_continues_a_stream(void **state)
{
    rows *f = *state;
    begin(f);
    uint64_t seeds[] = {11, 12, 15}, episodes[] = {0, 4, 9};
    Stepwire__Reset given = STEPWIRE__RESET__INIT;
    given.seeds = seeds;
    given.n_seeds = ROWS;
    given.episodes = episodes;
    given.n_episodes = ROWS;
    const Stepwire__ResetDone *done = reset(f, &given)->reset;
    assert_true(done->seeds[0] == 11);
    assert_true(done->seeds[1] == random_mix(12, 4));
    assert_true(done->seeds[2] == random_mix(15, 9));
    f->step.command[1] = FAKE_TERMINATE;
    assert_true(rows_step(f)->seeds[0] == random_mix(12, 5));
}

static void an_episode_number_alone_keeps_the_stream(void **state)
{
    rows *f = *state;
    begin(f);
    uint32_t list[] = {2};
    uint64_t episodes[] = {0};
    Stepwire__Reset given = STEPWIRE__RESET__INIT;
    given.rows = list;
    given.n_rows = 1;
    given.episodes = episodes;
    given.n_episodes = 1;
    assert_true(reset(f, &given)->reset->seeds[0] == random_mix(random_mix(1, 2), 0));
}

// ---- Reset -------------------------------------------------------------------------------------

static void reset_of_some_rows_leaves_the_others_running(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.add[0] = f->step.add[2] = f->step.add[4] = 0.5;
    rows_step(f);
    uint32_t list[] = {0, 2};
    Stepwire__Reset some = STEPWIRE__RESET__INIT;
    some.rows = list;
    some.n_rows = 2;
    const Stepwire__ResetDone *done = reset(f, &some)->reset;
    assert_int_equal(done->flags.len, 2);
    assert_int_equal(done->n_seeds, 2);
    assert_true(done->seeds[1] == random_mix(random_mix(1, 2), 1));
    assert_int_equal(done->observations[0].len, 2 * FAKE_STATE * sizeof(double));
    assert_near(state_of(done->observations, 1, 2), (double) (done->seeds[1] % 1000), 0);
    const Stepwire__StepDone *after = rows_step(f);
    assert_near(state_of(after->observations, 0, 0), 0.5, 0);
    assert_near(state_of(after->observations, 1, 0), 1, 0);
    assert_near(state_of(after->observations, 2, 0), 0.5, 0);
}

static void a_malformed_reset_names_field_and_row_and_resets_nothing(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.add[0] = 0.5;
    rows_step(f);
    uint32_t lists[][2] = {{1, 1}, {2, 0}, {0, 3}};
    const uint32_t bad[] = {1, 0, 3};
    for (int i = 0; i < 3; i++) {
        Stepwire__Reset wrong = STEPWIRE__RESET__INIT;
        wrong.rows = lists[i];
        wrong.n_rows = 2;
        assert_int_equal(error_of(reset(f, &wrong)), CODE(INVALID_ARGUMENT));
        assert_string_equal(rows_error(f)->field, "rows");
        assert_int_equal(rows_error(f)->rows[0], bad[i]);
    }
    uint64_t numbers[] = {1, 2};
    Stepwire__Reset wrong = STEPWIRE__RESET__INIT;
    wrong.seeds = numbers;
    wrong.n_seeds = 2;
    assert_int_equal(error_of(reset(f, &wrong)), CODE(INVALID_ARGUMENT));
    assert_string_equal(rows_error(f)->field, "seeds");
    wrong.n_seeds = 0;
    wrong.episodes = numbers;
    wrong.n_episodes = 2;
    assert_int_equal(error_of(reset(f, &wrong)), CODE(INVALID_ARGUMENT));
    assert_string_equal(rows_error(f)->field, "episodes");
    assert_near(state_of(rows_step(f)->observations, 0, 0), 1, 0);
}

static void a_reset_that_fails_ends_the_session(void **state)
{
    rows *f = *state;
    static const uint64_t bad_seeds[] = {FAKE_BAD_SEED, FAKE_NAN_SEED};
    for (int i = 0; i < 2; i++) {
        begin(f);
        uint64_t seeds[] = {1, bad_seeds[i], 3};
        Stepwire__Reset given = STEPWIRE__RESET__INIT;
        given.seeds = seeds;
        given.n_seeds = ROWS;
        assert_int_equal(error_of(reset(f, &given)), CODE(ENVIRONMENT));
        assert_int_equal(rows_error(f)->n_rows, 1);
        assert_int_equal(rows_error(f)->rows[0], 1);
        assert_non_null(strstr(rows_error(f)->text, "row 1"));
        assert_null(rows_step(f));
        assert_int_equal(rows_error(f)->code, CODE(SESSION_LOST));
        assert_int_equal(f->d.core.env_count, 0);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(rows_have_the_streams_of_their_numbers_in_the_pool),
        T(the_next_episodes_take_the_next_numbers),
        T(a_seed_given_to_reset_is_the_episodes_own),
        T(an_episode_number_continues_a_stream),
        T(an_episode_number_alone_keeps_the_stream),
        T(reset_of_some_rows_leaves_the_others_running),
        T(a_malformed_reset_names_field_and_row_and_resets_nothing),
        T(a_reset_that_fails_ends_the_session),
    };
    return cmocka_run_group_tests_name("server_reset", tests, NULL, NULL);
}
