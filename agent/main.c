// main.c -- stepwire-agent: picks the command, and prints what went wrong.
//
// Exit status: 0; 2 if what was asked for makes no sense (an unknown command, flag, option, task or
// algorithm, or a value out of its range); 130 if it was interrupted; else 1.
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "interrupts.h"
#include "machine.h"

static const args_command *const commands[] = {&command_train, &command_eval, &command_list,
                                               &command_describe};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_usage(FILE *out)
{
    fprintf(out, "stepwire-agent COMMAND [FLAG]...\n\n"
                 "Learns from simulators that run somewhere else.\n\n");
    for (int i = 0; i < COMMANDS; i++) {
        const char *doc = commands[i]->doc;
        fprintf(out, "  %-10s %.*s\n", commands[i]->name, (int) strcspn(doc, "."), doc);
    }
    fprintf(out, "\n  COMMAND --help     says everything about a command\n"
                 "  --version          prints the version\n");
}

static int exit_status(sw_status st)
{
    switch (st) {
    case SW_OK: return 0;
    case SW_INVALID_ARGUMENT:
    case SW_NOT_FOUND: return 2;
    case SW_INTERRUPTED: return 130;
    default: return 1;
    }
}

static int run(const args_command *command, int argc, char **argv)
{
    args a;
    sw_status st = args_parse(command, argc, argv, &a);
    if (st == SW_OK && args_get(&a, "help") != NULL) {
        args_help("stepwire-agent", command, stdout);
        return 0;
    }
    if (st == SW_OK) {
        st = command->run(&a);
    }
    if (st != SW_OK) {
        fflush(stdout);
        fprintf(stderr, "stepwire-agent %s: %s\n", command->name, sw_last_error());
    }
    return exit_status(st);
}

int main(int argc, char **argv)
{
    machine_tune_blas(argv);
    interrupts_catch();
    const char *word = argc > 1 ? argv[1] : "";
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(word, commands[i]->name) == 0) {
            return run(commands[i], argc - 2, argv + 2);
        }
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(word, "--version") == 0) {
        printf("stepwire-agent %s\n", SW_PROJECT_VERSION);
        return 0;
    }
    if (argc > 1) {
        fprintf(stderr, "stepwire-agent: no command '%s'\n\n", word);
    }
    print_usage(stderr);
    return 2;
}
