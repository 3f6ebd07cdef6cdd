#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local_env.h"

static const char *const golden_file = "golden/classic/CartPole-v1.txt";

static void open_cartpole(local_env *e, const char *sutton_barto)
{
    const sw_assignment setting = {"sutton_barto_reward", sutton_barto};
    assert_ok(local_env_open(e, local_env_task("CartPole-v1"), &setting, 1));
}

// Four numbers of a line.
static void read_state(const char *text, double *state)
{
    char *end;
    for (int i = 0; i < 4; i++) {
        state[i] = strtod(text, &end);
        assert_ptr_not_equal(end, text);
        text = end;
    }
}

// Acts on one line of the golden file; golden/classic/make_cartpole.py says what they are.
static void replay_line(local_env *e, const char *key, const char *text)
{
    double state[4];
    if (strcmp(key, "option") == 0) {
        local_env_close(e);
        open_cartpole(e, strchr(text, ' ') + 1);
    } else if (strcmp(key, "state") == 0) {
        read_state(text, state);
        assert_ok(local_env_load(e, "cartpole/state", state));
    } else if (strcmp(key, "obs") == 0) {
        const float *obs = e->observations[0];
        read_state(text, state);
        for (int i = 0; i < 4; i++) {
            assert_near(obs[i], state[i], 1e-6);  // float32: a unit in the last place is 1.2e-7
        }
    } else if (strcmp(key, "action") == 0) {
        *(int64_t *) e->actions[0] = atoi(text);
        assert_ok(local_env_step(e));
    } else if (strcmp(key, "reward") == 0) {
        assert_near(e->row.reward, atof(text), 0);
    } else if (strcmp(key, "terminated") == 0) {
        assert_int_equal(e->row.terminated, atoi(text));
    } else if (strcmp(key, "truncated") == 0) {
        assert_int_equal(e->row.truncated, atoi(text));
    } else {
        assert_string_equal(key, "gymnasium");
    }
}

static void every_trajectory_is_gymnasiums(void **state)
{
    (void) state;
    local_env e;
    open_cartpole(&e, "false");
    FILE *file = fopen(golden_file, "r");
    assert_non_null(file);
    int lines = 0;
    for (char line[256]; fgets(line, sizeof(line), file) != NULL; lines++) {
        line[strcspn(line, "\n")] = '\0';
        char *space = strchr(line, ' ');
        assert_non_null(space);
        *space = '\0';
        replay_line(&e, line, space + 1);
    }
    (void) fclose(file);
    assert_true(lines > 1000);
    local_env_close(&e);
}

static void a_state_for_exchange_is_four_numbers(void **state)
{
    (void) state;
    const double numbers[4] = {1.5, -0.25, 0.125, 2};
    const int exchange = 1;
    double again[4];
    local_env e;
    open_cartpole(&e, "false");
    assert_string_equal(e.task->state_formats[exchange], "cartpole/state");
    assert_int_equal(e.task->state_size(e.env, exchange), sizeof(numbers));
    assert_ok(local_env_load(&e, "cartpole/state", numbers));
    assert_ok(e.task->save(e.env, exchange, again));
    assert_memory_equal(again, numbers, sizeof(numbers));
    local_env_close(&e);
}

static void the_spaces_are_gymnasiums(void **state)
{
    (void) state;
    local_env e;
    open_cartpole(&e, "false");
    assert_int_equal(e.spec.observations[0].dtype, SW_FLOAT32);
    assert_int_equal(e.spec.actions[0].dtype, SW_INT64);
    assert_int_equal(e.spec.actions[0].dims, 0);
    assert_near(e.spec.actions[0].high[0], 1, 0);
    // Box high of gymnasium.make("CartPole-v1"): [4.8, inf, 0.41887903, inf] in float32
    assert_near(e.spec.observations[0].high[0], 4.800000190734863, 0);
    assert_near(e.spec.observations[0].high[2], 0.41887903213500977, 0);
    assert_true(isinf(e.spec.observations[0].high[1]));
    assert_int_equal(e.spec.max_episode_steps, 500);
    local_env_close(&e);
}

static void a_reset_draws_every_number_from_the_whole_range(void **state)
{
    (void) state;
    local_env e;
    open_cartpole(&e, "false");
    double low[4] = {1, 1, 1, 1};
    double high[4] = {-1, -1, -1, -1};
    for (uint64_t seed = 0; seed < 1000; seed++) {
        assert_ok(local_env_reset(&e, seed));
        for (int i = 0; i < 4; i++) {
            const double x = ((const float *) e.observations[0])[i];
            low[i] = fmin(low[i], x);
            high[i] = fmax(high[i], x);
        }
    }
    for (int i = 0; i < 4; i++) {
        assert_true(low[i] >= -0.05 - 1e-9 && low[i] < -0.0495);
        assert_true(high[i] <= 0.05 + 1e-9 && high[i] > 0.0495);
    }
    local_env_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_trajectory_is_gymnasiums),
        cmocka_unit_test(a_state_for_exchange_is_four_numbers),
        cmocka_unit_test(the_spaces_are_gymnasiums),
        cmocka_unit_test(a_reset_draws_every_number_from_the_whole_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
