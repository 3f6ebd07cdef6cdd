#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "classic_tasks.h"
#include "lookup.h"
#include "mujoco_tasks.h"
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
    const char *equals = strchr(text, '=');
    char name[SW_MAX_NAME + 1] = "";
    if (equals != NULL && (size_t) (equals - text) < sizeof(name)) {
        memcpy(name, text, (size_t) (equals - text));
    }
    const int i = sw_spec_find_setting(spec, name);
    if (i >= 0) {
        return sw_setting_parse(&spec->settings[i], equals + 1, &values[i]);
    }
    char names[400] = "";
    for (int s = 0; s < spec->setting_count; s++) {
        const size_t used = strlen(names);
        (void) snprintf(names + used, sizeof(names) - used, "%s%s", s > 0 ? ", " : "",
                        spec->settings[s].name);
    }
    return sw_fail(SW_INVALID_ARGUMENT,
                   "--set %.60s: no such setting of %s; --set NAME=VALUE with "
                   "NAME one of %s",
                   text, spec->id, names);
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
