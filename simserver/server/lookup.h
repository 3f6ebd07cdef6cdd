// lookup.h -- finds a task by its id, or says what to use instead.
//
// An id is a name and a version, "Hopper-v5", as Gymnasium has them.
#ifndef SERVER_LOOKUP_H
#define SERVER_LOOKUP_H

#include <stepwire/env.h>

// The one of tasks [count] called `id`; NULL if there is none.
const sw_env_class *lookup_task(const sw_env_class *const *tasks, int count, const char *id);

// SW_NOT_FOUND for an id that none of tasks [count] has. The text names the other versions of the
// task, newest first; if no task has that name, those of the name that is most like it; if none is
// like it, what there is, of each name its newest version.
sw_status lookup_failed(const sw_env_class *const *tasks, int count, const char *id);

#endif
