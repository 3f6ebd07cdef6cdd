// test_batch.c -- agent/client/batch.c: replies as batches, and replies that lie about their sizes.
#include <string.h>

#include "batch.h"
#include "test.h"

enum { ROWS = 3 };

// Two observations, "place" float64 [2] and "mode" int32 []; one info.
static int setup(void **state)
{
    static sw_spec spec;
    const double low = 0, high = 1;
    const sw_tensor place = {.name = "place", .dtype = SW_FLOAT64, .dims = 1, .shape = {2}};
    const sw_tensor mode = {.name = "mode", .dtype = SW_INT32, .low = &low, .high = &high};
    assert_ok(sw_spec_init(&spec, "Test-v0"));
    assert_ok(sw_spec_add_observation(&spec, &place));
    assert_ok(sw_spec_add_observation(&spec, &mode));
    assert_ok(sw_spec_add_info(&spec, "height", true));
    *state = &spec;
    return 0;
}

static int teardown(void **state)
{
    sw_spec_free(*state);
    return 0;
}

// The reply to a Step in which row 1 was truncated and row 2 terminated.
typedef struct sample {
    double rewards[ROWS], infos[ROWS], places[2 * ROWS], final_places[4], final_infos[2];
    int32_t modes[ROWS], final_modes[2];
    uint8_t flags[ROWS];
    uint64_t seeds[2];
    ProtobufCBinaryData observations[2], finals[2];
    Stepwire__StepDone message;
} sample;

static ProtobufCBinaryData bytes(void *data, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = data};
}

static void make(sample *s)
{
    *s = (sample){.rewards = {1, 2, 3},
                  .infos = {10, 20, 30},
                  .places = {0, 1, 2, 3, 4, 5},
                  .final_places = {22, 23, 24, 25},
                  .final_infos = {120, 130},
                  .modes = {0, 1, 0},
                  .final_modes = {1, 1},
                  .flags = {0, SW_TRUNCATED | SW_FIRST, SW_TERMINATED | SW_FIRST},
                  .seeds = {71, 72},
                  .message = STEPWIRE__STEP_DONE__INIT};
    s->observations[0] = bytes(s->places, sizeof(s->places));
    s->observations[1] = bytes(s->modes, sizeof(s->modes));
    s->finals[0] = bytes(s->final_places, sizeof(s->final_places));
    s->finals[1] = bytes(s->final_modes, sizeof(s->final_modes));
    s->message.n_rewards = ROWS;
    s->message.rewards = s->rewards;
    s->message.flags = bytes(s->flags, ROWS);
    s->message.n_observations = s->message.n_final_observations = 2;
    s->message.observations = s->observations;
    s->message.final_observations = s->finals;
    s->message.n_infos = ROWS;
    s->message.infos = s->infos;
    s->message.n_seeds = 2;
    s->message.seeds = s->seeds;
    s->message.n_final_infos = 2;
    s->message.final_infos = s->final_infos;
}

static batch_reader open_reader(const sw_spec *spec, sw_autoreset autoreset, bool info)
{
    const sw_session_options options = {.rows = ROWS, .autoreset = autoreset, .info = info};
    batch_reader r;
    assert_ok(batch_reader_init(&r, spec, &options));
    return r;
}

static void a_row_that_ended_has_both_observations(void **state)
{
    batch_reader r = open_reader(*state, SW_SAME_STEP, true);
    sample s;
    make(&s);
    assert_ok(batch_read_step(&r, &s.message));
    const sw_batch *b = &r.batch;
    assert_int_equal(b->rows, ROWS);
    assert_int_equal(b->final_count, 2);
    const int index[ROWS] = {-1, 0, 1};
    const uint64_t seeds[ROWS] = {0, 71, 72};
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(b->final_index[i], index[i]);
        assert_int_equal(b->seeds[i], seeds[i]);
    }
    assert_true(((const double *) b->observations[0])[2 * 2 + 1] == 5);
    assert_true(((const double *) b->final_observations[0])[2 * 1 + 1] == 25);
    assert_int_equal(((const int32_t *) b->observations[1])[1], 1);
    assert_int_equal(((const int32_t *) b->final_observations[1])[0], 1);
    assert_true(b->rewards[2] == 3 && b->infos[1] == 20 && b->final_infos[1] == 130);
    batch_reader_free(&r);
}

