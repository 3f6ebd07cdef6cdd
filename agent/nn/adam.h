// adam.h -- Adam on a flat parameter vector.
//
// Kingma, Ba 2015, arXiv:1412.6980, Algorithm 1, with epsilon added to sqrt(v^) as PyTorch's
// torch.optim.Adam does; beta1 0.9, beta2 0.999.
#ifndef NN_ADAM_H
#define NN_ADAM_H

#include <stdint.h>

#include <stepwire/status.h>

typedef struct adam {
    int count;
    float epsilon;
    int64_t steps;  // taken so far: t
    float *m;       // [count] running mean of the gradient
    float *v;       // [count] running mean of its square
} adam;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status adam_init(adam *a, int count, double epsilon);

// A zeroed adam is allowed.
void adam_free(adam *a);

// params [count] -= lr m^ / (sqrt(v^) + epsilon), where m^ and v^ count grads [count] in.
void adam_step(adam *a, float *params, const float *grads, double lr);

#endif
