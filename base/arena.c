#define _DEFAULT_SOURCE  // madvise
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WIDE = 64, NARROW = 16 };  // alignments, bytes

sw_status arena_init(arena *a, size_t size)
{
    if (size > SIZE_MAX - WIDE) {
        return sw_fail(SW_NO_MEMORY, "cannot allocate %zu bytes", size);
    }
    size = (size + WIDE - 1) / WIDE * WIDE;
    unsigned char *memory = aligned_alloc(WIDE, size);
    if (memory == NULL) {
        return sw_fail(SW_NO_MEMORY, "cannot allocate %zu bytes", size);
    }
    *a = (arena){.memory = memory, .size = size};
    return SW_OK;
}

void arena_free(arena *a)
{
    free(a->memory);
    *a = (arena){0};
}

static void *take_aligned(arena *a, size_t bytes, size_t alignment)
{
    const size_t start = (a->used + alignment - 1) / alignment * alignment;
    if (bytes == 0) {
        bytes = 1;  // so that the next pointer differs
    }
    if (start > a->size || bytes > a->size - start) {
        return NULL;
    }
    a->used = start + bytes;
    return a->memory + start;
}

void *arena_alloc(arena *a, size_t bytes)
{
    void *memory = take_aligned(a, bytes, WIDE);
    if (memory != NULL) {
        memset(memory, 0, bytes);
    }
    return memory;
}

void *arena_take(arena *a, size_t bytes)
{
    return take_aligned(a, bytes, NARROW);
}

void arena_reset(arena *a)
{
    a->used = 0;
}

// Whole pages that were used. Should the system not take them, they are merely kept.
void arena_trim(arena *a, size_t keep)
{
    if (a->used > keep) {
        const size_t page = (size_t) sysconf(_SC_PAGESIZE);
        const uintptr_t start = (uintptr_t) a->memory;
        const uintptr_t first = (start + keep + page - 1) / page * page;
        const uintptr_t end = (start + a->used) / page * page;
        if (first < end) {
            (void) madvise(a->memory + (first - start), end - first, MADV_DONTNEED);
        }
    }
    arena_reset(a);
}
