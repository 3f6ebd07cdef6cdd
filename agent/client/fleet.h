// fleet.h -- the servers of a pool: which of them may be given a session now.
//
// The keeper says which ones answer. One that answers and fails all the same, because it is full or
// serves something else, is left alone for a while.
#ifndef CLIENT_FLEET_H
#define CLIENT_FLEET_H

#include <stdbool.h>

#include "keeper.h"
#include "plan.h"

typedef struct fleet {
    keeper *keeper;
    plan *plan;
    int count;            // servers
    int64_t *skip_until;  // [count] time of clock_ms(); before it the server is left alone
    // since a group last found a session
    bool told;          // that there is no server
    char trouble[200];  // why the last one that answers gave none; "": none has said
} fleet;

// Has the keeper watch every server. `k` and `p` outlive the fleet. SW_UNAVAILABLE if a host is
// unknown; SW_NO_MEMORY.
sw_status fleet_init(fleet *f, keeper *k, plan *p);

// A zeroed one is allowed.
void fleet_free(fleet *f);

const char *fleet_name(const fleet *f, int server);

// Whether a session may be opened there now.
bool fleet_is_usable(const fleet *f, int server);

// Whether the server says that it will end soon; whether it does not answer.
bool fleet_is_draining(const fleet *f, int server);
bool fleet_is_silent(const fleet *f, int server);

// The first usable server, from `home` on in turn; -1: there is none.
int fleet_choose(const fleet *f, int home);

// A session there, or the attempt to open one, failed with `st`: SW_UNAVAILABLE, and whether the
// server answers is asked anew; any other, and it is left alone for a while.
void fleet_blame(fleet *f, int server, sw_status st);

// A group has its session.
void fleet_forget(fleet *f);

// Says once that there is no server to be had. `most` in seconds: how long it is waited for.
void fleet_tell(fleet *f, double most);

// All servers, whether any of them answers and what the last one said, for people: "no server
// answers (a, b)".
void fleet_describe(const fleet *f, char *text, size_t size);

#endif
