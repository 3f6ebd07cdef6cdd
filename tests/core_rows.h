// core_rows.h -- a fixture: a core driven by hand with one session, whose rows are what is looked
// at.
#ifndef CORE_ROWS_H
#define CORE_ROWS_H

#include "core_drive.h"

#define MODE(name) STEPWIRE__AUTO_RESET_MODE__AUTORESET_##name

enum { ROWS = 3 };

typedef struct rows {
    drive d;
    uint64_t id, seq;  // of the session; the last number used
    step_fake step;    // what it is sent next
} rows;

// For cmocka: *state is a rows fixture without a session.
int rows_setup(void **state);
int rows_teardown(void **state);

// Opens a session. It is the fixture's from now on.
void rows_open(rows *f, const Stepwire__Open *open);

// Sends the session a request with the next number. Returns the reply.
const Stepwire__Reply *rows_ask(rows *f, Stepwire__Request__KindCase kind, const void *body);

// Resets all rows.
void rows_reset(rows *f);

// Opens ROWS rows in the given mode and resets them.
void rows_begin(rows *f, Stepwire__AutoResetMode mode);

// Steps once with f->step. Returns the StepDone, or NULL if there is an error.
const Stepwire__StepDone *rows_step(rows *f);

// The error just received.
const Stepwire__Error *rows_error(const rows *f);

#endif