static void infos_that_nobody_asked_for_are_not_given(void **state)
{
    batch_reader r = open_reader(*state, SW_SAME_STEP, false);
    sample s;
    make(&s);
    s.message.n_infos = s.message.n_final_infos = 0;
    assert_ok(batch_read_step(&r, &s.message));
    assert_null(r.batch.infos);
    assert_null(r.batch.final_infos);
    batch_reader_free(&r);
}

static void without_same_step_the_end_stands_in_the_observations(void **state)
{
    batch_reader r = open_reader(*state, SW_NEXT_STEP, true);
    sample s;
    make(&s);
    s.flags[1] = 0;
    s.flags[2] = SW_TERMINATED;
    s.message.n_seeds = s.message.n_final_observations = s.message.n_final_infos = 0;
    assert_ok(batch_read_step(&r, &s.message));
    s.flags[1] = SW_TRUNCATED;
    s.flags[2] = SW_FIRST;
    s.rewards[2] = 0;
    s.message.n_seeds = 1;
    assert_ok(batch_read_step(&r, &s.message));
    assert_int_equal(r.batch.final_count, 0);
    assert_int_equal(r.batch.final_index[1], -1);
    assert_int_equal(r.batch.seeds[2], 71);
    batch_reader_free(&r);
}

// A reply to Reset or SetState, or a Resumed, for as many rows.
static Stepwire__ResetDone make_reset(sample *s, size_t rows)
{
    static uint64_t seeds[ROWS];
    Stepwire__ResetDone message = STEPWIRE__RESET_DONE__INIT;
    make(s);
    for (size_t i = 0; i < rows; i++) {
        seeds[i] = 5 + i;
        s->flags[i] = SW_FIRST;
    }
    s->observations[0].len = rows * 2 * sizeof(double);
    s->observations[1].len = rows * sizeof(int32_t);
    message.flags = bytes(s->flags, rows);
    message.n_seeds = message.n_infos = rows;
    message.seeds = seeds;
    message.infos = s->infos;
    message.n_observations = 2;
    message.observations = s->observations;
    return message;
}

static void a_reset_has_no_rewards_and_no_ends(void **state)
{
    batch_reader r = open_reader(*state, 0, true);
    sample s;
    const Stepwire__ResetDone message = make_reset(&s, ROWS);
    assert_ok(batch_expect(&r, NULL, 0));
    assert_ok(batch_read_reset(&r, &message));
    assert_true(r.batch.rewards[0] == 0 && r.batch.rewards[2] == 0);
    assert_int_equal(r.batch.seeds[2], 7);
    assert_int_equal(r.batch.final_index[2], -1);
    assert_int_equal(r.batch.final_count, 0);
    batch_reader_free(&r);
}

static void lie_about_a_reset(sample *s, Stepwire__ResetDone *m, int which)
{
    switch (which) {
    case 0: m->n_seeds = 2; break;
    case 1: m->flags.len = ROWS + 1; break;
    case 2: m->n_observations = 3; break;
    case 3: m->observations[0].len = 0; break;
    case 4: m->n_infos = 0; break;
    case 5: s->flags[1] = 0; break;  // was reset, but did not begin
    case 6: s->flags[1] = SW_FIRST | SW_TRUNCATED; break;
    default: s->places[0] = (double) NAN; break;
    }
}

static void a_reset_that_does_not_fit_is_refused(void **state)
{
    for (int which = 0; which <= 7; which++) {
        batch_reader r = open_reader(*state, 0, true);
        sample s;
        Stepwire__ResetDone message = make_reset(&s, ROWS);
        lie_about_a_reset(&s, &message, which);
        assert_ok(batch_expect(&r, NULL, 0));
        if (batch_read_reset(&r, &message) != SW_PROTOCOL) {
            fail_msg("lie %d was believed", which);
        }
        batch_reader_free(&r);
    }
}

static void a_reset_of_some_rows_has_just_those(void **state)
{
    batch_reader r = open_reader(*state, SW_SAME_STEP, true);
    const uint32_t rows[] = {0, 2};
    sample s;
    Stepwire__ResetDone message = make_reset(&s, 2);
    assert_ok(batch_expect(&r, rows, 2));
    assert_ok(batch_read_reset(&r, &message));
    assert_int_equal(r.batch.rows, 2);
    assert_int_equal(r.batch.seeds[1], 6);
    assert_int_equal(r.batch.final_index[1], -1);
    message = make_reset(&s, ROWS);  // all, where two were asked for
    assert_int_equal(batch_read_reset(&r, &message), SW_PROTOCOL);
    batch_reader_free(&r);
}

