// checkpoint.h -- an algorithm's state as a safetensors file, which other tools read too.
//
// What is in it is what algo_class.tensors visits, under the same names; __metadata__ says whose it
// is: {"algo", "env", "steps", "version"}.
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "algo.h"

// Writes the state of `a`; a file that stands at `path` is replaced only when the new one is
// complete. SW_IO naming the path and the system's reason: then what stood there is intact.
sw_status checkpoint_save(const char *path, const algo_class *class, algo *a, const char *env,
                          int64_t steps);

// Reads a checkpoint into `a`, which was opened for the same algorithm, task and rows. SW_IO, or
// SW_PROTOCOL naming what does not fit; then `a` is as it was, unless the file could not be read
// to its end.
sw_status checkpoint_load(const char *path, const algo_class *class, algo *a);

#endif
