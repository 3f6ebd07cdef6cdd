// commands.h -- the commands of stepwire-simserver.
#ifndef SIMSERVER_COMMANDS_H
#define SIMSERVER_COMMANDS_H

#include "args.h"

// Serves every task until a signal, or with --until-eof the end of standard input. Prints
// `ready ENDPOINT` when it can be connected to. Errors of the flags and of sw_server_open().
sw_status serve(const args *a);

// `keygen DIR`: makes what is missing in a directory of keys, and prints what that was. Errors of
// keys_generate().
sw_status make_keys(const args *a);

// `list`: ids, and a sentence about each.
sw_status list_tasks(const args *a);

// `describe ID [--set NAME=VALUE]...`: the spec under these settings. SW_NOT_FOUND saying what
// to use instead; SW_INVALID_ARGUMENT naming the setting and what is allowed.
sw_status describe_task(const args *a);

#endif
