// mlp.h -- a multi-layer perceptron whose parameters are one flat vector.
//
// Symbols: n rows of a batch; layer l maps x [n, in] to f(x W^T + b) [n, out]; f is the activation
// of the hidden layers, the last layer is linear. dy is the gradient of a scalar with respect to y.
#ifndef NN_MLP_H
#define NN_MLP_H

#include <stdbool.h>

#include <stepwire/status.h>

#include "activation.h"

enum { MLP_MAX_HIDDEN = 7, MLP_MAX_WIDTH = 65536, MLP_MAX_PARAMS = 1 << 28 };

typedef struct mlp_shape {
    int in, out;
    int hidden[MLP_MAX_HIDDEN];  // widths
    int hidden_count;            // 0: a linear map
    activation activation;
} mlp_shape;

typedef struct mlp_layer {
    int in, out;
    float *weight;   // [out, in]  W, as PyTorch keeps it; a view into `params`
    float *bias;     // [out]
    float *dweight;  // [out, in]  views into `grads`
    float *dbias;    // [out]
    float *output;   // [max_batch, out]  of the last forward
} mlp_layer;

typedef struct mlp {
    activation activation;
    int layer_count;
    int shared;  // layers 0 .. shared - 1 are another network's, but for their outputs
    mlp_layer layers[MLP_MAX_HIDDEN + 1];
    int max_batch;

    float *params;  // [param_count] W and b of layer 0, of layer 1 ..., then the extra ones
    float *grads;   // [param_count] in the same order
    int param_count;
    float *extra;   // [extra_count] parameters of whoever uses the network, e.g. a log-std
    float *dextra;  // [extra_count]
    int extra_count;

    const float *input;  // of the last forward
    float *delta[2];     // [max_batch, widest layer] derivatives on their way through the layers
} mlp;

// Reads hidden widths like "64,64" ("" is none) and an activation's name into `shape`, leaving in
// and out alone. SW_INVALID_ARGUMENT saying what does not fit.
sw_status mlp_shape_parse(const char *hidden, const char *activation_name, mlp_shape *shape);

// Allocates a network of zeros for batches of up to `max_batch` rows. SW_INVALID_ARGUMENT if it has
// more than MLP_MAX_PARAMS parameters or a layer's outputs would be more than INT_MAX;
// SW_NO_MEMORY. Then nothing needs freeing.
sw_status mlp_init(mlp *m, const mlp_shape *shape, int extra_count, int max_batch);

// Allocates a last layer of its own, of zeros, with `out` outputs, on the hidden layers of `trunk`,
// which must outlive it. It goes forward like any other, and a backward adds to the gradients of
// `trunk` what belongs there; `params` and `grads` are those of the last layer alone. No tangent is
// to be had. Errors of mlp_init().
sw_status mlp_init_head(mlp *m, const mlp *trunk, int out, int max_batch);

// A zeroed mlp is allowed.
void mlp_free(mlp *m);

// The output [n, out] for input [n, in], n <= max_batch. The output is the network's, valid until
// the next forward; `input` must stay as it is until the backward that belongs to it.
const float *mlp_forward(mlp *m, const float *input, int n);

// Adds to `grads` the gradient of a scalar whose gradient with respect to the last forward's
// output is doutput [n, out]. n is that of the forward.
void mlp_backward(mlp *m, const float *doutput, int n);

// Writes the gradient of that scalar with respect to the last `count` numbers of each row of the
// input: dinput [n, count]. `grads` stay as they are.
void mlp_backward_input(const mlp *m, const float *doutput, int n, int count, float *dinput);

// What a backward found at one layer: its input x [n, in] and dz [n, out], the gradient with
// respect to x W^T + b. Both are the network's, valid during the call.
typedef void (*mlp_visit)(void *context, int layer, const float *x, const float *dz, int n);

// mlp_backward() that shows every layer to `visit`, from the last to the first.
void mlp_backward_visit(mlp *m, const float *doutput, int n, mlp_visit visit, void *context);

// How the last forward's output moves, J v [n, out], when all parameters move along v
// [param_count]: d/dt output(params + t v) at t = 0. v is in the order of `params`; its extra part
// is not read. The result is the network's, valid until the next tangent or backward. n is that of
// the forward, after which any number of backwards and tangents may come. u^T (J v) = v^T (J^T u),
// which is what a backward with doutput = u adds to `grads`, times v.
const float *mlp_tangent(mlp *m, const float *v, int n);

// grads = 0
void mlp_zero_grads(mlp *m);

#endif
