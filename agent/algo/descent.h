// descent.h -- policy and critic go down the gradient of one loss of a batch, side by side.
//
// What is one gradient in the papers, over the parameters of both, is computed in two parts, each
// on a thread of its own; one limit holds for the norm of the whole. Where they share a trunk, its
// parameters are the policy's part, whose gradient both losses add to, one after the other.
#ifndef ALGO_DESCENT_H
#define ALGO_DESCENT_H

#include "on_policy.h"
#include "surrogate.h"

// Hyper-parameters, after those of actor_critic.h. The macro takes the defaults of horizon, lr,
// entropy_coef and value_coef.
enum {
    DESCENT_LR = AC_PARAM_COUNT,
    DESCENT_ANNEAL,
    DESCENT_ENTROPY_COEF,
    DESCENT_VALUE_COEF,
    DESCENT_MAX_GRAD_NORM,
    DESCENT_TRUNK,
    DESCENT_PARAM_COUNT
};

// clang-format off
#define DESCENT_PARAMS(steps, rate, c2, c1)                                                        \
    ACTOR_CRITIC_PARAMS(steps),                                                                    \
    [DESCENT_LR] = {"lr", SW_FLOAT, 0, {.f = (rate)}, 0, 1, NULL, "the optimiser's step size"},    \
    [DESCENT_ANNEAL] = {"anneal", SW_BOOL, 0, {.b = true}, 0, 0, NULL,                             \
        "lower lr linearly to 0 over the run"},                                                    \
    [DESCENT_ENTROPY_COEF] = {"entropy_coef", SW_FLOAT, 0, {.f = (c2)}, 0, 100, NULL,              \
        "c2: weight of the entropy bonus"},                                                        \
    [DESCENT_VALUE_COEF] = {"value_coef", SW_FLOAT, 0, {.f = (c1)}, 0, 100, NULL,                  \
        "c1: weight of the value loss, mean (V - R)^2 / 2"},                                       \
    [DESCENT_MAX_GRAD_NORM] = {"max_grad_norm", SW_FLOAT, 0, {.f = 0.5}, 0, 1e9, NULL,             \
        "limit of the gradient's norm over all parameters; 0: none"},                              \
    [DESCENT_TRUNK] = {"trunk", SW_STRING, 0, {.s = "separate"}, 0, 0, "separate|shared",          \
        "hidden layers of the critic: its own, or the policy's"}
// clang-format on

enum { DESCENT_POLICY, DESCENT_CRITIC, DESCENT_PARTS };

// What an algorithm does with one part, in any order and at the same time as with the other.
typedef struct descent_methods {
    // Adds to the gradient of the part's network that of its loss on the batch gathered.
    void (*loss)(on_policy *l, int part);

    // Moves the part's network down its gradient, by its optimiser.
    void (*move)(on_policy *l, int part);
} descent_methods;

typedef struct descent {
    const descent_methods *methods;
    on_policy *learner;  // not owned
    double first_lr;
    bool anneal;
    double lr;  // of this update
    float entropy_coef, value_coef;
    float max_grad_norm;

    // each part has its network, and what its thread writes to
    mlp *net[DESCENT_PARTS];  // not owned
    surrogate surrogate;      // the policy, and its batch
    minibatch values;         // the critic's batch: the same rows
    float *dvalue;            // [n]  dL/dV

    int *order;  // [steps * rows] transitions to learn from, which are t * rows + r

    const int *rows;  // [n] transitions of the batch
    int n;
    float norm;  // of the gradient of both, before it is limited
} descent;

// What actor_critic_options.shared_trunk is to be.
bool descent_shares_trunk(const sw_value *values);

// Reads the first DESCENT_PARAM_COUNT `values` for batches of at most `max_rows` of the learner's
// rollouts. `l` was opened and stays where it is. SW_NO_MEMORY: then nothing needs freeing.
sw_status descent_init(descent *d, on_policy *l, const sw_value *values, int max_rows,
                       const descent_methods *methods);

// A zeroed descent is allowed.
void descent_free(descent *d);

// Begins an update: sets lr, writes to `order` the transitions of the rollout to learn from, and
// returns how many there are.
int descent_begin(descent *d);

// Computes the gradient of the loss on the transitions rows [n] of the rollout.
void descent_gradient(descent *d, const int *rows, int n);

// Limits that gradient and moves both networks. One that is not finite moves nothing.
void descent_step(descent *d);

#endif
