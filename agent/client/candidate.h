// candidate.h -- a session that is being opened somewhere for a group that has lost its own, or is
// to move.
#ifndef CLIENT_CANDIDATE_H
#define CLIENT_CANDIDATE_H

#include "fleet.h"
#include "opening.h"

typedef struct candidate {
    fleet *fleet;
    sw_client *client;  // NULL: there is none
    int server;
    int64_t begun_ms;
    opening opening;
} candidate;

// Begins to connect and open. `session` outlives the candidate. After an error there is none, and
// the server has been blamed.
sw_status candidate_begin(candidate *c, fleet *f, int server, const sw_session_options *session);

// Takes in what has come; never waits. *open: it has its session, with the pool's spec. After an
// error there is no candidate, and the server has been blamed. Errors of sw_client_open(), of
// plan_check(); SW_UNAVAILABLE too as soon as the keeper knows that the server fell silent.
sw_status candidate_advance(candidate *c, bool *open);

// As session_waits_for().
int candidate_waits_for(const candidate *c, void **sockets);

// Hands over the client of an open one; the candidate is none any more.
sw_client *candidate_take(candidate *c);

// Without a candidate: does nothing. sw_last_error() stays.
void candidate_drop(candidate *c);

#endif
