// action_values.h -- the values of a Discrete action's k choices, learned from a replay: what dqn
// and fitted_q share.
//
// Q(s, .) is a network with k outputs, Q^- a copy of it that stands still for a while. A gradient
// step on a minibatch (s, a, R, discount, s'), where replay.h says what R and discount are:
//
//     a*  =  argmax_a Q^-(s', a), or argmax_a Q(s', a) if `is_double`
//     y   =  R + discount Q^-(s', a*)
//     L   =  mean h(Q(s, a) - y),  h(x) = x^2 / 2, beyond 1: |x| - 1/2 if `is_huber`
#ifndef ALGO_ACTION_VALUES_H
#define ALGO_ACTION_VALUES_H

#include <adam.h>

#include "off_policy.h"

typedef struct action_values_options {
    bool is_double, is_huber;
    double max_grad_norm;  // limit of the gradient's norm; 0: none
} action_values_options;

typedef struct action_values {
    action_values_options options;
    int k;            // choices
    mlp net, target;  // Q, Q^-: [obs_dim] -> [k]
    adam adam;
    float *y;        // [batch]
    float *dvalues;  // [batch, k]  dL/dQ(s, .)

    // of the last gradient step
    double loss;  // L
    double mean;  // of Q(s, a)
    double norm;  // of the gradient, before its limit
} action_values;

// Makes networks of the shape of `o`, for its minibatches and the problem's rows. Q begins with
// PyTorch's weights; or with zeros if it is linear, for what nothing was seen of is then worth 0;
// and so does Q^- in any case. SW_NO_MEMORY, errors of mlp_init(): then action_values_free() must
// still be called.
sw_status action_values_init(action_values *v, const off_policy *o, const algo_problem *problem,
                             const action_values_options *options);

// Zeroed ones are allowed.
void action_values_free(action_values *v);

// Writes argmax_a Q(s, a) to actions [n] for x [n, obs_dim], or with probability `epsilon` any
// choice. At 0 nothing is drawn from `random`.
void action_values_choose(action_values *v, const float *x, int n, double epsilon,
                          random_state *random, float *actions);

// Writes y for a minibatch.
void action_values_target(action_values *v, const replay_batch *b);

// Adds the gradient of L for this y to the network's, sets loss and mean.
void action_values_loss(action_values *v, const replay_batch *b);

// A step of Adam down L, for new targets: sets loss, mean and norm.
void action_values_learn(action_values *v, const replay_batch *b, double lr);

// Q^- <- Q^- + tau (Q - Q^-); tau 1 copies.
void action_values_follow(action_values *v, double tau);

// policy.*, target.*, adam.*
sw_status action_values_tensors(action_values *v, const tensor_visitor *to);

#endif
