// fake_learning.h -- a pool without servers and an algorithm that learns nothing, which write down
// who was called when.
//
// The trace is words with spaces between: reset0 recv0 observe0 hold0 act0 send0 update, where the
// digit is the group and `hold0` is written after the `observe0` that answered so.
#ifndef FAKE_LEARNING_H
#define FAKE_LEARNING_H

#include <signal.h>

#include "algo.h"
#include "pool_ops.h"

enum { FAKE_GROUPS = 4, FAKE_ROWS = 64 };

typedef struct fake_trace {
    char text[8192];
} fake_trace;

void fake_note(fake_trace *trace, const char *word, int group);

// ---- the pool -------------------------------------------------------------------------------

typedef struct fake_pool fake_pool;

struct fake_pool {
    sw_pool base;
    fake_trace *trace;  // NULL: none is kept

    // Says what row `row` of the pool gets from its `step`th step, counted from 1; both are 0
    // before. NULL: reward 1 and no end, ever.
    void (*script)(int row, int step, double *reward, uint8_t *flags);

    // The status of the `call`th recv, counted from 0. NULL: always SW_OK.
    sw_status (*recv_status)(int call);
    // The call of recv in which somebody interrupts, from 1, and what that is counted in; 0: none.
    int interrupt_at;
    volatile sig_atomic_t *interrupts;

    // private
    sw_spec spec;
    int calls;
    int steps[FAKE_GROUPS];
    bool outstanding[FAKE_GROUPS];
    sw_batch batches[FAKE_GROUPS];
    float observations[FAKE_ROWS];  // number of steps the row has made
    float actions[FAKE_ROWS];       // that came last
    double rewards[FAKE_ROWS];
    uint8_t flags[FAKE_ROWS];
    uint64_t seeds[FAKE_ROWS];     // zeros
    int final_index[FAKE_ROWS];    // in the observations themselves
    uint64_t episodes[FAKE_ROWS];  // of sw_pool_state: zeros
    const void *states[FAKE_ROWS];
    size_t sizes[FAKE_ROWS];
    sw_states saved;
    const void *observation_pointers[FAKE_GROUPS];
};

// One float32 observation and one float32 action. Close it with fake_pool_free().
void fake_pool_init(fake_pool *p, int rows, int groups);
void fake_pool_free(fake_pool *p);


// ---- the algorithm --------------------------------------------------------------------------

typedef struct fake_algo {
    fake_trace *trace;  // NULL: none is kept
    int groups;
    int horizon[FAKE_GROUPS];  // observations after which a group holds; 0: never holds
    int updates_each;          // with groups that never hold: observations per update
    int spoiled_at;            // the update that leaves a weight that is not a number; 0: none does
    int bad_from, bad_to;      // updates, to before the last, whose statistic is none

    int observed[FAKE_GROUPS];  // since the last update
    int updates;
    int stochastic;     // decide() calls that were asked to sample
    int deterministic;  // and those that were not
    double weights[3];  // for checkpoints
    int64_t counter;
} fake_algo;

extern const algo_class fake_algo_class;

// A fake_algo as the handle that fake_algo_class takes.
algo *fake_algo_handle(fake_algo *f);

#endif
