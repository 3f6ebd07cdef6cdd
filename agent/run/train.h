// train.h -- the driver: takes turns between a pool and an algorithm. agent/algo/algo.h says what a
// turn is.
#ifndef RUN_TRAIN_H
#define RUN_TRAIN_H

#include <signal.h>

#include <stepwire/pool.h>

#include "algo.h"
#include "row.h"

enum { TRAIN_MAX_STATS = 64 };  // statistics of one algorithm

typedef struct train_options {
    sw_pool *pool;  // opened, nothing sent yet; SAME_STEP
    const algo_class *class;
    algo *algo;     // opened for the pool's spec, rows and groups
    int64_t steps;  // transitions: training ends with the first iteration that reaches them
    // 1: end with this iteration, or without its end if the pool waits for servers or it takes
    // longer than EXCHANGE_FINISH_S; 2: now. NULL: never
    const volatile sig_atomic_t *interrupts;

    // Called at the end of every iteration, that is whenever `update` ran; *row is valid until it
    // returns. An error ends training.
    sw_status (*report)(void *context, const report_row *row);
    void *context;
} train_options;

// Trains. Every row of every reply counts as a transition, so that `steps` means the same with and
// without faulty rows. SW_INTERRUPTED after the second interrupt; errors of the pool and of
// `report`. Whatever it returns, the algorithm is whole and may be saved.
sw_status train_run(const train_options *options);

#endif
