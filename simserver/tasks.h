// tasks.h -- every task this program can serve.
#ifndef SIMSERVER_TASKS_H
#define SIMSERVER_TASKS_H

#include <stepwire/env.h>

// Task i, counted from 0 through all families; NULL after the last.
const sw_env_class *task_at(int i);

#endif
