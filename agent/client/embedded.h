// embedded.h -- the server that an agent starts for itself when it is told of none.
//
// It is an ordinary stepwire-simserver on an ipc socket in a fresh directory that only its user may
// enter. It ends when its standard input closes, so it ends with this process, however that ends; a
// Ctrl-C in the terminal reaches the agent alone, which ends it in its own time.
#ifndef CLIENT_EMBEDDED_H
#define CLIENT_EMBEDDED_H

#include <stepwire/status.h>

typedef struct embedded embedded;

typedef struct embedded_options {
    const char *program;           // path; NULL: stepwire-simserver beside the running program, or
                                   // else in PATH
    const char *const *arguments;  // further ones, up to a NULL; NULL: none
    int ready_ms;                  // how long it may take to get ready; 0: 60 s
    int stop_ms;                   // how long it may take to end before it is killed; 0: 5 s
} embedded_options;

// Starts a server and waits until it is ready. SW_NOT_FOUND if there is no such program;
// SW_UNAVAILABLE, with its exit status, if it ends or takes too long; SW_INTERRUPTED. Then nothing
// is left of it.
sw_status embedded_start(const embedded_options *options, embedded **e);

// Where it serves. Valid until embedded_stop().
const char *embedded_endpoint(const embedded *e);

// Its process. Valid until embedded_stop().
int embedded_pid(const embedded *e);

// Ends the server, waits for that, and removes its directory. Gives back its exit status as a shell
// would: 0 for success, 128 + n if signal n ended it. NULL is allowed, and gives 0.
int embedded_stop(embedded *e);

#endif
