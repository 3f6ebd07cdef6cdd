// test_batch_hostile.c -- agent/client/batch.c: replies of a server that lies at random. Each array
// stands in memory of just its size, so that whoever believes a lie reads beyond it.
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "random.h"
#include "test.h"

enum { ROWS = 4, TRIES = 20000, MAX_ARRAYS = 64 };

// Two observations, float64 [2] and int32 []; one info.
static void make_spec(sw_spec *spec)
{
    const double low = 0, high = 1;
    const sw_tensor place = {.name = "place", .dtype = SW_FLOAT64, .dims = 1, .shape = {2}};
    const sw_tensor mode = {.name = "mode", .dtype = SW_INT32, .low = &low, .high = &high};
    assert_ok(sw_spec_init(spec, "Test-v0"));
    assert_ok(sw_spec_add_observation(spec, &place));
    assert_ok(sw_spec_add_observation(spec, &mode));
    assert_ok(sw_spec_add_info(spec, "height", true));
}

// The arrays of one message.
typedef struct liar {
    random_state random;
    bool lies;  // this time
    void *arrays[MAX_ARRAYS];
    int count;
} liar;

// A size: the right one, or now and then another.
static size_t choose(liar *l, size_t right)
{
    if (!l->lies || random_below(&l->random, 4) > 0) {
        return right;
    }
    switch (random_below(&l->random, 5)) {
    case 0: return 0;
    case 1: return right + 1;
    case 2: return right > 0 ? right - 1 : 1;
    case 3: return 2 * right;
    default: return (size_t) random_below(&l->random, 64);
    }
}

// Zeros, which are good values for all but flags.
static void *allocate(liar *l, size_t size)
{
    assert_true(l->count < MAX_ARRAYS);
    void *array = calloc(1, size > 0 ? size : 1);
    assert_non_null(array);
    l->arrays[l->count++] = array;
    return array;
}

static void forget(liar *l)
{
    while (l->count > 0) {
        free(l->arrays[--l->count]);
    }
}

static ProtobufCBinaryData make_bytes(liar *l, size_t right)
{
    const size_t size = choose(l, right);
    return (ProtobufCBinaryData){.len = size, .data = allocate(l, size)};
}

static ProtobufCBinaryData make_flags(liar *l, size_t rows, sw_autoreset mode)
{
    static const uint8_t likely[] = {0,
                                     SW_FIRST,
                                     SW_TERMINATED,
                                     SW_TRUNCATED,
                                     SW_TERMINATED | SW_FIRST,
                                     SW_TRUNCATED | SW_FIRST,
                                     SW_FAULTY | SW_TRUNCATED,
                                     0xff};
    ProtobufCBinaryData flags = make_bytes(l, rows);
    for (size_t i = 0; i < flags.len; i++) {
        const uint8_t same_step[] = {0, SW_TERMINATED | SW_FIRST};
        flags.data[i] = mode == SW_SAME_STEP ? same_step[random_below(&l->random, 2)]
                                             : likely[random_below(&l->random, 8)];
    }
    return flags;
}

static size_t make_tensors(liar *l, size_t rows, ProtobufCBinaryData **tensors)
{
    const size_t count = choose(l, 2);
    *tensors = allocate(l, count * sizeof(**tensors));
    for (size_t i = 0; i < count && i < 8; i++) {
        (*tensors)[i] = make_bytes(l, rows * (i == 0 ? 2 * sizeof(double) : sizeof(int32_t)));
    }
    return count;
}

static size_t make_numbers(liar *l, size_t right, double **numbers)
{
    const size_t count = choose(l, right);
    *numbers = allocate(l, count * sizeof(**numbers));
    return count;
}

static size_t make_seeds(liar *l, size_t right, uint64_t **seeds)
{
    const size_t count = choose(l, right);
    *seeds = allocate(l, count * sizeof(**seeds));
    return count;
}

static sw_status read_step(liar *l, batch_reader *r)
{
    size_t begun = 0, ended = 0;
    Stepwire__StepDone m = STEPWIRE__STEP_DONE__INIT;
    m.flags = make_flags(l, ROWS, r->autoreset);
    for (size_t i = 0; i < m.flags.len; i++) {
        begun += (m.flags.data[i] & SW_FIRST) != 0;
        ended += (m.flags.data[i] & SW_TERMINATED) != 0;
    }
    m.n_rewards = make_numbers(l, ROWS, &m.rewards);
    m.n_observations = make_tensors(l, ROWS, &m.observations);
    m.n_infos = make_numbers(l, ROWS, &m.infos);
    m.n_seeds = make_seeds(l, begun, &m.seeds);
    m.n_final_observations = make_tensors(l, ended, &m.final_observations);
    m.n_final_infos = make_numbers(l, ended, &m.final_infos);
    return batch_read_step(r, &m);
}

