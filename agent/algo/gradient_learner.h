// gradient_learner.h -- what reinforce, pg and actor_critic have in common: one step of the policy
// along its gradient for each rollout, by Adam, and a critic if the method has one.
//
// What they credit an action with, and when their critic learns, is what tells them apart.
#ifndef ALGO_GRADIENT_LEARNER_H
#define ALGO_GRADIENT_LEARNER_H

#include "critic_fit.h"
#include "gradient.h"
#include "on_policy.h"

// Hyper-parameters: GRADIENT_PARAM_COUNT lines of an algorithm's table from `first` on.
enum {
    GRADIENT_LR,
    GRADIENT_ANNEAL,
    GRADIENT_ENTROPY_COEF,
    GRADIENT_ADV_NORM,
    GRADIENT_MAX_GRAD_NORM,
    GRADIENT_ADAM_EPSILON,
    GRADIENT_VARIANCE_PARTS,
    GRADIENT_PARAM_COUNT
};

// clang-format off
#define GRADIENT_PARAMS(first, step, normalize)                                                    \
    [(first) + GRADIENT_LR] = {"lr", SW_FLOAT, 0, {.f = (step)}, 0, 1, NULL,                       \
        "Adam's step size, for the policy"},                                                       \
    [(first) + GRADIENT_ANNEAL] = {"anneal", SW_BOOL, 0, {.b = false}, 0, 0, NULL,                 \
        "let lr fall linearly to 0"},                                                              \
    [(first) + GRADIENT_ENTROPY_COEF] = {"entropy_coef", SW_FLOAT, 0, {.f = 0}, 0, 100, NULL,      \
        "weight of the entropy bonus"},                                                            \
    [(first) + GRADIENT_ADV_NORM] = {"adv_norm", SW_BOOL, 0, {.b = (normalize)}, 0, 0, NULL,       \
        "standardise what the actions of a rollout are credited with"},                            \
    [(first) + GRADIENT_MAX_GRAD_NORM] = {"max_grad_norm", SW_FLOAT, 0, {.f = 0}, 0, 1e9, NULL,    \
        "limit of the gradient's norm; 0: none"},                                                  \
    [(first) + GRADIENT_ADAM_EPSILON] = {"adam_epsilon", SW_FLOAT, 0, {.f = 1e-8}, 1e-12, 1, NULL, \
        "Adam: added to the root of the second moment"},                                           \
    [(first) + GRADIENT_VARIANCE_PARTS] = {"variance_parts", SW_INT, 0, {.i = 0}, 0, 4096, NULL,   \
        "report the gradient's variance, from so many parts with trajectories of their own; "      \
        "divides the environments it is taken from; 0: do not"}
// clang-format on

// What an update reports: the first GRADIENT_STAT_COUNT without a critic, else all.
enum {
    GRADIENT_POLICY_LOSS,  // minus mean Psi pi/pi_old after the step, without the entropy bonus
    GRADIENT_ENTROPY,      // after the step, nats
    GRADIENT_KL,           // mean KL(old || new) of the step, nats
    GRADIENT_GRAD_NORM,    // before it was limited
    GRADIENT_VARIANCE,     // trace of the covariance of that gradient; 0: not asked for
    GRADIENT_STEP,         // lr as it was
    GRADIENT_RATIO_ERROR,  // largest |r - 1| before the step: 0 but for rounding
    GRADIENT_STAT_COUNT,
    GRADIENT_VALUE_LOSS = GRADIENT_STAT_COUNT,  // mean over the critic's minibatches
    GRADIENT_EXPLAINED_VARIANCE,                // rollout_explained_variance(), before the update
    GRADIENT_CRITIC_STAT_COUNT
};

#define GRADIENT_STAT_NAMES                                                                        \
    [GRADIENT_POLICY_LOSS] = "policy_loss", [GRADIENT_ENTROPY] = "entropy", [GRADIENT_KL] = "kl",  \
    [GRADIENT_GRAD_NORM] = "grad_norm", [GRADIENT_VARIANCE] = "grad_variance",                     \
    [GRADIENT_STEP] = "lr", [GRADIENT_RATIO_ERROR] = "ratio_error"

#define GRADIENT_CRITIC_STAT_NAMES                                                                 \
    GRADIENT_STAT_NAMES, [GRADIENT_VALUE_LOSS] = "value_loss",                                     \
                         [GRADIENT_EXPLAINED_VARIANCE] = "explained_variance"

// An algorithm's struct begins with it; it was zeroed by calloc().
typedef struct gradient_learner {
    on_policy base;
    gradient gradient;
    critic_fit fit;  // zero without a critic
    double lr;
    bool anneal;
} gradient_learner;

typedef struct gradient_learner_options {
    estimator estimator;
    on_policy_learn learn;
    int gradient;     // where the lines of GRADIENT_PARAMS begin
    int critic;       // where those of CRITIC_FIT_PARAMS begin; not read without a critic
    int policy_rows;  // of the problem's: those that the gradient will be taken from
    bool revalues;    // of collector_options
} gradient_learner_options;

// Opens the learner that an algorithm's struct begins with. Errors of on_policy_init(),
// SW_INVALID_ARGUMENT for parts that do not divide the rows, and SW_NO_MEMORY: then `l` has been
// freed.
sw_status gradient_learner_open(gradient_learner *l, const algo_problem *problem,
                                const sw_value *values, const gradient_learner_options *options);

// Moves the policy along the gradient of rows begin .. end - 1 of the rollout, with the credits
// that are there; not if none of their transitions is valid. Writes the first GRADIENT_STAT_COUNT
// statistics.
void gradient_learner_climb(gradient_learner *l, int begin, int end);

// algo_class's functions, besides ON_POLICY_FUNCTIONS.
sw_status gradient_learner_tensors(algo *a, algo_visit visit, void *context);
void gradient_learner_close(algo *a);

#endif
