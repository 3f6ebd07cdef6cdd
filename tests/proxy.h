// proxy.h -- a bad line between clients and a server: loses messages and delivers others twice.
//
// Each client's connection gets one of its own to the server, so identities stay apart. What
// happens to a message hangs off the seed and the order in which messages come.
#ifndef TESTS_PROXY_H
#define TESTS_PROXY_H

#include <stdint.h>

typedef struct proxy proxy;

typedef struct proxy_options {
    const char *server;  // endpoint
    uint64_t seed;
    double lose;    // probability that a message, in either direction, is lost,
    double repeat;  // or comes twice; the sum is at most 1
} proxy_options;

// Listens on a free TCP port. Aborts if it cannot.
proxy *proxy_start(const proxy_options *options);

const char *proxy_endpoint(const proxy *p);

// How many messages were lost and repeated so far.
int proxy_lost(const proxy *p);
int proxy_repeated(const proxy *p);

void proxy_stop(proxy *p);

#endif
