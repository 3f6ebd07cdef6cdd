// socket.h -- ZeroMQ sockets with every option that a long-lived peer needs, and nothing else.
//
// The only file besides its users' event loops that knows ZeroMQ's options. A socket belongs to one
// thread.
#ifndef PROTO_SOCKET_H
#define PROTO_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

#include <stepwire/status.h>

#include "keys.h"
#include "monitor.h"

enum { SOCKET_MAX_ENDPOINT = 256, SOCKET_MAX_PEER = 255, SOCKET_MAX_WAIT = 1024 };

typedef struct socket_options {
    size_t max_message;  // bytes; a larger message costs its sender the connection
    const keys *keys;    // CURVE: encrypted, and both ends know each other's key; NULL: plain. Not
                         // read any more after the call
} socket_options;

// A ZeroMQ context for sockets at `endpoint` (NULL: anywhere). The caller ends it with
// zmq_ctx_term(). NULL, with errno set, if there is none to be had.
//
// With ipc both ends are on one machine, and their contexts' I/O threads, which pass every message
// from one to the other, share a core that the endpoint's name chooses: a message that stays on its
// core wakes no other, and a server steps 3 to 6 % faster. Others have all cores there are.
void *socket_context(const char *endpoint);

// A bound ROUTER; `*` as its port picks one. An ipc socket file gets mode 0600, and a live one is
// not stolen: SW_IO naming the endpoint if something answers there, if the port is taken, or if it
// is too long for ipc (107). SW_INVALID_ARGUMENT if it is malformed.
//
// With keys, libzmq asks the ZAP handler of the context whom to let in; without one it would let in
// everybody who knows the server's key, whom socket_peer_key() tells from the others.
//
// `monitor` (NULL: none) becomes a PAIR socket for monitor_next(), to be read now and then.
sw_status socket_bind(void *context, const char *address, const socket_options *options,
                      void **socket, void **monitor);

// The address of a bound socket in full, to endpoint [SOCKET_MAX_ENDPOINT].
void socket_endpoint(void *socket, char *endpoint);

// A DEALER that connects in the background and reconnects by itself. It has no queue while there is
// no connection: socket_send() then fails and the caller, who repeats late requests anyway, sends
// again, best on SOCKET_CONNECTED. So nothing old is ever sent to a server that came back.
//
// `monitor` (NULL: none) becomes a PAIR socket to poll for monitor_next(), because a failed
// handshake shows nowhere else. SW_INVALID_ARGUMENT if the address is malformed, SW_UNAVAILABLE if
// there is no such host.
sw_status socket_connect(void *context, const char *address, const socket_options *options,
                         void **socket, void **monitor);

// One frame to a peer of a ROUTER, without waiting. Takes `message` over in every case. False if it
// was dropped: the peer is gone or slow. The reply is kept and will be asked for again.
bool socket_reply(void *router, const void *peer, size_t peer_size, zmq_msg_t *message);

// The next request at a ROUTER, without waiting: `peer` [SOCKET_MAX_PEER] and one frame in an
// initialised `message`. False if there is none. Messages of another number of frames are read and
// dropped.
bool socket_next_request(void *router, void *peer, size_t *peer_size, zmq_msg_t *message);

// The sender's public key [KEYS_TEXT], of a request that came through a ROUTER with keys. False if
// no ZAP handler let it in: then nobody knows whose it is.
bool socket_peer_key(zmq_msg_t *message, char *key);

// The file descriptor of the connection that a request came over, which may be closed by now.
int socket_source(zmq_msg_t *message);

// One frame through a DEALER, without waiting; takes `message` over. SW_UNAVAILABLE if it had to be
// dropped (no connection, or its buffers are full).
sw_status socket_send(void *dealer, zmq_msg_t *message);

// The next frame at a DEALER, without waiting, into an initialised `message`. False if there is
// none.
bool socket_receive(void *dealer, zmq_msg_t *message);

// Waits up to `timeout_ms` for the next frame at a DEALER, which costs less than socket_wait() and
// then socket_receive(). False if none came. SW_INTERRUPTED if a signal did.
sw_status socket_receive_within(void *dealer, int timeout_ms, zmq_msg_t *message, bool *received);

// A file descriptor to poll() that becomes readable when something happens to the socket; for those
// who share a socket under a lock and wait outside of it. Edge-triggered: what was there before the
// last socket_next_request() or socket_receive() that returned false is told; what came since then
// is told only if nothing was sent in between.
int socket_fd(void *socket);

// Waits until one of `sockets` [count] can be read (NULL entries are skipped; at most
// SOCKET_MAX_WAIT - 1), or a file descriptor
// `fd` (-1: none) can, or `timeout_ms` (-1: for ever) has passed. Fills ready [count + 1], the last
// for fd. SW_INTERRUPTED if a signal came.
sw_status socket_wait(void *const *sockets, int count, int fd, int timeout_ms, bool *ready);

// Closes a socket and its monitor (NULL: it has none) without waiting for unsent messages. In one
// call, because a monitor that is closed while it still watches blocks the whole context. A NULL
// socket is allowed.
void socket_close(void *socket, void *monitor);

#endif
