// What dynamic programming finds on small worlds is what can be worked out by hand.
#include "test.h"

#include "exact.h"
#include "local_env.h"

enum { MAX_STATES = 64 };

static const tabular_table *open_world(local_env *e, const char *id, const sw_assignment *settings,
                                       int count)
{
    assert_ok(local_env_open(e, local_env_task(id), settings, count));
    const tabular_table *table = tabular_table_of(e->task, e->env);
    assert_non_null(table);
    assert_true(table->states <= MAX_STATES);
    return table;
}

static double optimum(const char *id, const sw_assignment *settings, int count, double gamma)
{
    local_env e;
    double values[MAX_STATES];
    const tabular_table *table = open_world(&e, id, settings, count);
    exact_optimum(table, gamma, values);
    const double mean = exact_start(table, values);
    local_env_close(&e);
    return mean;
}

// The same action everywhere.
static double value_of(const char *id, const sw_assignment *settings, int count, int action,
                       double gamma)
{
    local_env e;
    double values[MAX_STATES];
    int actions[MAX_STATES];
    const tabular_table *table = open_world(&e, id, settings, count);
    for (int s = 0; s < table->states; s++) {
        actions[s] = action;
    }
    exact_value(table, gamma, actions, values);
    const double mean = exact_start(table, values);
    local_env_close(&e);
    return mean;
}

// Sutton, Barto 2018, example 6.6: up, eleven to the right, down.
static void the_cliff_is_passed_in_thirteen_steps(void **state)
{
    (void) state;
    assert_near(optimum("CliffWalking-v1", NULL, 0, 1), -13, 1e-12);
    assert_near(optimum("CliffWalking-v1", NULL, 0, 0.9), -(1 - pow(0.9, 13)) / 0.1, 1e-10);
}

// Six steps, the last of which pays 1.
static void dry_ice_is_crossed_in_six_steps(void **state)
{
    (void) state;
    const sw_assignment dry = {"is_slippery", "false"};
    assert_near(optimum("FrozenLake-v1", &dry, 1, 0.99), pow(0.99, 5), 1e-12);
    assert_near(optimum("FrozenLake-v1", &dry, 1, 1), 1, 1e-12);
}

// Published: 0.542 is what value iteration on this lake gives wherever it is taught, and 0.8235, 14
// in 17, is how often the goal can be reached if time does not matter.
static void slippery_ice_is_worth_what_is_published(void **state)
{
    (void) state;
    assert_near(optimum("FrozenLake-v1", NULL, 0, 0.99), 0.5420, 5e-5);
    assert_near(optimum("FrozenLake-v1", NULL, 0, 1), 14.0 / 17, 1e-6);
}

// 2 (size - 1) steps, -1 each.
static void the_grid_is_crossed_in_twice_its_side(void **state)
{
    (void) state;
    const sw_assignment larger = {"size", "8"};
    assert_near(optimum("GridWorld-v0", NULL, 0, 1), -8, 1e-12);
    assert_near(optimum("GridWorld-v0", &larger, 1, 1), -14, 1e-12);
    assert_near(optimum("GridWorld-v0", NULL, 0, 0.99), -(1 - pow(0.99, 8)) / 0.01, 1e-10);
}

static void the_better_of_two_actions_is_worth_100(void **state)
{
    (void) state;
    assert_near(optimum("TwoAction-v0", NULL, 0, 0.99), 100, 0);
    assert_near(value_of("TwoAction-v0", NULL, 0, 0, 0.99), 100, 0);
    assert_near(value_of("TwoAction-v0", NULL, 0, 1, 0.99), 1, 0);
}

// To the right of the start is the cliff, and then the start again.
static void a_policy_that_never_arrives_loses_without_end(void **state)
{
    (void) state;
    assert_near(value_of("CliffWalking-v1", NULL, 0, 1, 0.9), -1000, 1e-9);
    assert_true(value_of("CliffWalking-v1", NULL, 0, 1, 1) == -INFINITY);
}

static void a_policy_that_never_arrives_on_ice_earns_nothing(void **state)
{
    (void) state;
    const sw_assignment dry = {"is_slippery", "false"};
    assert_near(value_of("FrozenLake-v1", &dry, 1, 2, 1), 0, 0);
}

// State 0: action 0 pays -1 and ends with 1/2, so V = -1 + gamma V / 2; action 1 pays 3 and leads
// to state 1, which pays -2 and ends. Gamma 1: -2 and 1; gamma 1/2: -4/3 and 2.
static void chance_and_starts_are_averaged(void **state)
{
    (void) state;
    double start[2] = {0.25, 0.75};
    tabular_choice choices[4] = {
        {2, {{0.5, 0, -1, true}, {0.5, 0, -1, false}}},
        {1, {{1, 1, 3, false}}},
        {1, {{1, 0, -2, true}}},
        {1, {{1, 0, -2, true}}},
    };
    const tabular_table table = {.states = 2, .actions = 2, .start = start, .choices = choices};
    const int stay[2] = {0, 0};
    double values[2];
    exact_value(&table, 1, stay, values);
    assert_near(values[0], -2, 1e-11);
    assert_near(exact_start(&table, values), 0.25 * -2 + 0.75 * -2, 1e-11);
    exact_value(&table, 0.5, stay, values);
    assert_near(values[0], -4.0 / 3, 1e-11);
    exact_optimum(&table, 1, values);
    assert_near(values[0], 1, 1e-12);
    assert_near(exact_start(&table, values), 0.25 * 1 + 0.75 * -2, 1e-12);
    exact_optimum(&table, 0.5, values);
    assert_near(values[0], 2, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cliff_is_passed_in_thirteen_steps),
        cmocka_unit_test(dry_ice_is_crossed_in_six_steps),
        cmocka_unit_test(slippery_ice_is_worth_what_is_published),
        cmocka_unit_test(the_grid_is_crossed_in_twice_its_side),
        cmocka_unit_test(the_better_of_two_actions_is_worth_100),
        cmocka_unit_test(a_policy_that_never_arrives_loses_without_end),
        cmocka_unit_test(a_policy_that_never_arrives_on_ice_earns_nothing),
        cmocka_unit_test(chance_and_starts_are_averaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
