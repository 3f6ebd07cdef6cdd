// LQR-v0: the cost that it calls the least is the least.
#include "test.h"

#include "local_env.h"

// scipy.linalg.solve_discrete_are(A, B, Q, R) of SciPy 1.17.1 for the matrices in lqr.c.
static const double p_xx = 4.81743542, p_xv = 1.58902486, p_vv = 1.42210244;
static const double k_x = 2.41456263, k_v = 2.32639991;

static void begin(local_env *e, double position, double velocity)
{
    const double numbers[2] = {position, velocity};
    assert_ok(local_env_load(e, "lqr/state", numbers));
}

static void push(local_env *e, double force)
{
    *(float *) e->actions[0] = (float) force;
    assert_ok(local_env_step(e));
}

// The cost of u = -(kx x + kv v) until the time limit, over the least.
static double cost_ratio(double kx, double kv, double position, double velocity)
{
    local_env e;
    assert_ok(local_env_open(&e, local_env_task("LQR-v0"), NULL, 0));
    begin(&e, position, velocity);
    const float *x = e.observations[0];
    while (!e.row.truncated) {
        push(&e, -(kx * x[0] + kv * x[1]));
    }
    const double ratio = local_env_info(&e, "cost") / local_env_info(&e, "optimal_cost");
    local_env_close(&e);
    return ratio;
}

static void the_least_cost_solves_the_riccati_equation(void **state)
{
    (void) state;
    local_env e;
    assert_ok(local_env_open(&e, local_env_task("LQR-v0"), NULL, 0));
    begin(&e, 1, 0);
    assert_near(local_env_info(&e, "optimal_cost"), p_xx, 1e-8);
    begin(&e, 0, -1);
    assert_near(local_env_info(&e, "optimal_cost"), p_vv, 1e-8);
    begin(&e, 0.5, 2);
    assert_near(local_env_info(&e, "optimal_cost"), 0.25 * p_xx + 2 * p_xv + 4 * p_vv, 1e-8);
    local_env_close(&e);
}

// 1 is at x = 1: Q + R u^2 = 1 + 0.1; then x = 1 - 0.02 and v = -0.2.
static void a_step_is_as_computed_by_hand(void **state)
{
    (void) state;
    local_env e;
    assert_ok(local_env_open(&e, local_env_task("LQR-v0"), NULL, 0));
    begin(&e, 1, 0);
    assert_near(local_env_info(&e, "cost"), 0, 0);
    push(&e, -1);
    const float *x = e.observations[0];
    assert_near(e.row.reward, -1.1, 1e-12);
    assert_near(x[0], 0.98, 1e-7);
    assert_near(x[1], -0.2, 1e-7);
    push(&e, 0);  // 0.98^2 + 0.1 * 0.04, and on to 0.98 - 0.04
    assert_near(e.row.reward, -0.9644, 1e-12);
    assert_near(local_env_info(&e, "cost"), 1.1 + 0.9644, 1e-12);
    assert_near(x[0], 0.94, 1e-7);
    local_env_close(&e);
}

static void a_force_beyond_the_limit_is_the_limit(void **state)
{
    (void) state;
    local_env e;
    assert_ok(local_env_open(&e, local_env_task("LQR-v0"), NULL, 0));
    begin(&e, 0, 0);
    push(&e, -1e30);
    const float *x = e.observations[0];
    assert_near(e.row.reward, -0.1 * 100, 1e-12);
    assert_near(x[1], -2, 1e-6);
    local_env_close(&e);
}

static void the_best_gain_costs_the_least_and_others_more(void **state)
{
    (void) state;
    static const double starts[][2] = {{1, 1}, {-1, 1}, {0.3, -0.9}, {1, 0}};
    for (int i = 0; i < 4; i++) {
        const double x = starts[i][0], v = starts[i][1];
        assert_near(cost_ratio(k_x, k_v, x, v), 1, 1e-6);
        assert_true(cost_ratio(1.5 * k_x, k_v, x, v) > 1.01);
        assert_true(cost_ratio(k_x, 0.5 * k_v, x, v) > 1.01);
        assert_true(cost_ratio(0.5 * k_x, 0.7 * k_v, x, v) > 1.01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_cost_solves_the_riccati_equation),
        cmocka_unit_test(a_step_is_as_computed_by_hand),
        cmocka_unit_test(a_force_beyond_the_limit_is_the_limit),
        cmocka_unit_test(the_best_gain_costs_the_least_and_others_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
