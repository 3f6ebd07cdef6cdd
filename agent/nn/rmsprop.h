// rmsprop.h -- RMSprop on a flat parameter vector.
//
// Hinton 2012, "Neural Networks for Machine Learning", lecture 6e, with epsilon added to the root
// and v from 0, as PyTorch's torch.optim.RMSprop has it. Mnih et al. 2016, arXiv:1602.01783, eq.
// S3, and TensorFlow's RMSPropOptimizer, which starts v from 1, have epsilon inside the root: there
// the usual 1e-5 outweighs all gradients below 3e-3.
#ifndef NN_RMSPROP_H
#define NN_RMSPROP_H

#include <stepwire/status.h>

typedef struct rmsprop {
    int count;
    float alpha;  // how much of v stays in a step
    float epsilon;
    float *v;  // [count] running mean of the gradient's square
} rmsprop;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status rmsprop_init(rmsprop *a, int count, double alpha, double epsilon);

// A zeroed rmsprop is allowed.
void rmsprop_free(rmsprop *a);

// v = alpha v + (1 - alpha) grads^2; params [count] -= lr grads / (sqrt(v) + epsilon).
void rmsprop_step(rmsprop *a, float *params, const float *grads, double lr);

#endif
