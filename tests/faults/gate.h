// gate.h -- a line between one client and a server that stands still at a chosen message.
//
// So "the request is on its way" and "the reply is on its way" are places that a test waits for,
// not moments that it has to catch.
#ifndef FAULTS_GATE_H
#define FAULTS_GATE_H

#include <stdbool.h>

typedef struct gate gate;

// The first message of a kind, on whatever connection it comes. Both directions of that one stand
// still before it, or right after it; others are never held.
typedef struct gate_point {
    bool from_server;
    int kind;  // Stepwire__Request__KindCase or Stepwire__Reply__ResultCase; 0: the greeting of
               // the transport, before any message
    bool after;
} gate_point;

// Listens on a free port and carries what comes to tcp://127.0.0.1:PORT. Aborts if it cannot.
gate *gate_start(const char *server, gate_point point);

const char *gate_endpoint(const gate *g);

// Waits until the point is reached. False if it was not within `timeout_ms`.
bool gate_wait(gate *g, int timeout_ms);

// Lets everything through from now on.
void gate_open(gate *g);

void gate_stop(gate *g);

#endif
