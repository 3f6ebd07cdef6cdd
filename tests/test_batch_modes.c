// test_batch_modes.c -- agent/client/batch.c: which flags a server may send, in each autoreset
// mode.
#include <string.h>

#include "batch.h"
#include "test.h"

enum { ROWS = 3 };
enum { END = SW_TERMINATED, CUT = SW_TRUNCATED, NEW = SW_FIRST, BAD = SW_FAULTY | SW_TRUNCATED };

// One observation, int32 [] of 1 and 2: so zeros are out of its bounds.
static int setup(void **state)
{
    static sw_spec spec;
    const double low = 1, high = 2;
    const sw_tensor mode = {.name = "mode", .dtype = SW_INT32, .low = &low, .high = &high};
    assert_ok(sw_spec_init(&spec, "Test-v1"));
    assert_ok(sw_spec_add_observation(&spec, &mode));
    *state = &spec;
    return 0;
}

static int teardown(void **state)
{
    sw_spec_free(*state);
    return 0;
}

static batch_reader open_reader(const sw_spec *spec, sw_autoreset autoreset)
{
    const sw_session_options options = {.rows = ROWS, .autoreset = autoreset};
    batch_reader r;
    assert_ok(batch_reader_init(&r, spec, &options));
    return r;
}

static ProtobufCBinaryData bytes(void *data, size_t size)
{
    return (ProtobufCBinaryData){.len = size, .data = data};
}

// Reads a step in which row 1 has these flags and this reward; the others just run.
static sw_status read_step(batch_reader *r, int row_flags, double reward)
{
    int32_t modes[ROWS] = {1, 1, 1};
    double rewards[ROWS] = {0, reward, 0};
    uint8_t flags[ROWS] = {0, (uint8_t) row_flags, 0};
    uint64_t seed = 9;
    ProtobufCBinaryData all = bytes(modes, sizeof(modes)), final = bytes(modes, sizeof(modes[0]));
    Stepwire__StepDone message = STEPWIRE__STEP_DONE__INIT;
    message.n_rewards = ROWS;
    message.rewards = rewards;
    message.flags = bytes(flags, ROWS);
    message.n_observations = message.n_final_observations = 1;
    message.observations = &all;
    message.final_observations = &final;
    message.n_seeds = (row_flags & SW_FIRST) != 0;
    message.seeds = &seed;
    return batch_read_step(r, &message);
}

static void flags_follow_from_the_mode_and_the_step_before(void **state)
{
    const struct {
        sw_autoreset mode;
        int flags[3], count;
        double reward;  // of the last step
        bool good;
    } cases[] = {
        {SW_SAME_STEP, {END | NEW}, 1, 1, true},
        {SW_SAME_STEP, {END | CUT | NEW, 0}, 2, 1, true},
        {SW_SAME_STEP, {BAD | NEW}, 1, 0, true},
        {SW_SAME_STEP, {END}, 1, 1, false},
        {SW_SAME_STEP, {NEW}, 1, 0, false},
        {SW_SAME_STEP, {BAD | NEW}, 1, 1, false},        // a faulty row has no reward
        {SW_SAME_STEP, {BAD | END | NEW}, 1, 0, false},  // and is never terminated
        {SW_SAME_STEP, {SW_FAULTY | NEW}, 1, 0, false},  // but truncated
        {SW_NEXT_STEP, {END, NEW, 0}, 3, 1, true},
        {SW_NEXT_STEP, {CUT, NEW, END}, 3, 1, true},
        {SW_NEXT_STEP, {BAD, NEW}, 2, 0, true},
        {SW_NEXT_STEP, {NEW}, 1, 0, false},        // nothing had ended
        {SW_NEXT_STEP, {END | NEW}, 1, 1, false},  // that is SAME_STEP's
        {SW_NEXT_STEP, {END, 0}, 2, 0, false},     // a row that is over must begin
        {SW_NEXT_STEP, {END, END}, 2, 0, false},
        {SW_NEXT_STEP, {END, NEW | END}, 2, 0, false},
        {SW_NEXT_STEP, {END, NEW}, 2, 1, false},  // beginning brings no reward
        {SW_NEXT_STEP, {END, NEW, NEW}, 3, 0, false},
        {SW_DISABLED, {0, END}, 2, 1, true},
        {SW_DISABLED, {BAD}, 1, 0, true},
        {SW_DISABLED, {NEW}, 1, 0, false},
        {SW_DISABLED, {END | NEW}, 1, 1, false},
        {SW_SAME_STEP, {0x40}, 1, 1, true},  // a bit of a later version
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        batch_reader r = open_reader(*state, cases[i].mode);
        const int last = cases[i].count - 1;
        for (int k = 0; k < last; k++) {
            assert_ok(read_step(&r, cases[i].flags[k], 0));
        }
        const sw_status st = read_step(&r, cases[i].flags[last], cases[i].reward);
        if (st != (cases[i].good ? SW_OK : SW_PROTOCOL)) {
            fail_msg("case %zu, of mode %d", i, (int) cases[i].mode);
        }
        batch_reader_free(&r);
    }
}

