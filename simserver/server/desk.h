// desk.h -- a socket, the core behind it, and the messages between the two.
//
// Nothing here waits or runs an environment, but for jobs of a crew without threads.
#ifndef SERVER_DESK_H
#define SERVER_DESK_H

#include "core.h"
#include "socket.h"
#include "workers.h"

typedef struct desk {
    server core;
    void *context, *router;
    workers *crew;
    session *short_jobs;  // found and not yet taken; linked by `next`
    char endpoint[SOCKET_MAX_ENDPOINT];
} desk;

// Binds the endpoint; jobs will go to `crew`. On failure desk_close() takes down what is there of
// the zeroed desk. Errors of sw_server_open().
sw_status desk_open(desk *d, const sw_server_options *options, workers *crew);
void desk_close(desk *d);

// Handles what is there: answers the jobs that are done, takes requests, looks at the leases. False
// if more requests are waiting, of which the socket's file descriptor does not tell any more.
bool desk_take_turn(desk *d);

// Answers the jobs that are done.
void desk_finish_jobs(desk *d);

// Takes the short jobs that were found, which are the caller's to run: see workers_is_short().
session *desk_take_short_jobs(desk *d);

#endif
