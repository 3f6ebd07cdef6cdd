// fuzz_safetensors.c -- no checkpoint header does harm, and what is accepted lies within its data.
//
// Input: the JSON of a header of a file with DATA_BYTES bytes of data.
#include <stdint.h>
#include <stdlib.h>

#include "safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DATA_BYTES = 64 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    safetensors s;
    if (safetensors_parse("fuzz", data, size, DATA_BYTES, &s) != SW_OK) {
        return 0;
    }
    uint64_t described = 0;
    for (size_t i = 0; i < s.count; i++) {
        const safetensor *t = &s.tensors[i];
        require(t->begin <= t->end && t->end <= DATA_BYTES);
        require(t->is_frame || t->end - t->begin == safetensors_bytes(t));
        described += t->end - t->begin;
    }
    require(described == DATA_BYTES);
    safetensors_metadata(&s, "algo");
    safetensors_free(&s);
    return 0;
}
