// stepwire/pool.h -- many sessions, over one or many servers, as one vector environment.
//
// The rows of a pool are numbered through; they come in groups, each a session that lives whole on
// one server. Groups are stepped independently: while one simulates, the learner works on another.
// Results do not depend on how many servers there are, nor on the order of arrival.
//
// A pool belongs to one thread.
#ifndef STEPWIRE_POOL_H
#define STEPWIRE_POOL_H

#include <stepwire/client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sw_pool sw_pool;

typedef struct sw_pool_options {
    const char *const *endpoints;  // [endpoint_count]; groups are dealt to them in turn
    int endpoint_count;
    int rows;                    // of the whole pool, >= groups
    int groups;                  // >= 1; contiguous blocks, the first rows % groups one larger
    sw_client_options client;    // its endpoint is not read
    sw_session_options session;  // its rows and first_row are not read
} sw_pool_options;

// Connects and opens every session. Errors of sw_client_connect() and sw_client_open().
SW_API sw_status sw_pool_open(const sw_pool_options *options, sw_pool **pool);

// The spec all groups share.
SW_API const sw_spec *sw_pool_spec(const sw_pool *pool);

SW_API int sw_pool_groups(const sw_pool *pool);

// How many rows `group` has, and the number of its first one.
SW_API int sw_pool_rows(const sw_pool *pool, int group);
SW_API int sw_pool_first_row(const sw_pool *pool, int group);

// Starts a new episode in every row of a group; the reply comes from recv.
SW_API sw_status sw_pool_reset(sw_pool *pool, int group);

// Sends a group's actions: [action_count], each [rows of the group, shape...].
SW_API sw_status sw_pool_send(sw_pool *pool, int group, const void *const *actions);

// Waits for a group's reply, as sw_client_recv(). *batch is valid until the next send to the group.
SW_API sw_status sw_pool_recv(sw_pool *pool, int group, const sw_batch **batch);

// Waits for whichever waiting group answers first.
SW_API sw_status sw_pool_recv_any(sw_pool *pool, int *group, const sw_batch **batch);

// Closes every session. NULL is allowed.
SW_API void sw_pool_close(sw_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
