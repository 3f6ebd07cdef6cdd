// squashed_head.h -- a Gaussian squashed into (-1, 1) by tanh, all of it a network's: mean and
// log-std are outputs, so that both depend on the state.
//
//   xi ~ N(0, 1)     u = mean + std xi     a = tanh u     std = e^s, s within [-20, 2]
//   log pi(a) = sum_j -xi_j^2 / 2 - s_j - log(2 pi) / 2 - log(1 - tanh^2 u_j)
//
// (Haarnoja et al. 2018, arXiv:1812.05905, appendix C.) Samples are reparameterised: a is a
// function of the outputs and of noise that does not depend on them, and derivatives go through it.
//
// s is clamped, as in the authors' code, Stable-Baselines3, Spinning Up and Tianshou, whose results
// are the ones compared with. CleanRL's tanh map to [-5, 2] lets every s be learned from, but
// starts at a std of 0.2 in place of 1.
#ifndef RL_SQUASHED_HEAD_H
#define RL_SQUASHED_HEAD_H

#include <random.h>
#include <stepwire/status.h>

// What one row of outputs was made into last, n rows of it.
typedef struct squashed_head {
    int actions;           // A
    int n;                 // rows
    const float *outputs;  // [n, 2 A]  the mean, then s before it is clamped
    float *noise;          // [max_rows, A]  xi
    float *shift;          // [max_rows, A]  std xi
    float *act;            // [max_rows, A]  a
    float *part;           // [max_rows, A]  what an element adds to log pi
    float *logp;           // [max_rows]  log pi(a), in nats
} squashed_head;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status squashed_head_init(squashed_head *h, int actions, int max_rows);

// A zeroed head is allowed.
void squashed_head_free(squashed_head *h);

// Draws the noise of the next n rows.
void squashed_head_draw(squashed_head *h, random_state *random, int n);

// Writes act and logp of `outputs` [n, 2 A] for the noise that was drawn. `outputs` must stay as
// they are until the backward that belongs to it.
void squashed_head_act(squashed_head *h, const float *outputs);

// The same without noise: writes tanh(mean) of n rows to act.
void squashed_head_mode(squashed_head *h, const float *outputs, int n);

// Writes the gradient with respect to the outputs, doutputs [n, 2 A], of a scalar whose gradient
// with respect to act is dact [n, A], and dlogp with respect to each row's logp.
void squashed_head_backward(const squashed_head *h, const float *dact, float dlogp,
                            float *doutputs);

#endif
