// arena.h -- one block of memory handed out from front to back and given back at once.
//
// For what lives as long as one message or one session. Never grows: its size is the limit on what
// its user can make us allocate.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include <stepwire/status.h>

typedef struct arena {
    unsigned char *memory;
    size_t size;  // bytes in all
    size_t used;
} arena;

// SW_NO_MEMORY: then nothing needs freeing. The memory is not touched until it is used.
sw_status arena_init(arena *a, size_t size);

// NULL members (a zeroed arena) are allowed.
void arena_free(arena *a);

// `bytes` bytes, zeroed, 64-byte aligned; NULL if that is more than is left. 0 bytes give a valid,
// unique pointer or NULL at the very end.
void *arena_alloc(arena *a, size_t bytes);

// The same for many small things that are filled at once: 16-byte aligned, not zeroed.
void *arena_take(arena *a, size_t bytes);

// Gives everything back, keeps the block.
void arena_reset(arena *a);

// The same, and of what was handed out beyond the first `keep` bytes the pages go back to the
// system, which costs something only where there are any.
void arena_trim(arena *a, size_t keep);

#endif
