// test_server_state.c -- rule 15: GetState and SetState.
#include "core_blobs.h"
#include "random.h"
#include "test.h"

// ---- the task's own format ---------------------------------------------------------------------

static void a_row_goes_on_in_another_session_as_it_would_have(void **state)
{
    rows *f = *state;
    blobs b;
    blobs_begin(f, MODE(DEFAULT));
    f->step.command[1] = FAKE_TERMINATE;
    rows_step(f);  // row 1 is in its episode 1 now
    f->step.command[1] = FAKE_GO_ON;
    rows_step(f);
    rows_step(f);
    const Stepwire__States *states = blobs_get(f, NULL, 0, "");
    assert_string_equal(states->format, "fake/all");
    assert_int_equal(states->n_states, ROWS);
    assert_int_equal(states->states[0].len, BLOBS_HEADER + sizeof(fake_state));
    blobs_keep(&b, states);

    blobs_open_another(f, MODE(DEFAULT), 4);
    const Stepwire__StateSet *done = blobs_set(f, NULL, 0, &b);  // with no Reset before
    assert_int_equal(done->flags.len, ROWS);
    assert_int_equal(done->flags.data[0], 0);
    assert_near(state_of(done->observations, 0, 0), 0.75, 0);
    assert_near(state_of(done->observations, 1, 0), 1, 0);  // 2 steps of its second episode
    assert_near(state_of(done->observations, 1, 2),
                (double) (random_mix(random_mix(1, 1), 1) % 1000), 0);
    // 3 of 4 steps are behind row 0, and its stream is that of the first session
    const Stepwire__StepDone *step = rows_step(f);
    assert_int_equal(step->flags.data[0], SW_TRUNCATED | SW_FIRST);
    assert_true(step->seeds[0] == random_mix(random_mix(1, 0), 1));
    assert_int_equal(step->flags.data[1], 0);
    assert_near(state_of(step->observations, 1, 0), 1.5, 0);
    step = rows_step(f);
    assert_int_equal(step->flags.data[1], SW_TRUNCATED | SW_FIRST);
    assert_true(step->seeds[0] == random_mix(random_mix(1, 1), 2));
}

static void saving_changes_nothing_and_some_rows_are_saved_and_loaded(void **state)
{
    rows *f = *state;
    blobs b;
    uint32_t from[] = {0, 2}, to[] = {1, 2};
    blobs_begin(f, MODE(DEFAULT));
    rows_step(f);
    blobs_keep(&b, blobs_get(f, from, 2, "fake/all"));
    assert_int_equal(b.count, 2);
    rows_step(f);
    const Stepwire__StateSet *done = blobs_set(f, to, 2, &b);  // row 0's state into row 1
    assert_int_equal(done->flags.len, 2);
    assert_int_equal(done->observations[0].len, 2 * FAKE_STATE * sizeof(double));
    assert_near(state_of(done->observations, 0, 0), 0.25, 0);
    assert_near(state_of(done->observations, 1, 0), 0.75, 0);
    const Stepwire__StepDone *step = rows_step(f);
    assert_near(state_of(step->observations, 0, 0), 0.75, 0);  // its third step
    assert_near(state_of(step->observations, 1, 0), 0.75, 0);
    assert_near(state_of(step->observations, 2, 0), 1.5, 0);
}

static void a_row_that_ended_is_saved_with_its_end(void **state)
{
    rows *f = *state;
    blobs b;
    blobs_begin(f, MODE(NEXT_STEP));
    f->step.command[0] = FAKE_TERMINATE;
    f->step.command[2] = FAKE_TRUNCATE;
    rows_step(f);
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    blobs_open_another(f, MODE(NEXT_STEP), 0);
    const Stepwire__StateSet *done = blobs_set(f, NULL, 0, &b);
    assert_int_equal(done->flags.data[0], SW_TERMINATED);
    assert_int_equal(done->flags.data[1], 0);
    assert_int_equal(done->flags.data[2], SW_TRUNCATED);
    const Stepwire__StepDone *step = rows_step(f);
    assert_int_equal(step->flags.data[0], SW_FIRST);
    assert_true(step->seeds[1] == random_mix(random_mix(1, 2), 1));
    assert_int_equal(step->flags.data[1], 0);
}

