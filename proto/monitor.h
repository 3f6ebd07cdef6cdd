// monitor.h -- what happens to a socket's connections, which shows nowhere else.
#ifndef PROTO_MONITOR_H
#define PROTO_MONITOR_H

#include <zmq.h>

typedef enum socket_event {
    SOCKET_NOTHING,    // no more events now
    SOCKET_ACCEPTED,   // a client has connected; its handshake comes next
    SOCKET_CONNECTED,  // the handshake is done
    SOCKET_REFUSED,    // nobody listens there, no route, or no answer in 10 s; it goes on trying
    SOCKET_DROPPED,    // a connection was lost. Follows a failed handshake too, and may be all that
                       // is told of one
    SOCKET_SILENT,     // the handshake was given up after 10 s
    SOCKET_RETRYING,   // after SOCKET_DROPPED: it will connect again. Where this does not come, the
                       // peer broke ZeroMQ's protocol or sent us away, and the socket is of no use
                       // any more

    // The handshake failed. Which of the two ends hears the reason is a matter of luck; the other
    // one gets SOCKET_REJECTED.
    SOCKET_REJECTED,    // no reason is known: one of the next, not ZeroMQ, or the peer just ended
    SOCKET_UNLISTED,    // the client's key is not among those that the server lets in
    SOCKET_MISMATCHED,  // one end uses keys, the other does not
    SOCKET_MISKEYED     // told to the server alone: the client takes it for one with another key
} socket_event;

// A PAIR socket to poll for monitor_next(), made before `socket` binds or connects; NULL, with
// errno set, if it cannot be had. It has no limit, so it must be read now and then. That of a
// ROUTER tells of clients that connect and of failed handshakes alone. socket_close() closes both.
void *monitor_new(void *context, void *socket);

// The next event, without waiting. Those of no interest are skipped. SOCKET_ACCEPTED brings the
// connection's file descriptor to `fd` (NULL: not wanted), which is ZeroMQ's and may be closed by
// now.
socket_event monitor_next(void *monitor, int *fd);

// What a server may say of a client whose handshake failed; NULL for other events, and for
// SOCKET_UNLISTED, of which whoever refused it knows more.
const char *monitor_refusal(socket_event event);

#endif
