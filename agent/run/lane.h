// lane.h -- one group of a pool as the driver knows it, and what a checkpoint holds of it.
#ifndef RUN_LANE_H
#define RUN_LANE_H

#include <stepwire/pool.h>

#include "checkpoint.h"
#include "held.h"
#include "snapshot.h"

typedef struct lane {
    sw_pool *pool;
    int group;
    int first_row;
    const sw_batch *batch;  // the last one; valid until the next send, or it is the held one
    uint8_t begun;          // the reply to the first Reset has been seen
    uint8_t waiting;        // for an update
    uint8_t received;       // the batch of the next turn is held
    held held;
    snapshot snapshot;
} lane;

// SW_NO_MEMORY: lane_free() all the same.
sw_status lane_init(lane *l, sw_pool *pool, int group);

// A zeroed one is allowed.
void lane_free(lane *l);

// Whether something is on its way from the pool, or would be had it been asked for.
bool lane_is_outstanding(const lane *l);

// Holds l->batch, which was received before its turn.
void lane_hold(lane *l);

// Makes the held batch the last one, now that its turn has come; false if there is none.
bool lane_release(lane *l);

// Copies what lane_tensors() shows, and asks the pool for the states. What is outstanding is as
// good as lost. SW_NO_MEMORY.
sw_status lane_keep(lane *l);

// Makes room for the states that the checkpoint has, to load them. SW_NO_MEMORY.
sw_status lane_make_room(lane *l, const checkpoint *from);

// Shows run.GROUP.* and env.GROUP.*.
sw_status lane_tensors(lane *l, const tensor_visitor *to);

// After its arrays were loaded: puts the group of the pool where it was. If it begins new episodes
// instead, *is_anew, and why [size] says for which reason. Errors of train_restore().
sw_status lane_restore(lane *l, bool *is_anew, char *why, size_t size);

#endif
