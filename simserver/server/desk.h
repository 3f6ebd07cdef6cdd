// desk.h -- a socket, the core behind it, and the messages between the two.
//
// Nothing here waits or runs an environment.
#ifndef SERVER_DESK_H
#define SERVER_DESK_H

#include "core.h"
#include "gate.h"
#include "socket.h"
#include "speakers.h"
#include "workers.h"

typedef struct desk {
    server core;
    void *context, *router, *monitor;
    gate *gate;  // NULL: no keys, everybody is let in
    workers *crew;
    session *first_short, *last_short;  // jobs found and not yet taken; linked by `next`
    char endpoint[SOCKET_MAX_ENDPOINT];

    speakers speakers;
    int64_t looked, complained;  // when somebody looked at the connections, and complained, ms
    int taken;                   // requests since that look
    const char *refusal;         // why the last peer was refused, and how many were since that line
    int refusals;
} desk;

// Binds the endpoint; jobs will go to `crew`. On failure desk_hang_up() takes down what is there
// of the zeroed desk. Errors of sw_server_open().
sw_status desk_open(desk *d, const sw_server_options *options, workers *crew);

// Closes the socket; replies under way have a moment to leave. The core stays: it is the caller's
// to free, with server_free().
void desk_hang_up(desk *d);

// Handles what is there: answers the jobs that are done, takes requests, looks at the leases. False
// if more requests are waiting, of which the socket's file descriptor does not tell any more.
bool desk_take_turn(desk *d);

// Answers the jobs that are done.
void desk_finish_jobs(desk *d);

// Takes the next of the short jobs that were found, which is the caller's to run, see
// workers_is_short(); NULL if there is none.
session *desk_take_short_job(desk *d);

// Or leaves them all to the workers.
void desk_submit_short_jobs(desk *d);

// Has the environments of every idle session closed.
void desk_lose_sessions(desk *d);

// Tells whoever waits for the session's job that row `row` is stuck. See server_give_up().
void desk_give_up(desk *d, session *x, int row);

#endif
