// dial.h -- getting through to a server, and finding out why not.
#ifndef CLIENT_DIAL_H
#define CLIENT_DIAL_H

#include <stepwire/client.h>

#include "socket.h"

// socket_connect() to options->endpoint with the keys in options->keys, which are read now. Errors
// of keys_read_client() too.
sw_status dial_connect(void *context, const sw_client_options *options, void **socket,
                       void **monitor);

#endif
