#include "contract.h"

#include "classic_tasks.h"
#include "mujoco_tasks.h"

static bool is_any(const char *id)
{
    (void) id;
    return true;
}

static int run(const struct CMUnitTest *promises, int count, bool (*is_chosen)(const char *id))
{
    enum { MAX_PROMISES = 16 };
    const sw_env_class *const *(*const lists[])(int *) = {mujoco_tasks, classic_tasks};
    int failed = 0;
    for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
        int task_count;
        const sw_env_class *const *tasks = lists[l](&task_count);
        for (int i = 0; i < task_count; i++) {
            if (!is_chosen(tasks[i]->id)) {
                continue;
            }
            struct CMUnitTest tests[MAX_PROMISES];
            for (int p = 0; p < count; p++) {
                tests[p] = promises[p];
                tests[p].initial_state = (void *) tasks[i];
            }
            // The function behind cmocka_run_group_tests(), which wants an array of fixed size.
            failed += _cmocka_run_group_tests(tasks[i]->id, tests, (size_t) count, NULL, NULL);
        }
    }
    return failed;
}

int contract_run(const struct CMUnitTest *promises, int count)
{
    return run(promises, count, is_any);
}

int contract_run_typical(const struct CMUnitTest *promises, int count)
{
    return run(promises, count, local_env_is_typical);
}

void contract_open(local_env *e, void **state)
{
    assert_ok(local_env_open(e, *state, NULL, 0));
}

size_t contract_copy_row(const local_env *e, uint8_t *bytes)
{
    size_t used = 0;
    for (int i = 0; i < e->spec.observation_count; i++) {
        const sw_tensor *t = &e->spec.observations[i];
        const size_t size = (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
        assert_true(used + size <= CONTRACT_MAX_BYTES);
        memcpy(bytes + used, e->observations[i], size);
        used += size;
    }
    for (int i = 0; i < e->spec.info_count; i++) {
        memcpy(bytes + used, &e->row.infos[i], sizeof(double));
        used += sizeof(double);
    }
    memcpy(bytes + used, &e->row.reward, sizeof(double));
    used += sizeof(double);
    bytes[used++] = (uint8_t) e->row.terminated;
    bytes[used++] = (uint8_t) e->row.truncated;
    assert_true(used <= CONTRACT_MAX_BYTES);
    return used;
}

void contract_assert_same_row(const local_env *a, const local_env *b)
{
    uint8_t one[CONTRACT_MAX_BYTES];
    uint8_t other[CONTRACT_MAX_BYTES];
    const size_t size = contract_copy_row(a, one);
    assert_int_equal(contract_copy_row(b, other), size);
    assert_memory_equal(one, other, size);
}

void contract_copy_actions(local_env *to, const local_env *from)
{
    for (int i = 0; i < from->spec.action_count; i++) {
        const sw_tensor *t = &from->spec.actions[i];
        memcpy(to->actions[i], from->actions[i],
               (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype));
    }
}

bool contract_is_over(const local_env *e)
{
    return e->row.terminated || e->row.truncated;
}

void contract_assert_same_future(local_env *a, local_env *b, int steps, random_state *random)
{
    for (int i = 0; i < steps; i++) {
        local_env_draw_actions(a, random);
        contract_copy_actions(b, a);
        assert_ok(local_env_step(a));
        assert_ok(local_env_step(b));
        contract_assert_same_row(a, b);
        if (contract_is_over(a)) {
            const uint64_t seed = random_bits(random);
            assert_ok(local_env_reset(a, seed));
            assert_ok(local_env_reset(b, seed));
            contract_assert_same_row(a, b);
        }
    }
}
