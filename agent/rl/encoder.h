// encoder.h -- observations of any dtype as rows of float.
//
// A row is its observation tensors one after another, row-major: floats as they are or scaled by
// their bounds, uint8 as they are, categories (int32 and int64 with finite bounds) one-hot or as
// they are, integers without bounds as they are.
#ifndef RL_ENCODER_H
#define RL_ENCODER_H

#include <stepwire/spec.h>

typedef struct encoder {
    const sw_spec *spec;  // not owned
    bool one_hot;         // categories are; else they are numbers too, and a row has one number per
                          // element
    bool scaled;          // floats with bounds less than 1e9 apart are, to [-1, 1]; false after
                          // encoder_init()
    int size;             // numbers per row
} encoder;

// `spec` must outlive the encoder. SW_INVALID_ARGUMENT if a row has no numbers or more than
// MLP_MAX_WIDTH.
sw_status encoder_init(encoder *e, const sw_spec *spec, bool one_hot);

// Writes the bounds of each number, low and high [size], of an encoder that is not one-hot.
// SW_INVALID_ARGUMENT naming the first tensor that has infinite ones, and what does without.
sw_status encoder_bounds(const encoder *e, double *low, double *high);

// Writes the numbers [n, size] of rows first .. first + n - 1 of `observations`
// [observation_count], each [rows, shape...] in the spec's dtype.
void encoder_read(const encoder *e, const void *const *observations, int first, int n, float *out);

#endif
