// activation.h -- functions of hidden layers, and their derivatives, a row at a time.
//
// y = f(z). Every derivative is computed from y, which is all that a forward pass keeps.
#ifndef NN_ACTIVATION_H
#define NN_ACTIVATION_H

#include <stdbool.h>

typedef enum activation { ACTIVATION_TANH, ACTIVATION_RELU, ACTIVATION_ELU } activation;

// The names in the order of the enum, as a setting's choices.
#define ACTIVATION_CHOICES "tanh|relu|elu"

// Finds the function of that name; false if there is none, then `f` stays as it is.
bool activation_parse(const char *name, activation *f);

// y[j] = f(y[j] + b[j]). Not a number stays so.
void activation_forward(activation f, float *restrict y, const float *restrict b, int n);

// dz[j] = dy[j] f'(z[j]), in place of dy.
void activation_backward(activation f, const float *restrict y, float *restrict dy, int n);

// dy[j] = f'(z[j]) (dy[j] + c[j]): how f(z) moves where z moves by dy + c.
void activation_tangent(activation f, const float *restrict y, const float *restrict c,
                        float *restrict dy, int n);

#endif
