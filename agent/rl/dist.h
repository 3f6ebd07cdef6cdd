// dist.h -- distributions over actions, a batch at a time.
//
// Symbols: n rows; each row has one distribution, made from a row of a network's outputs and from
// parameters of the distribution's own that all rows share. An action is `actions` floats:
// quantities, or the numbers 0, 1, 2 ... of categories. logp is log pi(a|s) in nats.
//
// What log-densities, samples and modes speak of is the action as the distribution has it; write()
// makes of it what the task takes.
//
// A new kind of distribution is one dist_class and one line in dist_init().
#ifndef RL_DIST_H
#define RL_DIST_H

#include <random.h>
#include <stepwire/spec.h>

typedef struct dist_class dist_class;

typedef struct dist {
    const dist_class *kind;
    int actions;       // elements of an action
    int outputs;       // network outputs that one row needs
    int own_count;     // parameters of its own
    int *choices;      // [actions] categories of each element; NULL unless categorical
    float log_volume;  // squashed: log of the volume of the actions' bounds over that of (-1, 1)
} dist;

// n distributions; or a direction in which they move.
typedef struct dist_batch {
    int n;
    const float *outputs;  // [n, outputs]
    const float *own;      // [own_count]
} dist_batch;

// A scalar L that depends on logp, the entropies and the divergences from older distributions, and
// where its gradient goes.
typedef struct dist_gradient {
    const float *actions;   // [n, actions]  those of logp
    const float *dlogp;     // [n]  dL/dlogp
    const float *dentropy;  // [n]  dL/dH
    float *doutputs;        // [n, outputs]  dL/doutputs, written
    float *down;            // [own_count]  dL/down, added to
    const dist_batch *old;  // those of KL(old || pi); NULL: L does not depend on it
    const float *dkl;       // [n]  dL/dKL
} dist_gradient;

// All functions are called on one thread at a time per dist and allocate nothing.
struct dist_class {
    const char *name;

    // Writes one action per row [n, actions].
    void (*sample)(const dist *d, const dist_batch *pi, random_state *random, float *actions);

    // Writes the most likely action per row [n, actions]; squashed: the one of the mean.
    void (*mode)(const dist *d, const dist_batch *pi, float *actions);

    // Writes actions [n, actions] of this distribution as a task with the action tensor `to` takes
    // them, floats within its bounds: out [n, shape...] in its dtype.
    void (*write)(const dist *d, const sw_tensor *to, const float *actions, int n, void *out);

    // Writes log pi(a|s) [n] of actions [n, actions].
    void (*log_density)(const dist *d, const dist_batch *pi, const float *actions, float *logp);

    // Writes the entropies [n].
    void (*entropy)(const dist *d, const dist_batch *pi, float *entropy);

    // Writes the Kullback-Leibler divergences KL(old || pi) [n], in nats: of each row by itself.
    void (*kl)(const dist *d, const dist_batch *old, const dist_batch *pi, float *kl);

    // Carries dlogp, dentropy and dkl back to outputs and own parameters.
    void (*backward)(const dist *d, const dist_batch *pi, const dist_gradient *g);

    // Multiplies direction v by the Fisher matrix of each row, M = E[(dlogp)(dlogp)^T] over outputs
    // and own parameters, which is also the Hessian of KL(pi || .) at pi: writes what falls to the
    // outputs, outputs [n, outputs], and adds up over the rows what falls to the own parameters,
    // own [own_count].
    void (*fisher)(const dist *d, const dist_batch *pi, const dist_batch *v, float *outputs,
                   float *own);
};

// Diagonal Gaussian: outputs are the mean, own parameters the log of the standard deviation, the
// same in every state.
// Its actions are clipped to the bounds only for the task.
extern const dist_class dist_gaussian;

// A Gaussian squashed into the bounds: u is drawn from the diagonal Gaussian of the same outputs
// and own parameters, and the task takes a = low + (tanh u + 1) / 2 (high - low). Actions are u,
// which a does not tell exactly; densities and entropies are those of a.
extern const dist_class dist_squashed;

// A category per element, independent of each other: outputs are the logits, `choices` of them for
// each element in turn.
extern const dist_class dist_categorical;

// The distribution for an action tensor: Gaussian for float32, squashed if asked for, categorical
// for int32 and int64. SW_INVALID_ARGUMENT naming the tensor and what is supported for other
// dtypes, for more than MLP_MAX_WIDTH outputs and for what cannot be squashed: categories and
// infinite bounds; SW_NO_MEMORY. Then nothing needs freeing.
sw_status dist_init(dist *d, const sw_tensor *action, bool squash);

// A zeroed dist is allowed.
void dist_free(dist *d);

#endif
