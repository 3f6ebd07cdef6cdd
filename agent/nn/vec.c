#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Sums are taken in so many parts: enough to hide the latency of an addition.
enum { LANES = 64 };

float *vec_new(size_t n)
{
    const size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
    float *x = aligned_alloc(64, bytes > 0 ? bytes : 64);
    if (x != NULL) {
        memset(x, 0, bytes);
    }
    return x;
}

void vec_exp(float *y, const float *x, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++) {
        y[i] = vec_exp1(x[i]);
    }
}

void vec_tanh(float *y, const float *x, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++) {
        y[i] = vec_tanh1(x[i]);
    }
}

void vec_scale(float *x, float factor, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++) {
        x[i] *= factor;
    }
}

void vec_add_scaled(float *y, float factor, const float *x, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++) {
        y[i] += factor * x[i];
    }
}

void vec_mix(float *y, float part, const float *x, int n)
{
#pragma omp simd
    for (int i = 0; i < n; i++) {
        y[i] += part * (x[i] - y[i]);
    }
}

double vec_dot(const float *x, const float *y, int n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++) {
        sum += (double) x[i] * (double) y[i];
    }
    return sum;
}

float vec_sum_squares(const float *x, int n)
{
    float lane[LANES] = {0};
    for (int i = 0; i + LANES <= n; i += LANES) {
#pragma omp simd
        for (int k = 0; k < LANES; k++) {
            lane[k] += x[i + k] * x[i + k];
        }
    }
    for (int i = n - n % LANES; i < n; i++) {
        lane[i % LANES] += x[i] * x[i];
    }
    float sum = 0;
    for (int k = 0; k < LANES; k++) {
        sum += lane[k];
    }
    return sum;
}

void vec_standardize(float *x, int n)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++) {
        sum += x[i];
    }
    const float mean = sum / (float) n;

#pragma omp simd
    for (int i = 0; i < n; i++) {
        x[i] -= mean;
    }
    const float variance = n > 1 ? vec_sum_squares(x, n) / (float) (n - 1) : 0;
    vec_scale(x, 1.0f / (sqrtf(variance) + 1e-8f), n);
}
