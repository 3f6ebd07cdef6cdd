// critics.h -- action values Q(s, a) of float actions, learned from a replay: what ddpg, td3 and
// sac share.
//
// One critic, or two of which the smaller value counts (Fujimoto et al. 2018, arXiv:1802.09477, eq.
// 10); each has a target network Q^- that follows it slowly (Lillicrap et al. 2016,
// arXiv:1509.02971, Algorithm 1). The two are computed on two threads where there are as many.
//
//     y    =  reward + discount (min_i Q_i^-(s', a') - cost)
//     L_i  =  mean (Q_i(s, a) - y)^2
#ifndef ALGO_CRITICS_H
#define ALGO_CRITICS_H

#include <adam.h>

#include "off_policy.h"

typedef struct critics {
    int count;  // 1 or 2
    int obs_dim, act_dim;
    team *team;  // not owned
    mlp net[2], target[2];
    adam adam[2];
    float *y;                         // [batch]  what the critics are to say
    float *input;                     // [batch, obs_dim + act_dim]  (s', a'), or (s, a) of a policy
    float *dvalue[2];                 // [batch]  dL_i/dQ_i
    float *slope[2];                  // [batch, act_dim]  dQ_i/da
    double net_loss[2], net_mean[2];  // of each
    double loss;                      // L_1 + L_2 of the last step
    double mean;                      // of Q_1(s, a), likewise
} critics;

// Makes `count` critics of the shape and batch of `o`, which must outlive them. SW_NO_MEMORY,
// errors of mlp_init(): then critics_free() must still be called.
sw_status critics_init(critics *c, const off_policy *o, int count, random_state *random);

// Zeroed critics are allowed.
void critics_free(critics *c);

// Writes y for a minibatch, `act` [n, act_dim] being a' and `cost` [n] what is taken off its value;
// NULL: nothing.
void critics_target(critics *c, const replay_batch *b, const float *act, const float *cost);

// A step of Adam down L for y: sets loss and mean.
void critics_learn(critics *c, const replay_batch *b, double lr);

// Writes min_i Q_i(s, a) to value [n], or Q_1 if `first`, and its derivative by a to dact
// [n, act_dim], for the states of a minibatch and actions act [n, act_dim].
void critics_judge(critics *c, const replay_batch *b, const float *act, bool first, float *value,
                   float *dact);

// Q^- <- Q^- + tau (Q - Q^-)
void critics_follow(critics *c, double tau);

// critic.0.*, target.0.*, critic.0.adam.*, critic.1.* ...
sw_status critics_tensors(critics *c, const tensor_visitor *to);

#endif
