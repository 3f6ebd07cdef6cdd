// stepwire/pool.h -- many sessions, over one or many servers, as one vector environment.
//
// The rows of a pool are numbered through; they come in groups, each a session that lives whole on
// one server. Groups are stepped independently: while one simulates, the learner works on another.
// Results do not depend on how many servers there are, nor on the order of arrival.
//
// A session that is lost, because its server died, restarted, broke the protocol or has an
// environment that cannot go on, is opened again: at its group's home (endpoint g mod n for group
// g), else at the next server that answers. Its rows go on with their streams and episode numbers.
// If a step was outstanding it did not happen: every row of the group is FAULTY and TRUNCATED, with
// reward 0, and its final observation is the one delivered before; then the autoreset mode applies
// (with SW_DISABLED the group must be reset). A group away from home, or on a server that is about
// to end, moves between two steps, with its state and without any of this, if the task
// supports_state.
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
    const char *const *endpoints;  // [endpoint_count]; group g's home is endpoint g mod n
    int endpoint_count;
    int rows;                    // of the whole pool, >= groups
    int groups;                  // >= 1; contiguous blocks, the first rows % groups one larger
    sw_client_options client;    // its endpoint is not read
    sw_session_options session;  // its rows and first_row are not read
    double patience;             // seconds to wait when no server can be had; 0: give up at once
} sw_pool_options;

// What went wrong so far, and where it stands.
typedef struct sw_pool_counts {
    int64_t sessions_lost;
    int64_t faulty_rows;  // transitions that did not happen because of it
    int64_t moves;        // of sessions with their state
    int stranded;         // groups that wait now because no server can be had
} sw_pool_counts;

// What it takes to go on with a group in another process: a checkpoint's part of it.
typedef struct sw_pool_state {
    const uint64_t *seeds;            // [rows of the group] as sw_pool_reset() had them last; NULL:
                                      //   never any
    const uint64_t *episodes;         // [rows] numbers of the episodes that begin next
    const void *const *observations;  // [observation_count], each [rows, shape...]: delivered last
    const sw_states *states;          // of all rows; NULL: there are none
} sw_pool_state;

// Connects and opens every session; the options, with all they point to, are copied. Of several
// servers those that do not answer, or take no session, are left out with a line in the log, as
// long as one does. Errors of sw_client_connect() and sw_client_open(); SW_UNAVAILABLE if there is
// no such host; SW_FAILED_PRECONDITION if two servers have different ideas of the task.
SW_API sw_status sw_pool_open(const sw_pool_options *options, sw_pool **pool);

// The spec all groups share; the pool's.
SW_API const sw_spec *sw_pool_spec(const sw_pool *pool);

SW_API int sw_pool_groups(const sw_pool *pool);

// How many rows `group` has, and the number of its first one.
SW_API int sw_pool_rows(const sw_pool *pool, int group);
SW_API int sw_pool_first_row(const sw_pool *pool, int group);

// Starts a new episode in every row of a group, which has nothing to receive; the reply comes from
// recv. `seeds` [rows of the group], or NULL: each row goes on with its own stream. Never waits.
SW_API sw_status sw_pool_reset(sw_pool *pool, int group, const uint64_t *seeds);

// Sends a group's actions: [action_count], each [rows of the group, shape...]; they may be changed
// as soon as it returns. The group has nothing to receive. Waits only when it moves to another
// server. SW_FAILED_PRECONDITION if the group must be reset: then nothing was sent.
SW_API sw_status sw_pool_send(sw_pool *pool, int group, const void *const *actions);

// Waits for a group's reply, as sw_client_recv(). *batch is valid until the next send to the group.
// If the session is lost, until there is another: SW_UNAVAILABLE once no server could be had for
// `patience` seconds, SW_ENVIRONMENT if the new session's first reset fails as the lost one did.
// After these, as after SW_INTERRUPTED, the reply is still to come: call again to go on waiting.
// After SW_INVALID_ARGUMENT for the actions nothing was stepped, and others may be sent.
SW_API sw_status sw_pool_recv(sw_pool *pool, int group, const sw_batch **batch);

// Waits for whichever waiting group answers first; at least one must wait. Errors of
// sw_pool_recv(), in a text that names the group.
SW_API sw_status sw_pool_recv_any(sw_pool *pool, int *group, const sw_batch **batch);

// What a group has come to. *state is the pool's, valid until the next call for that group but
// recv; the group's last batch is valid no more. It waits for the server, but for a group that has
// something to receive: this is then taken for lost. There are no states either if the task does
// not support them, or the server could not give any, for a reason that the log has. SW_NO_MEMORY.
SW_API sw_status sw_pool_get_state(sw_pool *pool, int group, sw_pool_state *state);

// Puts a group of a pool that was opened alike, and for which nothing has been called yet, where
// another one was. With states its rows go on from there bit for bit. Without, a Step that is sent
// becomes the loss of those in which the rows were: it ends them FAULTY and begins the next
// episodes, as described above. Waits. Errors of sw_client_set_state(); after those that leave its
// session as it was, as SW_INVALID_ARGUMENT for states of another build or task, it may be called
// again without states.
SW_API sw_status sw_pool_set_state(sw_pool *pool, int group, const sw_pool_state *state);

// Copies the counts. Never waits.
SW_API void sw_pool_count(const sw_pool *pool, sw_pool_counts *counts);

// Closes every session; waits at most 1 s for all servers together. NULL is allowed.
SW_API void sw_pool_close(sw_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
