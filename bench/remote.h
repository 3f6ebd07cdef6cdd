// remote.h -- a task at a server, stepped as fast as it goes: everything that a learner sees of it,
// client included, and no learner.
#ifndef BENCH_REMOTE_H
#define BENCH_REMOTE_H

#include <stepwire/pool.h>

#include "actions.h"

enum { REMOTE_SEED = 1 };  // of the sessions

typedef struct remote {
    sw_pool *pool;
    actions actions;
    int64_t turn;   // how often the pool has been stepped
    int64_t steps;  // of environments, so far
} remote;

// Opens and resets a pool of `rows` rows in `groups` groups. Errors of sw_pool_open(); then too,
// remote_close() is called.
sw_status remote_open(const char *endpoint, const char *task, int groups, int rows, remote *r);

// Steps the groups in turn, each of them on its way while the others are read, until `seconds` are
// over and the last one is back. Gives steps of environments per second. Errors of the pool.
sw_status remote_step(remote *r, double seconds, double *steps_per_second);

void remote_close(remote *r);

#endif
