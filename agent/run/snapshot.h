// snapshot.h -- what a pool says of a group (sw_pool_state), in memory of its own and in
// checkpoints.
#ifndef RUN_SNAPSHOT_H
#define RUN_SNAPSHOT_H

#include <stepwire/pool.h>

#include "tensors.h"

typedef struct snapshot {
    int rows;
    uint8_t has_seeds;   // what follows is more than zeros
    uint64_t *seeds;     // [rows]
    uint64_t *episodes;  // [rows]
    int64_t *sizes;      // [rows] bytes of each state
    uint8_t *bytes;      // [byte_count] the states, one after the other; NULL: no room yet
    int64_t byte_count;
    // for snapshot_state()
    const void **states;  // [rows]
    size_t *state_sizes;  // [rows]
    sw_states all;
} snapshot;

// SW_NO_MEMORY: snapshot_free() all the same.
sw_status snapshot_init(snapshot *s, int rows);

// A zeroed one is allowed.
void snapshot_free(snapshot *s);

// Copies a state but for its observations. SW_NO_MEMORY: then it is as if there were no states.
sw_status snapshot_take(snapshot *s, const sw_pool_state *state);

// Room for states of `bytes` bytes in all, before they are loaded; 0: there are none. SW_NO_MEMORY.
sw_status snapshot_make_room(snapshot *s, int64_t bytes);

// Shows env.GROUP.has_seeds, .seeds, .episodes, and if there are states .sizes and .states.
sw_status snapshot_tensors(snapshot *s, const tensor_visitor *to, int group);

// The name under which a group's states are shown, into name [SNAPSHOT_NAME].
enum { SNAPSHOT_NAME = 64 };
void snapshot_name(int group, char *name);

// After loading: the state but for its observations, valid as long as `s` and unchanged.
// SW_PROTOCOL if the sizes do not add up.
sw_status snapshot_state(snapshot *s, sw_pool_state *state);

#endif
