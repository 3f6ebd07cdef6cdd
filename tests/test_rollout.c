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

static void valid_rows_may_be_chosen(void **state)
{
    (void) state;
    rollout r;
    int index[6];
    assert_ok(rollout_init(&r, 2, 3, 4, 1));
    r.skip[1] = 1;
    r.flags[5] = SW_FAULTY | SW_TRUNCATED;
    assert_int_equal(rollout_valid_rows(&r, 1, 3, index), 2);
    const int expected[] = {2, 4};
    assert_memory_equal(index, expected, sizeof(expected));
    rollout_free(&r);
}

static void a_rollout_that_cannot_be_indexed_is_refused(void **state)
{
    (void) state;
    rollout r;
    assert_int_equal(rollout_init(&r, 1 << 20, 4096, 11, 3), SW_INVALID_ARGUMENT);
}

// Targets 1, 2, 3, 4 (variance 5/4), values off by 1, 1, 0, 0 (variance 1/4); the faulty row says
// anything.
static void explained_variance_is_what_the_critic_knew(void **state)
{
    (void) state;
    rollout r;
    const float ret[] = {1, 1000, 2, 3, 4}, value[] = {0, -5, 1, 3, 4};
    assert_ok(rollout_init(&r, 5, 1, 1, 1));
    for (int i = 0; i < 5; i++) {
        r.ret[i] = ret[i];
        r.value[i] = value[i];
    }
    r.flags[1] = SW_FAULTY | SW_TRUNCATED;
    assert_near(rollout_explained_variance(&r), 1 - 0.25 / 1.25, 1e-9);
    for (int i = 0; i < 5; i++) {
        r.ret[i] = 7;
    }
    assert_near(rollout_explained_variance(&r), 0, 0);
    for (int i = 0; i < 5; i++) {
        r.flags[i] = SW_FAULTY | SW_TRUNCATED;
    }
    assert_near(rollout_explained_variance(&r), 0, 0);
    rollout_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faulty_transitions_are_not_learned_from),
        cmocka_unit_test(valid_rows_may_be_chosen),
        cmocka_unit_test(explained_variance_is_what_the_critic_knew),
        cmocka_unit_test(a_rollout_that_cannot_be_indexed_is_refused),
    };
    return cmocka_run_group_tests_name("rollout", tests, NULL, NULL);
}
