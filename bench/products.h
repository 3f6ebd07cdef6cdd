// products.h -- the matrix products of small networks alone, on one set of matrices that stays in
// the cache: what a learner could not do without.
#ifndef BENCH_PRODUCTS_H
#define BENCH_PRODUCTS_H

#include <stdbool.h>

enum { PRODUCTS_MOST = 256 };  // rows of a batch, and units of a layer

// The sources are random and stay as they are, the targets are only written.
typedef struct products {
    float x[PRODUCTS_MOST * PRODUCTS_MOST], w[PRODUCTS_MOST * PRODUCTS_MOST];
    float dy[PRODUCTS_MOST * PRODUCTS_MOST], y[PRODUCTS_MOST * PRODUCTS_MOST];
    float dx[PRODUCTS_MOST * PRODUCTS_MOST], dw[PRODUCTS_MOST * PRODUCTS_MOST];
} products;

// A network with two hidden layers.
typedef struct products_net {
    int in, hidden, out;
} products_net;

void products_init(products *p);

// Forgets what was added to dw, which would grow forever.
void products_rest(products *p);

// Of a batch of n rows: y = x w^T of each layer.
void products_forward(products *p, int n, products_net net);

// dw += dy^T x of each layer and, but for the first one, dx = dy w.
void products_backward(products *p, int n, products_net net);

// dx = dy w of each layer, of the first one only to its last `inputs` inputs.
void products_backward_input(products *p, int n, products_net net, int inputs);

#endif
