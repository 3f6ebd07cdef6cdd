#include "test.h"

#include <pthread.h>
#include <string.h>

#include "local_env.h"
#include "mujoco_env.h"

static double observed(const local_env *e, int i)
{
    return ((const double *) e->observations[0])[i];
}

static void the_time_limit_is_exact(void **state)
{
    (void) state;
    const char *const ids[] = {"Hopper-v5", "Walker2d-v5"};
    const sw_assignment forever = {"terminate_when_unhealthy", "false"};
    for (int t = 0; t < 2; t++) {
        local_env e;
        assert_ok(local_env_open(&e, local_env_task(ids[t]), &forever, 1));
        assert_ok(local_env_reset(&e, 1));
        for (int i = 1; i <= 1000; i++) {
            assert_ok(local_env_step(&e));
            assert_false(e.row.terminated);
            assert_int_equal(e.row.truncated, i == 1000);
        }
        local_env_close(&e);
    }
}

// One step from the same state under a setting and without it; what each changes, it says itself.
typedef struct outcome {
    double reward, forward, ctrl, survive;
    bool terminated;
} outcome;

static outcome step_with(const char *name, const char *value)
{
    static const double action[3] = {0.5, -1, 2};
    local_env e;
    const sw_assignment setting = {name, value};
    assert_ok(local_env_open(&e, local_env_task("Hopper-v5"), &setting, name != NULL ? 1 : 0));
    const double state[12] = {[1] = 1.25, [6] = 1};  // qpos, qvel: upright, moving at 1 m/s
    assert_ok(local_env_load(&e, "mujoco/qpos-qvel", state));
    memcpy(e.actions[0], action, sizeof(action));
    assert_ok(local_env_step(&e));
    const outcome o = {e.row.reward, e.row.infos[3], e.row.infos[4], e.row.infos[5],
                       e.row.terminated};
    local_env_close(&e);
    return o;
}

static void settings_weigh_the_terms_of_the_reward(void **state)
{
    (void) state;
    const outcome o = step_with(NULL, NULL);
    assert_near(o.ctrl, -1e-3 * 5.25, 1e-15);  // 0.25 + 1 + 4: as it came, not as it was clamped
    assert_near(o.survive, 1, 0);
    assert_near(o.reward, o.forward + 1 - 1e-3 * 5.25, 1e-15);
    assert_true(o.forward > 0.5 && o.forward < 1.5);  // it moved at about 1 m/s
    assert_near(step_with("forward_reward_weight", "3").forward, 3 * o.forward, 1e-15);
    assert_near(step_with("ctrl_cost_weight", "0.5").ctrl, -2.625, 1e-15);
    assert_near(step_with("healthy_reward", "7").survive, 7, 0);
}

static void settings_say_what_is_healthy(void **state)
{
    (void) state;
    assert_false(step_with(NULL, NULL).terminated);
    assert_true(step_with("healthy_z_range", "1.3,inf").terminated);
    assert_true(step_with("healthy_angle_range", "0.1,0.2").terminated);
    assert_true(step_with("healthy_state_range", "-0.5,0.5").terminated);
    assert_near(step_with("healthy_z_range", "1.3,inf").survive, 0, 0);
}

static void settings_change_the_shape_and_the_time_of_a_step(void **state)
{
    (void) state;
    const sw_assignment settings[] = {{"frame_skip", "2"},
                                      {"exclude_current_positions_from_observation", "0"}};
    local_env e;
    assert_ok(local_env_open(&e, local_env_task("Walker2d-v5"), settings, 2));
    assert_near(e.spec.dt, 0.004, 1e-15);
    assert_int_equal(sw_tensor_elements(&e.spec.observations[0]), 18);
    assert_int_equal(sw_tensor_elements(&e.spec.actions[0]), 6);
    assert_ok(local_env_reset(&e, 1));
    assert_near(observed(&e, 0), e.row.infos[0], 0);
    assert_ok(local_env_step(&e));
    assert_near(((mujoco_env *) e.env)->data->time, 0.004, 1e-15);
    local_env_close(&e);
}

static void settings_out_of_range_are_refused(void **state)
{
    (void) state;
    const sw_assignment bad[] = {{"frame_skip", "0"},          {"frame_skip", "1.5"},
                                 {"reset_noise_scale", "-1"},  {"healthy_z_range", "2,1"},
                                 {"healthy_angle_range", "1"}, {"ctrl_cost_weight", "nan"}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        local_env e;
        const sw_status st = local_env_open(&e, local_env_task("Hopper-v5"), &bad[i], 1);
        assert_int_equal(st, SW_INVALID_ARGUMENT);
        assert_non_null(strstr(sw_last_error(), bad[i].name));
    }
}

static void *run_episodes(void *sum)
{
    local_env e;
    if (local_env_open(&e, local_env_task("Hopper-v5"), NULL, 0) != SW_OK) {
        return NULL;
    }
    random_state random = random_seed(1);
    for (uint64_t seed = 0; seed < 5; seed++) {
        (void) local_env_reset(&e, seed);
        for (int i = 0; i < 20; i++) {
            local_env_draw_actions(&e, &random);
            *(double *) sum += local_env_step(&e) == SW_OK ? e.row.reward : (double) NAN;
        }
    }
    local_env_close(&e);
    return NULL;
}

static void threads_do_not_change_a_bit(void **state)
{
    (void) state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    double sums[THREADS] = {0};
    double alone = 0;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_episodes, &sums[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    (void) run_episodes(&alone);
    for (int i = 0; i < THREADS; i++) {
        assert_memory_equal(&sums[i], &alone, sizeof(alone));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_limit_is_exact),
        cmocka_unit_test(settings_weigh_the_terms_of_the_reward),
        cmocka_unit_test(settings_say_what_is_healthy),
        cmocka_unit_test(settings_change_the_shape_and_the_time_of_a_step),
        cmocka_unit_test(settings_out_of_range_are_refused),
        cmocka_unit_test(threads_do_not_change_a_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
