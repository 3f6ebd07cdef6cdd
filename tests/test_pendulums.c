// InvertedPendulum and InvertedDoublePendulum where golden trajectories do not look.
#include "test.h"

#include "local_env.h"

// Opens a task without noise, so that it stands still at 0, with another setting unless that is
// NULL.
static void open_upright(local_env *e, const char *id, const char *name, const char *value)
{
    const sw_assignment settings[] = {{"reset_noise_scale", "0"}, {name, value}};
    assert_ok(local_env_open(e, local_env_task(id), settings, name != NULL ? 2 : 1));
    assert_ok(local_env_reset(e, 1));
}

// A step from a state (qpos, qvel) that only an episode of its own reaches.
static void step_from(local_env *e, const char *id, const double *state)
{
    assert_ok(local_env_open(e, local_env_task(id), NULL, 0));
    assert_ok(local_env_load(e, "mujoco/qpos-qvel", state));
    assert_ok(local_env_step(e));
}

static void a_pole_that_fell_ends_the_episode_and_pays_nothing(void **state)
{
    (void) state;
    const double fallen[] = {0, 0.3, 0, 0};
    local_env v5;
    local_env v4;
    step_from(&v5, "InvertedPendulum-v5", fallen);
    step_from(&v4, "InvertedPendulum-v4", fallen);
    assert_true(v5.row.terminated);
    assert_near(v5.row.reward, 0, 0);
    assert_true(v4.row.terminated);
    assert_near(v4.row.reward, 1, 0);  // a bug that results were published with
    local_env_close(&v5);
    local_env_close(&v4);
}

static void two_poles_in_line_are_observed_as_such(void **state)
{
    (void) state;
    local_env e;
    open_upright(&e, "InvertedDoublePendulum-v5", NULL, NULL);
    const double want[] = {0, 0, 0, 1, 1, 0, 0, 0, 0};
    assert_memory_equal(e.observations[0], want, sizeof(want));
    local_env_close(&e);
}

// The tip is at (0, 1.2) and hardly moves: 10 - (1.2 - 2)^2.
static void two_poles_that_stand_are_worth_9_36(void **state)
{
    (void) state;
    local_env e;
    open_upright(&e, "InvertedDoublePendulum-v5", NULL, NULL);
    assert_ok(local_env_step(&e));
    assert_near(e.row.reward, 9.36, 1e-6);
    local_env_close(&e);

    open_upright(&e, "InvertedDoublePendulum-v5", "healthy_reward", "3");
    assert_ok(local_env_step(&e));
    assert_near(e.row.reward, 2.36, 1e-6);
    local_env_close(&e);
}

// The lower pole leans by 1 rad, so that the tip is at 1.2 cos 1 = 0.65.
static void two_poles_that_fell_end_the_episode_and_pay_the_penalties_only(void **state)
{
    (void) state;
    const double fallen[] = {0, 1, 0, 0, 0, 0};
    local_env v5;
    local_env v4;
    step_from(&v5, "InvertedDoublePendulum-v5", fallen);
    step_from(&v4, "InvertedDoublePendulum-v4", fallen);
    assert_true(v5.row.terminated);
    assert_true(v4.row.terminated);
    assert_true(v5.row.reward < -1.5);
    assert_near(v4.row.reward - v5.row.reward, 10, 1e-12);
    local_env_close(&v5);
    local_env_close(&v4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pole_that_fell_ends_the_episode_and_pays_nothing),
        cmocka_unit_test(two_poles_in_line_are_observed_as_such),
        cmocka_unit_test(two_poles_that_stand_are_worth_9_36),
        cmocka_unit_test(two_poles_that_fell_end_the_episode_and_pay_the_penalties_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
