// tcp_proxy.h -- a bad network between clients and a server, on the level of TCP.
//
// It knows nothing of messages: it cuts connections at any byte, loses and delays bytes, says to
// the server again what old connections said, and lets connections overtake one another. proxy.h is
// its counterpart that loses and repeats single messages.
#ifndef FAULTS_TCP_PROXY_H
#define FAULTS_TCP_PROXY_H

#include "fate.h"

typedef struct tcp_proxy tcp_proxy;

// Carries connections to `server`, tcp://127.0.0.1:PORT, on a thread of its own. Aborts if it
// cannot.
tcp_proxy *tcp_proxy_start(const char *server, const fate_options *options);

// Where clients connect.
const char *tcp_proxy_endpoint(const tcp_proxy *p);

// What happened so far.
typedef struct tcp_proxy_counts {
    int ends[FATE_ENDS];  // connections that came to such an end
    int let_go;           // of those held back, how many the server has heard after all
    int repeated, stalls;
} tcp_proxy_counts;

tcp_proxy_counts tcp_proxy_count(tcp_proxy *p);

// Prints the seed and the fate of every connection so far.
void tcp_proxy_print(tcp_proxy *p, FILE *out);

void tcp_proxy_stop(tcp_proxy *p);

#endif
