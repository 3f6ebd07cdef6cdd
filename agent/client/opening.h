// opening.h -- a session comes to be: Hello where the server is not known, Describe where settings
// need their types, Open.
//
// One reply after another, so that a pool can open a session on one server while it steps on
// others.
#ifndef CLIENT_OPENING_H
#define CLIENT_OPENING_H

#include "assign.h"
#include "session.h"

typedef struct opening {
    sw_client *client;
    const sw_session_options *options;
    sw_spec plain;   // the task under its defaults, which gives the settings their types
    assigned typed;  // the settings
} opening;

// Sends the first request. Client and options outlive the opening; the client has no session.
// After an error as after the end: opening_free().
sw_status opening_begin(opening *o, sw_client *client, const sw_session_options *options);

// Takes in what has come; never waits. True in *open once the client has its session. Errors of
// sw_client_open(): there will be none.
sw_status opening_advance(opening *o, bool *open);

// opening_advance() until there is a session or an error. SW_INTERRUPTED if a signal came: the
// opening goes on, ask again.
sw_status opening_finish(opening *o);

// A zeroed one is allowed. After an error, or when it is given up before its end, session_leave()
// closes what may have become a session.
void opening_free(opening *o);

#endif
