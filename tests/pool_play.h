// pool_play.h -- pools of Counter-v0 as the tests of pools use them: small, and impatient with
// servers that are gone.
#ifndef TESTS_POOL_PLAY_H
#define TESTS_POOL_PLAY_H

#include <stepwire/pool.h>

#include "counter.h"

enum { PLAY_ROWS = 10, PLAY_GROUPS = 3, PLAY_MAX_ROWS = 16 };

// 127.0.0.1 with a port of its own.
extern const char play_tcp[];

// PLAY_ROWS rows in PLAY_GROUPS groups with infos and base seed 42; no patience.
sw_pool_options play_options(const char *const *endpoints, int count);

// Every row adds `add`; row `which` of the group gets the command, the others go on.
sw_status play_send(sw_pool *pool, int group, double add, int which, int32_t command);

// Resets a group, or steps it so that all add `add`, and receives.
sw_status play_reset(sw_pool *pool, int group, const sw_batch **batch);
sw_status play_step(sw_pool *pool, int group, double add, const sw_batch **batch);

// The sum that a row shows, and the seed of its episode.
double play_sum(const sw_batch *batch, int row);
uint64_t play_seed(const sw_batch *batch, int row);

void play_sleep(int ms);

// ---- what a pool says -----------------------------------------------------------------------

// A log that keeps the lines of level info and above, up to 64 of them.
typedef struct play_log {
    int count;
    char lines[64][512];
} play_log;

sw_log play_log_to(play_log *log);

// How many lines contain `text`.
int play_log_count(const play_log *log, const char *text);

#endif
