// relay.h -- two threads that take turns at owning the socket: one serves, the other stands by.
//
// Handing a step of a few microseconds to a worker costs more than the step itself. So the thread
// that serves runs such a step where it is and lends the socket meanwhile. Should the step take
// RELAY_MS or longer after all, the thread that stands by takes the socket and goes on serving; the
// other reports its step as a worker would, and stands by from then on. So whoever owns the socket
// always answers.
//
//     [serves] -- relay_lend() --> [lent] -- relay_take_back() --> [serves]
//                                    | RELAY_MS
//                                    '--> taken by the other, whose relay_stand_by() returns
#ifndef SERVER_RELAY_H
#define SERVER_RELAY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <stepwire/status.h>

enum { RELAY_MS = 10 };

typedef struct relay {
    atomic_int holder;            // the thread that owns the socket, 0 or 1; + 2: it has lent it
    atomic_int_fast64_t lent_at;  // ns
    atomic_bool stands_by;        // there is a thread to take over
    atomic_bool watched;          // that thread looks every RELAY_MS, because it was lent lately

    pthread_mutex_t lock;
    pthread_cond_t wake;  // there is something to watch, or it is time to stop
    bool stopping;        // under the lock
} relay;

// Thread 0 owns the socket and nobody stands by. SW_NO_MEMORY: then nothing needs freeing.
sw_status relay_init(relay *r);

// No thread may be standing by.
void relay_free(relay *r);

// For the owner `me`, before a short step. False, with nothing changed, if nobody could take over.
bool relay_lend(relay *r, int me);

// After it. False if the other thread owns the socket now.
bool relay_take_back(relay *r, int me);

// For the thread that does not own the socket: waits until it does (true) or relay_stop() (false).
bool relay_stand_by(relay *r, int me);

// Ends standing by.
void relay_stop(relay *r);

#endif
