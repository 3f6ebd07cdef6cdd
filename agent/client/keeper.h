// keeper.h -- keeps the leases of a process's sessions while their learner computes, and watches
// which servers answer.
//
// One ZeroMQ context and one small thread for all clients of a pool: every third of a lease it
// sends one Ping per server, over a socket of its own, with all sessions it keeps there. To watched
// servers a Ping goes every second. What the Pong says of a session is not its business: the
// session's next call will hear it.
#ifndef CLIENT_KEEPER_H
#define CLIENT_KEEPER_H

#include <stdint.h>

#include <stepwire/client.h>

typedef struct keeper keeper;

// Uses keys and log of the clients' options, and the endpoint as socket_context() does.
// SW_NO_MEMORY or SW_IO: then nothing needs closing.
sw_status keeper_open(const sw_client_options *options, keeper **k);

// The context whose sockets the clients use; they close theirs before keeper_close().
void *keeper_context(const keeper *k);

// A client connects to a server. Logs once for each server if that is neither encrypted nor on this
// machine.
void keeper_meet(keeper *k, const char *endpoint);

// Starts and ends keeping a session. From any thread. `lease` in seconds. SW_NO_MEMORY: then the
// session is not kept.
sw_status keeper_add(keeper *k, const char *endpoint, uint64_t session, double lease);
void keeper_remove(keeper *k, uint64_t session);

typedef enum keeper_view {
    KEEPER_SILENT,   // it has not answered for a second, or not since it was doubted
    KEEPER_ANSWERS,  // and before the first Ping is due for an answer: until then nothing is known
    KEEPER_DRAINING  // it answers that it will end soon
} keeper_view;

// From now on the server is pinged at least every second, with or without sessions. SW_NO_MEMORY.
sw_status keeper_watch(keeper *k, const char *endpoint);

// How a watched server is. Never waits.
keeper_view keeper_look(keeper *k, const char *endpoint);

// Somebody found that a watched server does not answer: it is silent until a Ping that is sent
// from now on has been answered.
void keeper_doubt(keeper *k, const char *endpoint);

// NULL is allowed.
void keeper_close(keeper *k);

#endif
