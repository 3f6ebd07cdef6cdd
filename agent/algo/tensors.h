// tensors.h -- shows the parts of an algorithm to a visitor, under the names checkpoints use.
//
// Each function calls `visit` for its part's arrays, always in the same order, and returns its
// first error.
#ifndef ALGO_TENSORS_H
#define ALGO_TENSORS_H

#include <adam.h>
#include <kfac.h>
#include <mlp.h>
#include <normalizer.h>
#include <random.h>
#include <replay.h>

#include "algo.h"

typedef struct tensor_visitor {
    algo_visit visit;
    void *context;
} tensor_visitor;

// NAME [count]
sw_status tensors_floats(const tensor_visitor *to, const char *name, float *data, int64_t count);

// NAME.0.weight [out, in], NAME.0.bias [out], NAME.1.weight ... Neither the extra parameters nor
// layers of another network are shown.
sw_status tensors_mlp(const tensor_visitor *to, const char *name, mlp *m);

// NAME.steps, NAME.m, NAME.v
sw_status tensors_adam(const tensor_visitor *to, const char *name, adam *a);

// NAME.batches, NAME.0.A [in + 1, in + 1], NAME.0.G [out, out], NAME.1.A ...
sw_status tensors_kfac(const tensor_visitor *to, const char *name, kfac *k);

// NAME.count, NAME.mean, NAME.var
sw_status tensors_normalizer(const tensor_visitor *to, const char *name, normalizer *z);

// NAME.count, NAME.mean, NAME.var, NAME.returns
sw_status tensors_return_scaler(const tensor_visitor *to, const char *name, return_scaler *z);

// NAME.records [count of capacity, bytes], NAME.next, NAME.pending, NAME.pending_count; then,
// errors of replay_check().
sw_status tensors_replay(const tensor_visitor *to, const char *name, replay *r);

// NAME [count, 4]
sw_status tensors_random(const tensor_visitor *to, const char *name, random_state *states,
                         int count);

#endif
