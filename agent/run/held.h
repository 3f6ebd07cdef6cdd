// held.h -- a batch in memory of its own: one that was received before its turn, or on which a
// group waits when a checkpoint is taken.
#ifndef RUN_HELD_H
#define RUN_HELD_H

#include <stepwire/client.h>

#include "tensors.h"

typedef struct held {
    const sw_spec *spec;
    int rows;
    sw_batch batch;  // what was taken, without infos; its arrays are those below

    void *observations[SW_MAX_TENSORS];  // [observation_count], each [rows, shape...]
    void *finals[SW_MAX_TENSORS];        // likewise; behind final_count zeros
    double *rewards;                     // [rows]
    uint8_t *flags;                      // [rows]
    uint64_t *seeds;                     // [rows]
    int *final_index;                    // [rows]
} held;

// Room for batches of `rows` rows. `spec` outlives it. SW_NO_MEMORY: held_free() all the same.
sw_status held_init(held *h, const sw_spec *spec, int rows);

// A zeroed one is allowed.
void held_free(held *h);

// Copies a SAME_STEP batch, unless that is h->batch itself.
void held_take(held *h, const sw_batch *batch);

// Copies only observations [observation_count]; the rest says that nothing happened.
void held_take_observations(held *h, const void *const *observations);

// Shows run.GROUP.reward, .flags, .seed, .observation.0, .final.0, .observation.1 ...
sw_status held_tensors(held *h, const tensor_visitor *to, int group);

// After its arrays were loaded: makes h->batch of them.
void held_settle(held *h);

#endif
