#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "classic_tasks.h"
#include "lookup.h"
#include "mujoco_tasks.h"
#include "setting.h"
#include "spec_print.h"
#include "task.h"
#include "tasks.h"

const sw_env_class *task_at(int i)
{
    const sw_env_class *const *(*const families[])(int *) = {mujoco_tasks, classic_tasks};
    for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
        int count;
        const sw_env_class *const *tasks = families[f](&count);
        if (i < count) {
            return tasks[i];
        }
        i -= count;
    }
    return NULL;
}

sw_status list_tasks(const args *a)
{
    (void) a;
    const sw_env_class *task;
    for (int i = 0; (task = task_at(i)) != NULL; i++) {
        printf("%-26s %s\n", task->id, task->doc);
    }
    return SW_OK;
}

static sw_status find_task(const char *id, const sw_env_class **found)
{
    enum { MOST = 256 };  // that a server offers
    const sw_env_class *tasks[MOST];
    int count = 0;
    while (count < MOST && (tasks[count] = task_at(count)) != NULL) {
        count++;
    }
    *found = lookup_task(tasks, count, id);
    return *found != NULL ? SW_OK : lookup_failed(tasks, count, id);
}

// Reads `NAME=VALUE` into the value of that setting.
static sw_status assign(const sw_spec *spec, const char *text, sw_value *values)
{
    const size_t length = strcspn(text, "=");
    if (text[length] == '\0') {
        return sw_fail(SW_INVALID_ARGUMENT, "--set %.60s: must be NAME=VALUE", text);
    }
    char name[SW_MAX_NAME + 1];
    (void) snprintf(name, sizeof(name), "%.*s", (int) length, text);
    const int i = sw_spec_find_setting(spec, name);
    if (i < 0) {
        return setting_refuse_unknown(spec->id, spec->settings, spec->setting_count, name);
    }
    const sw_status st = sw_setting_parse(&spec->settings[i], text + length + 1, &values[i]);
    return st == SW_OK ? SW_OK : sw_fail(st, "%s: %s", spec->id, sw_last_error());
}

// The default values of the task's settings, changed as `a` says.
static sw_status read_values(const sw_env_class *task, const args *a, sw_value *values)
{
    for (int i = 0; i < task->setting_count; i++) {
        values[i] = task->settings[i].initial;
    }
    sw_spec spec;
    sw_status st = task_describe(task, values, &spec);
    if (st != SW_OK) {
        return st;
    }
    for (int i = 0; i < a->count && st == SW_OK; i++) {
        st = assign(&spec, a->given[i].value, values);
    }
    sw_spec_free(&spec);
    return st;
}

sw_status describe_task(const args *a)
{
    if (a->operand == NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "describe which task? `list` shows them");
    }
    const sw_env_class *task = NULL;
    sw_status st = find_task(a->operand, &task);
    if (st != SW_OK) {
        return st;
    }
    sw_value values[SW_MAX_SETTINGS];
    st = read_values(task, a, values);
    if (st != SW_OK) {
        return st;
    }
    sw_spec spec;
    st = task_describe(task, values, &spec);
    if (st != SW_OK) {
        return st;
    }
    printf("%s: %s\n\n", task->id, task->doc);
    spec_print(&spec, values, stdout);
    sw_spec_free(&spec);
    return SW_OK;
}
