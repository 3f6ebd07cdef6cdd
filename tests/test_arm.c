// Reacher and Pusher where golden trajectories, which begin in given states and have the default
// weights, do not look.
#include "test.h"

#include "local_env.h"
#include "mujoco_env.h"

static mujoco_env *open_task(local_env *e, const char *id)
{
    assert_ok(local_env_open(e, local_env_task(id), NULL, 0));
    return e->env;
}

static void assert_within(double x, double low, double high)
{
    if (!(low <= x && x <= high)) {
        fail_msg("%g is not in [%g, %g]", x, low, high);
    }
}

// r^2 of a point that is uniform in a disk is uniform in [0, 0.2^2]; the standard error of the mean
// of 4000 is 1.8e-4.
static void reachers_target_is_uniform_in_its_disk(void **state)
{
    (void) state;
    enum { RESETS = 4000 };
    local_env e;
    const mujoco_env *reacher = open_task(&e, "Reacher-v5");
    double sum = 0;
    for (uint64_t seed = 0; seed < RESETS; seed++) {
        assert_ok(local_env_reset(&e, seed));
        const double *qpos = reacher->data->qpos;
        const double *qvel = reacher->data->qvel;
        const double square = qpos[2] * qpos[2] + qpos[3] * qpos[3];
        assert_true(square < 0.2 * 0.2);
        sum += square;
        for (int i = 0; i < 2; i++) {
            assert_within(qpos[i], -0.1, 0.1);
            assert_within(qvel[i], -0.005, 0.005);
            assert_near(qvel[2 + i], 0, 0);
        }
    }
    assert_near(sum / RESETS, 0.02, 8e-4);
    local_env_close(&e);
}

static void pushers_object_is_never_at_its_goal(void **state)
{
    (void) state;
    local_env e;
    const mujoco_env *pusher = open_task(&e, "Pusher-v5");
    double nearest = 1;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        assert_ok(local_env_reset(&e, seed));
        const double *qpos = pusher->data->qpos;
        const double *qvel = pusher->data->qvel;
        assert_within(qpos[7], -0.3, 0);
        assert_within(qpos[8], -0.2, 0.2);
        const double distance = hypot(qpos[7], qpos[8]);
        nearest = distance < nearest ? distance : nearest;
        for (int i = 0; i < 7; i++) {
            assert_near(qpos[i], 0, 0);
            assert_within(qvel[i], -0.005, 0.005);
        }
        for (int i = 0; i < 2; i++) {
            assert_near(qpos[9 + i], 0, 0);
            assert_near(qvel[7 + i], 0, 0);
            assert_near(qvel[9 + i], 0, 0);
        }
    }
    assert_within(nearest, 0.17, 0.18);
    local_env_close(&e);
}

// The same step with the default weights and with others, whose terms are multiples.
static void the_terms_of_the_reward_are_weighed(void **state)
{
    (void) state;
    const sw_assignment reacher[] = {{"reward_dist_weight", "2"}, {"reward_control_weight", "3"}};
    const sw_assignment pusher[] = {{"reward_dist_weight", "2"},
                                    {"reward_control_weight", "0.3"},
                                    {"reward_near_weight", "2.5"}};
    const struct {
        const char *id;
        const sw_assignment *weights;
        int count;
    } tasks[] = {{"Reacher-v5", reacher, 2}, {"Pusher-v5", pusher, 3}};
    const double factors[] = {2, 3, 5};

    for (int t = 0; t < 2; t++) {
        local_env plain;
        local_env weighed;
        (void) open_task(&plain, tasks[t].id);
        assert_ok(local_env_open(&weighed, local_env_task(tasks[t].id), tasks[t].weights,
                                 tasks[t].count));
        assert_ok(local_env_reset(&plain, 5));
        assert_ok(local_env_reset(&weighed, 5));
        ((double *) plain.actions[0])[1] = 0.5;
        ((double *) weighed.actions[0])[1] = 0.5;
        assert_ok(local_env_step(&plain));
        assert_ok(local_env_step(&weighed));
        double sum = 0;
        for (int i = 0; i < tasks[t].count; i++) {
            assert_true(plain.row.infos[i] < 0);
            assert_near(weighed.row.infos[i], factors[i] * plain.row.infos[i], 1e-14);
            sum += weighed.row.infos[i];
        }
        assert_near(weighed.row.reward, sum, 1e-14);
        local_env_close(&plain);
        local_env_close(&weighed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reachers_target_is_uniform_in_its_disk),
        cmocka_unit_test(pushers_object_is_never_at_its_goal),
        cmocka_unit_test(the_terms_of_the_reward_are_weighed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
