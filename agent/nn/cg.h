// cg.h -- conjugate gradient: solves A x = b where A is only known by what it does to a vector.
//
// Hestenes, Stiefel 1952, J. Research NBS 49 (6), section 3; A is symmetric, and positive definite
// or at least positive semidefinite with b in its range.
//
// In exact arithmetic what is left after each iteration is orthogonal to all that was left before.
// Rounding of single precision undoes that within some ten iterations of an ill-conditioned system,
// so each is made orthogonal again: the solution then follows the one of double precision.
#ifndef NN_CG_H
#define NN_CG_H

#include <stepwire/status.h>

// Writes A v [count]; v [count] is not `av`.
typedef void (*cg_product)(void *context, const float *v, float *av);

typedef struct cg {
    int count;
    int iterations;    // at most so many, >= 1
    double tolerance;  // ends as soon as |b - A x| <= tolerance |b|; >= 0
    cg_product product;
    void *context;  // of `product`

    float *ax;    // [count]  A x of the last solution, by a product of its own
    float *left;  // [iterations + 1, count]  scratch: r, what was left before each iteration
    double *rr;   // [iterations + 1]  scratch: r.r
    float *p;     // [count]  scratch: where to go
    float *ap;    // [count]  scratch: A p
} cg;

// Room for vectors of `count` numbers and so many iterations; the caller then sets tolerance and
// product. SW_NO_MEMORY: then nothing needs freeing.
sw_status cg_init(cg *c, int count, int iterations);

// A zeroed cg is allowed.
void cg_free(cg *c);

// Writes x [count], from x = 0, for b [count], and returns what is missing, |b - A x| / |b|, as the
// last product says; 0 for b = 0. Where A is found not to be positive it stops with the x it has.
// Makes at most iterations + 1 products and allocates nothing.
double cg_solve(cg *c, const float *b, float *x);

#endif
