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

enum {
    PATIENCE_MAX_TICK_MS = 100,
    // Where half of all messages are lost, one attempt in four succeeds: 60 attempts fail once in
    // 30 million calls. With the usual intervals they take two minutes.
    PATIENCE_MAX_FRUITLESS = 60
};

typedef struct patience {
    int64_t clock;          // ms of waiting so far
    int64_t last;           // the time of the last tick, ms
    int64_t heard;          // on the clock: when anything came last
    int64_t parted;         // on the clock: since when there has been no connection, if so
    int64_t refused_since;  // on the clock; -1: it is not refused
    socket_event refusal;   // why it is refused, as far as is known; SOCKET_NOTHING: it is not
    bool connected;
    bool answers;         // it was heard since the request was sent last
    int fruitless;        // how often the request was sent, and it was heard and gave no answer
    const char *trouble;  // what the transport said last, for people
} patience;

// Nothing heard, no connection yet. Times in ms of clock_ms().
void patience_init(patience *p, int64_t now);

// Waiting for the answer to a new request begins, after some other work that does not count.
void patience_resume(patience *p, int64_t now);

// Lets the clock go on; on every look at the socket.
void patience_tick(patience *p, int64_t now);

// The request is sent, for the first time or again.
void patience_send(patience *p);

// The server is at work on it: all that was sent so far was not in vain.
void patience_forgive(patience *p);

// Something came from the server.
void patience_hear(patience *p);

// The transport reports. SOCKET_NOTHING changes nothing.
void patience_note(patience *p, socket_event event);

// SW_UNAVAILABLE, naming the endpoint, how long was tried and what the transport says, if
// connecting has been refused for refused_ms or nothing was heard for silence_ms. A handshake that
// fails was a refusal from its beginning. SW_PROTOCOL if the server is heard all the time but,
// after PATIENCE_MAX_FRUITLESS times, still does not answer the request.
sw_status patience_check(const patience *p, const char *endpoint, int64_t refused_ms,
                         int64_t silence_ms);

#endif
