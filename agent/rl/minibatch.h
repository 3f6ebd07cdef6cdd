// minibatch.h -- some rows of a rollout, side by side.
#ifndef RL_MINIBATCH_H
#define RL_MINIBATCH_H

#include "rollout.h"

// n transitions are cut into minibatch_count() minibatches of at most `max_rows` that differ in
// size by one at most; the k-th, counted from 0, has those from minibatch_begin(n, count, k) to
// before minibatch_begin(n, count, k + 1).
static inline int minibatch_count(int n, int max_rows)
{
    return (int) (((int64_t) n + max_rows - 1) / max_rows);
}

static inline int minibatch_begin(int n, int count, int k)
{
    return (int) ((int64_t) n * k / count);
}

typedef struct minibatch {
    int n;  // rows in it
    // as in the rollout
    float *obs;    // [n, obs_dim]
    float *act;    // [n, act_dim]
    float *logp;   // [n]
    float *value;  // [n]
    float *adv;    // [n]
    float *ret;    // [n]
} minibatch;

// Room for up to `max_rows` rows of `r`. SW_NO_MEMORY: then nothing needs freeing.
sw_status minibatch_init(minibatch *b, const rollout *r, int max_rows);

// A zeroed minibatch is allowed.
void minibatch_free(minibatch *b);

// Copies the transitions index [n] of the rollout, which are t * rows + r.
void minibatch_gather(minibatch *b, const rollout *r, const int *index, int n);

#endif
