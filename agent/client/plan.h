// plan.h -- what a pool was asked for, kept as long as it lives, because sessions are opened again
// later; and the spec that all its sessions must have.
#ifndef CLIENT_PLAN_H
#define CLIENT_PLAN_H

#include <stepwire/pool.h>

#include "arena.h"

typedef struct plan {
    sw_pool_options options;  // what it points to stands in `memory`
    arena memory;
    sw_spec spec;           // as first opened; zeroed before
    const char *spec_from;  // the endpoint that gave it
} plan;

// Copies the options and everything they point to. SW_INVALID_ARGUMENT if rows, groups and
// endpoints do not fit together; SW_NO_MEMORY.
sw_status plan_init(plan *p, const sw_pool_options *options);

// A zeroed or half made plan is allowed.
void plan_free(plan *p);

// The session of a group, and the client of a server of the pool.
sw_session_options plan_session(const plan *p, int group);
sw_client_options plan_client(const plan *p, int server);

// Takes over the first spec; of any other, SW_FAILED_PRECONDITION naming both endpoints and what
// differs if a learner could not take one for the other.
sw_status plan_check(plan *p, const sw_spec *spec, const char *endpoint);

#endif
