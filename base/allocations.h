// allocations.h -- how often the program's own code asks for memory; for tests and benches.
//
// Linking sw_allocations, a library of its own, sends every malloc, calloc, realloc and
// aligned_alloc of what is linked statically through here, by the linker's --wrap.
#ifndef BASE_ALLOCATIONS_H
#define BASE_ALLOCATIONS_H

// How many there were since the program began. For programs whose other threads allocate nothing
// meanwhile.
int allocations_count(void);

#endif