static void the_end_of_a_row_stays_with_it_without_autoreset(void **state)
{
    rows *f = *state;
    blobs b;
    blobs_begin(f, MODE(DISABLED));
    f->step.command[0] = FAKE_TERMINATE;
    rows_step(f);
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    rows_reset(f);
    assert_int_equal(blobs_set(f, NULL, 0, &b)->flags.data[0], SW_TERMINATED);
    assert_null(rows_step(f));
    blobs_assert_refused(f, CODE(FAILED_PRECONDITION), "1 of 3 rows ended");
}

static void an_ended_row_has_no_place_in_a_session_that_resets_in_the_same_step(void **state)
{
    rows *f = *state;
    blobs b;
    blobs_begin(f, MODE(NEXT_STEP));
    f->step.command[1] = FAKE_TERMINATE;
    rows_step(f);
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    blobs_open_another(f, MODE(DEFAULT), 0);
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "SAME_STEP");
    assert_int_equal(rows_error(f)->n_rows, 1);
    assert_int_equal(rows_error(f)->rows[0], 1);
}

static void a_blob_beyond_the_time_limit_is_refused(void **state)
{
    rows *f = *state;
    blobs b;
    blobs_begin(f, MODE(DEFAULT));
    rows_step(f);
    rows_step(f);
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    blobs_open_another(f, MODE(DEFAULT), 2);  // both steps of an episode are behind the rows
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT),
                         "that runs after 2 steps: less than the time limit, 2, is");
    const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    rows_ask(f, KIND(CLOSE), &close);
    blobs_open_another(f, MODE(DEFAULT), 3);
    assert_non_null(blobs_set(f, NULL, 0, &b));
    assert_int_equal(rows_step(f)->flags.data[0], SW_TRUNCATED | SW_FIRST);
}

// ---- all or nothing ----------------------------------------------------------------------------

static void if_one_row_cannot_be_loaded_all_are_as_they_were(void **state)
{
    rows *f = *state;
    double sums[] = {10, 20, NAN};  // the observation of row 2 is not finite
    blobs_begin(f, MODE(DEFAULT));
    rows_step(f);
    assert_null(blobs_set_sums(f, NULL, 0, sums));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "row 2: its observation is not finite");
    assert_string_equal(rows_error(f)->field, "states");
    assert_int_equal(rows_error(f)->n_rows, 1);
    assert_int_equal(rows_error(f)->rows[0], 2);
    const Stepwire__StepDone *step = rows_step(f);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(step->flags.data[i], 0);
        assert_near(state_of(step->observations, i, 0), 0.5 * (i + 1), 0);
        assert_near(state_of(step->observations, i, 1), 2, 0);
    }
}

static void what_was_delivered_is_still_there_after_a_failed_load(void **state)
{
    rows *f = *state;
    double sums[] = {10, 20, NAN};
    blobs_begin(f, MODE(DEFAULT));
    rows_step(f);
    blobs_set_sums(f, NULL, 0, sums);
    f->step.command[0] = FAKE_ERROR;
    const Stepwire__StepDone *step = rows_step(f);
    assert_near(state_of(step->final_observations, 0, 0), 0.25, 0);
}

static void the_environments_own_words_are_passed_on(void **state)
{
    rows *f = *state;
    double sums[] = {1, 2, 3};
    uint32_t others[] = {0, 2};
    blobs_begin(f, MODE(DISABLED));
    f->step.command[1] = FAKE_NO_LOAD;
    rows_step(f);
    f->step.command[1] = FAKE_ERROR;  // then there is nothing in row 1 to put back
    rows_step(f);
    assert_null(blobs_set_sums(f, NULL, 0, sums));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "Fake-v0: row 1: told not to load");
    const Stepwire__States *states = blobs_get(f, others, 2, "fake/sum");
    const double expected[] = {0.5, 1.5};
    for (int n = 0; n < 2; n++) {
        assert_memory_equal(states->states[n].data, &expected[n], sizeof(double));
    }
}