static sw_status read_reset(liar *l, batch_reader *r, size_t rows)
{
    Stepwire__ResetDone m = STEPWIRE__RESET_DONE__INIT;
    m.flags = make_bytes(l, rows);
    memset(m.flags.data, SW_FIRST, m.flags.len);
    m.n_seeds = make_seeds(l, rows, &m.seeds);
    m.n_observations = make_tensors(l, rows, &m.observations);
    m.n_infos = make_numbers(l, rows, &m.infos);
    return batch_read_reset(r, &m);
}

static sw_status read_states(liar *l, batch_reader *r, size_t rows)
{
    Stepwire__StateSet m = STEPWIRE__STATE_SET__INIT;
    m.flags = make_flags(l, rows, SW_NEXT_STEP);
    m.n_observations = make_tensors(l, rows, &m.observations);
    return batch_read_state_set(r, &m);
}

static sw_status read_resumed(liar *l, batch_reader *r)
{
    Stepwire__Resumed m = STEPWIRE__RESUMED__INIT;
    m.flags = make_flags(l, ROWS, SW_NEXT_STEP);
    m.n_observations = make_tensors(l, ROWS, &m.observations);
    return batch_read_resumed(r, &m);
}

static double add_up(const double *numbers, int count)
{
    double sum = 0;
    for (int i = 0; numbers != NULL && i < count; i++) {
        sum += numbers[i];
    }
    return sum;
}

// Reads all that a learner may read. What is right is all zeros, but for flags.
static double touch(const sw_batch *b)
{
    double sum = add_up(b->rewards, b->rows) + add_up(b->infos, b->rows) +
                 add_up(b->observations[0], 2 * b->rows) + add_up(b->final_infos, b->final_count);
    for (int i = 0; i < b->rows; i++) {
        const int f = b->final_index[i];
        sum += (double) (b->seeds[i] + (uint64_t) ((const int32_t *) b->observations[1])[i]);
        assert_in_range(b->flags[i], 0, 255);
        assert_in_range(f + 1, 0, b->final_count);
        if (f >= 0) {
            sum += add_up((const double *) b->final_observations[0] + 2 * f, 2) +
                   ((const int32_t *) b->final_observations[1])[f];
        }
    }
    return sum;
}

static sw_status read_any(liar *l, batch_reader *r)
{
    const uint32_t rows[] = {1, 3};
    const int count = random_below(&l->random, 2) == 0 ? 2 : 0;
    assert_ok(batch_expect(r, rows, count));
    switch (random_below(&l->random, 4)) {
    case 0: return read_step(l, r);
    case 1: return read_reset(l, r, count > 0 ? 2 : ROWS);
    case 2: return read_states(l, r, count > 0 ? 2 : ROWS);
    default: return read_resumed(l, r);
    }
}

static void whatever_is_believed_can_be_read(void **state)
{
    (void) state;
    sw_spec spec;
    make_spec(&spec);
    liar l = {.random = random_seed(4)};
    for (sw_autoreset mode = SW_SAME_STEP; mode <= SW_DISABLED; mode++) {
        const sw_session_options options = {.rows = ROWS, .autoreset = mode, .info = true};
        batch_reader r;
        int believed = 0;
        assert_ok(batch_reader_init(&r, &spec, &options));
        for (int i = 0; i < TRIES; i++) {
            l.lies = i % 2 == 0;
            const sw_status st = read_any(&l, &r);
            if (st == SW_OK) {
                assert_true(touch(&r.batch) == 0);
                believed++;
            } else {
                assert_int_equal(st, SW_PROTOCOL);
            }
            forget(&l);
        }
        assert_in_range(believed, TRIES / 10, TRIES - TRIES / 10);  // both have been tried
        batch_reader_free(&r);
    }
    sw_spec_free(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_believed_can_be_read),
    };
    return cmocka_run_group_tests_name("hostile batches", tests, NULL, NULL);
}
