// What Hopper, Walker2d, HalfCheetah and Swimmer share, by each of them, in both versions.
#include "test.h"

#include <string.h>

#include "local_env.h"
#include "planar.h"

// Facts from Gymnasium's pages of the tasks.
typedef struct planar_case {
    const char *id;
    const char *forward;  // the column of the reward for moving forward, if there is one
    double noise;         // reset_noise_scale
    double ctrl_weight;   // ctrl_cost_weight
    double alive;         // the rest of the reward
    bool is_normal;       // qvel's noise
    int numbers;          // of qpos and of qvel, each
    int place;            // of these in qpos, left out of the observation
} planar_case;

static const planar_case cases[] = {
    {"Hopper-v5", "reward_forward", 5e-3, 1e-3, 1, false, 6, 1},
    {"Hopper-v4", NULL, 5e-3, 1e-3, 1, false, 6, 1},
    {"Walker2d-v5", "reward_forward", 5e-3, 1e-3, 1, false, 9, 1},
    {"Walker2d-v4", NULL, 5e-3, 1e-3, 1, false, 9, 1},
    {"HalfCheetah-v5", "reward_forward", 0.1, 0.1, 0, true, 9, 1},
    {"HalfCheetah-v4", "reward_run", 0.1, 0.1, 0, true, 9, 1},
    {"Swimmer-v5", "reward_forward", 0.1, 1e-4, 0, false, 5, 2},
    {"Swimmer-v4", "reward_fwd", 0.1, 1e-4, 0, false, 5, 2},
};

enum { CASES = sizeof(cases) / sizeof(cases[0]), MAX_NUMBERS = 9 };

static void open_with(local_env *e, const planar_case *c, const char *name, const char *value)
{
    const sw_assignment setting = {name, value};
    assert_ok(local_env_open(e, local_env_task(c->id), &setting, name != NULL ? 1 : 0));
}

// The noise in a number of the state, over 1000 resets.
typedef struct spread {
    double low, high, square_mean;
} spread;

static void measure_noise(local_env *e, int nq, int count, spread *of)
{
    enum { RESETS = 1000 };
    const double *qpos0 = ((mujoco_env *) e->env)->model->qpos0;
    const double *state = e->observations[0];
    for (int i = 0; i < count; i++) {
        of[i] = (spread){.low = INFINITY, .high = -INFINITY};
    }
    for (uint64_t seed = 0; seed < RESETS; seed++) {
        assert_ok(local_env_reset(e, seed));
        for (int i = 0; i < count; i++) {
            const double noise = state[i] - (i < nq ? qpos0[i] : 0);
            of[i].low = fmin(of[i].low, noise);
            of[i].high = fmax(of[i].high, noise);
            of[i].square_mean += noise * noise / RESETS;
        }
    }
}

// 1000 numbers come within 1 % of the width of their range to both its ends (the chance that they
// do not is 0.99^1000 = 4e-5).
static void assert_uniform(const spread *s, double scale)
{
    assert_true(s->low >= -scale && s->low < -0.98 * scale);
    assert_true(s->high <= scale && s->high > 0.98 * scale);
}

// The mean square of 1000 numbers is the variance to 20 % (its standard deviation is sqrt(2/1000) =
// 4.5 %), and some are beyond twice the scale, where no uniform ones of this variance would be.
static void assert_normal(const spread *s, double scale)
{
    assert_near(s->square_mean / (scale * scale), 1, 0.2);
    assert_true(s->low < -2 * scale && s->high > 2 * scale);
}

static void a_reset_adds_noise_to_every_number(void **state)
{
    (void) state;
    for (int t = 0; t < CASES; t += 2) {
        const planar_case *c = &cases[t];
        spread of[2 * MAX_NUMBERS];
        local_env e;
        open_with(&e, c, "exclude_current_positions_from_observation", "false");
        measure_noise(&e, c->numbers, 2 * c->numbers, of);
        for (int i = 0; i < 2 * c->numbers; i++) {
            if (i >= c->numbers && c->is_normal) {
                assert_normal(&of[i], c->noise);
            } else {
                assert_uniform(&of[i], c->noise);
            }
        }
        local_env_close(&e);
    }
}

static void versions_begin_episodes_alike(void **state)
{
    (void) state;
    for (int t = 0; t < CASES; t += 2) {
        local_env v5;
        local_env v4;
        open_with(&v5, &cases[t], NULL, NULL);
        open_with(&v4, &cases[t + 1], NULL, NULL);
        assert_ok(local_env_reset(&v5, 3));
        assert_ok(local_env_reset(&v4, 3));
        const int size = 2 * cases[t].numbers - cases[t].place;
        assert_int_equal(sw_tensor_elements(&v5.spec.observations[0]), size);
        assert_int_equal(sw_tensor_elements(&v4.spec.observations[0]), size);
        assert_memory_equal(v5.observations[0], v4.observations[0], (size_t) size * sizeof(double));
        local_env_close(&v5);
        local_env_close(&v4);
    }
}

// Steps from the model's initial state, moving at 1 m/s, with actions 1.5, -1.5, 1.5...
static void step_once(local_env *e)
{
    double qpos_qvel[2 * MAX_NUMBERS] = {0};
    mujoco_env *env = e->env;
    const mjModel *m = env->model;
    memcpy(qpos_qvel, m->qpos0, (size_t) m->nq * sizeof(double));
    qpos_qvel[m->nq] = 1;
    assert_ok(local_env_load(e, "mujoco/qpos-qvel", qpos_qvel));
    for (int i = 0; i < m->nu; i++) {
        ((double *) e->actions[0])[i] = i % 2 == 0 ? 1.5 : -1.5;
    }
    assert_ok(local_env_step(e));
}

