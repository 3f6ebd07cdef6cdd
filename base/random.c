#include "random.h"

#include <assert.h>
#include <math.h>

// SplitMix64 adds this (2^64 / golden ratio, odd) to its state at every output.
static const uint64_t gamma_ = 0x9e3779b97f4a7c15;

uint64_t random_mix(uint64_t a, uint64_t b)
{
    // output b is made from the state after b + 1 additions, so no loop is needed
    uint64_t z = a + (b + 1) * gamma_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

random_state random_seed(uint64_t seed)
{
    random_state r;
    for (uint64_t i = 0; i < 4; i++) {
        r.s[i] = random_mix(seed, i);
    }
    return r;
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t random_bits(random_state *r)
{
    uint64_t *s = r->s;
    const uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double random_unit(random_state *r)
{
    return (double) (random_bits(r) >> 11) * 0x1.0p-53;
}

double random_uniform(random_state *r, double low, double high)
{
    return low + (high - low) * random_unit(r);
}

double random_normal(random_state *r)
{
    double u, q;
    do {
        u = random_uniform(r, -1, 1);
        const double v = random_uniform(r, -1, 1);
        q = u * u + v * v;
    } while (q >= 1 || q == 0);
    return u * sqrt(-2 * log(q) / q);
}

// The 128-bit product x y: its upper half is returned, its lower half goes to *low.
static uint64_t multiply(uint64_t x, uint64_t y, uint64_t *low)
{
    const uint64_t half = 0xffffffff;
    const uint64_t x0 = x & half, x1 = x >> 32;
    const uint64_t y0 = y & half, y1 = y >> 32;
    const uint64_t middle = x1 * y0 + (x0 * y0 >> 32);
    const uint64_t carry = x0 * y1 + (middle & half);
    *low = x * y;
    return x1 * y1 + (middle >> 32) + (carry >> 32);
}

uint64_t random_below(random_state *r, uint64_t n)
{
    assert(n > 0);
    uint64_t low;
    uint64_t high = multiply(random_bits(r), n, &low);
    if (low < n) {
        // 2^64 mod n of the products must be rejected for every result to be equally likely
        const uint64_t reject = (0 - n) % n;
        while (low < reject) {
            high = multiply(random_bits(r), n, &low);
        }
    }
    return high;
}

void random_shuffle(random_state *r, int *order, int n)
{
    for (int i = n - 1; i > 0; i--) {
        const int j = (int) random_below(r, (uint64_t) i + 1);
        const int t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
}
