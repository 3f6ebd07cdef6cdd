// servers.h -- the servers a command talks to: those of --connect, or one of its own.
#ifndef AGENT_SERVERS_H
#define AGENT_SERVERS_H

#include <stdbool.h>

#include <stepwire/client.h>

#include "args.h"
#include "embedded.h"

enum { SERVERS_MAX = 256, SERVERS_MAX_TEXT = 8191 };

typedef struct servers {
    const char *endpoints[SERVERS_MAX];  // [count]
    int count;
    embedded *own;                    // NULL: those of --connect
    double patience;                  // s that a pool waits when none of them answers
    sw_client_options client;         // how to connect to each; its endpoint is not read
    char text[SERVERS_MAX_TEXT + 1];  // what the endpoints point into
} servers;

// --connect, endpoints with commas between them, --keys and --patience. Without the first, starts a
// server that ends with this program, needs no keys and is waited for by nobody.
// SW_INVALID_ARGUMENT; errors of embedded_start(). Does not connect. Not to be copied, and used
// only while `a` is there.
sw_status servers_open(servers *s, const args *a);

// A zeroed one is allowed.
void servers_close(servers *s);

// Connects to the first server alone.
sw_status servers_client(const servers *s, sw_client **client);

#endif
