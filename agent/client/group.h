// group.h -- one group of a pool: its rows, their session, and what it takes to go on after the
// session is lost.
//
//                  reset, send                    reply
//     [idle] ------------------> [answering] ------------------> [idle]
//        ^                            | the session is lost
//        |                            v
//        |  NEXT_STEP, DISABLED   [ended]      [reopening] <--. this one is lost too
//        '--- a Step was lost: ---'  or, else,      | open    |
//             its rows end                          v         |
//     [idle] <------- reply, or the lost --- [resetting] -----'
//                     Step's rows end and begin
//
// Rows have a stream, given by a seed or by the pool's, and an episode number that every FIRST
// counts up. A reopened session is reset to just these, so that the rows go on where they would
// have: only the episodes that were running are cut off.
#ifndef CLIENT_GROUP_H
#define CLIENT_GROUP_H

#include "aftermath.h"
#include "candidate.h"
#include "fleet.h"

typedef enum group_stage {
    GROUP_IDLE,       // nothing is outstanding; the session may be lost
    GROUP_ANSWERING,  // the session has a Reset or Step to answer
    GROUP_ENDED,      // its Step is lost, and its rows end
    GROUP_REOPENING,  // there is no session: one is sought and opened
    GROUP_RESETTING   // the reopened session has its first Reset to answer
} group_stage;

typedef struct pool_group {
    fleet *fleet;
    sw_pool_counts *counts;  // of the whole pool
    int number, home;        // home: the server it is dealt to
    sw_session_options session;
    group_stage stage;
    sw_client *client;  // NULL: lost, or never begun with
    int server;         // of `client`
    candidate next;     // to become the session, after a loss or a move

    bool stepping;      // what is outstanding is a Step
    bool over;          // a lost Step has ended the rows, and nothing has begun them again
    bool seeded;        // the rows have seeds of their own
    uint64_t *seeds;    // [rows]
    uint64_t *numbers;  // [rows] of the episode that begins next
    aftermath aftermath;
    const sw_batch *batch;  // the last one that the session gave; NULL: kept in the aftermath

    // while there is no session
    sw_status why;  // it was lost
    char why_text[400];
    int failed_resets;    // one after the other
    bool stranded;        // no server can be had
    int64_t stranded_ms;  // for how long, while somebody waited for it
    int64_t looked_ms;    // when last
    int64_t move_ms;      // when next to see whether it should be elsewhere
    bool stays;           // could not move there the last time
} pool_group;

// Opens the session at home or, if that server does not answer or takes none, at another. Waits.
// Errors of sw_pool_open(). After an error as after the end: group_free().
sw_status group_open(pool_group *g, fleet *f, int number, sw_pool_counts *counts);

// Closes the session, giving up at `deadline_ms` of clock_ms(). A zeroed group is allowed.
void group_free(pool_group *g, int64_t deadline_ms);

// As sw_pool_reset(), sw_pool_send() and sw_pool_recv().
sw_status group_reset(pool_group *g, const uint64_t *seeds);
sw_status group_send(pool_group *g, const void *const *actions);
sw_status group_recv(pool_group *g, const sw_batch **batch);

// As sw_pool_get_state() and sw_pool_set_state().
sw_status group_get_state(pool_group *g, sw_pool_state *state);
sw_status group_set_state(pool_group *g, const sw_pool_state *state);

// Whether there is something to receive.
bool group_is_waiting(const pool_group *g);

// group_recv() that never waits: *batch is NULL while there is none.
sw_status group_advance(pool_group *g, const sw_batch **batch);

// What to wait for until group_advance() has something to do: sockets [2], either of which may be
// NULL, and the longest time, in ms.
int group_waits_for(const pool_group *g, void **sockets);

// ---- for recovery.c and home.c ------------------------------------------------------------------

// Puts the group's number before sw_last_error(). Returns `st`.
sw_status group_name(const pool_group *g, sw_status st);

// A line "group 1: WHATTEXT".
void group_log(const pool_group *g, sw_log_level level, const char *what, const char *text);

sw_autoreset group_autoreset(const pool_group *g);

// Sends a Reset of all rows that begins the episodes that are due.
sw_status group_send_reset(pool_group *g);

#endif
