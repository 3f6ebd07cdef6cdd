// some_dists.h -- distributions that several tests take.
#ifndef SOME_DISTS_H
#define SOME_DISTS_H

#include <dist.h>

#include "test.h"

static inline void make_gaussian(dist *d, int64_t actions)
{
    const sw_tensor t = {.name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {actions}};
    assert_ok(dist_init(d, &t, false));
}

// Elements of 2 and 3 categories.
static inline void make_categorical(dist *d)
{
    static const double low[] = {0, 1}, high[] = {1, 3};
    const sw_tensor t = {
        .name = "a", .dtype = SW_INT32, .dims = 1, .shape = {2}, .low = low, .high = high};
    assert_ok(dist_init(d, &t, false));
    assert_int_equal(d->outputs, 5);
    assert_int_equal(d->own_count, 0);
}

// Elements from -1 to 3 and from 0 to 1.
static inline void make_squashed(dist *d)
{
    static const double low[] = {-1, 0}, high[] = {3, 1};
    const sw_tensor t = {
        .name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {2}, .low = low, .high = high};
    assert_ok(dist_init(d, &t, true));
}

typedef enum some_dist { SOME_GAUSSIAN, SOME_CATEGORICAL, SOME_SQUASHED, SOME_DISTS } some_dist;

// One of two elements.
static inline void make_some_dist(dist *d, some_dist kind)
{
    switch (kind) {
    case SOME_GAUSSIAN: make_gaussian(d, 2); break;
    case SOME_CATEGORICAL: make_categorical(d); break;
    default: make_squashed(d); break;
    }
}

#endif
