// tensors.h -- shows the parts of an algorithm to a visitor, under the names checkpoints use.
//
// Each function calls `visit` for its part's arrays, always in the same order, and returns its
// first error.
#ifndef ALGO_TENSORS_H
#define ALGO_TENSORS_H

#include <adam.h>
#include <collector.h>
#include <history.h>
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

// Arrays that have their names already, [count].
sw_status tensors_list(const tensor_visitor *to, const algo_tensor *list, size_t count);

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

// The rollout as far as it is, of which nothing is left when it was learned from: NAME.step,
// NAME.complete, NAME.row, NAME.obs, NAME.act, NAME.logp, NAME.reward, NAME.flags, NAME.skip,
// NAME.final_value, NAME.finals, NAME.final_at, NAME.final_actions. SW_PROTOCOL naming what was
// loaded and cannot be.
sw_status tensors_collector(const tensor_visitor *to, const char *name, collector *c);

// NAME.steps, NAME.obs, NAME.act, NAME.logp, NAME.reward, NAME.flags, NAME.finals, NAME.final_at:
// with what belongs to the rollout at hand, so that its source has been shown before. SW_PROTOCOL
// likewise.
sw_status tensors_history(const tensor_visitor *to, const char *name, history *h);

// NAME [count, 4]
sw_status tensors_random(const tensor_visitor *to, const char *name, random_state *states,
                         int count);

#endif
