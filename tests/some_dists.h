// some_dists.h -- distributions that several tests take: Gaussian of `actions` elements, and two
// categorical elements of 2 and 3 categories.
#ifndef SOME_DISTS_H
#define SOME_DISTS_H

#include <dist.h>

#include "test.h"

static inline void make_gaussian(dist *d, int64_t actions)
{
    const sw_tensor t = {.name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {actions}};
    assert_ok(dist_init(d, &t));
}

// Elements of 2 and 3 categories.
static inline void make_categorical(dist *d)
{
    static const double low[] = {0, 1}, high[] = {1, 3};
    const sw_tensor t = {
        .name = "a", .dtype = SW_INT32, .dims = 1, .shape = {2}, .low = low, .high = high};
    assert_ok(dist_init(d, &t));
    assert_int_equal(d->outputs, 5);
    assert_int_equal(d->own_count, 0);
}

#endif
