// house.h -- a server of Stuck-v0 (stuck_env.h) and Fake-v0, and the gate at which the environments
// wait.
#ifndef HOUSE_H
#define HOUSE_H

#include "served.h"
#include "stuck_env.h"

typedef struct house {
    served s;
    int gate[2];   // a pipe
    uint64_t seq;  // of the last request in the session under test
} house;

// Steps may take `timeout` seconds.
void house_enter(house *h, sw_server_options options, double timeout);

// Lets so many calls go on.
void house_open_gate(house *h, int times);

// Waits until so many of these have not been used yet.
void house_wait_gate(const house *h, int left);

// Stops the server, which must end well.
void house_leave(house *h);

// An Open of Stuck-v0, of one row, that hangs in `where`. Points into itself.
typedef struct stuck_open {
    Stepwire__Open body;
    Stepwire__Setting gate, where, *settings[2];
} stuck_open;

void stuck_open_init(stuck_open *o, const house *h, uint64_t token, const char *where);

// Opens it and makes it the session under test.
uint64_t house_open(house *h, uint64_t token, const char *where);

// The next request of the session under test.
Stepwire__Reply *house_ask(house *h, uint64_t session, Stepwire__Request__KindCase kind,
                           const void *body);
Stepwire__Reply *house_reset(house *h, uint64_t session);
Stepwire__Reply *house_close(house *h, uint64_t session);

// Sends a Reset as the first request of a session and waits for no reply.
void house_send_reset(house *h, uint64_t session);

// Opens, resets, steps and closes a session of Fake-v0.
void house_expect_service(house *h, uint64_t token);

// Opens one row of Fake-v0 with the same gate and steps it until its steps are known to be short.
// Makes it the session under test, and *step its next one.
uint64_t house_open_short(house *h, uint64_t token, step_fake *step);

#endif
