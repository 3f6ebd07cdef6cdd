// The tasks of classic control do what Gymnasium's do. The state of a test is the task's subject.
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local_env.h"

enum { MAX_NUMBERS = 6 };

typedef struct subject {
    const char *env_id;
    int numbers;          // of a state for exchange
    double reset_low[4];  // where Gymnasium's documentation lets an episode begin
    double reset_high[4];
} subject;

static const subject subjects[] = {
    {"Acrobot-v1", 4, {-0.1, -0.1, -0.1, -0.1}, {0.1, 0.1, 0.1, 0.1}},
    {"CartPole-v1", 4, {-0.05, -0.05, -0.05, -0.05}, {0.05, 0.05, 0.05, 0.05}},
    {"MountainCar-v0", 2, {-0.6, 0}, {-0.4, 0}},
    {"MountainCarContinuous-v0", 2, {-0.6, 0}, {-0.4, 0}},
    {"Pendulum-v1", 2, {-3.14159265, -1}, {3.14159265, 1}},
};

static void open_subject(local_env *e, const subject *s)
{
    assert_ok(local_env_open(e, local_env_task(s->env_id), NULL, 0));
}

static const char *exchange_format(const local_env *e)
{
    return e->task->state_formats[1];
}

// ---- golden files ---------------------------------------------------------------------------

static int read_numbers(const char *text, double *numbers)
{
    int count = 0;
    for (char *end; *text != '\0'; text = end) {
        assert_true(count < MAX_NUMBERS);
        numbers[count++] = strtod(text, &end);
        assert_ptr_not_equal(end, text);
    }
    return count;
}

static void compare(const double *bounds, int64_t elements, const double *numbers, int count)
{
    assert_int_equal(elements, count);
    for (int i = 0; i < count; i++) {
        assert_true(bounds[i] == (float) numbers[i]);
    }
}

// True if `key` is about the task rather than an episode.
static bool replay_header(local_env *e, const char *key, const char *text)
{
    const sw_tensor *obs = &e->spec.observations[0];
    const sw_tensor *action = &e->spec.actions[0];
    double numbers[MAX_NUMBERS];
    if (strcmp(key, "gymnasium") == 0 || strcmp(key, "numpy") == 0) {
        return true;
    }
    if (strcmp(key, "option") == 0) {
        char name[32];
        char value[32];
        assert_int_equal(sscanf(text, "%31s %31s", name, value), 2);
        const sw_assignment setting = {name, value};
        const sw_env_class *task = e->task;
        local_env_close(e);
        assert_ok(local_env_open(e, task, &setting, 1));
        return true;
    }
    if (strcmp(key, "max_episode_steps") == 0) {
        assert_int_equal(e->spec.max_episode_steps, atoi(text));
    } else if (strcmp(key, "obs_low") == 0) {
        compare(obs->low, sw_tensor_elements(obs), numbers, read_numbers(text, numbers));
    } else if (strcmp(key, "obs_high") == 0) {
        compare(obs->high, sw_tensor_elements(obs), numbers, read_numbers(text, numbers));
    } else if (strcmp(key, "action_low") == 0) {
        compare(action->low, sw_tensor_elements(action), numbers, read_numbers(text, numbers));
    } else if (strcmp(key, "action_high") == 0) {
        compare(action->high, sw_tensor_elements(action), numbers, read_numbers(text, numbers));
    } else {
        return false;
    }
    return true;
}

static void act(local_env *e, double action)
{
    if (e->spec.actions[0].dtype == SW_INT64) {
        *(int64_t *) e->actions[0] = (int64_t) action;
    } else {
        *(float *) e->actions[0] = (float) action;
    }
    assert_ok(local_env_step(e));
}

