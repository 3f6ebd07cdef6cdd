// stepwire-simserver: serves simulators to agents.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

static const args_flag serve_flags[] = {
    {"bind", "EP", "ZeroMQ endpoint; tcp port * picks a free one (tcp://127.0.0.1:5555)"},
    {"threads", "N", "threads that step environments; 0: one for each core (0)"},
    {"keys", "DIR", "encrypt, and let in only clients with a key in DIR/clients; see keygen"},
    {"insecure", NULL, "serve beyond this machine to anyone, unencrypted"},
    {"max-envs", "N", "most environments in all sessions together (16384)"},
    {"max-sessions", "N", "most sessions open at once (1024)"},
    {"max-rows", "N", "most rows of one session (4096)"},
    {"max-message", "N", "largest message, bytes (67108864)"},
    {"max-lease", "SECONDS", "longest time that a silent client's session is kept (600)"},
    {"step-timeout", "SECONDS", "an environment that takes longer is given up; 0: never (300)"},
    {"until-eof", NULL, "end when standard input ends"},
    {"log", "LEVEL", "least serious log line written: debug|info|warning|error|none (info)"},
    {"stats", NULL, "at the end, write the seconds of processor time that steps took"},
    {"version", NULL, "print the version"},
    {"help", NULL, "print this"},
};

static const args_flag describe_flags[] = {
    {"set", "NAME=VALUE", "describe the task with a setting changed; may be repeated"},
};

#define COUNT(ARRAY) (int) (sizeof(ARRAY) / sizeof(ARRAY[0]))

static const args_command commands[] = {
    {.name = "",
     .doc =
         "Serves its tasks. When ready it prints one line, `ready ENDPOINT`. Ctrl-C stops it; a\n"
         "SIGTERM gives its clients 5 s to leave for another server, a second one stops it.\n"
         "Either way what runs is answered. Numbers may be written 1e6.\n"
         "The environment variable STEPWIRE_MODELS names a directory of MuJoCo model files;\n"
         "clients choose one with the setting xml_file. Without it there are none to choose.",
     .flags = serve_flags,
     .flag_count = COUNT(serve_flags),
     .run = serve},
    {.name = "keygen",
     .operand = "DIR",
     .doc = "Makes a directory of keys for --keys, or what is missing in one.",
     .run = make_keys},
    {.name = "list", .doc = "Lists the tasks.", .run = list_tasks},
    {.name = "describe",
     .operand = "ID",
     .doc = "Describes a task: observations, actions, episodes, settings.",
     .flags = describe_flags,
     .flag_count = COUNT(describe_flags),
     .run = describe_task},
};

static void print_help(void)
{
    for (int i = 0; i < COUNT(commands); i++) {
        args_help("stepwire-simserver", &commands[i], stdout);
        (void) fputs(i + 1 < COUNT(commands) ? "\n" : "", stdout);
    }
}

static sw_status find_command(const char *name, const args_command **found)
{
    for (int i = 0; i < COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            *found = &commands[i];
            return SW_OK;
        }
    }
    return sw_fail(SW_INVALID_ARGUMENT,
                   "no command '%.60s'; there are: keygen, list, describe, and none, "
                   "to serve",
                   name);
}

static bool has_word(int argc, char *const *argv, const char *word)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static sw_status run(int argc, char *const *argv)
{
    if (has_word(argc, argv, "--help")) {
        print_help();
        return SW_OK;
    }
    if (has_word(argc, argv, "--version")) {
        printf("stepwire-simserver %s\n", SW_PROJECT_VERSION);
        return SW_OK;
    }
    const bool is_named = argc > 1 && argv[1][0] != '-';
    const int first = is_named ? 2 : 1;
    const args_command *command = &commands[0];
    sw_status st = is_named ? find_command(argv[1], &command) : SW_OK;
    if (st != SW_OK) {
        return st;
    }
    args a;
    st = args_parse(command, argc - first, argv + first, &a);
    return st == SW_OK ? command->run(&a) : st;
}

// Exit status: 0; 2 for a command line that makes no sense, 1 for everything else.
int main(int argc, char **argv)
{
    const sw_status st = run(argc, argv);
    if (st == SW_OK) {
        return 0;
    }
    fprintf(stderr, "stepwire-simserver: %s\n", sw_last_error());
    return st == SW_INVALID_ARGUMENT || st == SW_NOT_FOUND ? 2 : 1;
}
