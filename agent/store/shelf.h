// shelf.h -- a directory of checkpoints:
//
//     step-N.safetensors   after N transitions; the newest few stay
//     latest.safetensors   another name of the newest
//     best.safetensors     another name of the best, which may be none of the few
#ifndef STORE_SHELF_H
#define STORE_SHELF_H

#include "checkpoint.h"
#include "file.h"

#define SHELF_LATEST "latest.safetensors"
#define SHELF_BEST "best.safetensors"

typedef struct shelf {
    const char *directory;
    int keep;          // how many step-N stay, >= 1
    bool with_replay;  // checkpoint_write()
} shelf;

// Writes step-N of about->steps, makes it the best if it is, and the latest, and removes step-M
// with M < N but for the newest. SW_IO naming the file that could not be written and one that is
// whole: nothing that was there before is lost.
sw_status shelf_add(const shelf *s, const checkpoint_about *about, const checkpoint_part *parts,
                    int count, bool is_best);

// Whether there is neither a step-N nor a latest.
bool shelf_is_empty(const char *directory);

// Opens and verifies a checkpoint, wherever it is; if algo_name is not NULL, one of this algorithm
// and task. Errors of checkpoint_open() and checkpoint_check(), in a text that names another one in
// the same directory which would do, if there is one, and for the latest also how that becomes it.
sw_status shelf_open(const char *path, const char *algo_name, const char *env, checkpoint **c);

#endif
