#include "dial.h"

#include "keys.h"

sw_status dial_connect(void *context, const sw_client_options *options, void **socket,
                       void **monitor)
{
    keys k;
    socket_options transport = {.max_message = options->max_message};
    if (options->keys != NULL) {
        const sw_status st = keys_read_client(options->keys, options->endpoint, &k);
        if (st != SW_OK) {
            return st;
        }
        transport.keys = &k;
    }
    return socket_connect(context, options->endpoint, &transport, socket, monitor);
}
