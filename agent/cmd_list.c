// cmd_list.c -- stepwire-agent list and describe: what there is.
#include <stdio.h>
#include <string.h>

#include "algo.h"
#include "commands.h"
#include "config.h"
#include "preset.h"
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

// "  tuned: CartPole-v1, Hopper-v5": the tasks for which an algorithm has that kind of preset;
// nothing where there is none.
static sw_status print_tasks(const algo_class *class, preset_kind kind)
{
    int count, found = 0;
    const preset_file *files = preset_files(&count);
    for (int i = 0; i < count; i++) {
        if (strcmp(files[i].algo, class->name) != 0) {
            continue;
        }
        preset p;
        const sw_status st = preset_open(files[i].algo, files[i].env, &p);
        if (st != SW_OK) {
            return st;
        }
        if (p.counts[kind] > 0) {
            if (found++ == 0) {
                printf("  %s: %s", preset_kind_name(kind), files[i].env);
            } else {
                printf(", %s", files[i].env);
            }
        }
        preset_close(&p);
    }
    if (found > 0) {
        printf("\n");
    }
    return SW_OK;
}

// An algorithm, and for which tasks it has presets.
static sw_status print_algorithm(const algo_class *class)
{
    printf("%s: %s\n", class->name, class->doc);
    const sw_status st = print_tasks(class, PRESET_TUNED);
    return st == SW_OK ? print_tasks(class, PRESET_PAPER) : st;
}

static sw_status list_algorithms(void)
{
    int count;
    sw_status st = SW_OK;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; st == SW_OK && i < count; i++) {
        st = print_algorithm(all[i]);
    }
    return st;
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
    return list_algorithms();
}

const args_command command_list = {
    .name = "list",
    .doc = "Lists the algorithms and their presets.\n"
           "A preset is what train begins with on a task instead of the algorithm's defaults: by\n"
           "itself where it is tuned, on --preset paper where it is the paper's. With --connect,\n"
           "lists the tasks of a server instead.",
    .flags = list_flags,
    .flag_count = sizeof(list_flags) / sizeof(list_flags[0]),
    .run = run_list,
};


// ---- describe -------------------------------------------------------------------------------

static const args_flag describe_flags[] = {
    {"env", "ID", "a task: its tensors, settings and limits"},
    {"algo", "NAME", "an algorithm: its hyper-parameters; with --env, its presets for the task"},
    {"connect", "EP", "the server to ask about the task; default: one of its own"},
    {"keys", "DIR",
     "keys for --connect, made by stepwire-simserver keygen; default: no encryption"},
    {"help", NULL, "print this"},
};

// Which algorithms have presets for a task.
static sw_status print_presets(const char *env)
{
    int count, found = 0;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        preset p;
        char kinds[100];
        const sw_status st = preset_open(all[i]->name, env, &p);
        if (st != SW_OK) {
            return st;
        }
        preset_print_kinds(&p, kinds, sizeof(kinds));
        preset_close(&p);
        if (kinds[0] != 0) {
            printf("%s  %s: %s\n", found++ == 0 ? "\nPresets:\n" : "", all[i]->name, kinds);
        }
    }
    return SW_OK;
}

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
        st = print_presets(spec.id);
    }
    sw_spec_free(&spec);
    sw_client_close(client);
    servers_close(&s);
    return st;
}

static sw_status describe_algo(const char *name)
{
    const algo_class *class;
    sw_status st = config_find_algo("--algo", name, &class);
    if (st == SW_OK) {
        st = print_algorithm(class);
    }
    if (st == SW_OK) {
        printf("\nHyper-parameters, changed by --set NAME=VALUE:\n\n");
        spec_print_settings(class->params, NULL, class->param_count, stdout);
    }
    return st;
}

// The file of the pair as it stands: only its comments say where the values come from.
static sw_status describe_preset(const char *name, const char *env)
{
    const algo_class *class;
    const sw_status st = config_find_algo("--algo", name, &class);
    if (st != SW_OK) {
        return st;
    }
    const preset_file *file = preset_file_find(name, env);
    if (file == NULL) {
        return preset_refuse(name, env);
    }
    fwrite(file->text, 1, file->size, stdout);
    return SW_OK;
}

static sw_status run_describe(const args *a)
{
    const char *env = args_get(a, "env"), *name = args_get(a, "algo");
    if (env == NULL && name == NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "describe what? --env ID or --algo NAME");
    }
    if (env != NULL && name != NULL) {
        return describe_preset(name, env);
    }
    return env != NULL ? describe_env(env, a) : describe_algo(name);
}

const args_command command_describe = {
    .name = "describe",
    .doc = "Describes a task, an algorithm's hyper-parameters, or its presets for a task.",
    .flags = describe_flags,
    .flag_count = sizeof(describe_flags) / sizeof(describe_flags[0]),
    .run = run_describe,
};
