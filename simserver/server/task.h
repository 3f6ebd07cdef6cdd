// task.h -- asks an environment class what it is.
#ifndef SERVER_TASK_H
#define SERVER_TASK_H

#include <stepwire/env.h>

// The spec of a task under `values` [setting_count], which are checked and complete. *spec is the
// caller's to free. Errors of the class's describe; SW_INVALID_ARGUMENT naming the task if what it
// describes cannot be served.
sw_status task_describe(const sw_env_class *task, const sw_value *values, sw_spec *spec);

// Checks a class before it is offered: functions there, name sendable, settings' defaults within
// their own ranges, a spec under them, states whole or not at all. SW_INVALID_ARGUMENT naming the
// task and what is wrong.
sw_status task_check(const sw_env_class *task);

#endif
