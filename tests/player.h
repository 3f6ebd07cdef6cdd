// player.h -- sessions that are played with random actions, and records of what came back, so that
// two of them can be compared bit for bit.
#ifndef PLAYER_H
#define PLAYER_H

#include <stdio.h>

#include <stepwire/client.h>

#include "local_env.h"

enum { PLAYER_ROWS = 3, PLAYER_LIMIT = 60 };  // rows and time limit of the session

typedef struct player {
    sw_client *client;
    sw_autoreset mode;
    bool over[PLAYER_ROWS];  // ended, and not begun again
    local_env env;           // draws actions
    uint8_t *actions[SW_MAX_TENSORS];
} player;

// Opens a session with info columns; its rows are new, their numbers and seeds follow from `seed`.
void player_open(player *p, const char *endpoint, const char *id, sw_autoreset mode, uint64_t seed);

// Takes over the session of another player, which must not play any more.
void player_resume(player *p, const char *endpoint, const player *from);

void player_close(player *p);

// Resets all rows, or rows [count] of them.
void player_reset(player *p, const uint32_t *rows, int count);

// Takes note of which rows are over, after a call to the client.
void player_note_ends(player *p, const uint32_t *rows, const sw_batch *batch);

// All that batches said.
typedef struct record {
    char *bytes;
    size_t size;
    FILE *stream;
} record;

// So many steps with actions that follow from `seed`, and the resets that the mode asks for before
// them. `r` (NULL: none) becomes a record of them, to be freed with record_free().
void player_play(player *p, int steps, uint64_t seed, record *r);

void record_free(record *r);

// Asserts that both say the same, and that it is not nothing.
void record_compare(const record *a, const record *b);

#endif
