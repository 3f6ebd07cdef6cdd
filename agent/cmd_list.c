// cmd_list.c -- stepwire-agent list and describe: what there is.
#include <stdio.h>
#include <string.h>

#include "algo.h"
#include "commands.h"
#include "config.h"
#include "presets.h"
#include "servers.h"
#include "spec_print.h"

// ---- list -----------------------------------------------------------------------------------

static const args_flag list_flags[] = {
    {"connect", "EP", "list the tasks that this server offers"},
    {"keys", "DIR",
     "keys for --connect, made by stepwire-simserver keygen; default: no encryption"},
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

static sw_status list_tasks(const args *a)
{
    servers s;
    sw_client *client = NULL;
    sw_status st = servers_open(&s, a);
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
    if (args_get(a, "connect") != NULL) {
        return list_tasks(a);
    }
    list_algorithms();
    return SW_OK;
}

const args_command command_list = {
    .name = "list",
    .doc = "Lists the algorithms and their presets.\n"
           "A preset is a task with the values that replace the algorithm's defaults there. With\n"
           "--connect, lists the tasks of a server instead.",
    .flags = list_flags,
    .flag_count = sizeof(list_flags) / sizeof(list_flags[0]),
    .run = run_list,
};


// ---- describe -------------------------------------------------------------------------------

static const args_flag describe_flags[] = {
    {"env", "ID", "a task: its tensors, settings and limits"},
    {"algo", "NAME", "an algorithm: its hyper-parameters"},
    {"connect", "EP", "the server to ask about the task; default: one of its own"},
    {"keys", "DIR",
     "keys for --connect, made by stepwire-simserver keygen; default: no encryption"},
    {"help", NULL, "print this"},
};

static sw_status describe_env(const char *id, const args *a)
{
    servers s;
    sw_client *client = NULL;
    sw_spec spec = {0};
    sw_status st = servers_open(&s, a);
    if (st == SW_OK) {
        st = servers_client(&s, &client);
    }
    if (st == SW_OK) {
        st = sw_client_describe(client, id, NULL, 0, &spec);
    }
    if (st == SW_OK) {
        printf("%s\n\n", spec.id);
        spec_print(&spec, NULL, stdout);
        if (spec.setting_count > 0) {
            printf("\nA setting is changed by --set env.NAME=VALUE.\n");
        }
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
        printf("\nHyper-parameters, changed by --set NAME=VALUE:\n\n");
        spec_print_settings(class->params, NULL, class->param_count, stdout);
    }
    return st;
}

static sw_status run_describe(const args *a)
{
    const char *env = args_get(a, "env"), *name = args_get(a, "algo");
    if ((env != NULL) == (name != NULL)) {
        return sw_fail(SW_INVALID_ARGUMENT, "describe what? --env ID or --algo NAME");
    }
    return env != NULL ? describe_env(env, a) : describe_algo(name);
}

const args_command command_describe = {
    .name = "describe",
    .doc = "Describes a task, or an algorithm's hyper-parameters.",
    .flags = describe_flags,
    .flag_count = sizeof(describe_flags) / sizeof(describe_flags[0]),
    .run = run_describe,
};
