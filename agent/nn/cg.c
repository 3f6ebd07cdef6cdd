// cg.c -- conjugate gradient.
//
//   x = 0, r = p = b;  each iteration:
//     a = r.r / p.Ap;  x += a p;  r' = r - a Ap;  p = r' + (r'.r' / r.r) p;  r = r'
//
// Vectors are float like the parameters they belong to; sums are double. In the course of the
// iterations r drifts away from b - A x by rounding. What is reported is computed from one more
// product, which whoever scales a step by x.Ax needs anyway.
#include "cg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vec.h"

sw_status cg_init(cg *c, int count)
{
    const size_t n = (size_t) count;
    *c = (cg){.count = count, .ax = vec_new(n), .r = vec_new(n), .p = vec_new(n), .ap = vec_new(n)};
    if (!c->ax || !c->r || !c->p || !c->ap) {
        cg_free(c);
        return sw_fail(SW_NO_MEMORY, "no memory for conjugate gradients of %d numbers", count);
    }
    return SW_OK;
}

void cg_free(cg *c)
{
    free(c->ax);
    free(c->r);
    free(c->p);
    free(c->ap);
    *c = (cg){0};
}

static void iterate(cg *c, double enough, float *x)
{
    const int n = c->count;
    double rr = vec_dot(c->r, c->r, n);

    for (int k = 0; k < c->iterations && rr > enough; k++) {
        c->product(c->context, c->p, c->ap);
        const double curvature = vec_dot(c->p, c->ap, n);
        if (!(curvature > 0)) {
            return;
        }
        vec_add_scaled(x, (float) (rr / curvature), c->p, n);
        vec_add_scaled(c->r, (float) (-rr / curvature), c->ap, n);
        const double left = vec_dot(c->r, c->r, n);
        vec_scale(c->p, (float) (left / rr), n);
        vec_add_scaled(c->p, 1, c->r, n);
        rr = left;
    }
}

double cg_solve(cg *c, const float *b, float *x)
{
    const size_t size = (size_t) c->count * sizeof(float);
    const double bb = vec_dot(b, b, c->count);

    memset(x, 0, size);
    memcpy(c->r, b, size);
    memcpy(c->p, b, size);
    iterate(c, c->tolerance * c->tolerance * bb, x);
    c->product(c->context, x, c->ax);
    memcpy(c->r, b, size);
    vec_add_scaled(c->r, -1, c->ax, c->count);
    return bb > 0 ? sqrt(vec_dot(c->r, c->r, c->count) / bb) : 0;
}
