#include "test.h"

#include "local_env.h"
#include "mujoco_env.h"

enum { NQ = 6, NV = 6, MAX_NUMBERS = 4096 };

static const sw_assignment forever = {"terminate_when_unhealthy", "false"};

static void open_hopper(local_env *e)
{
    assert_ok(local_env_open(e, local_env_task("Hopper-v5"), &forever, 1));
    assert_ok(local_env_reset(e, 1));
}

static const double *observation(const local_env *e)
{
    return e->observations[0];
}

static void step(local_env *e, int steps, uint64_t seed)
{
    random_state random = random_seed(seed);
    for (int i = 0; i < steps; i++) {
        local_env_draw_actions(e, &random);
        assert_ok(local_env_step(e));
    }
}

// Contacts come and go here, and the solver starts from where the last step ended: without the
// saved warm start, the numbers would differ after a few steps.
static void an_unbroken_episode_goes_on_bit_for_bit(void **state)
{
    (void) state;
    static const char *const ids[] = {"Hopper-v5", "Walker2d-v5"};
    for (int t = 0; t < 2; t++) {
        local_env a;
        local_env b;
        assert_ok(local_env_open(&a, local_env_task(ids[t]), &forever, 1));
        assert_ok(local_env_open(&b, local_env_task(ids[t]), &forever, 1));
        assert_ok(local_env_reset(&a, 1));
        step(&a, 137, 1);
        double numbers[MAX_NUMBERS];
        assert_true(a.task->state_size(a.env, 0) <= sizeof(numbers));
        assert_ok(a.task->save(a.env, 0, numbers));
        assert_ok(local_env_load(&b, "mujoco/integration-1", numbers));
        for (uint64_t i = 0; i < 200; i++) {
            step(&a, 1, i);
            step(&b, 1, i);
            assert_memory_equal(a.observations[0], b.observations[0], 11 * sizeof(double));
            assert_memory_equal(&a.row.reward, &b.row.reward, sizeof(double));
        }
        local_env_close(&a);
        local_env_close(&b);
    }
}

static void positions_and_velocities_begin_an_episode(void **state)
{
    (void) state;
    double numbers[NQ + NV];
    for (int i = 0; i < NQ + NV; i++) {
        numbers[i] = 0.01 * i;
    }
    numbers[1] = 1.25;
    local_env e;
    open_hopper(&e);
    const mjData *data = ((mujoco_env *) e.env)->data;
    step(&e, 20, 1);
    assert_true(data->time > 0);
    assert_int_equal(e.task->state_size(e.env, 1), sizeof(numbers));
    assert_ok(local_env_load(&e, "mujoco/qpos-qvel", numbers));
    assert_near(data->time, 0, 0);
    for (int i = 0; i < NQ + NV - 1; i++) {
        assert_near(observation(&e)[i], numbers[i + 1], 0);  // all of it but x
    }
    assert_near(e.row.infos[1], 0, 0);        // z_distance_from_origin, which a reset has
    assert_true(isnan(e.row.infos[2]));       // x_velocity, which it has not
    assert_near(data->xpos[3 + 2], 1.25, 0);  // the torso is where qpos says
    double again[NQ + NV];
    assert_ok(e.task->save(e.env, 1, again));
    assert_memory_equal(again, numbers, sizeof(numbers));
    local_env_close(&e);
}

static void a_number_that_is_not_finite_is_refused(void **state)
{
    (void) state;
    local_env e;
    open_hopper(&e);
    for (int format = 0; format < 2; format++) {
        double numbers[MAX_NUMBERS];
        const size_t count = e.task->state_size(e.env, format) / sizeof(double);
        assert_ok(e.task->save(e.env, format, numbers));
        for (size_t i = 0; i < count; i++) {
            const double number = numbers[i];
            numbers[i] = i % 2 == 0 ? (double) NAN : (double) INFINITY;
            assert_int_equal(local_env_load(&e, e.task->state_formats[format], numbers),
                             SW_INVALID_ARGUMENT);
            assert_says(e.task->state_formats[format]);
            numbers[i] = number;
        }
    }
    local_env_close(&e);
}

static void a_state_of_another_version_of_mujoco_is_refused(void **state)
{
    (void) state;
    local_env e;
    open_hopper(&e);
    double numbers[MAX_NUMBERS];
    assert_ok(e.task->save(e.env, 0, numbers));
    assert_near(numbers[0], mj_version(), 0);
    numbers[0]++;
    assert_int_equal(local_env_load(&e, "mujoco/integration-1", numbers), SW_INVALID_ARGUMENT);
    assert_says("version");
    numbers[0] = 1e300;
    assert_int_equal(local_env_load(&e, "mujoco/integration-1", numbers), SW_INVALID_ARGUMENT);
    assert_says("version 1e+300 of");
    local_env_close(&e);
}

// MuJoCo itself would warn, reset and go on without a word.
static void a_state_that_mujoco_finds_bad_is_an_error(void **state)
{
    (void) state;
    local_env e;
    open_hopper(&e);
    for (int i = 0; i < NQ + NV; i++) {
        double numbers[NQ + NV] = {[1] = 1.25};
        numbers[i] = 1e11;
        assert_int_equal(local_env_load(&e, "mujoco/qpos-qvel", numbers), SW_ENVIRONMENT);
        assert_says(i < NQ ? "qpos" : "qvel");
    }
    assert_ok(local_env_reset(&e, 1));
    assert_ok(local_env_step(&e));
    local_env_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unbroken_episode_goes_on_bit_for_bit),
        cmocka_unit_test(positions_and_velocities_begin_an_episode),
        cmocka_unit_test(a_number_that_is_not_finite_is_refused),
        cmocka_unit_test(a_state_of_another_version_of_mujoco_is_refused),
        cmocka_unit_test(a_state_that_mujoco_finds_bad_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