static void the_error_names_the_row(void **state)
{
    batch_reader r = open_reader(*state, SW_NEXT_STEP);
    assert_ok(read_step(&r, END, 1));
    assert_int_equal(read_step(&r, 0, 0), SW_PROTOCOL);
    assert_says("Test-v1: row 1 was over");
    batch_reader_free(&r);
}

// Flags of rows 1 and 2 in a reply that has just those.
static void load(batch_reader *r, int first, int second)
{
    const uint32_t rows[] = {1, 2};
    int32_t modes[] = {1, 1};
    uint8_t flags[] = {(uint8_t) first, (uint8_t) second};
    ProtobufCBinaryData observation = bytes(modes, sizeof(modes));
    Stepwire__StateSet message = STEPWIRE__STATE_SET__INIT;
    message.flags = bytes(flags, 2);
    message.n_observations = 1;
    message.observations = &observation;
    assert_ok(batch_expect(r, rows, 2));
    assert_ok(batch_read_state_set(r, &message));
}

static void a_state_that_was_saved_at_an_end_is_over(void **state)
{
    batch_reader r = open_reader(*state, SW_NEXT_STEP);
    load(&r, END, 0);
    assert_int_equal(read_step(&r, 0, 0), SW_PROTOCOL);  // row 1 had to begin
    load(&r, CUT, 0);
    assert_ok(read_step(&r, NEW, 0));
    load(&r, NEW, 0);
    assert_ok(read_step(&r, 0, 1));
    batch_reader_free(&r);
}

static void a_reset_takes_the_end_away(void **state)
{
    batch_reader r = open_reader(*state, SW_NEXT_STEP);
    const uint32_t row = 1;
    int32_t mode = 2;
    uint8_t flags = SW_FIRST;
    uint64_t seed = 4;
    ProtobufCBinaryData observation = bytes(&mode, sizeof(mode));
    Stepwire__ResetDone message = STEPWIRE__RESET_DONE__INIT;
    message.flags = bytes(&flags, 1);
    message.n_seeds = message.n_observations = 1;
    message.seeds = &seed;
    message.observations = &observation;
    assert_ok(read_step(&r, END, 1));
    assert_ok(batch_expect(&r, &row, 1));
    assert_ok(batch_read_reset(&r, &message));
    assert_ok(read_step(&r, 0, 1));
    batch_reader_free(&r);
}

static void a_resumed_row_that_was_never_reset_may_be_zeros(void **state)
{
    batch_reader r = open_reader(*state, SW_NEXT_STEP);
    int32_t modes[ROWS] = {0, 2, 0};
    uint8_t flags[ROWS] = {0, SW_TRUNCATED, 0};
    ProtobufCBinaryData observation = bytes(modes, sizeof(modes));
    Stepwire__Resumed message = STEPWIRE__RESUMED__INIT;
    message.flags = bytes(flags, ROWS);
    message.n_observations = 1;
    message.observations = &observation;
    assert_ok(batch_read_resumed(&r, &message));
    assert_int_equal(r.batch.rows, ROWS);
    assert_ok(read_step(&r, NEW, 0));
    modes[2] = 3;
    assert_int_equal(batch_read_resumed(&r, &message), SW_PROTOCOL);
    assert_says("row 2");
    batch_reader_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_follow_from_the_mode_and_the_step_before),
        cmocka_unit_test(the_error_names_the_row),
        cmocka_unit_test(a_state_that_was_saved_at_an_end_is_over),
        cmocka_unit_test(a_reset_takes_the_end_away),
        cmocka_unit_test(a_resumed_row_that_was_never_reset_may_be_zeros),
    };
    return cmocka_run_group_tests_name("batch modes", tests, setup, teardown);
}
