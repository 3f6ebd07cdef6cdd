// policy.h -- from observations to actions: numbers, their normaliser, features, a network, a
// distribution.
//
// Features other than identity are of numbers in [0, 1]: normalised observations from -3 to 3
// standard deviations or, where observations are not normalised, from bound to bound. Under them
// categories count as numbers, else they are one-hot: a linear network on these is a table.
#ifndef RL_POLICY_H
#define RL_POLICY_H

#include <init.h>
#include <mlp.h>

#include "dist.h"
#include "encoder.h"
#include "feature_map.h"
#include "normalizer.h"

typedef struct policy_options {
    mlp_shape shape;  // its in and out are not read
    init_kind init;
    bool normalize;   // observations
    double obs_clip;  // limit of a normalised observation; 0: none
    feature_options features;
    bool squash;       // a Gaussian's actions into their bounds
    double own_start;  // what the distribution's own parameters begin with: the log-std
    int max_batch;     // rows
} policy_options;

typedef struct policy {
    const sw_tensor *action;  // of the spec; not owned
    encoder input;
    bool normalize;
    normalizer norm;  // of what `input` gives; saved with the policy, frozen when it is evaluated
    feature_map features;
    float *numbers;  // [max_batch, input.size] scratch; NULL where they are what the networks see
    int obs_dim;     // numbers per row that the networks see: features.out
    mlp net;         // its extra parameters are the distribution's own
    dist dist;
} policy;

// Makes a policy for a task with one action tensor. `spec` must outlive it. SW_INVALID_ARGUMENT
// saying which observations and actions are supported; SW_NO_MEMORY. Then nothing needs freeing.
sw_status policy_init(policy *p, const sw_spec *spec, const policy_options *options,
                      random_state *random);

// A zeroed policy is allowed.
void policy_free(policy *p);

// Writes what the networks see, x [n, obs_dim], of rows first .. first + n - 1, n <= max_batch,
// normalised with the statistics as they are.
void policy_see(const policy *p, const void *const *observations, int first, int n, float *x);

// The same for rows 0 .. n - 1, which are new: they are counted into the statistics first.
void policy_observe(policy *p, const void *const *observations, int n, float *x);

// What policy_see() writes, of rows that encoder_read() wrote before: numbers [n, input.size].
void policy_see_again(const policy *p, const float *numbers, int n, float *x);

// pi(.|s) for n rows x [n, obs_dim]; valid until the next forward. `x` as in mlp_forward().
dist_batch policy_forward(policy *p, const float *x, int n);

// Writes actions [n, dist.actions] as the task takes them, floats within the bounds, to `out`
// [n, shape...] in the spec's dtype.
void policy_write(const policy *p, const float *actions, int n, void *out);

#endif
