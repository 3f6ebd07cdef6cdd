// headroom.h -- how much memory is left.
#ifndef BASE_HEADROOM_H
#define BASE_HEADROOM_H

#include <stdint.h>

// Bytes that this process could still use without swapping: what the system says is available, or
// what the limits of its control group leave, whichever is less. UINT64_MAX if nobody says.
uint64_t headroom_bytes(void);

#endif
