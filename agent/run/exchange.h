// exchange.h -- the pool as training and evaluation use it: wait for a reply, answer with actions.
#ifndef RUN_EXCHANGE_H
#define RUN_EXCHANGE_H

#include <signal.h>

#include <stepwire/pool.h>

// How long whoever was asked to stop may go on: well within the ten seconds after which container
// managers kill.
enum { EXCHANGE_FINISH_S = 5 };

typedef struct exchange {
    sw_pool *pool;
    const volatile sig_atomic_t *interrupts;  // signals so far that ask to stop; NULL: never any
    int patience;                             // how many of them it takes to stop at once
    double asked_s;                           // when the first one was noticed; 0: not yet
    void *actions[SW_MAX_TENSORS];  // [action_count], each [rows of the largest group, shape...]
} exchange;

// Makes room for actions. SW_NO_MEMORY: then nothing needs freeing. pool and interrupts must
// outlive the exchange.
sw_status exchange_init(exchange *x, sw_pool *pool, const volatile sig_atomic_t *interrupts,
                        int patience);

// A zeroed exchange is allowed.
void exchange_free(exchange *x);

// Asks every group for the first observations of new episodes.
sw_status exchange_reset(exchange *x);

// Waits for the reply of a group. SW_INTERRUPTED once there have been `patience` interrupts, or one
// while the pool waits for servers or EXCHANGE_FINISH_S ago; else errors of sw_pool_recv().
sw_status exchange_recv(exchange *x, int group, const sw_batch **batch);

// Sends x->actions to a group.
sw_status exchange_send(exchange *x, int group);

#endif
