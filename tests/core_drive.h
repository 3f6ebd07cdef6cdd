// core_drive.h -- a server core driven by hand: the tests bring the messages, the time, the random
// numbers, and run the jobs in place or hold them back.
#ifndef CORE_DRIVE_H
#define CORE_DRIVE_H

#include "core.h"
#include "requests.h"

#define KIND(name) STEPWIRE__REQUEST__KIND_##name
#define CODE(name) STEPWIRE__ERROR_CODE__##name
#define RESULT(name) STEPWIRE__REPLY__RESULT_##name

typedef struct drive {
    server core;
    int64_t now;           // ms; changed by the test
    server_peer peer;      // whose messages come next
    uint64_t last_random;  // session ids are 1001, 1002...; the incarnation is 1000
    bool hold;             // jobs wait for drive_release()
    session *held[4];      // the jobs that wait, [held_count], oldest first
    int held_count;
    request request;         // the last one sent
    Stepwire__Reply *reply;  // the last one received; NULL if the last call brought none
    server_peer to;          // and who received it
} drive;

// A core with one task (Fake-v0 in most tests) and small limits: 4 sessions of at most 8 rows, 16
// environments in all, 64 KiB messages, leases up to 60 s.
void drive_init(drive *d, const sw_env_class *task);
void drive_free(drive *d);

// For cmocka: *state is a core with Fake-v0.
int drive_setup(void **state);
int drive_teardown(void **state);

// Sends a request and, unless `hold`, runs what it leads to. Returns d->reply.
const Stepwire__Reply *drive_ask(drive *d, uint64_t id, uint64_t seq,
                                 Stepwire__Request__KindCase kind, const void *body);

// Sends the bytes in d->request, again or changed.
const Stepwire__Reply *drive_send(drive *d);

// Runs the oldest job that was held back. Returns d->reply.
const Stepwire__Reply *drive_release(drive *d);

// Gives up the session of the oldest job that was held back, because of one of its rows. The job is
// still held back. Returns d->reply.
const Stepwire__Reply *drive_give_up(drive *d, int row);

// Tells the core that `ms` have passed.
void drive_tick(drive *d, int64_t ms);

// Opens `rows` rows with the token and resets them all with request 1. Returns the session's id.
uint64_t drive_begin(drive *d, uint64_t token, uint32_t rows);

// The error code of a reply; 0 if it is none.
Stepwire__ErrorCode error_of(const Stepwire__Reply *reply);

#endif
