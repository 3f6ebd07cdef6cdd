// peer.h -- a small server with a script, to show a client what a good server never does.
//
// It serves one task, Adder-v0, to one session: the observation, float64 [1], is the sum of the
// row's actions, float64 []; the reward is the action. One setting: gain, in [0, 10]. A row's state
// is its sum, in format "sum"; a picture of a row is all of the colour that is the row's number. It
// keeps the rule of numbers, so that what it is asked twice happens once.
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <stdbool.h>

#include "stepwire.pb-c.h"

enum { PEER_MAX_ROWS = 256, PEER_SESSION = 77, PEER_INCARNATION = 1001 };

typedef struct peer peer;

// What to do with the reply to a request.
typedef enum peer_answer {
    PEER_SEND,
    PEER_DROP,            // do the work, lose the reply
    PEER_LOSE,            // lose the request: no work, no reply
    PEER_TWICE,           // send the reply two times
    PEER_GARBAGE,         // send bytes that do not parse instead
    PEER_GARBAGE_BEFORE,  // and then the reply
} peer_answer;

// Called on the peer's thread before a request is answered. `reply` is what would be sent, with
// memory of its own that may be changed; it is not kept changed. NULL where the work is not yet
// done: then only PEER_LOSE counts.
typedef peer_answer (*peer_script)(void *context, const Stepwire__Request *request,
                                   Stepwire__Reply *reply);

// Serves at `address`, a ZeroMQ endpoint. `script` may be NULL. Aborts if it cannot.
peer *peer_start(const char *address, peer_script script, void *context);

const char *peer_endpoint(const peer *p);

// Requests of one kind that came so far.
int peer_count(const peer *p, Stepwire__Request__KindCase kind);

void peer_stop(peer *p);

#endif
