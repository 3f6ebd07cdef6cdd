// args.h -- command lines: tables of flags that parse and that print their own help.
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include <stdint.h>
#include <stdio.h>

#include <stepwire/status.h>

enum { ARGS_MAX = 128 };  // flags on one command line

typedef struct args_flag {
    const char *name;   // without its dashes
    const char *value;  // what the help calls its value; NULL: it takes none
    const char *doc;    // with default and unit
} args_flag;

typedef struct args args;

typedef struct args_command {
    const char *name;     // "" if it is what the program does without one
    const char *operand;  // what the help calls its one operand; NULL: it takes none
    const char *doc;
    const args_flag *flags;  // [flag_count]
    int flag_count;
    sw_status (*run)(const args *a);
} args_command;

typedef struct args_given {
    const char *name;   // of the flag
    const char *value;  // "" if it takes none
} args_given;

// What was given. Points into argv.
struct args {
    const args_command *command;
    const char *operand;         // NULL: none
    args_given given[ARGS_MAX];  // [count], in order
    int count;
};

// Reads argv [argc], which begins after the command's name; `--flag value` and `--flag=value` mean
// the same. SW_INVALID_ARGUMENT naming what is unknown or lacks a value, and what is allowed.
sw_status args_parse(const args_command *command, int argc, char *const *argv, args *a);

// The last value given to a flag, NULL if none was.
const char *args_get(const args *a, const char *name);

// As args_get(); SW_INVALID_ARGUMENT naming the flag if it is missing.
sw_status args_need(const args *a, const char *name, const char **value);

// Reads the last value given to a flag as a whole number in [low, high], which may be written 1e6.
// If none was given *value stays as it is. SW_INVALID_ARGUMENT naming the flag and the range.
sw_status args_int(const args *a, const char *name, int64_t low, int64_t high, int64_t *value);

// The same for any number in [low, high].
sw_status args_float(const args *a, const char *name, double low, double high, double *value);

// Writes how to use a command of `program`, and all of its flags.
void args_help(const char *program, const args_command *command, FILE *out);

#endif
