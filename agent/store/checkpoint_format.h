// checkpoint_format.h -- what writing and reading a checkpoint have in common.
#ifndef STORE_CHECKPOINT_FORMAT_H
#define STORE_CHECKPOINT_FORMAT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

enum { CHECKPOINT_DIGITS = 16 };  // of the checksum, hexadecimal

// What every header begins with; the checksum's digits follow, and stand as zeros while it is made.
static const char checkpoint_head[] = "{\"__metadata__\":{\"checksum\":\"";

enum { CHECKPOINT_HEAD = sizeof(checkpoint_head) - 1 };

static const char checkpoint_zeros[] = "0000000000000000";

// Arrays that may be left out.
static inline bool checkpoint_is_replay(const char *name)
{
    return strncmp(name, "replay.", 7) == 0;
}

// Writes the checksum as text [CHECKPOINT_DIGITS + 1].
static inline void checkpoint_print_checksum(const XXH3_state_t *hash, char *text)
{
    snprintf(text, CHECKPOINT_DIGITS + 1, "%016llx", (unsigned long long) XXH3_64bits_digest(hash));
}

#endif
