// natural_learner.h -- what npg and trpo have in common: all but how far they go.
//
// An update takes the whole rollout as one batch, solves for the natural gradient, lets the method
// step along it, and fits the critic, side by side with the policy on a second thread.
#ifndef ALGO_NATURAL_LEARNER_H
#define ALGO_NATURAL_LEARNER_H

#include "critic_fit.h"
#include "natural.h"
#include "on_policy.h"

// Hyper-parameters, after those of actor_critic.h. The sources are in trpo.c.
enum {
    NATURAL_MAX_KL = AC_PARAM_COUNT,
    NATURAL_DAMPING,
    NATURAL_CG_ITERATIONS,
    NATURAL_CG_TOLERANCE,
    NATURAL_ENTROPY_COEF,
    NATURAL_ADV_NORM,
    NATURAL_CRITIC,
    NATURAL_ADAM_EPSILON = NATURAL_CRITIC + CRITIC_PARAM_COUNT,
    NATURAL_PARAM_COUNT
};

// clang-format off
#define NATURAL_PARAMS                                                                             \
    ACTOR_CRITIC_PARAMS(128),                                                                      \
    [NATURAL_MAX_KL] = {"max_kl", SW_FLOAT, 0, {.f = 0.01}, 1e-9, 10, NULL,                        \
        "delta: mean KL(old || new) of a step, in nats"},                                          \
    [NATURAL_DAMPING] = {"damping", SW_FLOAT, 0, {.f = 0.1}, 0, 1e3, NULL,                         \
        "added to the diagonal of the Fisher matrix"},                                             \
    [NATURAL_CG_ITERATIONS] = {"cg_iterations", SW_INT, 0, {.i = 15}, 1, 100, NULL,               \
        "of conjugate gradient, at most"},                                                         \
    [NATURAL_CG_TOLERANCE] = {"cg_tolerance", SW_FLOAT, 0, {.f = 1e-4}, 0, 1, NULL,                \
        "conjugate gradient ends at this residual, relative to the gradient"},                     \
    [NATURAL_ENTROPY_COEF] = {"entropy_coef", SW_FLOAT, 0, {.f = 0}, 0, 100, NULL,                 \
        "weight of the entropy bonus"},                                                            \
    [NATURAL_ADV_NORM] = {"adv_norm", SW_BOOL, 0, {.b = true}, 0, 0, NULL,                         \
        "standardise the advantages of a rollout"},                                                \
    CRITIC_FIT_PARAMS(NATURAL_CRITIC),                                                             \
    [NATURAL_ADAM_EPSILON] = {"adam_epsilon", SW_FLOAT, 0, {.f = 1e-5}, 1e-12, 1, NULL,            \
        "Adam: added to the root of the second moment"}
// clang-format on

// What an update reports.
enum {
    NATURAL_POLICY_LOSS,  // minus the surrogate after the step, without the entropy bonus
    NATURAL_VALUE_LOSS,   // mean over the critic's minibatches
    NATURAL_ENTROPY,      // after the step, nats
    NATURAL_KL,           // mean KL(old || new) of the step, nats
    NATURAL_STEP_SIZE,    // how many natural gradients the step was long; 0: the policy stayed
    NATURAL_GRAD_NORM,
    NATURAL_CG_RESIDUAL,         // relative
    NATURAL_EXPLAINED_VARIANCE,  // rollout_explained_variance(), before the update
    NATURAL_RATIO_ERROR,         // largest |r - 1| before the step: 0 but for rounding
    NATURAL_STAT_COUNT
};

#define NATURAL_STAT_NAMES                                                                         \
    [NATURAL_POLICY_LOSS] = "policy_loss", [NATURAL_VALUE_LOSS] = "value_loss",                    \
    [NATURAL_ENTROPY] = "entropy", [NATURAL_KL] = "kl", [NATURAL_STEP_SIZE] = "step_size",         \
    [NATURAL_GRAD_NORM] = "grad_norm", [NATURAL_CG_RESIDUAL] = "cg_residual",                      \
    [NATURAL_EXPLAINED_VARIANCE] = "explained_variance", [NATURAL_RATIO_ERROR] = "ratio_error"

typedef struct natural_learner natural_learner;

// Moves the policy along the direction found, by natural_move(), and writes to `point` where it
// ended. Returns the rate.
typedef double (*natural_step)(natural_learner *l, const natural_direction *direction,
                               natural_point *point);

// An algorithm's struct begins with it; it was zeroed by calloc().
struct natural_learner {
    on_policy base;
    natural natural;
    critic_fit fit;
    natural_step step;
};

// Opens the learner that an algorithm's struct begins with, reading the first NATURAL_PARAM_COUNT
// `values`; the algorithm reports `stat_count` numbers. Errors of on_policy_init() and
// SW_NO_MEMORY: then `l` has been freed.
sw_status natural_learner_open(natural_learner *l, const algo_problem *problem,
                               const sw_value *values, natural_step step, int stat_count);

// algo_class's functions, besides ON_POLICY_FUNCTIONS.
sw_status natural_learner_tensors(algo *a, algo_visit visit, void *context);
void natural_learner_close(algo *a);

#endif
