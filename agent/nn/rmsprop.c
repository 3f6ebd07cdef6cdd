#include "rmsprop.h"

#include <math.h>
#include <stdlib.h>

#include "vec.h"

sw_status rmsprop_init(rmsprop *a, int count, double alpha, double epsilon)
{
    *a = (rmsprop){.count = count, .alpha = (float) alpha, .epsilon = (float) epsilon};
    a->v = vec_new((size_t) count);
    if (a->v == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the squares of %d gradients", count);
    }
    return SW_OK;
}

void rmsprop_free(rmsprop *a)
{
    free(a->v);
    *a = (rmsprop){0};
}

void rmsprop_step(rmsprop *a, float *params, const float *grads, double lr)
{
    const float keep = a->alpha, step = (float) lr, epsilon = a->epsilon;
    float *restrict v = a->v;

#pragma omp simd
    for (int i = 0; i < a->count; i++) {
        v[i] = keep * v[i] + (1 - keep) * grads[i] * grads[i];
        params[i] -= step * grads[i] / (sqrtf(v[i]) + epsilon);
    }
}
