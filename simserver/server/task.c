#include "task.h"

#include <string.h>

sw_status task_describe(const sw_env_class *task, const sw_value *values, sw_spec *spec)
{
    sw_spec s;
    sw_status st = sw_spec_init(&s, task->id);
    if (st != SW_OK) {
        return st;
    }
    for (int i = 0; i < task->setting_count && st == SW_OK; i++) {
        st = sw_spec_add_setting(&s, &task->settings[i]);
    }
    if (st == SW_OK) {
        st = task->describe(values, &s);
    }
    if (st == SW_OK && s.agents != 1) {
        st =
            sw_fail(SW_INVALID_ARGUMENT, "%s: has %d agents, this server steps one per environment",
                    task->id, s.agents);
    }
    if (st == SW_OK && s.max_episode_steps < 0) {
        st = sw_fail(SW_INVALID_ARGUMENT, "%s: max_episode_steps is negative", task->id);
    }
    if (st != SW_OK) {
        sw_spec_free(&s);
        return st;
    }
    s.supports_state = task->save != NULL;
    s.supports_render = task->render != NULL;
    *spec = s;
    return SW_OK;
}

static sw_status check_state_members(const sw_env_class *task)
{
    const bool formats = task->state_formats != NULL && task->state_formats[0] != NULL;
    const int there =
        formats + (task->state_size != NULL) + (task->save != NULL) + (task->load != NULL);
    if (there != 0 && there != 4) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: of state_formats, state_size, save and load all must be there or none",
                       task->id);
    }
    for (int f = 0; formats && task->state_formats[f] != NULL; f++) {
        const size_t length = strlen(task->state_formats[f]);
        if (length == 0 || length > SW_MAX_NAME) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "%s: the name of a state format has 1 to %d bytes, not %zu", task->id,
                           SW_MAX_NAME, length);
        }
    }
    return SW_OK;
}

sw_status task_check(const sw_env_class *task)
{
    const size_t length = task->id == NULL ? 0 : strlen(task->id);
    if (length == 0 || length > SW_MAX_NAME) {
        return sw_fail(SW_INVALID_ARGUMENT, "a task id has 1 to %d bytes, not %zu", SW_MAX_NAME,
                       length);
    }
    if (task->describe == NULL || task->init == NULL || task->reset == NULL || task->step == NULL ||
        task->close == NULL) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: describe, init, reset, step and close must all be there", task->id);
    }
    if (task->setting_count < 0 || task->setting_count > SW_MAX_SETTINGS) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: has %d settings, at most %d are allowed", task->id,
                       task->setting_count, SW_MAX_SETTINGS);
    }
    sw_status st = check_state_members(task);
    if (st != SW_OK) {
        return st;
    }
    sw_value values[SW_MAX_SETTINGS];
    for (int i = 0; i < task->setting_count; i++) {
        values[i] = task->settings[i].initial;
        st = sw_setting_check(&task->settings[i], &values[i]);
        if (st != SW_OK) {
            return st;
        }
    }
    sw_spec spec;
    st = task_describe(task, values, &spec);
    if (st != SW_OK) {
        return st;
    }
    sw_spec_free(&spec);
    return SW_OK;
}
