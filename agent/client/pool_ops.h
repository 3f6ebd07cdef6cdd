// pool_ops.h -- what a pool is from inside: a const table of functions behind sw_pool_*().
//
// The real one (pool.c) is made of sessions; a fake one lets tests drive the learner without any
// server. A kind of pool embeds sw_pool as its first member.
#ifndef CLIENT_POOL_OPS_H
#define CLIENT_POOL_OPS_H

#include <stepwire/pool.h>

// `group` is in 0 .. groups - 1. All are called on the pool's one thread. Meanings and errors are
// those of the function of the same name in stepwire/pool.h.
typedef struct pool_ops {
    // The group has no reply outstanding. send waits only to move the group, reset never.
    sw_status (*reset)(sw_pool *pool, int group, const uint64_t *seeds);
    sw_status (*send)(sw_pool *pool, int group, const void *const *actions);

    // Waits. The group has a reply outstanding.
    sw_status (*recv)(sw_pool *pool, int group, const sw_batch **batch);

    // Waits. At least one group has a reply outstanding.
    sw_status (*recv_any)(sw_pool *pool, int *group, const sw_batch **batch);

    // Wait for the server. set_state comes first of all that is called for a group.
    sw_status (*get_state)(sw_pool *pool, int group, sw_pool_state *state);
    sw_status (*set_state)(sw_pool *pool, int group, const sw_pool_state *state);

    // May wait a little for the servers to hear of it.
    void (*close)(sw_pool *pool);
} pool_ops;

struct sw_pool {
    const pool_ops *ops;
    const sw_spec *spec;
    int groups;
    int rows;  // of all groups
    sw_pool_counts counts;
};

// Contiguous blocks, the first rows % groups one larger. Group `groups` begins behind the last row.
static inline int pool_first_row(int rows, int groups, int group)
{
    const int larger = rows % groups;
    return group * (rows / groups) + (group < larger ? group : larger);
}

#endif
