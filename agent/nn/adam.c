#include "adam.h"

#include <math.h>
#include <stdlib.h>

#include "vec.h"

static const double beta1 = 0.9, beta2 = 0.999;

sw_status adam_init(adam *a, int count, double epsilon)
{
    *a = (adam){.count = count, .epsilon = (float) epsilon};
    a->m = vec_new((size_t) count);
    a->v = vec_new((size_t) count);
    if (a->m == NULL || a->v == NULL) {
        adam_free(a);
        return sw_fail(SW_NO_MEMORY, "no memory for the moments of %d parameters", count);
    }
    return SW_OK;
}

void adam_free(adam *a)
{
    free(a->m);
    free(a->v);
    *a = (adam){0};
}

void adam_step(adam *a, float *params, const float *grads, double lr)
{
    const double t = (double) ++a->steps;
    const float b1 = (float) beta1, b2 = (float) beta2;
    const float step = (float) (lr / (1 - pow(beta1, t)));     // lr m^ = step m
    const float root = (float) (1 / sqrt(1 - pow(beta2, t)));  // sqrt(v^) = root sqrt(v)
    const float c1 = (float) (1 - beta1), c2 = (float) (1 - beta2);
    const float epsilon = a->epsilon;
    float *restrict m = a->m;
    float *restrict v = a->v;

#pragma omp simd
    for (int i = 0; i < a->count; i++) {
        m[i] = b1 * m[i] + c1 * grads[i];
        v[i] = b2 * v[i] + c2 * grads[i] * grads[i];
        params[i] -= step * m[i] / (root * sqrtf(v[i]) + epsilon);
    }
}
