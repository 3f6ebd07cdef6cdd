// session.h -- one client's batch of environments: what it was opened with, where its conversation
// stands, and all of its memory.
//
// A session is in the hands of two parties. While a job runs, the rows and what they write belong
// to the runners (step.h), each row to one of them; everything else, and all of it between jobs,
// belongs to the core.
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stepwire/env.h>

#include "arena.h"
#include "loan.h"

enum { PEER_MAX = 255, KEY_TEXT = 41 };

// Whoever a reply goes to: a ROUTER's name for a connection.
typedef struct server_peer {
    size_t size;
    unsigned char name[PEER_MAX];
    char key[KEY_TEXT];  // its public CURVE key in Z85; empty without encryption
} server_peer;

// Where a reply goes and what it says it answers.
typedef struct server_asker {
    server_peer peer;
    uint64_t session, seq;
} server_asker;

// What is run for the rows of a session. One job at a time.
typedef enum job_kind {
    JOB_NONE,
    JOB_OPEN,    // init every environment
    JOB_RESET,   // begin an episode in the listed rows
    JOB_STEP,    // step every row
    JOB_CLOSE,   // close every environment
    JOB_RENDER,  // draw the listed row
    JOB_SAVE,    // write the states of the listed rows
    JOB_LOAD,    // take states over in the listed rows; what was there before is set aside
    JOB_UNDO,    // put back what was set aside, because a row could not be loaded
    JOB_KINDS
} job_kind;

// How the states of a JOB_SAVE or JOB_LOAD stand in `work` (state.h).
typedef struct session_states {
    int format;         // number in the task's list
    uint64_t origin;    // hash of the task's id and its settings
    size_t size;        // bytes of the environment's part of one
    size_t aside_size;  // and of what was there before it is loaded
    size_t stride;      // from one row's to the next
} session_states;

// One row. Rows stand on cache lines of their own, because different threads write them.
typedef struct session_row {
    alignas(64) sw_row io;  // what the environment is given; its arrays stand in `native`
    uint64_t stream;        // rule 5: the seed of episode k is mix(stream, k)
    uint64_t k;             // number of the next episode
    int64_t elapsed;        // steps in this episode
    char *failure;          // why the job failed for this row, malloc'ed; NULL without memory
    sw_status status;       // SW_OK: it did not
    bool set_aside;         // of a JOB_LOAD: what was there before is, and was not put back yet
    bool initialised;       // close must be called
    bool begun;             // had its first Reset or SetState
    bool ended;             // its episode is over and no reply has begun the next one
    bool broken;            // its last step was faulty: only reset and load may be called
    bool failing;           // was faulty, and has ended no episode since
    bool running;           // of the current job, and not yet reported done
} session_row;

typedef struct session {
    // As opened.
    const sw_env_class *task;
    sw_spec spec;      // the task's own dtypes; time limit of this session
    sw_value *values;  // [setting_count]
    int rows;
    uint64_t first_row, base_seed;
    bool float32_observations, float32_actions;  // formats on the wire
    bool info;
    sw_autoreset autoreset;
    double lease;      // seconds, as granted
    size_t max_reply;  // bytes that client and server accept
    uint64_t token, open_hash;
    char key[KEY_TEXT];  // of the peer that opened it, and to whom alone it exists

    // The conversation.
    uint64_t id;         // 0 before it is opened and after it is lost: then no request finds it
    int64_t expires;     // on the server's lease clock, ms
    server_asker asker;  // of the running job
    uint64_t running_hash;
    uint64_t answered;  // L: the last number answered...
    uint64_t answered_hash;
    unsigned char *kept;       // ...and its reply, [kept_size], in kept_room or, if there is one,
    size_t kept_size;          //   kept_loan
    unsigned char *kept_room;  // [kept_capacity]
    size_t kept_capacity;
    loan *kept_loan;

    // The job.
    job_kind job;
    int64_t busy_since;    // ms
    int job_rows;          // rows it runs
    uint32_t *row_list;    // [job_rows] which; JOB_OPEN, JOB_STEP and JOB_CLOSE run all
    int rows_left;         // not yet reported done
    struct session *next;  // in the queue of jobs it stands in

    // What it needs besides the rows.
    loan *work;        // the states, as environments write and read them; NULL: none
    loan *reply_room;  // where its reply will stand, if that is large; NULL: in kept_room
    sw_picture picture;
    char camera[SW_MAX_NAME + 1];
    session_states states;

    // How it is divided, which is the business of chunks.h.
    int grain;             // rows in a chunk
    unsigned char *taken;  // [chunks, at most rows] whether somebody took that chunk
    int rows_taken, rows_unfinished;
    int64_t job_ns;            // time spent on it, all threads together
    double row_ns[JOB_KINDS];  // running average of the time one row takes; 0: not yet known

    // The rows.
    session_row *row;     // [rows]
    unsigned char *envs;  // [rows, env_stride]
    size_t env_stride;
    unsigned char *native;  // [rows, native_stride] what the rows' pointers point to
    size_t native_stride;

    // What goes into replies, in the formats of the wire, row-major.
    unsigned char *observations[SW_MAX_TENSORS];  // [rows, shape...] as last delivered
    unsigned char *finals[SW_MAX_TENSORS];  // [rows, shape...] of the rows that ended in this step
    double *rewards;                        // [rows]
    unsigned char *flags;                   // [rows] of sw_flag, of the last reply that had the row
    unsigned char *listed_flags;            // [rows] of the rows that a reply lists, in its order
    uint64_t *seeds;                        // [rows] of the episodes that began
    double *infos;                          // [rows, info_count]; NULL unless asked for
    double *final_infos;                    // likewise

    arena memory;  // all of the above stands in it, this struct first
} session;

// Bytes of one row of a tensor on the wire.
size_t session_observation_bytes(const session *x, int tensor);
size_t session_action_bytes(const session *x, int tensor);

// Bytes of the largest reply to Reset, Step or SetState, for a session of which only "as opened" is
// filled in, and of the largest request.
size_t session_largest_reply(const session *x);
size_t session_largest_request(const session *x);

// Bytes that a message whose kind has `fields` fields with `bytes` bytes in all has at most.
size_t session_message_bytes(size_t fields, size_t bytes);

// Copies row `i` of tensors [observation_count] that are laid out like `observations`.
void session_copy_observation(const session *x, int i, unsigned char *const *to,
                              unsigned char *const *from);

// Allocates a session with the "as opened" part of `draft`; rows have their streams, environments
// are zeroed and not initialised. Takes draft->spec over, copies draft->values. SW_NO_MEMORY: then
// the spec is still the caller's.
sw_status session_new(const session *draft, session **out);

// Frees the memory; the environments must be closed and the loans given back. NULL is allowed.
void session_free(session *x);

// True for the jobs that run the rows in the row list.
bool session_job_has_list(job_kind kind);

// Where, in reply_room, the rows write their part of the reply: a field with the picture, or one
// with each state. What comes before it will be packed in front of it.
unsigned char *session_reply_rest(const session *x);

// Bytes of the picture that is asked for.
size_t session_picture_bytes(const session *x);

// Row number `i` of the running job.
int session_job_row(const session *x, int i);

#endif
