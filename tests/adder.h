// adder.h -- a client with a session on a peer.
#ifndef TESTS_ADDER_H
#define TESTS_ADDER_H

#include <stepwire/client.h>

#include "peer.h"

enum { ADDER_ROWS = 3 };

// ADDER_ROWS rows of Adder-v0, base seed 5.
extern const sw_session_options adder_session;

typedef struct adder {
    peer *peer;
    sw_client *client;
} adder;

// For a client of the peer: impatient with one that is gone, so that tests do not take long. A
// reply is late after 0.3 s: what is sent is sent once, however busy the machine.
sw_client_options adder_options(const peer *p);

// Starts a peer with a script, opens a session there and resets it.
adder adder_open(peer_script script, void *context);

// The same for scripts that lose a lot: a reply is late after 20 ms, so that nothing can be said of
// how often something is sent.
adder adder_open_hasty(peer_script script, void *context);
void adder_close(adder *a);

// Steps once: row i adds (i + 1) * add.
sw_status adder_step(sw_client *client, double add, const sw_batch **batch);

double adder_sum(const sw_batch *batch, int row);

#endif
