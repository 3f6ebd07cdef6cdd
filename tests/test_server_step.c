// test_server_step.c -- simserver/server/{load,step,session,answer}.c: what happens to the rows.
#include <string.h>

#include "core_rows.h"
#include "random.h"
#include "test.h"

static const Stepwire__Reply *reset(rows *f, const Stepwire__Reset *reset)
{
    return rows_ask(f, KIND(RESET), reset);
}

static void begin(rows *f)
{
    rows_begin(f, MODE(DEFAULT));
}

// ---- actions: rule 6 ---------------------------------------------------------------------------

static void step_before_the_first_reset_names_the_rows(void **state)
{
    rows *f = *state;
    const Stepwire__Open open = open_fake(7, ROWS);
    rows_open(f, &open);
    uint32_t list[] = {1};
    Stepwire__Reset some = STEPWIRE__RESET__INIT;
    some.rows = list;
    some.n_rows = 1;
    reset(f, &some);
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(FAILED_PRECONDITION));
    assert_int_equal(rows_error(f)->n_rows, 2);
    assert_int_equal(rows_error(f)->rows[0], 0);
    assert_int_equal(rows_error(f)->rows[1], 2);
}

static void an_action_that_is_not_finite_is_named_and_nothing_stepped(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.add[0] = 0.5;
    f->step.add[2 * FAKE_ADD + 1] = NAN;
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(INVALID_ARGUMENT));
    assert_string_equal(rows_error(f)->field, "actions[0]");
    assert_int_equal(rows_error(f)->rows[0], 2);
    assert_non_null(strstr(rows_error(f)->text, "row 2, element 1 is nan: not finite"));
    f->step.add[2 * FAKE_ADD + 1] = 0;
    assert_near(state_of(rows_step(f)->observations, 0, 0), 0.5, 0);
}

static void an_integer_action_outside_its_bounds_is_refused(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.command[1] = FAKE_COMMANDS;
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(INVALID_ARGUMENT));
    assert_string_equal(rows_error(f)->field, "actions[1]");
    assert_int_equal(rows_error(f)->rows[0], 1);
    assert_non_null(strstr(rows_error(f)->text, "row 1, element 0 is 11: allowed are 0 to 10"));
}

static void float_actions_outside_the_bounds_are_passed_on(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.add[0] = 1000;
    const Stepwire__StepDone *done = rows_step(f);
    assert_near(state_of(done->observations, 0, 0), 1000, 0);
    assert_near(done->rewards[0], 1000, 0);
}

static void actions_of_another_size_or_number_are_refused(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.tensors[0].len -= 8;
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(INVALID_ARGUMENT));
    assert_string_equal(rows_error(f)->field, "actions[0]");
    f->step.tensors[0].len += 8;
    f->step.body.n_actions = 1;
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(INVALID_ARGUMENT));
}

// ---- the ends of episodes ----------------------------------------------------------------------

static void an_ordinary_step_carries_no_seeds_and_no_finals(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.add[0] = 0.5;
    const Stepwire__StepDone *done = rows_step(f);
    assert_int_equal(done->n_rewards, ROWS);
    assert_near(done->rewards[0], 0.5, 0);
    assert_int_equal(done->flags.data[0], 0);
    assert_int_equal(done->n_seeds, 0);
    assert_int_equal(done->n_final_observations, 0);
    assert_int_equal(done->n_infos, 0);  // not asked for
}

static void an_episode_that_ends_delivers_its_end_and_a_new_beginning(void **state)
{
    rows *f = *state;
    begin(f);
    for (int i = 0; i < ROWS; i++) {
        f->step.add[i * FAKE_ADD] = 0.25 * (i + 1);
    }
    f->step.command[0] = FAKE_TRUNCATE;
    f->step.command[2] = FAKE_TERMINATE;
    const Stepwire__StepDone *done = rows_step(f);
    assert_int_equal(done->flags.data[0], SW_TRUNCATED | SW_FIRST);
    assert_int_equal(done->flags.data[1], 0);
    assert_int_equal(done->flags.data[2], SW_TERMINATED | SW_FIRST);
    assert_near(done->rewards[2], 0.75, 0);
    assert_near(state_of(done->observations, 0, 0), 0, 0);
    assert_near(state_of(done->observations, 1, 0), 0.5, 0);
    assert_near(state_of(done->observations, 2, 1), 0, 0);
    // the finals of rows 0 and 2, in this order
    assert_int_equal(done->n_final_observations, 2);
    assert_int_equal(done->final_observations[0].len, 2 * FAKE_STATE * sizeof(double));
    assert_near(state_of(done->final_observations, 0, 0), 0.25, 0);
    assert_near(state_of(done->final_observations, 1, 0), 0.75, 0);
    assert_near(state_of(done->final_observations, 1, 1), 1, 0);
    assert_int_equal(done->n_seeds, 2);
    assert_true(done->seeds[1] == random_mix(random_mix(1, 2), 1));
    assert_near(state_of(done->observations, 2, 2), (double) (done->seeds[1] % 1000), 0);
}