static void the_reward_is_for_the_way_less_the_cost(void **state)
{
    (void) state;
    for (int t = 0; t < CASES; t++) {
        const planar_case *c = &cases[t];
        local_env e;
        open_with(&e, c, NULL, NULL);
        step_once(&e);
        const double velocity = local_env_info(&e, "x_position") / e.spec.dt;  // from 0
        const double cost = c->ctrl_weight * 2.25 * (double) sw_tensor_elements(&e.spec.actions[0]);
        assert_true(fabs(velocity) > 0.01);
        assert_near(local_env_info(&e, "x_velocity"), velocity, 1e-12);
        assert_near(e.row.reward, velocity + c->alive - cost, 1e-12);
        if (c->forward != NULL) {
            assert_near(local_env_info(&e, c->forward), velocity, 1e-12);
            assert_near(local_env_info(&e, "reward_ctrl"), -cost, 1e-12);
        }
        assert_false(e.row.terminated);
        local_env_close(&e);
    }
}

static void settings_weigh_both_terms(void **state)
{
    (void) state;
    for (int t = 0; t < CASES; t++) {
        const planar_case *c = &cases[t];
        local_env e;
        open_with(&e, c, "forward_reward_weight", "-3");
        step_once(&e);
        const double velocity = local_env_info(&e, "x_velocity");
        const double squares = 2.25 * (double) sw_tensor_elements(&e.spec.actions[0]);
        assert_near(e.row.reward, -3 * velocity + c->alive - c->ctrl_weight * squares, 1e-12);
        local_env_close(&e);
        open_with(&e, c, "ctrl_cost_weight", "0.25");
        step_once(&e);
        assert_near(e.row.reward, velocity + c->alive - 0.25 * squares, 1e-12);
        local_env_close(&e);
    }
}

static void where_it_is_leads_the_observation_if_not_excluded(void **state)
{
    (void) state;
    for (int t = 0; t < CASES; t++) {
        const planar_case *c = &cases[t];
        local_env e;
        open_with(&e, c, "exclude_current_positions_from_observation", "false");
        assert_int_equal(sw_tensor_elements(&e.spec.observations[0]), 2 * c->numbers);
        step_once(&e);
        const double *observation = e.observations[0];
        assert_near(observation[0], local_env_info(&e, "x_position"), 0);
        if (c->place == 2) {
            assert_near(observation[1], local_env_info(&e, "y_position"), 0);
            assert_near(local_env_info(&e, "distance_from_origin"),
                        hypot(observation[0], observation[1]), 0);
        }
        local_env_close(&e);
    }
}

static void those_that_cannot_fall_go_on_to_the_time_limit(void **state)
{
    (void) state;
    for (int t = 0; t < CASES; t++) {
        if (cases[t].alive > 0) {
            continue;
        }
        local_env e;
        open_with(&e, &cases[t], NULL, NULL);
        assert_ok(local_env_reset(&e, 1));
        random_state random = random_seed(1);
        for (int i = 1; i <= 1000; i++) {
            local_env_draw_actions(&e, &random);
            assert_ok(local_env_step(&e));
            assert_false(e.row.terminated);
            assert_int_equal(e.row.truncated, i == 1000);
        }
        local_env_close(&e);
    }
}

static void version_4_has_no_frame_skip_and_no_model_file(void **state)
{
    (void) state;
    const sw_assignment settings[] = {{"frame_skip", "2"}, {"xml_file", "robot.xml"}};
    for (int t = 1; t < CASES; t += 2) {
        for (int i = 0; i < 2; i++) {
            local_env e;
            const sw_env_class *task = local_env_task(cases[t].id);
            assert_int_equal(local_env_open(&e, task, &settings[i], 1), SW_INVALID_ARGUMENT);
            assert_says(settings[i].name);
        }
    }
}

static void a_model_without_place_and_angle_is_refused(void **state)
{
    (void) state;
    static const unsigned char text[] =
        "<mujoco><worldbody><body>"
        "<joint type='slide' axis='1 0 0'/><joint type='slide' axis='0 0 1'/><geom size='1'/>"
        "</body></worldbody></mujoco>";
    const mujoco_xml point = {.name = "point.xml", .text = text, .size = sizeof(text) - 1};
    const mjModel *model = NULL;
    assert_ok(mujoco_model_acquire(&point, &model));
    assert_int_equal(planar_check(model, NULL), SW_INVALID_ARGUMENT);
    assert_says("has 2 positions");
    mujoco_model_release(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_adds_noise_to_every_number),
        cmocka_unit_test(versions_begin_episodes_alike),
        cmocka_unit_test(the_reward_is_for_the_way_less_the_cost),
        cmocka_unit_test(settings_weigh_both_terms),
        cmocka_unit_test(where_it_is_leads_the_observation_if_not_excluded),
        cmocka_unit_test(those_that_cannot_fall_go_on_to_the_time_limit),
        cmocka_unit_test(version_4_has_no_frame_skip_and_no_model_file),
        cmocka_unit_test(a_model_without_place_and_angle_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
