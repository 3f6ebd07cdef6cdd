// setup.h -- what training and evaluation both need: servers, a pool on them, and an algorithm.
#ifndef AGENT_SETUP_H
#define AGENT_SETUP_H

#include <stepwire/pool.h>

#include "config.h"
#include "servers.h"

// Which rows to open, when they are not those of the config.
typedef struct setup_rows {
    int rows, groups;
    uint64_t seed;
    bool evaluates;  // nothing will be learned there
} setup_rows;

typedef struct setup {
    config config;  // the caller's to fill, before setup_open()
    servers servers;
    sw_pool *pool;   // float32, SAME_STEP
    int *first_row;  // [config.groups + 1]
    algo *algo;      // opened for the rows and groups of the config, whatever the pool's are
} setup;

// The rows that training has.
setup_rows setup_training_rows(const config *c);

// A row for each episode, in groups no larger than what the algorithm was opened for.
setup_rows setup_evaluation_rows(const config *c, int episodes, uint64_t seed);

// Opens one more pool on the servers, for other rows. Errors of sw_pool_open().
sw_status setup_open_pool(const setup *s, const setup_rows *rows, sw_pool **pool);

// Opens everything, servers as servers_open(). After an error, setup_close() too.
sw_status setup_open(setup *s, const args *a, const setup_rows *rows);

// A setup that was zeroed, filled or half opened is allowed.
void setup_close(setup *s);

#endif
