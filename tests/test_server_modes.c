// test_server_modes.c -- rule 2 where it does not reset in the same step: NEXT_STEP and DISABLED.
#include "core_rows.h"
#include "random.h"
#include "test.h"

// The seed of episode k of row i: rows_begin() opens with base seed 1.
static uint64_t seed_of(uint64_t i, uint64_t k)
{
    return random_mix(random_mix(1, i), k);
}

// Row i is told to add x and to obey the command.
static void tell(rows *f, int i, double x, fake_command command)
{
    f->step.add[i * FAKE_ADD] = x;
    f->step.command[i] = command;
}

// ---- NEXT_STEP ---------------------------------------------------------------------------------

static void the_reply_that_ends_a_row_shows_all_of_its_end(void **state)
{
    rows *f = *state;
    for (int mode = MODE(NEXT_STEP); mode <= MODE(DISABLED); mode++) {
        rows_begin(f, (Stepwire__AutoResetMode) mode);
        tell(f, 0, 0.5, FAKE_TERMINATE);
        tell(f, 1, 0.25, FAKE_GO_ON);
        tell(f, 2, 0.75, FAKE_TRUNCATE);
        const Stepwire__StepDone *done = rows_step(f);
        assert_int_equal(done->flags.data[0], SW_TERMINATED);
        assert_int_equal(done->flags.data[1], 0);
        assert_int_equal(done->flags.data[2], SW_TRUNCATED);
        assert_near(done->rewards[0], 0.5, 0);
        assert_near(done->rewards[2], 0.75, 0);
        assert_near(state_of(done->observations, 0, 0), 0.5, 0);
        assert_near(state_of(done->observations, 0, 1), 1, 0);
        assert_near(state_of(done->observations, 2, 0), 0.75, 0);
        assert_int_equal(done->n_seeds, 0);
        assert_int_equal(done->n_final_observations, 0);
        const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
        rows_ask(f, KIND(CLOSE), &close);
    }
}

static void the_step_after_the_end_begins_the_next_episode(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(NEXT_STEP));
    tell(f, 1, 0.5, FAKE_TERMINATE);
    rows_step(f);
    tell(f, 0, 0.25, FAKE_GO_ON);
    const Stepwire__StepDone *done = rows_step(f);
    assert_int_equal(done->flags.data[1], SW_FIRST);
    assert_near(done->rewards[1], 0, 0);
    assert_int_equal(done->n_seeds, 1);
    assert_true(done->seeds[0] == seed_of(1, 1));
    assert_near(state_of(done->observations, 1, 0), 0, 0);
    assert_near(state_of(done->observations, 1, 2), (double) (seed_of(1, 1) % 1000), 0);
    assert_int_equal(done->flags.data[0], 0);  // the others are stepped
    assert_near(state_of(done->observations, 0, 0), 0.25, 0);
    done = rows_step(f);  // now the command counts again
    assert_int_equal(done->flags.data[1], SW_TERMINATED);
    assert_near(state_of(done->observations, 1, 0), 0.5, 0);
}

static void the_action_of_an_ended_row_is_neither_read_nor_checked(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(NEXT_STEP));
    tell(f, 1, 0, FAKE_TERMINATE);
    rows_step(f);
    tell(f, 1, NAN, FAKE_COMMANDS);
    assert_int_equal(rows_step(f)->flags.data[1], SW_FIRST);
    assert_null(rows_step(f));  // it is checked when the row runs
    assert_int_equal(rows_error(f)->code, CODE(INVALID_ARGUMENT));
    assert_int_equal(rows_error(f)->rows[0], 1);
    tell(f, 1, 0, FAKE_TERMINATE);
    rows_step(f);
    tell(f, 1, NAN, FAKE_GO_ON);
    tell(f, 2, NAN, FAKE_GO_ON);
    assert_null(rows_step(f));  // and that of the other rows always
    assert_int_equal(rows_error(f)->rows[0], 2);
    assert_non_null(strstr(rows_error(f)->text, "element 0"));
}

static void the_step_that_begins_an_episode_is_not_counted(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(7, ROWS);
    open.autoreset = MODE(NEXT_STEP);
    open.max_episode_steps = 2;
    rows_open(f, &open);
    rows_reset(f);
    static const int flags[] = {0, SW_TRUNCATED, SW_FIRST};
    static const double steps[] = {1, 2, 0};
    for (int t = 0; t < 9; t++) {
        const Stepwire__StepDone *done = rows_step(f);
        assert_int_equal(done->flags.data[0], flags[t % 3]);
        assert_near(state_of(done->observations, 0, 1), steps[t % 3], 0);
    }
}

