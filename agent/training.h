// training.h -- a training in its run directory, from the first step or a checkpoint to the end.
#ifndef AGENT_TRAINING_H
#define AGENT_TRAINING_H

#include "checkpoint.h"
#include "setup.h"

// Begins a run in `directory`, or goes on with the one there if `from` is not NULL: then the caller
// has locked it (file_lock()). Unless quiet, prints what it does. An interrupt ends it with SW_OK,
// saved; SW_INTERRUPTED if it was not. Errors of record.h and train.h.
sw_status training_run(setup *s, const char *directory, checkpoint *from, bool quiet);

#endif
