// twin.h -- remote rows and their twins in this process, which are stepped with the same actions
// and do what the protocol asks of a server: seeds, time limit, automatic resets
// (docs/protocol.md). What comes over the wire must be what a twin has, bit for bit.
#ifndef TWIN_H
#define TWIN_H

#include <stepwire/client.h>

#include "local_env.h"

enum { TWIN_MAX_BYTES = 4096 };  // of a row's observations

typedef struct twin {
    local_env env;
    sw_autoreset mode;
    uint64_t stream, episode;  // what the next episode's seed is made of
    bool is_given;             // a seed was given, and is used itself for the first episode
    random_state random;       // of the actions
    bool is_over;              // the episode has ended, and the next has not begun

    // What the last reset or step brought beside what stands in `env`.
    int flags;
    double reward;
    uint64_t begun;  // seed of the episode that began; 0: none did
    bool has_final;
    uint8_t final_observations[TWIN_MAX_BYTES];
    double final_infos[SW_MAX_INFOS];
} twin;

// A row's twin under the task's default settings and, if `max_steps` is not 0, another time limit;
// its actions are drawn from the row's number.
void twin_open(twin *t, const char *id, sw_autoreset mode, int64_t max_steps, int number);
void twin_close(twin *t);

// Reset.
void twin_begin(twin *t);

// Step, with the actions in its environment; in NEXT_STEP of a row that is over, its beginning.
void twin_step(twin *t);

// Asserts that line `line` of the batch is the twin's. Infos, where the batch has any.
void twin_compare(const twin *t, const sw_batch *batch, int line);

// Writes random actions for twins [rows] to `actions` [action_count], each [rows, shape...], and
// steps the twins with them. What nobody may read, in a row that is over, is no action at all.
// Returns how many rows ended.
int twin_step_all(twin *twins, int rows, uint8_t *const *actions);

// Memory for the actions of `rows` rows, [action_count].
void twin_allocate_actions(const sw_spec *spec, int rows, uint8_t **actions);
void twin_free_actions(const sw_spec *spec, uint8_t **actions);

#endif