static void the_time_limit_truncates_at_exactly_that_step(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(7, ROWS);
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    open.max_episode_steps = 4;
    rows_open(f, &open);
    reset(f, &all);
    for (int t = 1; t <= 12; t++) {
        assert_int_equal(rows_step(f)->flags.data[0], t % 4 == 0 ? SW_TRUNCATED | SW_FIRST : 0);
    }
}

static void an_episode_that_terminates_at_the_time_limit_is_both(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(7, ROWS);
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    open.max_episode_steps = 1;
    rows_open(f, &open);
    reset(f, &all);
    f->step.command[0] = FAKE_TERMINATE;
    assert_int_equal(rows_step(f)->flags.data[0], SW_TERMINATED | SW_TRUNCATED | SW_FIRST);
}

// ---- faulty rows: rule 8 -----------------------------------------------------------------------

static void a_faulty_row_ends_with_what_was_delivered_before(void **state)
{
    rows *f = *state;
    static const fake_command faults[] = {FAKE_ERROR, FAKE_NAN_OBSERVATION, FAKE_NAN_REWARD};
    for (int i = 0; i < 3; i++) {
        begin(f);
        f->step.add[2] = f->step.add[4] = 0.5;
        rows_step(f);
        f->step.command[1] = faults[i];
        const Stepwire__StepDone *done = rows_step(f);
        assert_int_equal(done->flags.data[1], SW_FAULTY | SW_TRUNCATED | SW_FIRST);
        assert_near(done->rewards[1], 0, 0);
        assert_near(state_of(done->observations, 1, 0), 0, 0);
        assert_near(state_of(done->final_observations, 0, 0), 0.5, 0);
        assert_near(state_of(done->final_observations, 0, 1), 1, 0);
        assert_int_equal(done->flags.data[2], 0);  // the others go on
        assert_near(state_of(done->observations, 2, 0), 1, 0);
        f->step.command[1] = FAKE_GO_ON;
        const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
        drive_ask(&f->d, f->id, ++f->seq, KIND(CLOSE), &close);
    }
}

static void count_warnings(void *context, sw_log_level level, const char *line)
{
    (void) line;
    *(int *) context += level >= SW_LOG_WARNING;
}

static void step_with(rows *f, fake_command command)
{
    f->step.command[1] = command;
    rows_step(f);
}

static void a_row_that_fails_again_and_again_is_told_of_once(void **state)
{
    rows *f = *state;
    int warnings = 0;
    f->d.core.config.log = (sw_log){.write = count_warnings, .context = &warnings};
    begin(f);
    for (int i = 0; i < 10; i++) {
        step_with(f, FAKE_ERROR);
        step_with(f, FAKE_GO_ON);
    }
    assert_int_equal(warnings, 1);
    step_with(f, FAKE_TERMINATE);  // an episode that ends well
    step_with(f, FAKE_ERROR);
    assert_int_equal(warnings, 2);
}

static void what_float32_cannot_hold_is_faulty_only_as_float32(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.command[0] = FAKE_HUGE;
    assert_int_equal(rows_step(f)->flags.data[0], 0);
    Stepwire__Open open = open_fake(8, ROWS);
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    open.observation_format = STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    rows_open(f, &open);
    reset(f, &all);
    assert_int_equal(rows_step(f)->flags.data[0], SW_FAULTY | SW_TRUNCATED | SW_FIRST);
}

static void an_automatic_reset_that_fails_ends_the_session(void **state)
{
    rows *f = *state;
    begin(f);
    f->step.command[1] = f->step.command[2] = FAKE_LAST_RESET;
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(ENVIRONMENT));
    assert_int_equal(rows_error(f)->n_rows, 2);
    assert_int_equal(rows_error(f)->rows[0], 1);
    assert_int_equal(rows_error(f)->rows[1], 2);
    assert_int_equal(f->d.core.session_count, 0);
}

// ---- formats and infos -------------------------------------------------------------------------

