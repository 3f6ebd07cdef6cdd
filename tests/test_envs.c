// What every task promises, for each task there is. The state is the task's class.
#include "test.h"

#include <string.h>

#include "contract.h"

static void the_spec_is_sane(void **state)
{
    local_env e;
    contract_open(&e, state);
    assert_string_equal(e.spec.id, e.task->id);
    assert_true(strlen(e.task->doc) > 10);
    assert_true(e.spec.observation_count > 0 && e.spec.action_count > 0);
    assert_true(e.spec.agents == 1);
    assert_true(e.spec.reward_low <= e.spec.reward_high);
    for (int i = 0; i < e.spec.setting_count; i++) {
        const sw_setting *s = &e.task->settings[i];
        assert_ok(sw_setting_check(s, &s->initial));
        assert_true(strlen(s->doc) > 10);
    }
    local_env_close(&e);
}

static void equal_seeds_give_equal_episodes(void **state)
{
    local_env a;
    local_env b;
    contract_open(&a, state);
    contract_open(&b, state);
    assert_ok(local_env_reset(&b, 1));  // what came before must not matter
    random_state random = random_seed(7);
    local_env_draw_actions(&b, &random);
    assert_ok(local_env_step(&b));
    for (uint64_t seed = 40; seed < 43; seed++) {
        assert_ok(local_env_reset(&a, seed));
        assert_ok(local_env_reset(&b, seed));
        contract_assert_same_row(&a, &b);
        for (int i = 0; i < 100 && !contract_is_over(&a); i++) {
            local_env_draw_actions(&a, &random);
            contract_copy_actions(&b, &a);
            assert_ok(local_env_step(&a));
            assert_ok(local_env_step(&b));
            contract_assert_same_row(&a, &b);
        }
    }
    local_env_close(&a);
    local_env_close(&b);
}

// Where chance has no part in anything.
static bool is_certain(const char *id)
{
    return strcmp(id, "CliffWalking-v1") == 0 || strcmp(id, "GridWorld-v0") == 0 ||
           strcmp(id, "TwoAction-v0") == 0;
}

// How an episode begins or, if all begin alike, what the same actions lead to.
static void different_seeds_give_different_episodes(void **state)
{
    local_env one;
    local_env other;
    contract_open(&one, state);
    contract_open(&other, state);
    uint8_t rows[2][CONTRACT_MAX_BYTES];
    random_state random = random_seed(6);
    assert_ok(local_env_reset(&one, 1));
    assert_ok(local_env_reset(&other, 2));
    size_t size = contract_copy_row(&one, rows[0]);
    assert_int_equal(contract_copy_row(&other, rows[1]), size);
    bool is_same = memcmp(rows[0], rows[1], size) == 0;
    for (int i = 0; i < 50 && is_same && !contract_is_over(&one); i++) {
        local_env_draw_actions(&one, &random);
        contract_copy_actions(&other, &one);
        assert_ok(local_env_step(&one));
        assert_ok(local_env_step(&other));
        (void) contract_copy_row(&one, rows[0]);
        (void) contract_copy_row(&other, rows[1]);
        is_same = memcmp(rows[0], rows[1], size) == 0;
    }
    assert_int_equal(is_same, is_certain(one.task->id));
    local_env_close(&one);
    local_env_close(&other);
}

// One goes through an episode alone; its twin does the same while a third is stepped in between.
static void instances_are_independent(void **state)
{
    local_env alone;
    local_env twin;
    local_env other;
    contract_open(&alone, state);
    contract_open(&twin, state);
    contract_open(&other, state);
    uint8_t rows[20][CONTRACT_MAX_BYTES];
    random_state random = random_seed(3);
    assert_ok(local_env_reset(&alone, 5));
    for (int i = 0; i < 20; i++) {
        local_env_draw_actions(&alone, &random);
        assert_ok(local_env_step(&alone));
        (void) contract_copy_row(&alone, rows[i]);
    }
    random = random_seed(3);
    random_state others_random = random_seed(4);
    assert_ok(local_env_reset(&twin, 5));
    assert_ok(local_env_reset(&other, 6));
    for (int i = 0; i < 20; i++) {
        local_env_draw_actions(&other, &others_random);
        assert_ok(local_env_step(&other));
        local_env_draw_actions(&twin, &random);
        assert_ok(local_env_step(&twin));
        uint8_t row[CONTRACT_MAX_BYTES];
        const size_t size = contract_copy_row(&twin, row);
        assert_memory_equal(row, rows[i], size);
    }
    local_env_close(&alone);
    local_env_close(&twin);
    local_env_close(&other);
}

static void assert_finite(const local_env *e, bool is_reset)
{
    for (int i = 0; i < e->spec.observation_count; i++) {
        const sw_tensor *t = &e->spec.observations[i];
        for (int64_t j = 0; j < sw_tensor_elements(t); j++) {
            if (t->dtype == SW_FLOAT64) {
                assert_true(isfinite(((const double *) e->observations[i])[j]));
            } else if (t->dtype == SW_FLOAT32) {
                assert_true(isfinite(((const float *) e->observations[i])[j]));
            }
        }
    }
    assert_true(isfinite(e->row.reward));
    for (int i = 0; i < e->spec.info_count; i++) {
        // A column that a reset does not have stays NaN there, and only there.
        assert_int_equal(isfinite(e->row.infos[i]), !is_reset || e->spec.infos[i].at_reset);
    }
}

static void a_thousand_random_steps_are_finite(void **state)
{
    local_env e;
    contract_open(&e, state);
    random_state random = random_seed(11);
    uint64_t seed = 100;
    assert_ok(local_env_reset(&e, seed));
    assert_finite(&e, true);
    for (int i = 0; i < 1000; i++) {
        local_env_draw_actions(&e, &random);
        assert_ok(local_env_step(&e));
        assert_finite(&e, false);
        assert_true(e.row.reward >= e.spec.reward_low && e.row.reward <= e.spec.reward_high);
        if (contract_is_over(&e)) {
            assert_ok(local_env_reset(&e, ++seed));
            assert_finite(&e, true);
        }
    }
    local_env_close(&e);
}

static void bad_settings_are_refused(void **state)
{
    local_env e;
    const sw_env_class *task = *state;
    const sw_assignment unknown = {"no_such_setting", "1"};
    assert_int_equal(local_env_open(&e, task, &unknown, 1), SW_INVALID_ARGUMENT);
    for (int i = 0; i < task->setting_count; i++) {
        const sw_assignment bad = {task->settings[i].name, "nonsense"};
        assert_int_equal(local_env_open(&e, task, &bad, 1), SW_INVALID_ARGUMENT);
        assert_non_null(strstr(sw_last_error(), task->settings[i].name));
    }
}

static void an_environment_that_was_never_reset_can_be_closed(void **state)
{
    local_env e;
    contract_open(&e, state);
    local_env_close(&e);
}

int main(void)
{
    const struct CMUnitTest promises[] = {
        cmocka_unit_test(the_spec_is_sane),
        cmocka_unit_test(equal_seeds_give_equal_episodes),
        cmocka_unit_test(different_seeds_give_different_episodes),
        cmocka_unit_test(instances_are_independent),
        cmocka_unit_test(a_thousand_random_steps_are_finite),
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test(an_environment_that_was_never_reset_can_be_closed),
    };
    return contract_run(promises, sizeof(promises) / sizeof(promises[0]));
}
