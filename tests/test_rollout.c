// test_rollout.c -- agent/rl/rollout.c
#include <limits.h>

#include <rollout.h>
#include <stepwire/spec.h>

#include "test.h"

static void faulty_transitions_are_not_learned_from(void **state)
{
    (void) state;
    rollout r;
    int index[6];
    assert_ok(rollout_init(&r, 3, 2, 4, 1));
    r.flags[0] = SW_FAULTY | SW_TRUNCATED;
    r.flags[2] = SW_TERMINATED;
    r.flags[3] = SW_FAULTY | SW_TRUNCATED;
    assert_int_equal(rollout_valid(&r, index), 4);
    const int expected[] = {1, 2, 4, 5};
    assert_memory_equal(index, expected, sizeof(expected));
    rollout_free(&r);
}

static void a_rollout_that_cannot_be_indexed_is_refused(void **state)
{
    (void) state;
    rollout r;
    assert_int_equal(rollout_init(&r, 1 << 20, 4096, 11, 3), SW_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faulty_transitions_are_not_learned_from),
        cmocka_unit_test(a_rollout_that_cannot_be_indexed_is_refused),
    };
    return cmocka_run_group_tests_name("rollout", tests, NULL, NULL);
}