static void a_row_that_cannot_be_put_back_ends_the_session(void **state)
{
    rows *f = *state;
    double sums[] = {1, 2, 3};
    blobs_begin(f, MODE(DEFAULT));
    f->step.command[1] = FAKE_NO_LOAD;
    rows_step(f);
    assert_null(blobs_set_sums(f, NULL, 0, sums));
    blobs_assert_refused(f, CODE(ENVIRONMENT), "row 1");
    assert_null(blobs_get(f, NULL, 0, ""));
    assert_int_equal(rows_error(f)->code, CODE(SESSION_LOST));
    assert_int_equal(f->d.core.env_count, 0);
}

static void a_row_that_cannot_be_saved_is_neither_lent_nor_lost(void **state)
{
    rows *f = *state;
    double sums[] = {1, 2, 3};
    blobs_begin(f, MODE(DEFAULT));
    f->step.command[1] = FAKE_NO_SAVE;
    rows_step(f);
    assert_null(blobs_get(f, NULL, 0, ""));
    blobs_assert_refused(f, CODE(ENVIRONMENT), "Fake-v0: row 1: told not to save");
    assert_null(blobs_set_sums(f, NULL, 0, sums));
    blobs_assert_refused(f, CODE(ENVIRONMENT), "told not to save");
    assert_string_equal(rows_error(f)->field, "");  // nothing of the request is wrong
    f->step.command[1] = FAKE_GO_ON;
    assert_near(state_of(rows_step(f)->observations, 1, 0), 1, 0);
    assert_int_equal(f->d.core.lender.lent, 0);
}

// ---- other formats -----------------------------------------------------------------------------

static void another_format_begins_an_episode_of_the_same_stream(void **state)
{
    rows *f = *state;
    double sums[] = {5};
    uint32_t row_1[] = {1};
    blobs_begin(f, MODE(NEXT_STEP));
    f->step.command[1] = FAKE_TERMINATE;
    rows_step(f);
    const Stepwire__StateSet *done = blobs_set_sums(f, row_1, 1, sums);
    assert_int_equal(done->flags.data[0], SW_FIRST);
    assert_near(state_of(done->observations, 0, 0), 5, 0);
    assert_near(state_of(done->observations, 0, 1), 0, 0);
    const Stepwire__StepDone *step = rows_step(f);  // it runs, and ends again
    assert_int_equal(step->flags.data[1], SW_TERMINATED);
    assert_near(state_of(step->observations, 1, 0), 5.5, 0);
    assert_true(rows_step(f)->seeds[0] == random_mix(random_mix(1, 1), 1));
}

static void another_format_is_the_environments_bytes_alone(void **state)
{
    rows *f = *state;
    blobs_begin(f, MODE(DEFAULT));
    rows_step(f);
    const Stepwire__States *states = blobs_get(f, NULL, 0, "fake/sum");
    assert_string_equal(states->format, "fake/sum");
    assert_int_equal(states->states[2].len, sizeof(double));
    double sum;
    memcpy(&sum, states->states[2].data, sizeof(sum));
    assert_near(sum, 0.75, 0);
}

static void the_time_limit_counts_from_the_state_that_was_loaded(void **state)
{
    rows *f = *state;
    double sums[] = {1, 2, 3};
    blobs_open_another(f, MODE(DEFAULT), 2);
    for (int again = 0; again < 2; again++) {
        assert_non_null(blobs_set_sums(f, NULL, 0, sums));
        assert_int_equal(rows_step(f)->flags.data[0], 0);
    }
    assert_int_equal(rows_step(f)->flags.data[0], SW_TRUNCATED | SW_FIRST);
}

// ---- what is refused before anything is done ---------------------------------------------------

