// train.h -- the driver: takes turns between a pool and an algorithm. agent/algo/algo.h says what a
// turn is.
//
// After any turn a checkpoint may be taken, and changes no bit of the run: every reply that is
// outstanding is received and held until its turn, and every session is asked for its states. What
// the driver has to keep is in train_tensors().
#ifndef RUN_TRAIN_H
#define RUN_TRAIN_H

#include <signal.h>

#include <stepwire/pool.h>

#include "algo.h"
#include "checkpoint.h"
#include "row.h"

enum {
    TRAIN_MAX_STATS = 64,  // statistics of one algorithm
    TRAIN_BAD_UPDATES = 10
};

typedef struct train_options {
    sw_pool *pool;  // opened, nothing sent yet; SAME_STEP
    const algo_class *class;
    algo *algo;     // opened for the pool's spec, rows and groups
    int64_t steps;  // transitions: training ends with the first iteration that reaches them
    // 1: end with this turn, or without its end if the pool waits for servers or it takes longer
    // than EXCHANGE_FINISH_S; 2: now. NULL: never
    const volatile sig_atomic_t *interrupts;

    // Called at the end of every iteration, that is whenever `update` ran; *row is valid until it
    // returns. An error ends training.
    sw_status (*report)(void *context, const report_row *row);

    // Asked before the first and after every turn, but not while statistics are not finite: whether
    // `save` is to be called. NULL: never.
    bool (*is_due)(void *context);

    // Calls train_keep() and saves. An error ends training.
    sw_status (*save)(void *context);
    void *context;
} train_options;

typedef struct driver driver;

// Neither asks the pool nor the algorithm anything yet. What the options point to outlives it.
// SW_NO_MEMORY: then there is none.
sw_status train_open(const train_options *options, driver **d);

// NULL is allowed.
void train_close(driver *d);

// Trains, from the beginning or from what train_restore() made, after which `wall_s` are the
// seconds that had been spent until then. Every row of every reply counts as a transition, so that
// `steps` means the same with and without faulty rows. SW_OK too after the first interrupt;
// SW_INTERRUPTED after the second; errors of the pool, of `report` and `save`.
// SW_FAILED_PRECONDITION if learning diverged: parameters are no longer finite
// (algo_check_finite()), or a statistic was not in TRAIN_BAD_UPDATES updates in a row, in which no
// step may have been made. Whatever it returns, the algorithm is whole, and all may be saved unless
// train_has_diverged().
sw_status train_run(driver *d, double wall_s);

// Whether learning diverged; `save` was not called since then.
bool train_has_diverged(const driver *d);

// Transitions so far.
int64_t train_steps(const driver *d);


// ---- checkpoints --------------------------------------------------------------------------------

// Makes what train_tensors() shows that of now. Waits for the servers. A step whose reply has not
// been received, as after an error of train_run(), is as good as lost for those who go on from
// there, and a session that gives no state loses its rows' episodes. SW_NO_MEMORY.
sw_status train_keep(driver *d);

// Shows run.* and env.*: a checkpoint_part's function; `self` is the driver.
sw_status train_tensors(void *self, algo_visit visit, void *context);

// Makes room for what the checkpoint has of the environments; then train_tensors() can be loaded.
// SW_NO_MEMORY.
sw_status train_make_room(driver *d, const checkpoint *from);

// How far a run that goes on is from one that never stopped.
typedef struct train_gap {
    int groups;     // that begin new episodes; 0: it is the same, bit for bit
    char why[400];  // the last of them does
} train_gap;

// After algorithm and driver were loaded: puts the pool where it was. SW_PROTOCOL if what was
// loaded contradicts itself; errors of sw_pool_set_state(), but states that a server does not take
// only make a gap.
sw_status train_restore(driver *d, train_gap *gap);

#endif
