// state.h -- the places in a session's `work` where states stand while they are saved or loaded,
// and the server's part of a state.
//
// One row's place, number n of the job:
//
//     .... [STATE_HEADER] [size]              [aside_size]
//          server's part  environment's part  the same in format 0, of what was there before a load
//          '---- a blob in format 0 -----'    (JOB_LOAD only)
//                         '----- a blob in another format
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include "session.h"

enum {
    STATE_VERSION = 1,
    STATE_HEADER = 40,  // bytes of the server's part
    STATE_ALIGN = 64    // of the environment's part
};

// Bytes of a blob whose environment's part has `size`.
size_t state_blob_size(int format, size_t size);

// Sets x->states for a job with blobs in `format`; `aside` if what is there before is to be kept.
void state_lay_out(session *x, int format, bool aside);

// Row n's blob, its environment's part, and what is set aside.
unsigned char *state_blob(const session *x, int n);
unsigned char *state_at(const session *x, int n);
unsigned char *state_aside(const session *x, int n);

// Bytes of a blob as a reply has it.
size_t state_packed_size(const session *x);

// ---- of the runners, for row n of the job -------------------------------------------------------

// Writes the server's part of a blob in format 0, when the environment's is there. Other formats
// have none.
void state_seal(const session *x, int n);

// Copies row n's blob, which is complete, to where the reply will have it.
void state_pack(const session *x, int n);

// Checks the server's part of a blob in format 0. SW_INVALID_ARGUMENT: of another version, task or
// settings, changed on the way, or of a row that cannot be in this session.
sw_status state_check(const session *x, int n);

// ---- of the core --------------------------------------------------------------------------------

// Every row was loaded: what was delivered, and the server's part, are the rows' own from now on.
void state_commit(session *x);

#endif
