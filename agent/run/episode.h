// episode.h -- returns and lengths of episodes, and their means over the last ones.
//
// Rewards are the task's own, summed in double in the order they came.
#ifndef RUN_EPISODE_H
#define RUN_EPISODE_H

#include <stdbool.h>
#include <stdint.h>

#include "tensors.h"

enum { EPISODE_RECENT = 100 };

typedef struct episode {
    double total;    // sum of rewards
    int64_t length;  // steps
    bool faulty;     // its last step did not happen: it counts in no return
} episode;

// What has been seen of the episode that runs in each row.
typedef struct episodes {
    int rows;
    double *totals;    // [rows]
    int64_t *lengths;  // [rows]
} episodes;

// Nothing has been seen yet. SW_NO_MEMORY: episodes_free() all the same.
sw_status episodes_init(episodes *e, int rows);

// A zeroed one is allowed.
void episodes_free(episodes *e);

// Adds a step with its sw_flags to a row's running episode. True if that ended it: then *ended is
// the whole episode and the row is ready for the next.
bool episodes_step(episodes *e, int row, double reward, uint8_t flags, episode *ended);

// Shows run.totals, run.lengths.
sw_status episodes_tensors(episodes *e, const tensor_visitor *to);

// The last EPISODE_RECENT episodes, and how many there have been.
typedef struct recent {
    int64_t count;
    double totals[EPISODE_RECENT];
    double lengths[EPISODE_RECENT];
} recent;

// Adds an ended episode, unless it is faulty.
void recent_add(recent *r, const episode *ended);

// Shows run.recent.count, .totals, .lengths.
sw_status recent_tensors(recent *r, const tensor_visitor *to);

// Mean of x [n]; NaN if n is 0.
double episode_mean(const double *x, int64_t n);

// Means of what is kept; NaN if that is nothing.
double recent_return(const recent *r);
double recent_length(const recent *r);

#endif
