// eval.h -- how good a policy is: episodes of the frozen policy, one per row.
#ifndef RUN_EVAL_H
#define RUN_EVAL_H

#include <signal.h>

#include <stepwire/pool.h>

#include "algo.h"

enum { EVAL_MAX_STEPS = 100000 };

// What is done where nothing else is asked for, so that the numbers of different runs compare.
enum { EVAL_EPISODES = 20, EVAL_SEED = 1000 };

typedef struct eval_options {
    sw_pool *pool;  // a row per episode, no group larger than the rows the algorithm was opened for
    const algo_class *class;
    algo *algo;
    bool stochastic;  // sample actions as in training, rather than take the most likely
    const volatile sig_atomic_t *interrupts;  // 1: stop now. NULL: never
} eval_options;

typedef struct eval_result {
    int episodes;   // rows whose first episode was not faulty
    int lost;       // the other rows
    double mean;    // of the episodes' returns; NaN if there are none, as all below
    double iqm;     // without the floor(n / 4) smallest and as many largest
    double std;     // over n, not n - 1
    double length;  // mean steps
} eval_result;

// Episode i is the first episode of row i, so that short episodes are not preferred.
// SW_INTERRUPTED; SW_FAILED_PRECONDITION if the task has no time limit and an episode has not ended
// after EVAL_MAX_STEPS; errors of the pool.
sw_status eval_run(const eval_options *options, eval_result *result);

#endif
