// cmd_list.c -- stepwire-agent list and describe: what there is.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "algo.h"
#include "commands.h"
#include "config.h"
#include "number.h"
#include "presets.h"
#include "servers.h"

// ---- list -----------------------------------------------------------------------------------

static const args_flag list_flags[] = {
    {"connect", "EP", "list the tasks that this server offers"},
    {"help", NULL, "print this"},
};

static void list_algorithms(void)
{
    int algos, presets;
    const algo_class *const *all = algo_list(&algos);
    const preset *table = preset_list(&presets);
    for (int i = 0; i < algos; i++) {
        printf("%s: %s\n", all[i]->name, all[i]->doc);
        for (int j = 0; j < presets; j++) {
            if (strcmp(table[j].algo, all[i]->name) != 0) {
                continue;
            }
            printf("  %-14s", table[j].env);
            for (int k = 0; k < table[j].count; k++) {
                printf(" %s=%s", table[j].values[k].name, table[j].values[k].value);
            }
            printf("  (%s)\n", table[j].doc);
        }
    }
}

static sw_status list_tasks(const char *connect)
{
    servers s;
    sw_client *client = NULL;
    sw_status st = servers_open(&s, connect);
    if (st == SW_OK) {
        st = servers_client(&s, &client);
    }
    if (st == SW_OK) {
        int count;
        const char *const *tasks = sw_client_tasks(client, &count);
        for (int i = 0; i < count; i++) {
            printf("%s\n", tasks[i]);
        }
    }
    sw_client_close(client);
    servers_close(&s);
    return st;
}

static sw_status run_list(const args *a)
{
    const char *connect = args_get(a, "connect");
    if (connect != NULL) {
        return list_tasks(connect);
    }
    list_algorithms();
    return SW_OK;
}

const args_command command_list = {
    .name = "list",
    .doc = "Lists the algorithms, and for each the tasks it has a preset for with the values that\n"
           "replace its defaults there; with --connect, the tasks of a server.",
    .flags = list_flags,
    .flag_count = sizeof list_flags / sizeof list_flags[0],
    .run = run_list,
};


// ---- describe -------------------------------------------------------------------------------

static const args_flag describe_flags[] = {
    {"env", "ID", "a task: its tensors, settings and limits"},
    {"algo", "NAME", "an algorithm: its hyper-parameters"},
    {"connect", "EP", "the server to ask about the task; default: one of its own"},
    {"help", NULL, "print this"},
};

static void print_settings(const sw_setting *settings, int count)
{
    for (int i = 0; i < count; i++) {
        const sw_setting *s = &settings[i];
        char value[CONFIG_MAX_VALUE + 1], low[NUMBER_TEXT], high[NUMBER_TEXT], range[80] = "";
        sw_setting_print(s, &s->initial, value, sizeof value);
        number_print(s->low, low, sizeof low);
        number_print(s->high, high, sizeof high);
        if (s->choices != NULL) {
            snprintf(range, sizeof range, "%s", s->choices);
        } else if (s->low != 0 || s->high != 0) {
            snprintf(range, sizeof range, "%s to %s", low, high);
        }
        printf("  %-24s %-12s %-24s %s\n", s->name, value, range, s->doc != NULL ? s->doc : "");
    }
}

// The bounds of a tensor, when they are the same for all elements.
static void print_bounds(const sw_tensor *t)
{
    const int64_t n = sw_tensor_elements(t);
    char low[NUMBER_TEXT], high[NUMBER_TEXT];
    for (int64_t i = 1; i < n; i++) {
        if (t->low[i] != t->low[0] || t->high[i] != t->high[0]) {
            printf(", bounds per element\n");
            return;
        }
    }
    number_print(t->low[0], low, sizeof low);
    number_print(t->high[0], high, sizeof high);
    printf(", %s to %s\n", low, high);
}

static void print_tensors(const char *what, const sw_tensor *tensors, int count)
{
    for (int i = 0; i < count; i++) {
        const sw_tensor *t = &tensors[i];
        printf("%s %s: %s [", what, t->name, sw_dtype_name(t->dtype));
        for (int d = 0; d < t->dims; d++) {
            printf("%s%lld", d > 0 ? ", " : "", (long long) t->shape[d]);
        }
        printf("]");
        print_bounds(t);
    }
}

static void print_spec(const sw_spec *spec)
{
    char low[NUMBER_TEXT], high[NUMBER_TEXT], dt[NUMBER_TEXT];
    number_print(spec->reward_low, low, sizeof low);
    number_print(spec->reward_high, high, sizeof high);
    number_print(spec->dt, dt, sizeof dt);
    printf("%s\n", spec->id);
    print_tensors("observation", spec->observations, spec->observation_count);
    print_tensors("action", spec->actions, spec->action_count);
    printf("reward: %s to %s\n", low, high);
    if (spec->max_episode_steps > 0) {
        printf("time limit: %lld steps\n", (long long) spec->max_episode_steps);
    }
    if (spec->dt > 0) {
        printf("one step: %s s\n", dt);
    }
    for (int i = 0; i < spec->info_count; i++) {
        printf("%s%s", i == 0 ? "info: " : ", ", spec->infos[i].name);
    }
    if (spec->info_count > 0) {
        printf("\n");
    }
    if (spec->setting_count > 0) {
        printf("settings, for --set env.NAME=VALUE (name, default, range, meaning):\n");
        print_settings(spec->settings, spec->setting_count);
    }
}

static sw_status describe_env(const char *id, const char *connect)
{
    servers s;
    sw_client *client = NULL;
    sw_spec spec = {0};
    sw_status st = servers_open(&s, connect);
    if (st == SW_OK) {
        st = servers_client(&s, &client);
    }
    if (st == SW_OK) {
        st = sw_client_describe(client, id, NULL, 0, &spec);
    }
    if (st == SW_OK) {
        print_spec(&spec);
    }
    sw_spec_free(&spec);
    sw_client_close(client);
    servers_close(&s);
    return st;
}

static sw_status describe_algo(const char *name)
{
    const algo_class *class;
    const sw_status st = config_find_algo("--algo", name, &class);
    if (st == SW_OK) {
        printf("%s: %s\n", class->name, class->doc);
        printf("hyper-parameters, for --set NAME=VALUE (name, default, range, meaning):\n");
        print_settings(class->params, class->param_count);
    }
    return st;
}

static sw_status run_describe(const args *a)
{
    const char *env = args_get(a, "env"), *name = args_get(a, "algo");
    if ((env != NULL) == (name != NULL)) {
        return sw_fail(SW_INVALID_ARGUMENT, "describe what? --env ID or --algo NAME");
    }
    return env != NULL ? describe_env(env, args_get(a, "connect")) : describe_algo(name);
}

const args_command command_describe = {
    .name = "describe",
    .doc = "Describes a task, or an algorithm's hyper-parameters.",
    .flags = describe_flags,
    .flag_count = sizeof describe_flags / sizeof describe_flags[0],
    .run = run_describe,
};
