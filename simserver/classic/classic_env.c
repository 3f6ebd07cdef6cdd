// Design: a state as bytes is its numbers; the format for exchange is the first of them.
#include "classic_env.h"

#include <math.h>
#include <string.h>

#include "random.h"

static sw_status add_action(const classic_task *task, sw_spec *spec)
{
    const bool is_choice = task->choices > 0;
    const double low = is_choice ? 0 : -task->action_limit;
    const double high = is_choice ? task->choices - 1 : task->action_limit;
    sw_tensor action = {.name = "action", .dtype = SW_INT64, .low = &low, .high = &high};
    if (!is_choice) {
        action.dtype = SW_FLOAT32;
        action.dims = 1;
        action.shape[0] = 1;
    }
    return sw_spec_add_action(spec, &action);
}

sw_status classic_describe(const classic_task *task, const sw_value *values, sw_spec *spec)
{
    double low[CLASSIC_MAX_OBSERVATION];
    double high[CLASSIC_MAX_OBSERVATION];
    for (int i = 0; i < task->observation_size; i++) {
        low[i] = (float) task->observation_low[i];
        high[i] = (float) task->observation_high[i];
    }
    const sw_tensor observation = {.name = "observation",
                                   .dtype = SW_FLOAT32,
                                   .dims = 1,
                                   .shape = {task->observation_size},
                                   .low = low,
                                   .high = high};
    spec->reward_low = task->reward_low;
    spec->reward_high = task->reward_high;
    spec->max_episode_steps = task->max_episode_steps;
    spec->dt = task->dt;
    if (task->adjust != NULL) {
        task->adjust(&values[0], spec);
    }
    const sw_status st = sw_spec_add_observation(spec, &observation);
    return st == SW_OK ? add_action(task, spec) : st;
}

void classic_init(classic_env *env, const classic_task *task, const sw_value *values)
{
    env->task = task;
    if (task->env_class->setting_count > 0) {
        env->setting = values[0];
    }
}

sw_status classic_reset(void *env, uint64_t seed, sw_row *row)
{
    classic_env *e = env;
    random_state random = random_seed(seed);
    for (int i = 0; i < e->task->numbers; i++) {
        e->state[i] = random_uniform(&random, e->task->reset_low[i], e->task->reset_high[i]);
    }
    e->task->observe(e->state, row->observations[0]);
    return SW_OK;
}

sw_status classic_step(void *env, sw_row *row)
{
    classic_env *e = env;
    const void *action = row->actions[0];
    const bool is_choice = e->task->choices > 0;
    e->task->step(e, is_choice ? (double) *(const int64_t *) action : *(const float *) action, row);
    e->task->observe(e->state, row->observations[0]);
    return SW_OK;
}

void classic_close(void *env)
{
    (void) env;
}

sw_status classic_render(void *env, const sw_picture *picture)
{
    const classic_env *e = env;
    if (picture->camera[0] != '\0') {
        return sw_fail(SW_NOT_FOUND, "%s: no camera '%s': it has one only, without a name",
                       e->task->env_class->id, picture->camera);
    }
    e->task->draw(e, picture);
    return SW_OK;
}

// ---- state ----------------------------------------------------------------------------------

static int count_numbers(const classic_env *e, int format)
{
    return format == 0 ? e->task->numbers : e->task->exchanged;
}

size_t classic_state_size(const void *env, int format)
{
    return (size_t) count_numbers(env, format) * sizeof(double);
}

sw_status classic_save(void *env, int format, void *state)
{
    const classic_env *e = env;
    memcpy(state, e->state, classic_state_size(e, format));
    return SW_OK;
}

sw_status classic_load(void *env, int format, const void *state, sw_row *row)
{
    classic_env *e = env;
    const double *numbers = state;
    for (int i = 0; i < count_numbers(e, format); i++) {
        if (!isfinite(numbers[i])) {
            return sw_fail(SW_INVALID_ARGUMENT, "%s: state: number %d is not finite",
                           e->task->env_class->id, i);
        }
    }
    memset(e->state, 0, sizeof(e->state));
    memcpy(e->state, numbers, classic_state_size(e, format));
    e->task->observe(e->state, row->observations[0]);
    return SW_OK;
}