static void states_have_neither_rewards_nor_seeds_nor_infos(void **state)
{
    batch_reader r = open_reader(*state, SW_NEXT_STEP, true);
    const uint32_t rows[] = {1, 2};
    sample s;
    const Stepwire__ResetDone from = make_reset(&s, 2);
    Stepwire__StateSet message = STEPWIRE__STATE_SET__INIT;
    message.flags = from.flags;
    message.n_observations = 2;
    message.observations = from.observations;
    assert_ok(batch_expect(&r, rows, 2));
    assert_ok(batch_read_state_set(&r, &message));
    assert_int_equal(r.batch.rows, 2);
    assert_true(r.batch.rewards[1] == 0 && r.batch.seeds[0] == 0 && r.batch.seeds[1] == 0);
    assert_int_equal(r.batch.final_index[1], -1);
    assert_null(r.batch.infos);
    batch_reader_free(&r);
}

static void rows_asked_for_ascend_and_exist(void **state)
{
    batch_reader r = open_reader(*state, SW_SAME_STEP, false);
    const uint32_t twice[] = {1, 1}, down[] = {2, 0}, beyond[] = {1, ROWS}, good[] = {0, 2};
    assert_int_equal(batch_expect(&r, twice, 2), SW_INVALID_ARGUMENT);
    assert_int_equal(batch_expect(&r, down, 2), SW_INVALID_ARGUMENT);
    assert_int_equal(batch_expect(&r, beyond, 2), SW_INVALID_ARGUMENT);
    assert_says("row 3");
    assert_ok(batch_expect(&r, good, 2));
    batch_reader_free(&r);
}


// ---- lies ---------------------------------------------------------------------------------------

static void lie(sample *s, int which)
{
    switch (which) {
    case 0: s->message.n_rewards = ROWS - 1; break;
    case 1: s->message.flags.len = ROWS + 1; break;
    case 2: s->message.n_observations = 1; break;
    case 3: s->observations[1].len -= 1; break;
    case 4: s->observations[0].len = SIZE_MAX; break;
    case 5: s->message.n_infos = 2; break;
    case 6: s->message.n_seeds = 1; break;
    case 7: s->message.n_seeds = 3; break;
    case 8: s->message.n_final_observations = 0; break;
    case 9: s->finals[0].len = sizeof(double); break;
    case 10: s->message.n_final_infos = 1; break;
    case 11: s->flags[0] = SW_TERMINATED; break;  // an end without a new episode
    case 12: s->flags[1] = 0; break;              // fewer ends and beginnings than there are finals
    case 13: s->rewards[2] = (double) NAN; break;
    case 14: s->places[5] = (double) INFINITY; break;
    case 15: s->modes[2] = 2; break;  // of 0 and 1
    default: s->final_modes[1] = -1; break;
    }
}

static void every_size_and_number_that_does_not_fit_is_refused(void **state)
{
    for (int which = 0; which <= 16; which++) {
        batch_reader r = open_reader(*state, SW_SAME_STEP, true);
        sample s;
        make(&s);
        lie(&s, which);
        if (batch_read_step(&r, &s.message) != SW_PROTOCOL) {
            fail_msg("lie %d was believed", which);
        }
        batch_reader_free(&r);
    }
}

static void the_error_names_task_and_field(void **state)
{
    batch_reader r = open_reader(*state, SW_SAME_STEP, true);
    sample s;
    make(&s);
    s.finals[0].len = 8;
    assert_int_equal(batch_read_step(&r, &s.message), SW_PROTOCOL);
    assert_says("Test-v0");
    assert_says("final_observations");
    assert_says("expected 32");  // 2 rows of 2 float64
    batch_reader_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_ended_has_both_observations),
        cmocka_unit_test(infos_that_nobody_asked_for_are_not_given),
        cmocka_unit_test(without_same_step_the_end_stands_in_the_observations),
        cmocka_unit_test(a_reset_has_no_rewards_and_no_ends),
        cmocka_unit_test(a_reset_that_does_not_fit_is_refused),
        cmocka_unit_test(a_reset_of_some_rows_has_just_those),
        cmocka_unit_test(states_have_neither_rewards_nor_seeds_nor_infos),
        cmocka_unit_test(rows_asked_for_ascend_and_exist),
        cmocka_unit_test(every_size_and_number_that_does_not_fit_is_refused),
        cmocka_unit_test(the_error_names_task_and_field),
    };
    return cmocka_run_group_tests_name("batch", tests, setup, teardown);
}
