// init.h -- what a network's parameters start from.
#ifndef NN_INIT_H
#define NN_INIT_H

#include <random.h>

#include "mlp.h"

typedef enum init_kind {
    // W's rows (its columns, where it has more rows than columns) are orthogonal vectors of length
    // sqrt(2), in the last layer `output_gain`; biases 0. Saxe et al. 2014, arXiv:1312.6120.
    INIT_ORTHOGONAL,
    // Weights and biases uniform in +-1/sqrt(in): PyTorch's default for a linear layer. No gain.
    INIT_UNIFORM
} init_kind;

// The names in the order of the enum, as a setting's choices.
#define INIT_CHOICES "orthogonal|uniform"

// The kind of one of these names.
init_kind init_kind_parse(const char *name);

// Draws all weights and biases, layer by layer; the extra parameters stay as they are, and so do
// layers of another network.
void init_mlp(mlp *m, init_kind kind, double output_gain, random_state *random);

#endif