static void rows_without_a_state_are_named(void **state)
{
    rows *f = *state;
    double sums[] = {1};
    uint32_t row_1[] = {1}, row_2[] = {2};
    blobs_open_another(f, MODE(DISABLED), 0);
    blobs_set_sums(f, row_1, 1, sums);
    assert_null(blobs_get(f, NULL, 0, ""));
    blobs_assert_refused(f, CODE(FAILED_PRECONDITION), "2 of 3 rows had no Reset");
    assert_int_equal(rows_error(f)->rows[0], 0);
    assert_int_equal(rows_error(f)->rows[1], 2);
    assert_non_null(blobs_get(f, row_1, 1, ""));
    rows_reset(f);
    f->step.command[2] = FAKE_ERROR;
    rows_step(f);
    assert_null(blobs_get(f, NULL, 0, ""));
    blobs_assert_refused(f, CODE(FAILED_PRECONDITION), "1 of 3 rows are faulty");
    assert_int_equal(rows_error(f)->rows[0], 2);
    assert_non_null(blobs_set_sums(f, row_2, 1, sums));  // loading mends it
    assert_non_null(blobs_get(f, NULL, 0, ""));
}

static void an_unknown_format_is_answered_with_the_known_ones(void **state)
{
    rows *f = *state;
    blobs b = {.count = 0};
    blobs_begin(f, MODE(DEFAULT));
    assert_null(blobs_get(f, NULL, 0, "fake/none"));
    blobs_assert_refused(f, CODE(NOT_FOUND), "'fake/none'; it has fake/all, fake/sum");
    assert_string_equal(rows_error(f)->field, "format");
    uint32_t wrong[] = {1, 1};
    assert_null(blobs_get(f, wrong, 2, ""));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "ascending");
    assert_null(blobs_set(f, wrong, 2, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "ascending");
}

static void a_task_without_states_says_so(void **state)
{
    rows *f = *state;
    sw_env_class bare = fake_env;
    bare.id = "Bare-v0";
    bare.state_formats = NULL;
    bare.state_size = NULL;
    bare.save = NULL;
    assert_int_equal(server_add(&f->d.core, &bare), SW_INVALID_ARGUMENT);  // load alone is nothing
    assert_says("all must be there or none");
    bare.load = NULL;
    assert_ok(server_add(&f->d.core, &bare));
    Stepwire__Open open = open_fake(8, ROWS);
    open.env_id = "Bare-v0";
    blobs b = {.count = 0};
    assert_false(drive_ask(&f->d, 0, 1, KIND(OPEN), &open)->opened->spec->supports_state);
    rows_open(f, &open);
    assert_null(blobs_get(f, NULL, 0, ""));
    blobs_assert_refused(f, CODE(UNIMPLEMENTED), "Bare-v0");
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(UNIMPLEMENTED), "Bare-v0");
    drive_free(&f->d);  // before the class goes
    drive_init(&f->d, &fake_env);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(a_row_goes_on_in_another_session_as_it_would_have),
        T(saving_changes_nothing_and_some_rows_are_saved_and_loaded),
        T(a_row_that_ended_is_saved_with_its_end),
        T(the_end_of_a_row_stays_with_it_without_autoreset),
        T(an_ended_row_has_no_place_in_a_session_that_resets_in_the_same_step),
        T(a_blob_beyond_the_time_limit_is_refused),
        T(if_one_row_cannot_be_loaded_all_are_as_they_were),
        T(what_was_delivered_is_still_there_after_a_failed_load),
        T(the_environments_own_words_are_passed_on),
        T(a_row_that_cannot_be_put_back_ends_the_session),
        T(a_row_that_cannot_be_saved_is_neither_lent_nor_lost),
        T(another_format_begins_an_episode_of_the_same_stream),
        T(another_format_is_the_environments_bytes_alone),
        T(the_time_limit_counts_from_the_state_that_was_loaded),
        T(rows_without_a_state_are_named),
        T(an_unknown_format_is_answered_with_the_known_ones),
        T(a_task_without_states_says_so),
    };
    return cmocka_run_group_tests_name("server_state", tests, NULL, NULL);
}
