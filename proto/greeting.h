// greeting.h -- who answers at an endpoint, as seen without ZeroMQ.
//
// Both ends of a ZeroMQ connection say first who they are (ZMTP 3.0, RFC 23), with the name of the
// mechanism that they secure it with. libzmq keeps that to itself: of a handshake that fails it
// often says only that it did.
#ifndef PROTO_GREETING_H
#define PROTO_GREETING_H

typedef enum greeting {
    GREETING_NONE,     // no connection
    GREETING_SILENT,   // a connection, but nothing came: stopped, or waiting for something else
    GREETING_CLOSED,   // it was closed at once
    GREETING_FOREIGN,  // something came that is not ZeroMQ
    GREETING_PLAIN,    // ZeroMQ without keys (NULL)
    GREETING_CURVE,    // ZeroMQ with keys
    GREETING_OTHER     // ZeroMQ with a mechanism that we do not know
} greeting;

// Connects to a tcp or ipc endpoint and reads its greeting; takes `timeout_ms` at most, but for the
// time that name servers take.
greeting greeting_ask(const char *endpoint, int timeout_ms);

#endif
