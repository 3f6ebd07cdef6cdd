// What goes wrong inside MuJoCo, in every task: the step fails and says why, nothing is printed or
// written, and after a reset all is as in a fresh environment.
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "local_env.h"
#include "mujoco_env.h"
#include "mujoco_tasks.h"

typedef struct broken_task {
    const sw_env_class *task;
    local_env env;
} broken_task;

static void open_task(broken_task *b, const sw_env_class *task)
{
    b->task = task;
    assert_ok(local_env_open(&b->env, task, NULL, 0));
    assert_ok(local_env_reset(&b->env, 1));
}

static const mujoco_env *inside(const broken_task *b)
{
    return b->env.env;
}

static void assert_step_fails(broken_task *b, const char *why)
{
    assert_int_equal(local_env_step(&b->env), SW_ENVIRONMENT);
    assert_says(why);
}

// An episode is what it is in a fresh environment, bit for bit.
static void assert_recovers(broken_task *b)
{
    local_env fresh;
    local_env *e = &b->env;
    const size_t size = (size_t) sw_tensor_elements(&e->spec.observations[0]) * sizeof(double);
    assert_ok(local_env_open(&fresh, b->task, NULL, 0));
    assert_ok(local_env_reset(e, 9));
    assert_ok(local_env_reset(&fresh, 9));
    random_state random = random_seed(2);
    for (int i = 0; i < 5; i++) {
        local_env_draw_actions(e, &random);
        memcpy(fresh.actions[0], e->actions[0], (size_t) inside(b)->model->nu * sizeof(double));
        assert_ok(local_env_step(e));
        assert_ok(local_env_step(&fresh));
        assert_memory_equal(e->observations[0], fresh.observations[0], size);
    }
    local_env_close(&fresh);
}

static void in_every_task(void (*fails)(broken_task *b))
{
    int count;
    const sw_env_class *const *tasks = mujoco_tasks(&count);
    for (int i = 0; i < count; i++) {
        broken_task b;
        open_task(&b, tasks[i]);
        fails(&b);
        assert_recovers(&b);
        local_env_close(&b.env);
    }
}

static void put_a_nan(broken_task *b)
{
    inside(b)->data->qpos[1] = (double) NAN;
    assert_step_fails(b, "qpos");
    assert_says(b->task->id);
}

static void a_nan_in_the_state_fails_the_step_and_a_reset_recovers(void **state)
{
    (void) state;
    in_every_task(put_a_nan);
}

static void put_a_huge_velocity(broken_task *b)
{
    inside(b)->data->qvel[0] = 1e11;
    assert_step_fails(b, "qvel");
    assert_says(b->task->id);
}

static void a_huge_velocity_fails_the_step_and_a_reset_recovers(void **state)
{
    (void) state;
    in_every_task(put_a_huge_velocity);
}

// An integrator that does not exist: mj_step() calls mju_error(), which would end the process.
static void choose_no_integrator(broken_task *b)
{
    mjModel *model = (mjModel *) inside(b)->model;
    const int integrator = model->opt.integrator;
    model->opt.integrator = 99;
    assert_step_fails(b, "MuJoCo: ");
    assert_says(b->task->id);
    model->opt.integrator = integrator;
}

static void an_mju_error_fails_the_step_and_a_reset_recovers(void **state)
{
    (void) state;
    in_every_task(choose_no_integrator);
}

// As MuJoCo counts it, at joint or body 3.
static void warn(broken_task *b)
{
    for (int i = 0; i < mjNWARNING; i++) {
        inside(b)->data->warning[i].number = 1;
        inside(b)->data->warning[i].lastinfo = 3;
        assert_step_fails(b, " at 3");
        assert_says(b->task->id);
        assert_ok(local_env_reset(&b->env, 1));
    }
}

static void every_warning_fails_the_step_and_a_reset_recovers(void **state)
{
    (void) state;
    in_every_task(warn);
}

static void no_log_file_is_written(void **state)
{
    (void) state;
    char here[4096];
    char directory[] = "/tmp/stepwire-test-XXXXXX";
    assert_non_null(getcwd(here, sizeof(here)));
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    in_every_task(put_a_nan);
    in_every_task(choose_no_integrator);
    assert_int_equal(rmdir(directory), 0);  // only an empty one can be removed
    assert_int_equal(chdir(here), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nan_in_the_state_fails_the_step_and_a_reset_recovers),
        cmocka_unit_test(a_huge_velocity_fails_the_step_and_a_reset_recovers),
        cmocka_unit_test(an_mju_error_fails_the_step_and_a_reset_recovers),
        cmocka_unit_test(every_warning_fails_the_step_and_a_reset_recovers),
        cmocka_unit_test(no_log_file_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
