// channel.h -- one connection to one server, with one call at a time, repeated until it is
// answered.
//
// A call is a request and its reply. Inside a session calls are numbered 1, 2, 3..., so that the
// server does each exactly once however often it is sent; the packed bytes are kept until the reply
// is there, because a repetition must be the same bytes.
//
// A channel belongs to one thread at a time. It does nothing by itself: time counts, and repetition
// happens, only inside channel_advance() and channel_receive().
#ifndef CLIENT_CHANNEL_H
#define CLIENT_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <stepwire/client.h>

#include "stepwire.pb-c.h"

typedef struct channel channel;

// Begins to connect, in the background. SW_INVALID_ARGUMENT if the endpoint is malformed.
sw_status channel_open(void *context, const sw_client_options *options, channel **c);

// NULL is allowed.
void channel_close(channel *c);

// The largest request that the server takes, as Welcome says; 0: any.
void channel_set_limit(channel *c, uint64_t max_request);

// The session that the last reply opened or resumed and later calls belong to, with the lease that
// it was granted, in seconds, and the number of its last call. channel_leave(): later calls belong
// to none, as in the beginning.
void channel_enter(channel *c, uint64_t session, double lease, uint64_t seq);
void channel_leave(channel *c);

// The start of the server that the last reply came from; 0 before the first one.
uint64_t channel_incarnation(const channel *c);

const char *channel_endpoint(const channel *c);

// Begins a call whose reply must be of the kind `expected`. Fills in major, seq and, inside a
// session, the session of `request`, which is packed at once. An unanswered call outside a session
// is forgotten; inside one there must be none. SW_TOO_LARGE if the server would not take it: then
// nothing was sent or numbered.
sw_status channel_send(channel *c, Stepwire__Request *request,
                       Stepwire__Reply__ResultCase expected);

// True from channel_send() until the reply, or the reason why there will be none, was handed out.
bool channel_is_waiting(const channel *c);

// It waits, and for a reply of that kind.
bool channel_is_waiting_for(const channel *c, Stepwire__Reply__ResultCase kind);

// Takes in what has come, and repeats the request or pings if it is time; never waits. *reply is
// NULL while there is none; it is valid until the next call of any function here that is not const.
// An error reply of the server is its code and text. SW_UNAVAILABLE when the server is given up;
// SW_SESSION_LOST, also when the server was restarted; SW_PROTOCOL when nothing usable can come any
// more.
sw_status channel_advance(channel *c, const Stepwire__Reply **reply);

// What to wait for until channel_advance() has something to do: sockets [2], of which the second
// may be NULL, and the longest time, in ms.
int channel_waits_for(const channel *c, void **sockets);

// channel_advance() until there is a reply or an error. SW_INTERRUPTED if a signal came: the call
// goes on, ask again.
sw_status channel_receive(channel *c, const Stepwire__Reply **reply);

#endif
