// vec.h -- operations on contiguous vectors of float.
//
// Written as plain loops that the compiler turns into vector instructions. Every sum is taken in an
// order fixed at compile time, so a result never depends on threads. y and x may be the same array;
// otherwise arrays must not overlap.
#ifndef NN_VEC_H
#define NN_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

// n zeros, 64-byte aligned; the caller frees them with free(). NULL if there is no memory.
float *vec_new(size_t n);

// y[i] = e^x[i], within 1.2e-7 of the true value (relative). Below -87 and above 88: e^-87 and
// e^88.
void vec_exp(float *y, const float *x, int n);

// y[i] = tanh x[i], within 4e-7 of the true value (relative) and never beyond -1 and 1.
void vec_tanh(float *y, const float *x, int n);

// x[i] *= factor
void vec_scale(float *x, float factor, int n);

// y[i] += factor * x[i]
void vec_add_scaled(float *y, float factor, const float *x, int n);

// y[i] += part * (x[i] - y[i])
void vec_mix(float *y, float part, const float *x, int n);

// sum_i x[i] y[i], summed in double.
double vec_dot(const float *x, const float *y, int n);

// sum_i x[i]^2
float vec_sum_squares(const float *x, int n);

// x[i] = (x[i] - mean) / (std + 1e-8), with the standard deviation of a sample (n - 1). One number
// becomes 0.
void vec_standardize(float *x, int n);


// ---- one element, for loops that do more than one thing -----------------------------------------

// The nearest to x from low to high; not a number stays so.
static inline float vec_clamp1(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

// The argument is reduced to r = x - k ln 2 in [-ln 2 / 2, ln 2 / 2], the polynomial is that of
// Cephes' expf (S. Moshier, netlib.org/cephes), and 2^k is made from the bits of k: adding 1.5 *
// 2^23 leaves the whole number k in the low bits of the mantissa.
static inline float vec_exp1(float x)
{
    const float magic = 12582912.0f;  // 1.5 * 2^23
    union {
        float f;
        uint32_t u;
    } shifted, power;

    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    shifted.f = x * 1.44269504f + magic;
    const float k = shifted.f - magic;
    const float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;  // ln 2 in two parts

    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    power.u = (shifted.u << 23) + 0x3f800000u;  // the bits of 1.5 above those of k are shifted out
    return p * power.f;
}

// |x| P(x^2) / Q(x^2) with the sign of x: minimax fit of the relative error on [-8, 8], 6.4e-9
// before rounding; beyond 8, where 1 - tanh x < 2.3e-7, the value at 8. One comparison, on |x|,
// because the vectoriser turns two nested ones into masks.
static inline float vec_tanh1(float x)
{
    float a = fabsf(x);
    a = a > 8.0f ? 8.0f : a;
    const float s = a * a;

    float p = 1.523046873e-8f;
    p = p * s + 2.189469798e-5f;
    p = p * s + 3.571600195e-3f;
    p = p * s + 1.344449981e-1f;
    p = p * s + 1.0f;
    float q = 8.522467243e-7f;
    q = q * s + 3.411295576e-4f;
    q = q * s + 2.616445119e-2f;
    q = q * s + 4.677782713e-1f;
    q = q * s + 1.0f;
    return copysignf(a * p / q, x);
}

#endif
