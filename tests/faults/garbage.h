// garbage.h -- a plain TCP client that says to a server whatever comes to its mind.
#ifndef FAULTS_GARBAGE_H
#define FAULTS_GARBAGE_H

#include <stdint.h>

typedef struct garbage garbage;

enum { GARBAGE_CONNECTIONS = 64 };  // at once

// Random bytes; right greetings and handshakes followed by random bytes, by frames that claim to be
// huge, by messages of random bytes and by right messages of random content; other mechanisms;
// nothing at all. Everything hangs off the seed. `max_message`: what the server takes, bytes.
garbage *garbage_open(const char *endpoint, uint64_t seed, uint64_t max_message);

// Says a little on every connection, and begins new ones where old ones have ended or had enough.
void garbage_throw(garbage *g);

// How many connections there were so far, and bytes.
int garbage_connections(const garbage *g);
int64_t garbage_bytes(const garbage *g);

void garbage_close(garbage *g);

#endif
