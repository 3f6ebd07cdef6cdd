// kfac.h -- the Fisher matrix of a network as Kronecker factors, and gradients divided by it.
//
// Martens, Grosse 2015, arXiv:1503.05671. A layer maps a = (x, 1) to z = W a, biases being W's last
// column; log p is what the network's outputs make likely, with targets drawn from p itself.
//
//   symbol  shape           meaning
//   g       [out]           d log p / dz
//   A       [in+1, in+1]    running mean of a a^T
//   G       [out, out]      running mean of g g^T
//   F       [P, P]          Fisher matrix: a block A (x) G per layer, none between layers
//   gamma                   damping: what is added to F's diagonal
//
//   (F + gamma I)^-1 dW  =  (G + sqrt(gamma) / pi I)^-1 dW (A + pi sqrt(gamma) I)^-1    section 6.3
//   pi  =  sqrt( (tr A / (in + 1)) / (tr G / out) )
//
// The second equals the first where A and G are multiples of I; elsewhere it adds more. A (x) G is
// the layer's own Fisher matrix where a and g are independent of each other.
#ifndef NN_KFAC_H
#define NN_KFAC_H

#include <stdint.h>

#include "mlp.h"

enum { KFAC_MAX_WIDTH = 4096 };  // of a layer: its factors take a second to invert

// Matrices are symmetric: only their lower triangles are written and read.
typedef struct kfac_layer {
    float *A, *G;                  // as above
    float *A_inverse, *G_inverse;  // (A + pi sqrt(gamma) I)^-1, (G + sqrt(gamma) / pi I)^-1
} kfac_layer;

typedef struct kfac_options {
    double decay;  // at most so much of the means stays when a batch is counted in; 0 <= decay < 1
    double damping;  // gamma > 0
} kfac_options;

typedef struct kfac {
    kfac_options options;
    mlp *net;         // not owned
    int64_t batches;  // counted in so far
    kfac_layer layers[MLP_MAX_HIDDEN + 1];
    double *square;    // scratch: the largest factor
    float *matrix[2];  // scratch: the largest W
} kfac;

// Factors of zero for `net`, which must outlive them. SW_INVALID_ARGUMENT if a layer is wider than
// KFAC_MAX_WIDTH; SW_NO_MEMORY. Then nothing needs freeing.
sw_status kfac_init(kfac *k, mlp *net, const kfac_options *options);

// A zeroed kfac is allowed.
void kfac_free(kfac *k);

// Counts n rows into A and G, those of the network's last forward. dlogp [n, out] is d log p /
// doutput of each row, for one target drawn per row; where p is a Gaussian of variance 1, +-1 drawn
// for each output does as well, and 1 for a single output is exact. Adds to the network's `grads`.
//
// Batch t = 1, 2 ... gets the weight max(1 / t, 1 - decay): section 5.
void kfac_count(kfac *k, const float *dlogp, int n);

// Inverts the factors as they are. False if one is not finite, or not positive definite in spite
// of the damping; kfac_solve() is not possible then.
bool kfac_invert(kfac *k);

// Writes x = (F + gamma I)^-1 gradient; both are in the order of `net->params`, and the extra part
// is not touched. So gradient . x is also x^T (F + gamma I) x. x is not `gradient`.
void kfac_solve(kfac *k, const float *gradient, float *x);

#endif
