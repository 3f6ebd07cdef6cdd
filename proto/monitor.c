#include "monitor.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

enum {
    FAILURES = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
               ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    CONNECTIONS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                  ZMQ_EVENT_CONNECT_RETRIED,
    MAX_ENDPOINT = 256
};

void *monitor_new(void *context, void *socket)
{
    // With the time, because the name of a socket that stood at the same address may not be free
    // yet: sockets are reaped in the background.
    char name[64];
    snprintf(name, sizeof(name), "inproc://monitor-%p-%lld", socket,
             (long long) clock_ns(CLOCK_MONOTONIC));

    void *pair = zmq_socket(context, ZMQ_PAIR);
    if (pair == NULL) {
        return NULL;
    }
    int type = 0;
    size_t size = sizeof(type);
    zmq_getsockopt(socket, ZMQ_TYPE, &type, &size);
    const int events = type == ZMQ_ROUTER ? FAILURES | ZMQ_EVENT_ACCEPTED : FAILURES | CONNECTIONS;
    // Unlimited, because a full queue would block the context's I/O thread. It grows by a few
    // bytes for every attempt to connect while nobody reads it.
    const int unlimited = 0;
    if (zmq_setsockopt(pair, ZMQ_RCVHWM, &unlimited, sizeof(unlimited)) != 0 ||
        zmq_socket_monitor(socket, name, events) != 0 || zmq_connect(pair, name) != 0) {
        const int why = errno;
        zmq_close(pair);
        errno = why;
        return NULL;
    }
    return pair;
}

static socket_event protocol_failure(uint32_t code)
{
    switch (code) {
    case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: return SOCKET_MISMATCHED;
    case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: return SOCKET_MISKEYED;
    default: return SOCKET_REJECTED;
    }
}

socket_event monitor_next(void *monitor, int *fd)
{
    // Two frames: the event's number (16 bits) and value (32 bits); then the endpoint.
    uint8_t frame[6];
    char endpoint[MAX_ENDPOINT];
    while (zmq_recv(monitor, frame, sizeof(frame), ZMQ_DONTWAIT) >= 0) {
        zmq_recv(monitor, endpoint, sizeof(endpoint), 0);
        uint16_t event;
        uint32_t value;
        memcpy(&event, frame, sizeof(event));
        memcpy(&value, frame + sizeof(event), sizeof(value));
        switch (event) {
        case ZMQ_EVENT_ACCEPTED:
            if (fd != NULL) {
                *fd = (int) value;
            }
            return SOCKET_ACCEPTED;
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return SOCKET_CONNECTED;
        case ZMQ_EVENT_CLOSED: return SOCKET_REFUSED;  // only a connection that never stood closes
        case ZMQ_EVENT_DISCONNECTED: return SOCKET_DROPPED;
        case ZMQ_EVENT_CONNECT_RETRIED: return SOCKET_RETRYING;
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            return value == EAGAIN ? SOCKET_SILENT : SOCKET_REJECTED;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return SOCKET_UNLISTED;
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return protocol_failure(value);
        default: break;  // the end of monitoring
        }
    }
    return SOCKET_NOTHING;
}

const char *monitor_refusal(socket_event event)
{
    switch (event) {
    case SOCKET_SILENT: return "a connection said nothing for 10 s";
    case SOCKET_REJECTED: return "a connection ended before it was known who it is";
    case SOCKET_MISMATCHED: return "refused a client: one of us uses keys and the other does not";
    case SOCKET_MISKEYED: return "refused a client: it has the key of another server for this one";
    default: return NULL;
    }
}
