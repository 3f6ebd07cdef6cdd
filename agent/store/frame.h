// frame.h -- arrays as zstd frames.
#ifndef STORE_FRAME_H
#define STORE_FRAME_H

#include <stddef.h>
#include <stdio.h>

#include <stepwire/status.h>

// Compresses data [bytes] into one frame, which says how long the data is, and hands it out in
// pieces. SW_NO_MEMORY; the first error of `take`.
sw_status frame_write(const void *data, size_t bytes,
                      sw_status (*take)(void *context, const void *piece, size_t bytes),
                      void *context);

// Reads a frame of `length` bytes from where the file stands into data [bytes]. SW_NO_MEMORY; SW_IO
// if the file cannot be read; SW_PROTOCOL, in a text that `path` begins, if it is not one whole
// frame of so many bytes.
sw_status frame_read(const char *path, FILE *file, size_t length, void *data, size_t bytes);

#endif
