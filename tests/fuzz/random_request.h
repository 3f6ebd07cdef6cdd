// random_request.h -- well-formed requests of any content, from the description of the protocol.
#ifndef RANDOM_REQUEST_H
#define RANDOM_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "random.h"
#include "stepwire.pb-c.h"

// What is made is a Request of major 1 with this session and number, and bytes fields are often the
// blob [blob_size].
typedef struct random_request_hints {
    uint64_t session, seq;
    const unsigned char *blob;
    size_t blob_size;
} random_request_hints;

// Writes a Request into bytes [size], size >= 64, and returns how many bytes it has. Fields for
// which there is no room are left out.
size_t random_request(random_state *r, const random_request_hints *hints, unsigned char *bytes,
                      size_t size);

#endif
