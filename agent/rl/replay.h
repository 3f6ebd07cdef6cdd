// replay.h -- what happened, to be learned from again and again: the last `capacity` transitions.
//
// A transition is one record: what the networks saw, what was done, what came of it. Over n steps
// (Sutton 1988; Hessel et al. 2018, arXiv:1710.02298, section 3) it is
//
//     reward    r_t + gamma r_t+1 + ... + gamma^(k-1) r_t+k-1
//     discount  gamma^k, or 0 where the episode terminated: what the value of `next` counts
//     next      what was seen k steps later, the final observation where the episode was cut off
//
// with k = n, or fewer where the episode ended first, or broke off. So a target is reward +
// discount V(next), and neither termination nor truncation is the business of whoever computes it.
#ifndef RL_REPLAY_H
#define RL_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <random.h>
#include <stepwire/status.h>

typedef struct replay_options {
    int64_t capacity;      // transitions, >= 1
    int rows;              // of environments that add to it
    int obs_dim, act_dim;  // numbers in what is seen and done
    bool bytes;            // what is seen are whole numbers from 0 to 255, kept as such
    int n_steps;           // n >= 1
    double gamma;
} replay_options;

typedef struct replay {
    replay_options options;
    size_t record;           // bytes
    unsigned char *records;  // [capacity, record]
    int64_t count;           // transitions in it
    int64_t next;            // where the next one goes

    // steps that are not yet transitions, of each row; steps are records, too
    unsigned char *pending;  // [rows, n, record]
    int64_t *pending_count;  // [rows] < n between steps
} replay;

// A minibatch, side by side. The caller's memory.
typedef struct replay_batch {
    int n;
    float *input;     // [n, obs_dim + act_dim]  (s, a), as a critic takes it
    float *obs;       // [n, obs_dim]  s
    float *reward;    // [n]
    float *discount;  // [n]
    float *next;      // [n, obs_dim]
} replay_batch;

// One step of one row.
typedef struct replay_step {
    const float *obs, *act;  // [obs_dim], [act_dim]
    float reward;
    const float *next;  // [obs_dim] final observation where the episode ended
    bool is_terminated, is_truncated;
} replay_step;

// Takes all its memory at once, so that none is missing later. SW_NO_MEMORY, saying how much is
// needed and how much there is, if that is more than nine tenths of what is available: something
// must be left for whoever simulates. Then nothing needs freeing.
sw_status replay_init(replay *r, const replay_options *options);

// A zeroed replay is allowed.
void replay_free(replay *r);

// Adds what `row` did.
void replay_add(replay *r, int row, const replay_step *step);

// Ends what `row` was doing with its last step, as if truncated there: what came after that did not
// happen.
void replay_break(replay *r, int row);

// SW_INVALID_ARGUMENT unless `count`, `next` and `pending_count` are possible: for a replay that
// was read from a file.
sw_status replay_check(const replay *r);

// Draws n of the transitions in it, each independently of the others; there is at least one.
void replay_sample(const replay *r, random_state *random, int n, replay_batch *batch);

// Copies the transitions which [n], each from 0 to count - 1 in no order that means anything.
void replay_gather(const replay *r, const int *which, int n, replay_batch *batch);

// SW_NO_MEMORY: then nothing needs freeing.
sw_status replay_batch_init(replay_batch *b, const replay *r, int max_rows);

// A zeroed batch is allowed.
void replay_batch_free(replay_batch *b);

#endif
