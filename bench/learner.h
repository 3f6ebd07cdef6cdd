// learner.h -- a learning algorithm without a simulator: fed with batches made before.
//
// Shapes are those of Hopper-v5. Batches are random, an episode ending now and then.
#ifndef BENCH_LEARNER_H
#define BENCH_LEARNER_H

#include <algo.h>

enum {
    LEARNER_OBS = 11,
    LEARNER_ACT = 3,
    LEARNER_GROUPS = 2,
    LEARNER_GROUP_ROWS = 8,
    LEARNER_ROWS = LEARNER_GROUPS * LEARNER_GROUP_ROWS,
    LEARNER_BATCHES = 97  // made before, served in turn
};

// A group's replies.
typedef struct replies {
    float obs[LEARNER_BATCHES][LEARNER_GROUP_ROWS * LEARNER_OBS];
    double rewards[LEARNER_BATCHES][LEARNER_GROUP_ROWS];
    uint8_t flags[LEARNER_BATCHES][LEARNER_GROUP_ROWS];
    int final_index[LEARNER_BATCHES][LEARNER_GROUP_ROWS];
    const void *obs_list[LEARNER_BATCHES];
    sw_batch batch[LEARNER_BATCHES];
} replies;

typedef struct learner {
    const algo_class *class;
    algo *algo;
    sw_spec spec;
    replies made;
    int turns;  // so far
    float actions[LEARNER_GROUP_ROWS * LEARNER_ACT];
} learner;

// A hyper-parameter that is a whole number.
typedef struct learner_option {
    const char *name;
    int64_t value;
} learner_option;

// Opens the algorithm `name`, with its defaults but for `options`, which end with a name of NULL.
// Errors of the algorithm's open: then learner_close() must still be called.
sw_status learner_open(learner *l, const char *name, const learner_option *options, int threads);

// A turn of the driver for each group, as algo.h describes it, but that nobody waits.
void learner_turn(learner *l);

void learner_close(learner *l);

#endif
