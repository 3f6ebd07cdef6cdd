// Finite worlds: their tables are Gymnasium's, their steps follow their tables, and what they say
// of states is right.
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local_env.h"
#include "tabular_env.h"

static const tabular_table *open_world(local_env *e, const char *id, const sw_assignment *settings,
                                       int count)
{
    assert_ok(local_env_open(e, local_env_task(id), settings, count));
    const tabular_table *table = tabular_table_of(e->task, e->env);
    assert_non_null(table);
    return table;
}

// ---- golden files ---------------------------------------------------------------------------

// Where a file is; golden/classic/make_tabular.py says what its lines are.
typedef struct reader {
    const char *env_id;
    local_env env;
    bool is_open;
    const tabular_table *table;
    int choice, outcome;  // the next one to be read of choices [states, actions]
    int tables;
} reader;

// Nothing in the table may be left unread.
static void end_table(reader *r)
{
    if (r->is_open) {
        assert_int_equal(r->choice, r->table->states * r->table->actions - 1);
        assert_int_equal(r->outcome, r->table->choices[r->choice].count);
        local_env_close(&r->env);
    }
    r->is_open = false;
}

static void begin_table(reader *r, char *options)
{
    enum { MAX_OPTIONS = 4 };
    sw_assignment settings[MAX_OPTIONS];
    int count = 0;
    end_table(r);
    char *rest;
    for (char *o = strtok_r(options, " ", &rest); o != NULL; o = strtok_r(NULL, " ", &rest)) {
        char *equals = strchr(o, '=');
        assert_true(equals != NULL && count < MAX_OPTIONS);
        *equals = '\0';
        settings[count++] = (sw_assignment){o, equals + 1};
    }
    r->table = open_world(&r->env, r->env_id, settings, count);
    r->is_open = true;
    r->choice = 0;
    r->outcome = 0;
    r->tables++;
}

static void compare_outcome(reader *r, const char *text)
{
    char *end;
    const long state = strtol(text, &end, 10);
    const long action = strtol(end, &end, 10);
    const double probability = strtod(end, &end);
    const long next = strtol(end, &end, 10);
    const double reward = strtod(end, &end);
    const long is_terminated = strtol(end, &end, 10);
    if (r->outcome == r->table->choices[r->choice].count) {
        r->choice++;
        r->outcome = 0;
    }
    assert_int_equal(r->choice, state * r->table->actions + action);
    assert_true(r->outcome < r->table->choices[r->choice].count);
    const tabular_outcome *ours = &r->table->choices[r->choice].outcomes[r->outcome++];
    assert_true(ours->probability == probability);
    assert_int_equal(ours->next, next);
    assert_true(ours->reward == reward);
    assert_int_equal(ours->is_terminated, is_terminated);
}

static void compare_line(reader *r, const char *key, char *text)
{
    if (strcmp(key, "table") == 0) {
        begin_table(r, text);
    } else if (strcmp(key, "max_episode_steps") == 0) {
        assert_int_equal(r->env.spec.max_episode_steps, atoi(text));
    } else if (strcmp(key, "states") == 0) {
        assert_int_equal(r->table->states, atoi(text));
        assert_true(r->env.spec.observations[0].high[0] == atoi(text) - 1);
    } else if (strcmp(key, "actions") == 0) {
        assert_int_equal(r->table->actions, atoi(text));
        assert_true(r->env.spec.actions[0].high[0] == atoi(text) - 1);
    } else if (strcmp(key, "start") == 0) {
        char *end;
        const long start = strtol(text, &end, 10);
        assert_true(r->table->start[start] == strtod(end, NULL));
    } else if (strcmp(key, "outcome") == 0) {
        compare_outcome(r, text);
    } else {
        assert_string_equal(key, "gymnasium");
    }
}

static void compare_file(const char *env_id, int tables)
{
    reader r = {.env_id = env_id};
    char path[128];
    (void) snprintf(path, sizeof(path), "golden/classic/%s.txt", env_id);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    for (char line[256]; fgets(line, sizeof(line), file) != NULL;) {
        line[strcspn(line, "\n")] = '\0';
        char *space = line + strcspn(line, " ");
        char *text = *space == ' ' ? space + 1 : space;
        *space = '\0';
        compare_line(&r, line, text);
    }
    (void) fclose(file);
    end_table(&r);
    assert_int_equal(r.tables, tables);
}

static void frozen_lakes_are_gymnasiums(void **state)
{
    (void) state;
    compare_file("FrozenLake-v1", 5);
}

static void cliffs_are_gymnasiums(void **state)
{
    (void) state;
    compare_file("CliffWalking-v1", 2);
}

// ---- steps ----------------------------------------------------------------------------------

static void load_state(local_env *e, int64_t number, uint64_t seed)
{
    int64_t bytes[2] = {number};
    memcpy(&bytes[1], &seed, sizeof(seed));
    assert_ok(local_env_load(e, e->task->state_formats[1], bytes));
}

