// speakers.h -- who is connected over TCP, and who speaks without ever coming to an end.
//
// ZeroMQ limits the size of a frame, but not the number of frames in a message, and keeps them all
// until the last one has come: whoever never sends a last one would fill the memory. ZeroMQ does
// not tell of such frames, but the kernel counts what came over each connection. One over which
// more came than the largest request, without a request, is cut.
//
// What a stranger can have the server keep is so, for each connection, the largest request and what
// comes in between two looks. An ipc endpoint is not watched: only the server's own user can
// connect to it.
#ifndef SERVER_SPEAKERS_H
#define SERVER_SPEAKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPEAKERS_LOOK_MS = 20 };  // between looks; the longer, the more memory an attack gets

typedef struct speaker {
    bool present;
    bool heard;      // a request of it was read since the last look
    bool suspected;  // by the last look
    int64_t mark;    // bytes that had come when it was heard last
} speaker;

typedef struct speakers {
    speaker *by_fd;  // [capacity]
    int capacity;
    int64_t most;  // bytes that may come without a request
    int port;      // of the server
    bool cut_one;  // at the last look
} speakers;

// Of a server bound to `endpoint`, of requests up to `max_message` bytes.
void speakers_init(speakers *s, const char *endpoint, size_t max_message);
void speakers_free(speakers *s);

// A connection was accepted; what came over it so far does not count. Nothing happens if the file
// descriptor is none of the server's any more, or not TCP, or if there is no memory to watch it.
void speakers_add(speakers *s, int fd);

// A request was read that came over `fd`.
void speakers_hear(speakers *s, int fd);

// Cuts the connections that were suspected by the last look and not heard since; returns how many.
// To be called when every request that could be read has been.
int speakers_cut_endless(speakers *s);

#endif
