// deterministic.h -- what ddpg and td3 begin with: an actor mu(s) that climbs its critics' values.
//
// How the critics' targets are made and how often the actor moves tells the two apart.
//
//   symbol    shape    meaning
//   mu(s)     [a]      the action: tanh of a network with parameters theta, in [-1, 1]
//   mu^-(s)   [a]      the same by the target network, theta^-
//   Q_1(s,a)  a number the first critic (critics.h)
//
//     J(theta)  =  mean Q_1(s, mu(s))
//     dJ/dtheta =  mean dQ_1/da (s, mu(s)) dmu/dtheta (s)
//
// Silver et al. 2014, "Deterministic Policy Gradient Algorithms", ICML, eq. 16.
#ifndef ALGO_DETERMINISTIC_H
#define ALGO_DETERMINISTIC_H

#include "critics.h"

// Hyper-parameters: the first DET_PARAM_COUNT of an algorithm's table.
enum { DET_LR = OFF_PARAM_COUNT, DET_CRITIC_LR, DET_ANNEAL, DET_TAU, DET_NOISE, DET_PARAM_COUNT };

// The defaults are those of the authors of TD3 for both (sfujim/TD3: main.py, TD3.py, OurDDPG.py).
// clang-format off
#define DETERMINISTIC_PARAMS                                                                       \
    OFF_POLICY_PARAMS("256,256", 25000),                                                           \
    [DET_LR] = {"lr", SW_FLOAT, 0, {.f = 3e-4}, 0, 1, NULL, "Adam's step size, for the actor"},    \
    [DET_CRITIC_LR] = {"critic_lr", SW_FLOAT, 0, {.f = 3e-4}, 0, 1, NULL,                          \
        "Adam's step size, for the critic"},                                                       \
    [DET_ANNEAL] = {"anneal", SW_BOOL, 0, {.b = false}, 0, 0, NULL,                                \
        "let both fall linearly to 0"},                                                            \
    [DET_TAU] = {"tau", SW_FLOAT, 0, {.f = 0.005}, 0, 1, NULL,                                     \
        "how far the target networks follow with each step of the actor"},                         \
    [DET_NOISE] = {"noise", SW_FLOAT, 0, {.f = 0.1}, 0, 10, NULL,                                  \
        "standard deviation of exploration, half the width of the bounds being 1"}
// clang-format on

// What is reported, besides the gradient steps.
enum { DET_CRITIC_LOSS, DET_Q_MEAN, DET_ACTOR_LOSS, DET_SUMS };

#define DETERMINISTIC_STAT_NAMES                                                                   \
    [DET_CRITIC_LOSS] = "critic_loss", [DET_Q_MEAN] = "q_mean", [DET_ACTOR_LOSS] = "actor_loss",   \
    [DET_SUMS] = "updates"

// An algorithm's struct begins with it; it was zeroed by calloc().
typedef struct deterministic {
    off_policy base;
    double lr, critic_lr;
    bool anneal;
    double tau, noise;
    mlp actor, target;  // theta, theta^-
    adam adam;          // the actor's
    critics critics;
    float *act;    // [batch, act_dim]  mu(s), or a' for the critics' targets
    float *value;  // [batch]  Q_1(s, mu(s))
    float *dact;   // [batch, act_dim]  the gradient of -J, by mu and then by what tanh is taken of
} deterministic;

// Opens what an algorithm's struct begins with, reading the first DET_PARAM_COUNT `values`, with
// `count` critics. Errors of off_policy_init(), critics_init(), and SW_NO_MEMORY: then `d` has
// been freed.
sw_status deterministic_open(deterministic *d, const algo_problem *problem, const sw_value *values,
                             const off_policy_class *kind, const char *name, int count);

// off_policy_class's `explore` and `decide`.
void deterministic_explore(off_policy *o, const float *x, int n, random_state *random,
                           float *actions);
void deterministic_decide(off_policy *o, const float *x, int n, random_state *random,
                          bool stochastic, float *actions);

// Writes mu^-(s') of base.batch to `act`.
void deterministic_next(deterministic *d);

// A step of the critics for base.batch, a' being in `act`; adds to the sums.
void deterministic_criticise(deterministic *d);

// -J of base.batch: adds its gradient to the actor's and returns it.
double deterministic_gradient(deterministic *d);

// A step of the actor up J; then all target networks follow. Returns -J before the step.
double deterministic_improve(deterministic *d);

// algo_class's functions, besides OFF_POLICY_FUNCTIONS.
sw_status deterministic_tensors(algo *a, algo_visit visit, void *context);
void deterministic_close(algo *a);

#endif
