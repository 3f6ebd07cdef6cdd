// gate.h -- who is let in: the thread that libzmq asks about every client's key (ZAP, RFC 27).
#ifndef SERVER_GATE_H
#define SERVER_GATE_H

#include <stepwire/status.h>

typedef struct gate gate;

// Answers for the sockets of `context` that have keys; to be opened before they are bound, and
// closed after them. Lets in the keys in DIRECTORY/clients/*.pub, which are read at every
// handshake, so that a file that comes or goes counts at once; who is in stays in. Writes a log
// line about those it refuses, and one about a file there that holds no key, one a second at most.
// Errors of keys_find_client() about any file there, SW_IO, SW_NO_MEMORY: then nothing needs
// closing.
sw_status gate_open(void *context, const char *directory, const sw_log *log, gate **out);

// Shuts the context down, so that its sockets are of no use any more. NULL is allowed.
void gate_close(gate *g);

#endif
