// args.h -- command lines: tables of flags that parse and that print their own help.
#ifndef AGENT_ARGS_H
#define AGENT_ARGS_H

#include <stdio.h>

#include <stepwire/client.h>  // sw_assignment

enum { ARGS_MAX = 128 };  // flags on one command line

typedef struct args_flag {
    const char *name;   // without its dashes
    const char *value;  // what --help calls its value; NULL: it takes none
    const char *doc;    // with default and unit
} args_flag;

typedef struct args args;

typedef struct args_command {
    const char *name;
    const char *operand;  // what --help calls its one operand; NULL: it takes none
    const char *doc;
    const args_flag *flags;  // [flag_count]
    int flag_count;
    sw_status (*run)(const args *a);
} args_command;

// What was given. Points into argv.
struct args {
    const args_command *command;
    const char *operand;            // NULL: none
    sw_assignment given[ARGS_MAX];  // in order; the value of a switch is ""
    int count;
};

// Reads argv [argc], which begins after the command's name; `--flag value` and `--flag=value` mean
// the same. SW_INVALID_ARGUMENT naming what is unknown or lacks a value, and what is allowed.
sw_status args_parse(const args_command *command, int argc, char *const *argv, args *a);

// The last value given to a flag, NULL if none was.
const char *args_get(const args *a, const char *name);

// As args_get(); SW_INVALID_ARGUMENT naming the flag if it is missing.
sw_status args_need(const args *a, const char *name, const char **value);

void args_help(const args_command *command, FILE *out);

#endif
