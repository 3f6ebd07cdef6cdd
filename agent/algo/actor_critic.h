// actor_critic.h -- a policy, a critic and their rollouts: what on-policy algorithms are made of.
// The algorithm called actor_critic, one of them, is batch_actor_critic.c.
#ifndef ALGO_ACTOR_CRITIC_H
#define ALGO_ACTOR_CRITIC_H

#include <collector.h>

#include "algo.h"
#include "tensors.h"

// The hyper-parameters that all of them have: the first AC_PARAM_COUNT of each one's table, or the
// first AC_BASE_COUNT where no estimator knows a lambda. The macros take the default of `horizon`.
enum {
    AC_HORIZON,
    AC_GAMMA,
    AC_HIDDEN,
    AC_ACTIVATION,
    AC_INIT,
    AC_LOG_STD_INIT,
    AC_OBS_NORM,
    AC_OBS_CLIP,
    AC_REWARD_NORM,
    AC_REWARD_CLIP,
    AC_FEATURES,
    AC_FEATURE_ORDER,
    AC_SQUASH,
    AC_BASE_COUNT,  // of those without a lambda
    AC_LAMBDA = AC_BASE_COUNT,
    AC_PARAM_COUNT
};

// clang-format off
#define ACTOR_CRITIC_BASE_PARAMS(steps)                                                            \
    [AC_HORIZON] = {"horizon", SW_INT, 0, {.i = (steps)}, 1, 1 << 20, NULL,                        \
        "steps per environment and rollout"},                                                      \
    [AC_GAMMA] = {"gamma", SW_FLOAT, 0, {.f = 0.99}, 0, 1, NULL, "discount per step"},             \
    [AC_HIDDEN] = {"hidden", SW_STRING, 0, {.s = "64,64"}, 0, 0, NULL,                             \
        "widths of the hidden layers of policy and critic"},                                       \
    [AC_ACTIVATION] = {"activation", SW_STRING, 0, {.s = "tanh"}, 0, 0, ACTIVATION_CHOICES,        \
        "function of the hidden layers"},                                                          \
    [AC_INIT] = {"init", SW_STRING, 0, {.s = "orthogonal"}, 0, 0, INIT_CHOICES,                    \
        "first weights: orthogonal (gain sqrt 2, policy head 0.01, value head 1) or uniform in "   \
        "+-1/sqrt(inputs)"},                                                                       \
    [AC_LOG_STD_INIT] = {"log_std_init", SW_FLOAT, 0, {.f = 0}, -10, 10, NULL,                     \
        "log of a Gaussian policy's first standard deviation"},                                    \
    [AC_OBS_NORM] = {"obs_norm", SW_BOOL, 0, {.b = true}, 0, 0, NULL,                              \
        "normalise observations by their running mean and variance"},                              \
    [AC_OBS_CLIP] = {"obs_clip", SW_FLOAT, 0, {.f = 10}, 0, 1e9, NULL,                             \
        "limit of a normalised observation; 0: none"},                                             \
    [AC_REWARD_NORM] = {"reward_norm", SW_BOOL, 0, {.b = true}, 0, 0, NULL,                        \
        "divide rewards by the running standard deviation of the discounted return"},              \
    [AC_REWARD_CLIP] = {"reward_clip", SW_FLOAT, 0, {.f = 10}, 0, 1e9, NULL,                       \
        "limit of a reward after scaling; 0: none"},                                               \
    [AC_FEATURES] = {"features", SW_STRING, 0, {.s = "identity"}, 0, 0, FEATURE_CHOICES,           \
        "of the observation, which the networks see (Sutton, Barto 2018, 9.5): hidden=\"\" makes " \
        "a policy linear in them"},                                                                \
    [AC_FEATURE_ORDER] = {"feature_order", SW_INT, 0, {.i = 3}, 1, FEATURE_MAX_ORDER, NULL,        \
        "per number observed: degree (polynomial), highest frequency (fourier), centres - 1 "      \
        "(rbf) or tiles in each of 8 tilings (tile)"},                                             \
    [AC_SQUASH] = {"squash", SW_BOOL, 0, {.b = false}, 0, 0, NULL,                                 \
        "squash a Gaussian policy's actions into their bounds by tanh; else they are clipped"}

#define ACTOR_CRITIC_PARAMS(steps)                                                                 \
    ACTOR_CRITIC_BASE_PARAMS(steps),                                                               \
    [AC_LAMBDA] = {"lambda", SW_FLOAT, 0, {.f = 0.95}, 0, 1, NULL,                                 \
        "GAE: 0 trusts the critic, 1 the rewards"}
// clang-format on

typedef struct actor_critic {
    policy policy;
    mlp critic;         // V(s) or Q(s, a), a network of its own that sees what the policy sees
    bool has_critic;    // false: the estimator reads no values, and there is no network
    bool shared_trunk;  // the critic's hidden layers are the policy's
    collector collector;
    random_state random;  // of decide()
    float *obs;           // [rows, obs_dim] scratch of decide()
    float *actions;       // [rows, act_dim] likewise
} actor_critic;

// Purposes of random_mix(problem->seed, purpose).
enum { SEED_POLICY = 1, SEED_CRITIC, SEED_SAMPLE, SEED_DECIDE, SEED_SHUFFLE };

typedef struct actor_critic_options {
    estimator estimator;  // gamma and, if it has one, lambda are those of the hyper-parameters
    int max_batch;        // rows the networks take at once; 0: all of a rollout
    bool shared_trunk;    // V(s) is a head on the policy's hidden layers: mlp_init_head()
    bool revalues;        // of collector_options
} actor_critic_options;

// Reads the first AC_PARAM_COUNT `values`, or AC_BASE_COUNT of them if the estimator has no lambda;
// the networks take batches of all rows of the problem besides. Errors of mlp_shape_parse(),
// policy_init() and rollout_init(); SW_INVALID_ARGUMENT for a rollout that is too large, and where
// the estimator needs whole episodes, for a task whose episodes may never end; SW_NO_MEMORY. Then
// nothing needs freeing.
sw_status actor_critic_init(actor_critic *ac, const algo_problem *problem, const sw_value *values,
                            const actor_critic_options *options);

// A zeroed actor_critic is allowed.
void actor_critic_free(actor_critic *ac);

// algo_class's decide().
void actor_critic_decide(actor_critic *ac, const sw_batch *batch, bool stochastic, void *actions);

// Shows policy.*, critic.* if there is one, reward.*, rollout.* and random.*.
sw_status actor_critic_tensors(actor_critic *ac, const tensor_visitor *to);

#endif
