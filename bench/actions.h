// actions.h -- random actions, the same for everyone who plays a task.
#ifndef BENCH_ACTIONS_H
#define BENCH_ACTIONS_H

#include <stepwire/spec.h>

// What each of `rows` rows does in each turn: uniform within the bounds, or in [-1, 1] where there
// are none. After a prime number of turns they repeat.
typedef struct actions {
    unsigned char *bytes;  // [turns, rows, row_bytes]
    size_t row_bytes;
    int rows;
} actions;

// Draws actions like `tensor`; equal arguments give equal actions. SW_NO_MEMORY.
sw_status actions_draw(const sw_tensor *tensor, int rows, actions *a);

// NULL in it is allowed.
void actions_free(actions *a);

// Of `row` in `turn`, and of the rows after it.
const void *actions_at(const actions *a, int64_t turn, int row);

#endif
