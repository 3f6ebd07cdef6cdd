// cg.c -- conjugate gradient.
//
//   x = 0, r = p = b;  each iteration:
//     a = r.r / p.Ap;  x += a p;  r' = r - a Ap, made orthogonal to every r before it
//     p = r' + (r'.r' / r.r) p;  r = r'
//
// Vectors are float like the parameters they belong to; sums are double. In the course of the
// iterations r drifts away from b - A x by rounding. What is reported is computed from one more
// product, which whoever scales a step by x.Ax needs anyway.
#include "cg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vec.h"

sw_status cg_init(cg *c, int count, int iterations)
{
    const size_t n = (size_t) count, rows = (size_t) iterations + 1;
    *c = (cg){.count = count,
              .iterations = iterations,
              .ax = vec_new(n),
              .left = vec_new(rows * n),
              .rr = calloc(rows, sizeof(*c->rr)),
              .p = vec_new(n),
              .ap = vec_new(n)};
    if (!c->ax || !c->left || !c->rr || !c->p || !c->ap) {
        cg_free(c);
        return sw_fail(SW_NO_MEMORY, "no memory for %d conjugate gradients of %d numbers",
                       iterations, count);
    }
    return SW_OK;
}

void cg_free(cg *c)
{
    free(c->ax);
    free(c->left);
    free(c->rr);
    free(c->p);
    free(c->ap);
    *c = (cg){0};
}

// r of iteration k [count].
static float *left_before(const cg *c, int k)
{
    return c->left + (size_t) k * (size_t) c->count;
}

// What is left after a step of length `a` along p in iteration k.
static void leave(cg *c, int k, double a)
{
    float *r = left_before(c, k + 1);
    memcpy(r, left_before(c, k), (size_t) c->count * sizeof(float));
    vec_add_scaled(r, (float) -a, c->ap, c->count);
    for (int j = 0; j <= k; j++) {
        const float *before = left_before(c, j);
        vec_add_scaled(r, (float) (-vec_dot(before, r, c->count) / c->rr[j]), before, c->count);
    }
    c->rr[k + 1] = vec_dot(r, r, c->count);
}

// b is in the first row of `left`.
static void iterate(cg *c, float *x)
{
    const int n = c->count;
    const double enough = c->tolerance * c->tolerance * c->rr[0];

    for (int k = 0; k < c->iterations && c->rr[k] > enough; k++) {
        c->product(c->context, c->p, c->ap);
        const double curvature = vec_dot(c->p, c->ap, n);
        if (!(curvature > 0)) {
            return;
        }
        const double a = c->rr[k] / curvature;
        vec_add_scaled(x, (float) a, c->p, n);
        leave(c, k, a);
        vec_scale(c->p, (float) (c->rr[k + 1] / c->rr[k]), n);
        vec_add_scaled(c->p, 1, left_before(c, k + 1), n);
    }
}

double cg_solve(cg *c, const float *b, float *x)
{
    const size_t size = (size_t) c->count * sizeof(float);
    float *missing = c->ap;

    memset(x, 0, size);
    memcpy(c->left, b, size);
    memcpy(c->p, b, size);
    c->rr[0] = vec_dot(b, b, c->count);
    iterate(c, x);
    c->product(c->context, x, c->ax);
    memcpy(missing, b, size);
    vec_add_scaled(missing, -1, c->ax, c->count);
    return c->rr[0] > 0 ? sqrt(vec_dot(missing, missing, c->count) / c->rr[0]) : 0;
}
