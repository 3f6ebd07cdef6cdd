// speakers.h -- who is connected over TCP, and who speaks without end, or faster than is read.
//
// ZeroMQ limits the size of a frame, but not the number of frames in a message, and keeps them all
// until the last one has come: whoever never sends a last one would fill the memory. So would
// whoever sends more requests than are read, for its queue must not be limited (see
// proto/socket.c). ZeroMQ does not tell of either, but the kernel counts what came over each
// connection. One over which more came than the largest request, without a request, is cut; and,
// while there is more to read than can be, one whose requests in the queue are too many.
//
// What a stranger can have the server keep is so, for each connection, the largest request, a
// thousand small ones, and what comes in between two looks. An ipc endpoint is not watched: only
// the server's own user can connect to it.
#ifndef SERVER_SPEAKERS_H
#define SERVER_SPEAKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPEAKERS_LOOK_MS = 20 };  // between looks; the longer, the more memory an attack gets

typedef struct speaker {
    bool present;
    bool suspected;          // by the last look
    int64_t mark;            // of the bytes that came, how many are known to be no concern
    int64_t requests, said;  // that were read of it since the last look, and their bytes
} speaker;

typedef struct speakers {
    speaker *by_fd;  // [capacity]
    int capacity;
    int64_t most;  // bytes that may come without a request
    bool curve;    // requests come encrypted
    int port;      // of the server
    bool cut_one;  // at the last look
} speakers;

// Of a server bound to `endpoint`, of requests up to `max_message` bytes; `curve`: which come
// encrypted.
void speakers_init(speakers *s, const char *endpoint, size_t max_message, bool curve);
void speakers_free(speakers *s);

// A connection was accepted; what came over it so far does not count. Nothing happens if the file
// descriptor is none of the server's any more, or not TCP, or if there is no memory to watch it.
void speakers_add(speakers *s, int fd);

// A request of `size` bytes was read that came over `fd`.
void speakers_hear(speakers *s, int fd, size_t size);

// Looks at all connections, and cuts those that were suspected by the last look too; returns how
// many. `drained`: every request that could be read has been; if not, at least one has been of each
// connection that had any.
int speakers_look(speakers *s, bool drained);

#endif
