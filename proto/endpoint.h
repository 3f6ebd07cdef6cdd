// endpoint.h -- what can be said of a ZeroMQ address before a socket is given it.
#ifndef PROTO_ENDPOINT_H
#define PROTO_ENDPOINT_H

#include <stdbool.h>

#include <stepwire/status.h>

enum { ENDPOINT_MAX_HOST = 256 };

// The host of an endpoint to connect to, to host [ENDPOINT_MAX_HOST]: as it is written, IPv6
// without brackets; `localhost` for ipc. False if there is none that could be a file's name.
bool endpoint_host(const char *endpoint, char *host);

// True for ipc and for tcp on 127.0.0.0/8, ::1 or localhost: reachable from this machine only.
bool endpoint_is_local(const char *endpoint);

// SW_INVALID_ARGUMENT, saying what an address looks like, if it has another form, even one that
// ZeroMQ takes for something. A server's port may be 0 or *.
sw_status endpoint_check_form(const char *address, bool is_servers);

// The form; SW_IO, naming the address, if binding it would do harm that ZeroMQ does not prevent: an
// ipc path that is too long, that something answers at, that is a file of another kind, or that
// every user of this machine may open.
sw_status endpoint_check_bind(const char *address);

// The form; SW_UNAVAILABLE if the name servers know no such host, for which ZeroMQ would look for
// ever. May wait for them.
sw_status endpoint_check_connect(const char *address);

#endif
