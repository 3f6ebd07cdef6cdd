// witness.h -- looks at every reply of a core that is driven by hand, and at its books, and aborts
// if something is there that must not be.
#ifndef WITNESS_H
#define WITNESS_H

#include "core_drive.h"

enum {
    FIRST_ID = 1000,  // sessions have the ids after this one
    SESSIONS = 256,   // that are looked at
    BLOBS = 8,        // states remembered at most...
    BLOB_BYTES = 128  // ...and bytes of each
};

typedef struct witness {
    unsigned char blobs[BLOBS][BLOB_BYTES];  // the states last received
    size_t blob_size[BLOBS];
    size_t blob_count;
    char owner[SESSIONS][KEY_TEXT];  // the key that session FIRST_ID + i was opened for
} witness;

// After each call to the core: no key receives anything of another key's session.
void witness_reply(witness *w, const drive *d);

// Environments and loans are counted right and within their limits; an idle session has no loan but
// its kept reply.
void witness_books(const server *core);

#endif