static void float32_converts_the_float64_tensors_only(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(7, 1);
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    open.observation_format = STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    open.action_format = STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    rows_open(f, &open);
    reset(f, &all);
    const float add[] = {0.5f, 0.25f};
    f->step.tensors[0].data = (uint8_t *) add;
    f->step.tensors[0].len = sizeof(add);
    f->step.tensors[1].len = sizeof(int64_t);
    const Stepwire__StepDone *done = rows_step(f);
    float sum;
    int32_t parity;
    assert_int_equal(done->observations[0].len, FAKE_STATE * sizeof(float));
    memcpy(&sum, done->observations[0].data, sizeof(sum));
    assert_int_equal(done->observations[1].len, sizeof(int32_t));
    memcpy(&parity, done->observations[1].data, sizeof(parity));
    assert_near((double) sum, 0.75, 0);
    assert_int_equal(parity, 1);
    assert_near(done->rewards[0], 0.75, 0);
}

static void infos_come_when_asked_for_and_are_nan_where_absent(void **state)
{
    rows *f = *state;
    Stepwire__Open open = open_fake(7, ROWS);
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    open.info = true;
    rows_open(f, &open);
    const Stepwire__ResetDone *begun = reset(f, &all)->reset;
    assert_int_equal(begun->n_infos, ROWS * FAKE_INFOS);
    assert_near(begun->infos[2], 0, 0);
    assert_true(isnan(begun->infos[3]));  // "steps" is not there at reset, whatever is written
    f->step.add[2] = f->step.add[4] = 0.5;
    f->step.command[1] = FAKE_TERMINATE;
    f->step.command[2] = FAKE_ERROR;
    const Stepwire__StepDone *done = rows_step(f);
    assert_near(done->infos[1], 1, 0);  // row 0 went on
    assert_near(done->infos[2], 0, 0);  // row 1 began again
    assert_true(isnan(done->infos[3]));
    assert_int_equal(done->n_final_infos, 2 * FAKE_INFOS);
    assert_near(done->final_infos[0], 0.5, 0);
    assert_near(done->final_infos[1], 1, 0);
    assert_true(isnan(done->final_infos[2]));  // of a step that did not happen
}

static void settings_reach_the_environment(void **state)
{
    rows *f = *state;
    Stepwire__Setting setting = STEPWIRE__SETTING__INIT;
    Stepwire__Setting *settings[] = {&setting};
    Stepwire__Open open = open_fake(7, ROWS);
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    setting.name = "scale";
    setting.type = STEPWIRE__SETTING_TYPE__FLOAT;
    setting.float_value = 10;
    open.settings = settings;
    open.n_settings = 1;
    rows_open(f, &open);
    reset(f, &all);
    f->step.add[0] = 0.5;
    assert_near(rows_step(f)->rewards[0], 5, 0);
}

static void the_rows_memory_is_aligned(void **state)
{
    rows *f = *state;
    begin(f);
    const session *x = f->d.core.sessions[0];
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal((uintptr_t) (x->envs + (size_t) i * x->env_stride) % 64, 0);
        for (int t = 0; t < 2; t++) {
            assert_int_equal((uintptr_t) x->row[i].io.actions[t] % 64, 0);
            assert_int_equal((uintptr_t) x->row[i].io.observations[t] % 64, 0);
        }
        assert_int_equal((uintptr_t) x->row[i].io.infos % 64, 0);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(step_before_the_first_reset_names_the_rows),
        T(an_action_that_is_not_finite_is_named_and_nothing_stepped),
        T(an_integer_action_outside_its_bounds_is_refused),
        T(float_actions_outside_the_bounds_are_passed_on),
        T(actions_of_another_size_or_number_are_refused),
        T(an_ordinary_step_carries_no_seeds_and_no_finals),
        T(an_episode_that_ends_delivers_its_end_and_a_new_beginning),
        T(the_time_limit_truncates_at_exactly_that_step),
        T(an_episode_that_terminates_at_the_time_limit_is_both),
        T(a_faulty_row_ends_with_what_was_delivered_before),
        T(a_row_that_fails_again_and_again_is_told_of_once),
        T(what_float32_cannot_hold_is_faulty_only_as_float32),
        T(an_automatic_reset_that_fails_ends_the_session),
        T(float32_converts_the_float64_tensors_only),
        T(infos_come_when_asked_for_and_are_nan_where_absent),
        T(settings_reach_the_environment),
        T(the_rows_memory_is_aligned),
    };
    return cmocka_run_group_tests_name("server_step", tests, NULL, NULL);
}