static void act(local_env *e, int64_t action)
{
    *(int64_t *) e->actions[0] = action;
    assert_ok(local_env_step(e));
}

static int64_t seen(const local_env *e)
{
    return *(const int64_t *) e->observations[0];
}

// From tile 14, beside the goal, "right" leads to 15, 14 and 10 with 0.8, 0.1 and 0.1. Of 10,000
// the standard deviations are 40 and 30.
static void outcomes_are_as_frequent_as_they_are_likely(void **state)
{
    (void) state;
    const sw_assignment rate = {"success_rate", "0.8"};
    local_env e;
    (void) open_world(&e, "FrozenLake-v1", &rate, 1);
    int counts[16] = {0};
    for (uint64_t seed = 0; seed < 10000; seed++) {
        load_state(&e, 14, seed);
        act(&e, 2);
        counts[seen(&e)]++;
        assert_near(local_env_info(&e, "prob"), seen(&e) == 15 ? 0.8 : 0.1, 1e-12);
        assert_int_equal(e.row.terminated, seen(&e) == 15);
        assert_near(e.row.reward, seen(&e) == 15 ? 1 : 0, 0);
    }
    assert_near(counts[15], 8000, 160.0 / 8000);
    assert_near(counts[14], 1000, 120.0 / 1000);
    assert_int_equal(counts[10], 10000 - counts[15] - counts[14]);
    local_env_close(&e);
}

static void what_has_no_probability_never_happens(void **state)
{
    (void) state;
    const sw_assignment rate = {"success_rate", "0"};
    local_env e;
    (void) open_world(&e, "FrozenLake-v1", &rate, 1);
    for (uint64_t seed = 0; seed < 200; seed++) {
        load_state(&e, 14, seed);
        act(&e, 2);
        assert_int_not_equal(seen(&e), 15);
    }
    local_env_close(&e);
}

static void an_episode_begins_at_the_start_with_certainty(void **state)
{
    (void) state;
    local_env e;
    (void) open_world(&e, "CliffWalking-v1", NULL, 0);
    assert_ok(local_env_reset(&e, 3));
    assert_int_equal(seen(&e), 36);
    assert_near(local_env_info(&e, "prob"), 1, 0);
    local_env_close(&e);
}

static void a_cliff_walk_lasts_as_long_as_it_is_told(void **state)
{
    (void) state;
    const sw_assignment steps = {"max_episode_steps", "500"};
    local_env e;
    (void) open_world(&e, "CliffWalking-v1", &steps, 1);
    assert_int_equal(e.spec.max_episode_steps, 500);
    local_env_close(&e);
}

// Down along the left side, under the wall, and to the right.
static void the_grids_wall_is_passed_below(void **state)
{
    (void) state;
    local_env e;
    (void) open_world(&e, "GridWorld-v0", NULL, 0);
    assert_int_equal(e.spec.max_episode_steps, 100);
    assert_ok(local_env_reset(&e, 1));
    act(&e, 1);
    assert_int_equal(seen(&e), 1);
    act(&e, 1);
    assert_int_equal(seen(&e), 1);
    for (int row = 1; row < 5; row++) {
        act(&e, 2);
        assert_int_equal(seen(&e), 5 * row + 1);
    }
    for (int column = 2; column < 5; column++) {
        act(&e, 1);
        assert_int_equal(seen(&e), 20 + column);
        assert_int_equal(e.row.terminated, column == 4);
        assert_near(e.row.reward, -1, 0);
    }
    local_env_close(&e);
}

static void a_position_is_row_and_column_from_0_to_1(void **state)
{
    (void) state;
    const sw_assignment position = {"observation", "position"};
    local_env e;
    (void) open_world(&e, "GridWorld-v0", &position, 1);
    assert_int_equal(e.spec.observations[0].dtype, SW_FLOAT32);
    assert_int_equal(sw_tensor_elements(&e.spec.observations[0]), 2);
    const float *at = e.observations[0];
    load_state(&e, 13, 0);  // row 2, column 3
    assert_near(at[0], 0.5, 0);
    assert_near(at[1], 0.75, 0);
    local_env_close(&e);
}

// With slip 0.5 "down" from tile 6 leads to 11 half of the time, else to 5 or, for the wall is
// there, to 6 again. Of 4,000 the standard deviation is 32.
static void slipping_is_as_frequent_as_it_is_set(void **state)
{
    (void) state;
    const sw_assignment slip = {"slip", "0.5"};
    local_env e;
    (void) open_world(&e, "GridWorld-v0", &slip, 1);
    int counts[25] = {0};
    for (uint64_t seed = 0; seed < 4000; seed++) {
        load_state(&e, 6, seed);
        act(&e, 2);
        counts[seen(&e)]++;
    }
    assert_near(counts[11], 2000, 128.0 / 2000);
    assert_near(counts[5], 1000, 112.0 / 1000);
    assert_near(counts[6], 1000, 112.0 / 1000);
    local_env_close(&e);
}

