// patience.h -- how long to go on hoping for a server.
//
// Its clock counts the time spent waiting for the server and nothing else: it goes on only from one
// patience_tick() to the next, at most PATIENCE_MAX_TICK_MS at a time. So a learner that computes
// for an hour, or a laptop that slept, does not take its own silence for the server's.
#ifndef CLIENT_PATIENCE_H
#define CLIENT_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "socket.h"

enum { PATIENCE_MAX_TICK_MS = 100 };

typedef struct patience {
    int64_t clock;          // ms of waiting so far
    int64_t last;           // the time of the last tick, ms
    int64_t heard;          // on the clock: when anything came last
    int64_t refused_since;  // on the clock; -1: it is not refused
    socket_event refusal;   // why it is refused, as far as is known; SOCKET_NOTHING: it is not
    bool connected;
    const char *trouble;  // what the transport said last, for people
} patience;

// Nothing heard, no connection yet. Times in ms of now_ms().
void patience_init(patience *p, int64_t now);

// Waiting begins, after some other work that does not count.
void patience_resume(patience *p, int64_t now);

// Lets the clock go on; on every look at the socket.
void patience_tick(patience *p, int64_t now);

// Something came from the server.
void patience_hear(patience *p);

// The transport reports. SOCKET_NOTHING changes nothing.
void patience_note(patience *p, socket_event event);

// SW_UNAVAILABLE, naming the endpoint, how long was tried and what the transport says, if
// connecting has been refused for refused_ms or nothing was heard for silence_ms.
sw_status patience_check(const patience *p, const char *endpoint, int64_t refused_ms,
                         int64_t silence_ms);

#endif
