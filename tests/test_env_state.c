// What every task that has states promises of them, for each task there is. The state of a test is
// the task's class.
#include "contract.h"

#include <stdlib.h>

// Opens an environment of the test's task; skips the test if the task has no states.
static void open_with_state(local_env *e, void **state)
{
    const sw_env_class *task = *state;
    if (task->state_formats == NULL) {
        skip();
    }
    contract_open(e, state);
}

// Goes to the middle of an episode; by way of others if they are short.
static void live(local_env *e, uint64_t seed, int steps)
{
    random_state random = random_seed(seed);
    assert_ok(local_env_reset(e, random_bits(&random)));
    for (int i = 0; i < steps; i++) {
        local_env_draw_actions(e, &random);
        assert_ok(local_env_step(e));
        if (contract_is_over(e)) {
            assert_ok(local_env_reset(e, random_bits(&random)));
        }
    }
}

// A state in exactly as much memory as it needs, so that reading or writing past it is noticed.
static uint8_t *save(local_env *e, int format, size_t *size)
{
    *size = e->task->state_size(e->env, format);
    assert_true(*size > 0);
    uint8_t *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_ok(e->task->save(e->env, format, bytes));
    return bytes;
}

// What a server adds to the environment's own state: how far the episode is.
static sw_status load(local_env *e, const uint8_t *bytes, int64_t elapsed)
{
    const sw_status st = local_env_load(e, e->task->state_formats[0], bytes);
    e->elapsed = elapsed;
    return st;
}

static void assert_same_observations(const local_env *a, const local_env *b)
{
    for (int i = 0; i < a->spec.observation_count; i++) {
        const sw_tensor *t = &a->spec.observations[i];
        assert_memory_equal(a->observations[i], b->observations[i],
                            (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype));
    }
}

static void the_functions_of_states_are_all_there_or_none(void **state)
{
    const sw_env_class *task = *state;
    const bool has = task->state_formats != NULL;
    assert_int_equal(task->state_size != NULL, has);
    assert_int_equal(task->save != NULL, has);
    assert_int_equal(task->load != NULL, has);
    for (int i = 0; has && task->state_formats[i] != NULL; i++) {
        assert_true(strlen(task->state_formats[i]) <= SW_MAX_NAME);
        assert_non_null(strchr(task->state_formats[i], '/'));
    }
}

static void a_loaded_environment_goes_on_as_the_saved_one(void **state)
{
    local_env saved;
    local_env loaded;
    open_with_state(&saved, state);
    contract_open(&loaded, state);
    random_state random = random_seed(1);
    for (uint64_t life = 0; life < 2; life++) {
        live(&saved, 10 + life, 30 + 7 * (int) life);
        live(&loaded, 20 + life, 40);
        size_t size;
        uint8_t *bytes = save(&saved, 0, &size);
        assert_ok(load(&loaded, bytes, saved.elapsed));
        assert_same_observations(&saved, &loaded);
        contract_assert_same_future(&saved, &loaded, 200, &random);
        free(bytes);
    }
    local_env_close(&saved);
    local_env_close(&loaded);
}

static void a_state_can_be_loaded_without_a_reset(void **state)
{
    local_env saved;
    local_env loaded;
    open_with_state(&saved, state);
    contract_open(&loaded, state);
    live(&saved, 3, 25);
    size_t size;
    uint8_t *bytes = save(&saved, 0, &size);
    assert_ok(load(&loaded, bytes, saved.elapsed));
    random_state random = random_seed(2);
    contract_assert_same_future(&saved, &loaded, 200, &random);
    free(bytes);
    local_env_close(&saved);
    local_env_close(&loaded);
}

static void an_environment_can_go_back(void **state)
{
    enum { STEPS = 200 };
    local_env e;
    local_env twin;
    open_with_state(&e, state);
    contract_open(&twin, state);
    live(&e, 4, 25);
    live(&twin, 4, 25);
    const int64_t elapsed = e.elapsed;
    size_t size;
    uint8_t *bytes = save(&e, 0, &size);
    live(&e, 5, 50);
    assert_ok(load(&e, bytes, elapsed));
    random_state random = random_seed(3);
    contract_assert_same_future(&twin, &e, STEPS, &random);
    free(bytes);
    local_env_close(&e);
    local_env_close(&twin);
}

