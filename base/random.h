// random.h -- random numbers that are the same everywhere.
//
// Sources: SplitMix64, Steele, Lea, Flood 2014 (doi:10.1145/2714064.2660195), as published by
// S. Vigna; xoshiro256++ 1.0, Blackman, Vigna 2019 (arXiv:1805.01407).
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

// Output b (counted from 0) of SplitMix64 started at a: the protocol's mix(a, b). Independent
// streams from one seed: random_mix(seed, purpose).
uint64_t random_mix(uint64_t a, uint64_t b);

// A generator; plain data, so that it can be saved and copied.
typedef struct random_state {
    uint64_t s[4];
} random_state;

// A generator whose state is the first four outputs of SplitMix64 started at `seed`.
random_state random_seed(uint64_t seed);

// 64 random bits: xoshiro256++.
uint64_t random_bits(random_state *r);

// Uniform in [0, 1), 53 bits.
double random_unit(random_state *r);

// Uniform in [low, high): low + (high - low) * random_unit().
double random_uniform(random_state *r, double low, double high);

// Standard normal. Marsaglia, Bray 1964 polar method, the second of each pair discarded, so that
// the state is only `s`.
double random_normal(random_state *r);

// Uniform in {0, ..., n - 1} without bias (Lemire 2019, arXiv:1805.10941); n > 0.
uint64_t random_below(random_state *r, uint64_t n);

// Puts the n entries of `order` in a random order (Fisher-Yates).
void random_shuffle(random_state *r, int *order, int n);

#endif