// Acts on one line of the golden file; golden/classic/make_classic.py says what they are.
static void replay_line(local_env *e, const char *key, const char *text)
{
    double numbers[MAX_NUMBERS];
    if (replay_header(e, key, text)) {
        return;
    }
    const int count = read_numbers(text, numbers);
    if (strcmp(key, "state") == 0) {
        assert_ok(local_env_load(e, exchange_format(e), numbers));
    } else if (strcmp(key, "obs") == 0) {
        const float *obs = e->observations[0];
        assert_int_equal(count, sw_tensor_elements(&e->spec.observations[0]));
        for (int i = 0; i < count; i++) {
            assert_near(obs[i], numbers[i], 2e-7 * fmax(1, fabs(numbers[i])));
        }
    } else if (strcmp(key, "action") == 0) {
        act(e, numbers[0]);
    } else if (strcmp(key, "reward") == 0) {
        assert_near(e->row.reward, numbers[0], 1e-12 * fmax(1, fabs(numbers[0])));
    } else if (strcmp(key, "terminated") == 0) {
        assert_int_equal(e->row.terminated, (int) numbers[0]);
    } else if (strcmp(key, "truncated") == 0) {
        assert_int_equal(e->row.truncated, (int) numbers[0]);
    } else {
        fail_msg("no such key: %s", key);
    }
}

static void spaces_and_trajectories_are_gymnasiums(void **state)
{
    const subject *s = *state;
    char path[128];
    (void) snprintf(path, sizeof(path), "golden/classic/%s.txt", s->env_id);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    local_env e;
    open_subject(&e, s);
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

// ---- states ---------------------------------------------------------------------------------

static void a_state_for_exchange_is_the_numbers_of_gymnasium(void **state)
{
    const subject *s = *state;
    const double numbers[4] = {-0.5, 0.0625, 0.125, 2};
    const int exchange = 1;
    double again[4];
    local_env e;
    open_subject(&e, s);
    assert_int_equal(e.task->state_size(e.env, exchange), (size_t) s->numbers * sizeof(double));
    assert_ok(local_env_load(&e, exchange_format(&e), numbers));
    assert_ok(e.task->save(e.env, exchange, again));
    assert_memory_equal(again, numbers, (size_t) s->numbers * sizeof(double));
    local_env_close(&e);
}

static void a_state_that_is_not_finite_is_refused(void **state)
{
    const subject *s = *state;
    local_env e;
    open_subject(&e, s);
    for (int i = 0; i < s->numbers; i++) {
        double numbers[4] = {0};
        numbers[i] = i % 2 == 0 ? NAN : -INFINITY;
        assert_int_equal(local_env_load(&e, exchange_format(&e), numbers), SW_INVALID_ARGUMENT);
        assert_says(s->env_id);
    }
    local_env_close(&e);
}

static void a_reset_draws_every_number_from_the_whole_range(void **state)
{
    const subject *s = *state;
    local_env e;
    open_subject(&e, s);
    double low[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
    double high[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    for (uint64_t seed = 0; seed < 1000; seed++) {
        double numbers[4];
        assert_ok(local_env_reset(&e, seed));
        assert_ok(e.task->save(e.env, 1, numbers));
        for (int i = 0; i < s->numbers; i++) {
            low[i] = fmin(low[i], numbers[i]);
            high[i] = fmax(high[i], numbers[i]);
        }
    }
    for (int i = 0; i < s->numbers; i++) {
        const double margin = 0.01 * (s->reset_high[i] - s->reset_low[i]);
        assert_true(low[i] >= s->reset_low[i] - 1e-8 && low[i] <= s->reset_low[i] + margin);
        assert_true(high[i] <= s->reset_high[i] + 1e-8 && high[i] >= s->reset_high[i] - margin);
    }
    local_env_close(&e);
}

int main(void)
{
    enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };
    int failed = 0;
    for (int i = 0; i < SUBJECTS; i++) {
        void *which = (void *) &subjects[i];
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate(spaces_and_trajectories_are_gymnasiums, which),
            cmocka_unit_test_prestate(a_state_for_exchange_is_the_numbers_of_gymnasium, which),
            cmocka_unit_test_prestate(a_state_that_is_not_finite_is_refused, which),
            cmocka_unit_test_prestate(a_reset_draws_every_number_from_the_whole_range, which),
        };
        failed += cmocka_run_group_tests_name(subjects[i].env_id, tests, NULL, NULL);
    }
    return failed;
}
