// commands.h -- the commands of stepwire-agent. Each reads its flags, prints its results to
// standard output and returns its failure for main to print.
#ifndef AGENT_COMMANDS_H
#define AGENT_COMMANDS_H

#include "args.h"

extern const args_command command_train;
extern const args_command command_eval;
extern const args_command command_list;
extern const args_command command_describe;

#endif