// The mean of 10,000 rewards with noise 0.5 has a standard deviation of 0.005, their own standard
// deviation one of 0.0035.
static void an_arm_pays_its_mean_and_noise(void **state)
{
    (void) state;
    const sw_assignment noise = {"noise", "0.5"};
    local_env e;
    const tabular_table *table = open_world(&e, "Bandit-v0", &noise, 1);
    enum { PULLS = 10000 };
    double sum = 0, squares = 0;
    for (uint64_t seed = 0; seed < PULLS; seed++) {
        assert_ok(local_env_reset(&e, seed));
        act(&e, 3);
        assert_true(e.row.terminated);
        const double rest = e.row.reward - tabular_at(table, 0, 3)->outcomes[0].reward;
        sum += rest;
        squares += rest * rest;
    }
    assert_near(sum / PULLS, 0, 0.02);
    assert_near(sqrt(squares / PULLS), 0.5, 0.014);
    local_env_close(&e);
}

static void the_arms_are_those_of_their_seed(void **state)
{
    (void) state;
    const sw_assignment settings[] = {{"bandit_seed", "7"}, {"arms", "5"}, {"spread", "2"}};
    local_env one, same, other;
    const tabular_table *a = open_world(&one, "Bandit-v0", settings, 2);
    const tabular_table *b = open_world(&same, "Bandit-v0", settings, 3);
    const tabular_table *c = open_world(&other, "Bandit-v0", settings + 1, 1);
    assert_int_equal(a->actions, 5);
    for (int arm = 0; arm < 5; arm++) {
        const double mean = tabular_at(a, 0, arm)->outcomes[0].reward;
        assert_near(tabular_at(b, 0, arm)->outcomes[0].reward, 2 * mean, 1e-12);
        assert_true(tabular_at(c, 0, arm)->outcomes[0].reward != mean);
    }
    local_env_close(&one);
    local_env_close(&same);
    local_env_close(&other);
}

// So that a policy can be told to be the best one: 1 % must be less than what is between the two.
static void the_default_bandit_has_one_arm_that_is_clearly_best(void **state)
{
    (void) state;
    local_env e;
    const tabular_table *table = open_world(&e, "Bandit-v0", NULL, 0);
    double best = -INFINITY, second = -INFINITY;
    for (int a = 0; a < table->actions; a++) {
        const double mean = tabular_at(table, 0, a)->outcomes[0].reward;
        second = fmax(second, fmin(mean, best));
        best = fmax(best, mean);
    }
    assert_true(best > 1 && best - second > 0.3);
    local_env_close(&e);
}

// ---- states ---------------------------------------------------------------------------------

static void a_state_that_is_not_in_the_table_is_refused(void **state)
{
    (void) state;
    local_env e;
    (void) open_world(&e, "FrozenLake-v1", NULL, 0);
    for (int i = 0; i < 2; i++) {
        const int64_t bad[2] = {i == 0 ? 16 : -1, 0};
        assert_int_equal(local_env_load(&e, "frozen_lake/state-seed", bad), SW_INVALID_ARGUMENT);
        assert_says("FrozenLake-v1");
    }
    const int64_t nothing[6] = {0, -1};  // and a generator of zeros only
    assert_int_equal(local_env_load(&e, "frozen_lake/1", nothing), SW_INVALID_ARGUMENT);
    local_env_close(&e);
}

static void other_tasks_have_no_table(void **state)
{
    (void) state;
    local_env e;
    assert_ok(local_env_open(&e, local_env_task("CartPole-v1"), NULL, 0));
    assert_null(tabular_table_of(e.task, e.env));
    local_env_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_lakes_are_gymnasiums),
        cmocka_unit_test(cliffs_are_gymnasiums),
        cmocka_unit_test(outcomes_are_as_frequent_as_they_are_likely),
        cmocka_unit_test(what_has_no_probability_never_happens),
        cmocka_unit_test(an_episode_begins_at_the_start_with_certainty),
        cmocka_unit_test(a_cliff_walk_lasts_as_long_as_it_is_told),
        cmocka_unit_test(the_grids_wall_is_passed_below),
        cmocka_unit_test(a_position_is_row_and_column_from_0_to_1),
        cmocka_unit_test(slipping_is_as_frequent_as_it_is_set),
        cmocka_unit_test(an_arm_pays_its_mean_and_noise),
        cmocka_unit_test(the_arms_are_those_of_their_seed),
        cmocka_unit_test(the_default_bandit_has_one_arm_that_is_clearly_best),
        cmocka_unit_test(a_state_that_is_not_in_the_table_is_refused),
        cmocka_unit_test(other_tasks_have_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
