#include "activation.h"

#include <string.h>

#include "vec.h"

static const char *const names[] = {"tanh", "relu", "elu"};

bool activation_parse(const char *name, activation *f)
{
    for (int i = 0; i < (int) (sizeof(names) / sizeof(names[0])); i++) {
        if (strcmp(name, names[i]) == 0) {
            *f = (activation) i;
            return true;
        }
    }
    return false;
}

void activation_forward(activation f, float *restrict y, const float *restrict b, int n)
{
    switch (f) {
    case ACTIVATION_TANH:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            y[j] = vec_tanh1(y[j] + b[j]);
        }
        break;
    case ACTIVATION_RELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            const float z = y[j] + b[j];
            y[j] = z < 0 ? 0 : z;  // not a number stays so
        }
        break;
    case ACTIVATION_ELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            const float z = y[j] + b[j];
            const float low = vec_exp1(z) - 1;
            y[j] = z > 0 ? z : low;
        }
        break;
    }
}

void activation_backward(activation f, const float *restrict y, float *restrict dy, int n)
{
    switch (f) {
    case ACTIVATION_TANH:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] *= 1 - y[j] * y[j];
        }
        break;
    case ACTIVATION_RELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = y[j] > 0 ? dy[j] : 0;
        }
        break;
    case ACTIVATION_ELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] *= y[j] > 0 ? 1 : 1 + y[j];
        }
        break;
    }
}

void activation_tangent(activation f, const float *restrict y, const float *restrict c,
                        float *restrict dy, int n)
{
    switch (f) {
    case ACTIVATION_TANH:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = (1 - y[j] * y[j]) * (dy[j] + c[j]);
        }
        break;
    case ACTIVATION_RELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = y[j] > 0 ? dy[j] + c[j] : 0;
        }
        break;
    case ACTIVATION_ELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = (y[j] > 0 ? 1 : 1 + y[j]) * (dy[j] + c[j]);
        }
        break;
    }
}
