// checkpoint.h -- the state of a run as a safetensors file, which other tools read too.
//
// What is in it is what its parts show, under their names: those of the algorithm as they are,
// "run.*" the driver's, "env.*" the environments'. Large arrays of variable length are stored as
// zstd frames (safetensors.h). __metadata__ says what it is:
//
//     checksum  XXH3 of the data, then of all before it, with sixteen zeros in place of this number
//     format    CHECKPOINT_FORMAT
//     version   of Stepwire
//     algo, env, steps
//     config    the text of config.yaml
//     left_out  how many arrays of the replay are missing, on request
//
// Of files without checksum and format, which others may have made, the policy alone is read.
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "safetensors.h"

enum { CHECKPOINT_FORMAT = 2 };  // 1: without checksum; the algorithm's arrays alone

// Something whose arrays are kept: as algo_class.tensors, which says what holds for them.
typedef struct checkpoint_part {
    sw_status (*tensors)(void *self, algo_visit visit, void *context);
    void *self;
} checkpoint_part;

typedef struct checkpoint_about {
    const char *algo;
    const char *env;
    int64_t steps;        // transitions
    const char *config;   // text of config.yaml; "": not known
    const char *version;  // of Stepwire; not read when writing
    int64_t left_out;     // likewise; arrays of the replay
} checkpoint_about;

typedef struct checkpoint checkpoint;

// An algorithm as a part.
typedef struct checkpoint_learner {
    const algo_class *class;
    algo *algo;
} checkpoint_learner;

// The part lasts as long as *learner does.
checkpoint_part checkpoint_part_of(checkpoint_learner *learner);

// Writes parts [count], without arrays called "replay.*" unless with_replay. A file that stands at
// `path` is replaced only when the new one is complete. SW_IO naming the path and the system's
// reason: then what stood there is intact, and nothing else is left.
sw_status checkpoint_write(const char *path, const checkpoint_about *about,
                           const checkpoint_part *parts, int count, bool with_replay);

// Opens a file and verifies all of it. SW_IO; SW_PROTOCOL saying why it is no whole checkpoint, or
// that its format is newer than ours. The caller closes it.
sw_status checkpoint_open(const char *path, checkpoint **c);

// NULL is allowed.
void checkpoint_close(checkpoint *c);

const char *checkpoint_path(const checkpoint *c);

// What the file says of itself; "" and 0 where it says nothing. The checkpoint's.
const checkpoint_about *checkpoint_says(const checkpoint *c);

// SW_FAILED_PRECONDITION naming both, if it is not of this algorithm and task.
sw_status checkpoint_check(const checkpoint *c, const char *algo_name, const char *env);

// An array, so that its owner can make room before it is read. The checkpoint's; NULL: not there.
const safetensor *checkpoint_find(const checkpoint *c, const char *name);

// Reads parts [count], which show the same arrays as those written did, of the same types and
// shapes: all of them, and no other is there; only a replay that was left out may be missing, and
// then stays as it is. SW_PROTOCOL naming what does not fit, or that it has no checksum: then
// nothing was read; SW_IO, after which parts may be half read.
sw_status checkpoint_read(checkpoint *c, const checkpoint_part *parts, int count);

// Reads only arrays called "policy.*", all that algo_class.decide() needs. Errors of
// checkpoint_read().
sw_status checkpoint_read_policy(checkpoint *c, const algo_class *class, algo *a);

#endif
