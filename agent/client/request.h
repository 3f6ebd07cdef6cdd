// request.h -- requests and replies as the bytes that go over the wire.
#ifndef CLIENT_REQUEST_H
#define CLIENT_REQUEST_H

#include <zmq.h>

#include <stepwire/status.h>

#include "arena.h"
#include "stepwire.pb-c.h"

// Packs straight into a message, which this initialises and the caller sends or closes.
// SW_TOO_LARGE if it would have more than `limit` bytes (0: any), SW_NO_MEMORY: then there is
// nothing to close.
sw_status request_pack(const Stepwire__Request *request, uint64_t limit, zmq_msg_t *message);

// The same for a Ping with number `seq` that lists sessions [count].
sw_status request_pack_ping(uint64_t seq, uint64_t *sessions, size_t count, zmq_msg_t *message);

// Parses a reply into `a`, which grows as needed and may be zeroed at first; *reply is valid until
// `a` is used again. SW_PROTOCOL if it does not parse, SW_NO_MEMORY.
sw_status reply_unpack(zmq_msg_t *message, arena *a, Stepwire__Reply **reply);

// Whether a reply to a request of kind `asked` is of the kind `expected`; else SW_PROTOCOL. An
// error reply comes to its code, with its text and name for sw_last_error(); control characters in
// the text, which a terminal would obey, become '?'.
sw_status reply_check(const char *endpoint, Stepwire__Request__KindCase asked,
                      Stepwire__Reply__ResultCase expected, const Stepwire__Reply *reply);

// "step" and so on; "?" for a kind that there is not.
const char *request_name(Stepwire__Request__KindCase kind);

#endif
