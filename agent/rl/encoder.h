// encoder.h -- observations of any dtype as rows of float.
//
// The features of a row are its observation tensors one after another, row-major: floats and uint8
// as they are, categories (int32 and int64 with finite bounds) one-hot, integers without bounds as
// they are.
#ifndef RL_ENCODER_H
#define RL_ENCODER_H

#include <stepwire/spec.h>

typedef struct encoder {
    const sw_spec *spec;  // not owned
    int size;             // features per row
} encoder;

// `spec` must outlive the encoder. SW_INVALID_ARGUMENT if a row has no features or more than
// MLP_MAX_WIDTH.
sw_status encoder_init(encoder *e, const sw_spec *spec);

// Writes the features [n, size] of rows first .. first + n - 1 of `observations`
// [observation_count], each [rows, shape...] in the spec's dtype.
void encoder_read(const encoder *e, const void *const *observations, int first, int n, float *out);

#endif
