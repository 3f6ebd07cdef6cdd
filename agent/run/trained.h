// trained.h -- what a training has left behind: a checkpoint and what made it.
#ifndef RUN_TRAINED_H
#define RUN_TRAINED_H

#include "config.h"
#include "shelf.h"

// Opens what `path` stands for: a checkpoint; or a run directory, and in it the latest one. *c
// becomes what the run was made of: in a directory its config.yaml, which the checkpoint must fit,
// else the text in the checkpoint, or if it has none, the config.yaml two levels above. Errors of
// shelf_open(), config_parse() and config_resolve(); SW_FAILED_PRECONDITION if a run directory has
// no checkpoint, with what to do. The caller closes the checkpoint.
sw_status trained_open(const char *path, config *c, checkpoint **out);

// Writes in which options `c` is not what the checkpoint was made with (config_print_changes());
// "" if in none, or it does not say.
void trained_print_changes(const checkpoint *from, const config *c, char *text, size_t size);

// Adds them to the last error, which is `st`, of reading the checkpoint for `c`. Returns st.
sw_status trained_fail(sw_status st, const checkpoint *from, const config *c);

#endif
