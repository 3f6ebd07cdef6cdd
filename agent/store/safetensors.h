// safetensors.h -- the header of a safetensors file: which arrays it holds and where.
//
// The format (github.com/huggingface/safetensors, "Format"): 8 bytes N, little-endian; N bytes of
// JSON {"name": {"dtype", "shape", "data_offsets": [begin, end]}, ..., "__metadata__": {string:
// string}}; then the data, row-major, little-endian, without gaps or overlaps.
//
// An array may be compressed, which is our own idea: then it is stored as the bytes of a zstd
// frame, U8 [n], and __metadata__ has "zstd.NAME": "{\"dtype\": ..., \"shape\": ...}" of what is in
// it.
#ifndef STORE_SAFETENSORS_H
#define STORE_SAFETENSORS_H

#include <jansson.h>

#include "algo.h"

enum {
    SAFETENSORS_PREFIX = 8,            // bytes before the JSON
    SAFETENSORS_MAX_HEADER = 1 << 24,  // bytes of JSON that we read
    SAFETENSORS_MAX_DIMS = 4,
    SAFETENSORS_MAX_NAME = 127  // bytes
};

// Where an array is. Offsets count from the end of the header.
typedef struct safetensor {
    const char *name;  // the JSON's
    algo_dtype dtype;
    int dims;
    int64_t shape[SAFETENSORS_MAX_DIMS];
    uint64_t begin, end;
    bool is_frame;  // there is a zstd frame of the array
} safetensor;

typedef struct safetensors {
    json_t *json;         // owns the names
    safetensor *tensors;  // [count], in the order of the data
    size_t count;
    uint64_t data_bytes;
} safetensors;

// Reads the JSON of a header; `data_bytes` is what the file has after it. Every size is checked:
// what comes back describes exactly those bytes, of frames only where they are. SW_PROTOCOL saying
// what is wrong, with `path` for the message; then nothing needs freeing.
sw_status safetensors_parse(const char *path, const void *header, size_t bytes, uint64_t data_bytes,
                            safetensors *s);

// A zeroed one is allowed.
void safetensors_free(safetensors *s);

// NULL if there is none.
const safetensor *safetensors_find(const safetensors *s, const char *name);

// A string of __metadata__; NULL if there is none.
const char *safetensors_metadata(const safetensors *s, const char *key);

// The key of __metadata__ that says what is in a frame: this and the array's name.
#define SAFETENSORS_FRAME "zstd."

// Bytes of all elements; they fit into 63 bits.
uint64_t safetensors_bytes(const safetensor *t);

// Bytes of one element, and the format's name for it, e.g. "F32".
size_t safetensors_dtype_size(algo_dtype dtype);
const char *safetensors_dtype_name(algo_dtype dtype);

#endif
