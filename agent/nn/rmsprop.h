// rmsprop.h -- RMSprop on a flat parameter vector.
//
// Hinton 2012, Coursera lecture 6e, in the form of Mnih et al. 2016, arXiv:1602.01783, eq. S2 and
// S3, with epsilon inside the root; TensorFlow's RMSPropOptimizer, which starts v from 1, so that
// the first steps are short. torch.optim.RMSprop has epsilon outside and starts from 0: its first
// step is 1 / sqrt(1 - alpha) times as long as lr.
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

// v = alpha v + (1 - alpha) grads^2; params [count] -= lr grads / sqrt(v + epsilon).
void rmsprop_step(rmsprop *a, float *params, const float *grads, double lr);

#endif