static void a_faulty_row_keeps_its_last_observation_until_the_next_step(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(NEXT_STEP));
    tell(f, 1, 0.5, FAKE_GO_ON);
    rows_step(f);
    tell(f, 1, 0.5, FAKE_NAN_OBSERVATION);
    const Stepwire__StepDone *done = rows_step(f);
    assert_int_equal(done->flags.data[1], SW_FAULTY | SW_TRUNCATED);
    assert_near(done->rewards[1], 0, 0);
    assert_near(state_of(done->observations, 1, 0), 0.5, 0);
    assert_near(state_of(done->observations, 1, 1), 1, 0);
    done = rows_step(f);
    assert_int_equal(done->flags.data[1], SW_FIRST);
    assert_near(state_of(done->observations, 1, 1), 0, 0);
}

static void a_next_episode_that_cannot_begin_ends_the_session(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(NEXT_STEP));
    tell(f, 2, 0, FAKE_LAST_RESET);
    assert_int_equal(rows_step(f)->flags.data[2], SW_TERMINATED);
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(ENVIRONMENT));
    assert_int_equal(rows_error(f)->n_rows, 1);
    assert_int_equal(rows_error(f)->rows[0], 2);
    assert_int_equal(f->d.core.session_count, 0);
}

static void infos_follow_the_episode_that_the_reply_shows(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(7, ROWS);
    open.autoreset = MODE(NEXT_STEP);
    open.info = true;
    rows_open(f, &open);
    rows_reset(f);
    tell(f, 1, 0.5, FAKE_TERMINATE);
    const Stepwire__StepDone *done = rows_step(f);
    assert_near(done->infos[2], 0.5, 0);
    assert_near(done->infos[3], 1, 0);
    assert_int_equal(done->n_final_infos, 0);
    done = rows_step(f);
    assert_near(done->infos[2], 0, 0);
    assert_true(isnan(done->infos[3]));  // "steps" is not there at a reset
}

// ---- DISABLED ----------------------------------------------------------------------------------

static void without_autoreset_a_step_names_the_rows_that_ended(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DISABLED));
    tell(f, 0, 0.5, FAKE_TERMINATE);
    tell(f, 1, 0.25, FAKE_GO_ON);
    tell(f, 2, 0, FAKE_ERROR);
    rows_step(f);
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(FAILED_PRECONDITION));
    assert_int_equal(rows_error(f)->n_rows, 2);
    assert_int_equal(rows_error(f)->rows[0], 0);
    assert_int_equal(rows_error(f)->rows[1], 2);
    uint32_t ended[] = {0, 2};
    Stepwire__Reset some = STEPWIRE__RESET__INIT;
    some.rows = ended;
    some.n_rows = 2;
    const Stepwire__ResetDone *begun = rows_ask(f, KIND(RESET), &some)->reset;
    assert_true(begun->seeds[1] == seed_of(2, 1));
    tell(f, 0, 0, FAKE_GO_ON);
    tell(f, 2, 0, FAKE_GO_ON);
    const Stepwire__StepDone *done = rows_step(f);
    assert_near(state_of(done->observations, 1, 0), 0.5, 0);  // stepped twice, not three times
    assert_near(state_of(done->observations, 1, 1), 2, 0);
    assert_near(state_of(done->observations, 0, 1), 1, 0);
}

static void a_reset_begins_the_next_episode_before_the_step_would(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(NEXT_STEP));
    tell(f, 0, 0, FAKE_TERMINATE);
    rows_step(f);
    rows_reset(f);
    tell(f, 0, 0.5, FAKE_GO_ON);
    const Stepwire__StepDone *done = rows_step(f);
    assert_int_equal(done->flags.data[0], 0);
    assert_near(done->rewards[0], 0.5, 0);
    assert_near(state_of(done->observations, 0, 2), (double) (seed_of(0, 1) % 1000), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(the_reply_that_ends_a_row_shows_all_of_its_end),
        T(the_step_after_the_end_begins_the_next_episode),
        T(the_action_of_an_ended_row_is_neither_read_nor_checked),
        T(the_step_that_begins_an_episode_is_not_counted),
        T(a_faulty_row_keeps_its_last_observation_until_the_next_step),
        T(a_next_episode_that_cannot_begin_ends_the_session),
        T(infos_follow_the_episode_that_the_reply_shows),
        T(without_autoreset_a_step_names_the_rows_that_ended),
        T(a_reset_begins_the_next_episode_before_the_step_would),
    };
    return cmocka_run_group_tests_name("server_modes", tests, NULL, NULL);
}
