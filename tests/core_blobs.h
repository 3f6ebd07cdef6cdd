// core_blobs.h -- states of a core driven by hand: taken, kept, and given back.
#ifndef CORE_BLOBS_H
#define CORE_BLOBS_H

#include "core_rows.h"

enum { BLOBS_HEADER = 40 };  // bytes of the server's part of a blob

// Blobs that outlive the reply they came in.
typedef struct blobs {
    unsigned char bytes[ROWS][256];
    ProtobufCBinaryData list[ROWS];
    int count;
} blobs;

// Copies what came.
void blobs_keep(blobs *b, const Stepwire__States *states);

// The states of rows [count], of all rows if there are none; NULL if there is an error.
const Stepwire__States *blobs_get(rows *f, uint32_t *list, size_t count, const char *format);

// Loads rows [count], or all, from blobs. NULL if there is an error.
const Stepwire__StateSet *blobs_set(rows *f, uint32_t *list, size_t count, blobs *b);

// The same, of sums in the format "fake/sum".
const Stepwire__StateSet *blobs_set_sums(rows *f, uint32_t *list, size_t count, double *sums);

// The last request was refused with this code, in words that have this text.
void blobs_assert_refused(const rows *f, int code, const char *text);

// The rows add 0.25, 0.5 and 0.75 with each step.
void blobs_begin(rows *f, Stepwire__AutoResetMode mode);

// Opens another session with the next token, other streams and the given mode and limit.
void blobs_open_another(rows *f, Stepwire__AutoResetMode mode, uint64_t limit);

#endif