static void saving_changes_nothing(void **state)
{
    local_env saved;
    local_env twin;
    open_with_state(&saved, state);
    contract_open(&twin, state);
    live(&saved, 6, 20);
    live(&twin, 6, 20);
    random_state random = random_seed(4);
    for (int i = 0; i < 100; i++) {
        for (int format = 0; saved.task->state_formats[format] != NULL; format++) {
            size_t size;
            free(save(&saved, format, &size));
        }
        contract_assert_same_future(&saved, &twin, 1, &random);
    }
    local_env_close(&saved);
    local_env_close(&twin);
}

static void a_loaded_state_is_saved_as_the_same_bytes(void **state)
{
    local_env saved;
    local_env loaded;
    open_with_state(&saved, state);
    contract_open(&loaded, state);
    live(&saved, 7, 33);
    size_t size;
    uint8_t *bytes = save(&saved, 0, &size);
    assert_int_equal(loaded.task->state_size(loaded.env, 0), size);
    assert_ok(load(&loaded, bytes, saved.elapsed));
    size_t size_again;
    uint8_t *again = save(&loaded, 0, &size_again);
    assert_int_equal(size_again, size);
    assert_memory_equal(again, bytes, size);
    free(again);
    free(bytes);
    local_env_close(&saved);
    local_env_close(&loaded);
}

// Not the bytes it was made of: MuJoCo may normalise the quaternions in it.
static void a_state_for_exchange_begins_the_same_episode_everywhere(void **state)
{
    local_env one;
    local_env other;
    open_with_state(&one, state);
    contract_open(&other, state);
    for (int format = 1; one.task->state_formats[format] != NULL; format++) {
        live(&one, 10, 33);
        live(&other, 11, 21);
        size_t size;
        uint8_t *bytes = save(&one, format, &size);
        assert_ok(local_env_load(&one, one.task->state_formats[format], bytes));
        assert_ok(local_env_load(&other, other.task->state_formats[format], bytes));
        random_state random = random_seed(6);
        assert_same_observations(&one, &other);
        contract_assert_same_future(&one, &other, 30, &random);
        free(bytes);
    }
    local_env_close(&one);
    local_env_close(&other);
}

// Loads `bytes` and steps; either may fail, and a reset must make all good.
static void try_bytes(local_env *e, local_env *fresh, int format, const uint8_t *bytes)
{
    if (local_env_load(e, e->task->state_formats[format], bytes) == SW_OK) {
        sw_status st = SW_OK;
        for (int i = 0; i < 3 && st == SW_OK; i++) {
            st = local_env_step(e);
        }
    }
    assert_ok(local_env_reset(e, 8));
    assert_ok(local_env_reset(fresh, 8));
    random_state random = random_seed(8);
    contract_assert_same_future(e, fresh, 3, &random);
}

static void bytes_that_are_no_state_do_no_harm(void **state)
{
    local_env e;
    local_env fresh;
    open_with_state(&e, state);
    contract_open(&fresh, state);
    live(&e, 9, 20);
    random_state random = random_seed(5);
    for (int format = 0; e.task->state_formats[format] != NULL; format++) {
        size_t size;
        uint8_t *good = save(&e, format, &size);
        uint8_t *bad = malloc(size);
        assert_non_null(bad);
        for (int i = 0; i < 60; i++) {
            memcpy(bad, good, size);
            bad[random_below(&random, size)] ^= (uint8_t) (1u << random_below(&random, 8));
            try_bytes(&e, &fresh, format, bad);
        }
        for (int i = 0; i < 20; i++) {
            for (size_t b = 0; b < size; b++) {
                bad[b] = (uint8_t) random_bits(&random);
            }
            try_bytes(&e, &fresh, format, bad);
        }
        memset(bad, 0, size);
        try_bytes(&e, &fresh, format, bad);
        free(bad);
        free(good);
    }
    local_env_close(&e);
    local_env_close(&fresh);
}

int main(void)
{
    const struct CMUnitTest promises[] = {
        cmocka_unit_test(the_functions_of_states_are_all_there_or_none),
        cmocka_unit_test(a_loaded_environment_goes_on_as_the_saved_one),
        cmocka_unit_test(a_state_can_be_loaded_without_a_reset),
        cmocka_unit_test(an_environment_can_go_back),
        cmocka_unit_test(saving_changes_nothing),
        cmocka_unit_test(a_loaded_state_is_saved_as_the_same_bytes),
        cmocka_unit_test(a_state_for_exchange_begins_the_same_episode_everywhere),
        cmocka_unit_test(bytes_that_are_no_state_do_no_harm),
    };
    return contract_run_typical(promises, sizeof(promises) / sizeof(promises[0]));
}
