// keeper.h -- keeps the leases of a process's sessions while their learner computes.
//
// One ZeroMQ context and one small thread for all clients of a pool: every third of a lease it
// sends one Ping per server, over a socket of its own, with all sessions it keeps there. What the
// server answers is not its business: the session's next call will hear it.
#ifndef CLIENT_KEEPER_H
#define CLIENT_KEEPER_H

#include <stdint.h>

#include <stepwire/status.h>

typedef struct keeper keeper;

// SW_NO_MEMORY or SW_IO: then nothing needs closing.
sw_status keeper_open(sw_log log, keeper **k);

// The context whose sockets the clients use; they close theirs before keeper_close().
void *keeper_context(const keeper *k);

// Starts and ends keeping a session. From any thread. `lease` in seconds. SW_NO_MEMORY: then the
// session is not kept.
sw_status keeper_add(keeper *k, const char *endpoint, uint64_t session, double lease);
void keeper_remove(keeper *k, uint64_t session);

// NULL is allowed.
void keeper_close(keeper *k);

#endif
