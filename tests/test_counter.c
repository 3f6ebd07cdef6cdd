#include "test.h"

#include <string.h>
#include <time.h>

#include "counter.h"
#include "local_env.h"

static void open_counter(local_env *e, const char *name, const char *value)
{
    const sw_assignment setting = {name, value};
    assert_ok(local_env_open(e, local_env_task("Counter-v0"), &setting, 1));
}

static sw_status step(local_env *e, double add, int32_t command)
{
    *(double *) e->actions[0] = add;
    *(int32_t *) e->actions[1] = command;
    return local_env_step(e);
}

static double sum(const local_env *e)
{
    return ((const double *) e->observations[0])[0];
}

static void the_sum_is_that_of_the_episodes_actions(void **state)
{
    (void) state;
    local_env e;
    open_counter(&e, "hang_ms", "0");
    assert_ok(local_env_reset(&e, 1));
    assert_near(e.row.infos[0], 0, 0);
    assert_true(isnan(e.row.infos[1]));
    assert_ok(step(&e, 0.5, COUNTER_GO_ON));
    assert_ok(step(&e, 2, COUNTER_TERMINATE));
    assert_near(sum(&e), 2.5, 0);
    assert_near(((const double *) e.observations[0])[1], 2, 0);
    assert_near(e.row.reward, 2, 0);
    assert_near(e.row.infos[0], 2.5, 0);
    assert_near(e.row.infos[1], 2, 0);
    assert_ok(local_env_reset(&e, 2));
    assert_near(sum(&e), 0, 0);
    local_env_close(&e);
}

static void the_observation_shows_the_seed(void **state)
{
    (void) state;
    local_env e;
    open_counter(&e, "hang_ms", "0");
    assert_ok(local_env_reset(&e, 0x0807060504030201));
    const uint8_t want[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    assert_memory_equal(e.observations[1], want, 8);
    local_env_close(&e);
}

static void commands_end_the_episode(void **state)
{
    (void) state;
    local_env e;
    open_counter(&e, "hang_ms", "0");
    assert_ok(local_env_reset(&e, 1));
    assert_ok(step(&e, 1, COUNTER_GO_ON));
    assert_false(e.row.terminated || e.row.truncated);
    assert_ok(step(&e, 1, COUNTER_TERMINATE));
    assert_true(e.row.terminated && !e.row.truncated);
    assert_ok(step(&e, 1, COUNTER_TRUNCATE));
    assert_true(!e.row.terminated && e.row.truncated);
    local_env_close(&e);
}

static void commands_make_it_misbehave(void **state)
{
    (void) state;
    local_env e;
    open_counter(&e, "hang_ms", "50");
    assert_ok(local_env_reset(&e, 1));
    assert_int_equal(step(&e, 1, COUNTER_FAIL), SW_ENVIRONMENT);
    assert_ok(step(&e, 1, COUNTER_DIVERGE));
    assert_true(isnan(sum(&e)));
    assert_ok(step(&e, 1, COUNTER_BAD_REWARD));
    assert_true(isnan(e.row.reward));
    assert_near(sum(&e), 2, 0);

    struct timespec start;
    struct timespec end;
    (void) clock_gettime(CLOCK_MONOTONIC, &start);
    assert_ok(step(&e, 1, COUNTER_HANG));
    (void) clock_gettime(CLOCK_MONOTONIC, &end);
    const double waited =
        (double) (end.tv_sec - start.tv_sec) + (double) (end.tv_nsec - start.tv_nsec) / 1e9;
    assert_true(waited >= 0.05);
    local_env_close(&e);
}

static void the_reset_that_was_named_fails(void **state)
{
    (void) state;
    local_env e;
    open_counter(&e, "fail_reset", "2");
    assert_ok(local_env_reset(&e, 1));
    assert_int_equal(local_env_reset(&e, 2), SW_ENVIRONMENT);
    assert_ok(local_env_reset(&e, 3));
    local_env_close(&e);
}

static void a_busy_step_takes_its_time(void **state)
{
    (void) state;
    local_env e;
    open_counter(&e, "step_us", "20000");
    assert_ok(local_env_reset(&e, 1));
    const clock_t start = clock();
    assert_ok(step(&e, 1, COUNTER_GO_ON));
    assert_true(clock() > start);  // of the processor, not only of the wall
    local_env_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_is_that_of_the_episodes_actions),
        cmocka_unit_test(the_observation_shows_the_seed),
        cmocka_unit_test(commands_end_the_episode),
        cmocka_unit_test(commands_make_it_misbehave),
        cmocka_unit_test(the_reset_that_was_named_fails),
        cmocka_unit_test(a_busy_step_takes_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
