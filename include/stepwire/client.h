// stepwire/client.h -- one session on one server.
//
// Requests are numbered, and repeated until they are answered: each happens exactly once, through
// lost messages and reconnects. Life of a client:
//
//                          open                 send_reset, send_step
//    connect --> [connected] --> [open] ---------------------------------> [waiting]
//                         resume   ^  get_state, set_state, render   recv      |
//                                  '-------------------------------------------'
//
// A client belongs to one thread at a time; a small thread of its own keeps the session's lease.
// Most learners want pool.h instead.
//
// Whatever waits for the server may fail with SW_UNAVAILABLE when that is given up, SW_PROTOCOL
// when it breaks the protocol, SW_NO_MEMORY, and where it says so SW_INTERRUPTED when a signal
// came; the functions below name what else. Unless they say otherwise these end the session:
// sending in it fails with the same code, and it and the client are to be closed.
#ifndef STEPWIRE_CLIENT_H
#define STEPWIRE_CLIENT_H

#include <stepwire/spec.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sw_client sw_client;

typedef struct sw_client_options {
    const char *endpoint;    // ZeroMQ endpoint of the server, e.g. "tcp://sim1:5555"
    int first_attempt_ms;    // > 0; a reply is late after this long; doubles with each attempt...
    int longest_attempt_ms;  // ...up to this
    int refused_ms;          // give up when connecting has been refused for so long
    double lease;            // > 0; seconds the server keeps the session while we are silent; also
                             // how long we wait for a server that says nothing at all
    size_t max_message;      // > 0; largest reply accepted, bytes
    const char *keys;        // directory with client.key and servers/HOST.pub; NULL: no encryption
    sw_log log;
} sw_client_options;

#define SW_CLIENT_OPTIONS                                                                          \
    {                                                                                              \
        .endpoint = "tcp://127.0.0.1:5555", .first_attempt_ms = 100, .longest_attempt_ms = 2000,   \
        .refused_ms = 2000, .lease = 30, .max_message = (size_t) 64 << 20,                         \
    }

// A setting as a person writes it; its type comes from the task.
typedef struct sw_assignment {
    const char *name;
    const char *value;
} sw_assignment;

typedef struct sw_session_options {
    const char *env_id;
    int rows;                       // >= 1
    int64_t first_row;              // number of row 0 in the whole pool; part of its seed
    uint64_t seed;                  // base seed of all rows
    const sw_assignment *settings;  // [setting_count]
    int setting_count;
    int64_t max_episode_steps;  // 0: the task's own
    sw_autoreset autoreset;     // 0: SW_SAME_STEP
    bool float32;               // float64 observations and actions travel as float32
    bool info;                  // send the info columns
} sw_session_options;

// What came back: line i of every array is row i of the session or, where only some rows were asked
// for, the i-th of those. Owned by the client, valid until its next call but recv.
typedef struct sw_batch {
    int rows;
    const void *const *observations;  // [observation_count], each [rows, shape...]
    const double *rewards;            // [rows]; 0 unless it answers a step
    const uint8_t *flags;             // [rows] of sw_flag
    const double *infos;              // [rows, info_count]; NULL unless asked for at open, and
                                      //   after set_state and resume
    const uint64_t *seeds;            // [rows] seed of the episode that began; 0 where none did
    // What ended in this step (SAME_STEP only; elsewhere it stands in the arrays above).
    const int *final_index;                 // [rows] where the row's final values are; -1: none
    const void *const *final_observations;  // [observation_count], each [final_count, shape...]
    const double *final_infos;              // [final_count, info_count]; NULL unless asked for
    int final_count;
} sw_batch;

// Which rows begin an episode, and which one.
typedef struct sw_reset {
    const uint32_t *rows;   // [row_count] strictly ascending
    int row_count;          // 0: all rows
    const uint64_t *seeds;  // one per row asked for: the row's stream begins anew, from this seed;
                            //   NULL: each goes on with its own stream
    const uint64_t *episodes;  // likewise: number, in the row's stream, of the episode that begins.
                               //   NULL: the next one, or 0 where a seed is given
} sw_reset;

// States as bytes, one for each row that was asked for.
typedef struct sw_states {
    const char *format;         // name; "": the task's own
    int count;                  // of states
    const void *const *states;  // [count]
    const size_t *sizes;        // [count] bytes
} sw_states;

// What a picture shall be like.
typedef struct sw_view {
    int width, height;   // pixels, >= 1
    const char *camera;  // name; "" or NULL: the task's own
} sw_view;

typedef struct sw_image {
    int width, height;   // pixels
    const uint8_t *rgb;  // [height, width, 3], top row first
} sw_image;


// ---- connecting ---------------------------------------------------------------------------------

// Connects and says Hello. SW_UNAVAILABLE naming the endpoint, how long was tried and why there is
// no connection; SW_VERSION with both versions; SW_INVALID_ARGUMENT if the endpoint is malformed;
// what is wrong with the keys names the file: SW_NOT_FOUND, SW_INVALID_ARGUMENT, SW_IO;
// SW_INTERRUPTED. After an error there is no client.
SW_API sw_status sw_client_connect(const sw_client_options *options, sw_client **client);

// The task ids the server offers: an array of `*count` names, the client's, valid until it opens a
// session or describes a task.
SW_API const char *const *sw_client_tasks(const sw_client *client, int *count);

// Asks for a task's spec under settings [count], while there is no session; *spec is the caller's
// to free with sw_spec_free(). SW_NOT_FOUND listing what there is; SW_INVALID_ARGUMENT naming the
// setting and its range; SW_INTERRUPTED. After an error the client is connected as before.
SW_API sw_status sw_client_describe(sw_client *client, const char *env_id,
                                    const sw_assignment *settings, int count, sw_spec *spec);


// ---- a session ----------------------------------------------------------------------------------

// Opens the session; one per client. Errors as describe, and SW_CAPACITY, SW_TOO_LARGE,
// SW_DRAINING; SW_INTERRUPTED when a signal came. After an error the client is connected as before,
// and a session that the server may have opened is closed, if it still answers within a second.
SW_API sw_status sw_client_open(sw_client *client, const sw_session_options *options);

// Takes over a session that another client opened, perhaps in a process that is gone; instead of
// open. Waits while the session is busy with that one's last request. *batch has flags and
// observations of all rows as they were delivered last: flags 0 and zeros in a row that never had a
// reset. SW_SESSION_LOST if the server does not have it; SW_INTERRUPTED when a signal came. After
// an error the client is connected as before and the session untouched.
SW_API sw_status sw_client_resume(sw_client *client, uint64_t session, const sw_batch **batch);

// The number that sw_client_resume() takes; 0 without a session. Whoever knows it can step the
// session: it is not for logs.
SW_API uint64_t sw_client_session(const sw_client *client);

// The spec as opened: dtypes and time limit are those of this session.
SW_API const sw_spec *sw_client_spec(const sw_client *client);

// Starts a new episode in every row (`which` NULL), or as `which` says; the reply comes from
// sw_client_recv() and has the rows asked for. A running episode is abandoned.
// SW_INVALID_ARGUMENT naming the row if rows are not ascending or there is no such row: then
// nothing was sent. Nothing may be waiting to be received.
SW_API sw_status sw_client_send_reset(sw_client *client, const sw_reset *which);

// Sends actions [action_count], each [rows, shape...] in the dtypes of the spec; they may be
// changed as soon as it returns. Nothing may be waiting to be received. What the server finds wrong
// comes from sw_client_recv(): SW_INVALID_ARGUMENT naming row and element of an action that may not
// be sent, SW_FAILED_PRECONDITION naming the rows that need a reset; then nothing was stepped.
SW_API sw_status sw_client_send_step(sw_client *client, const void *const *actions);

// Waits for the reply to the last send, repeating it and pinging as needed. On an error reply of
// the server the session is as it was, but for SW_SESSION_LOST and SW_ENVIRONMENT, which end it.
// SW_INTERRUPTED when a signal came and no reply yet: call again to go on waiting.
SW_API sw_status sw_client_recv(sw_client *client, const sw_batch **batch);


// ---- states and pictures ------------------------------------------------------------------------
//
// These wait for their answer as sw_client_recv() does, but signals do not interrupt them; nothing
// may be waiting to be received. `rows` [row_count] are strictly ascending; row_count 0: all rows.
// An error of the server leaves the session as it was; besides those named, SW_TOO_LARGE if the
// reply would be larger than both sides accept, SW_CAPACITY if the server has no memory for it now,
// SW_ENVIRONMENT if the environment fails.

// Saves the state of rows. `format`: NULL or "" for the task's own, in which a row goes on from
// there bit for bit, on any server of the same build; others begin an episode when they are
// loaded. *states is the client's, valid until its next call. SW_NOT_FOUND listing the formats,
// SW_FAILED_PRECONDITION naming the rows that had no reset yet, or none since they were faulty,
// SW_UNIMPLEMENTED for a task without states (see supports_state).
SW_API sw_status sw_client_get_state(sw_client *client, const uint32_t *rows, int row_count,
                                     const char *format, const sw_states **states);

// Puts rows into saved states; they need no reset before. `states` may be those of the same
// client. *batch has the rows asked for, with the observations they were saved with; flags are 0,
// or those of its end in a row that was over. In another format than the task's own a row begins an
// episode: SW_FIRST. SW_INVALID_ARGUMENT naming the row whose state is malformed, damaged, or of
// another task or other settings: then every row is as it was.
SW_API sw_status sw_client_set_state(sw_client *client, const uint32_t *rows, int row_count,
                                     const sw_states *states, const sw_batch **batch);

// Draws a row. *image is the client's, valid until its next call. SW_NOT_FOUND listing the cameras,
// SW_FAILED_PRECONDITION as for states, SW_UNIMPLEMENTED for a task without pictures (see
// supports_render), SW_INVALID_ARGUMENT for more than 4096 pixels in width or height.
SW_API sw_status sw_client_render(sw_client *client, int row, const sw_view *view,
                                  const sw_image **image);


// ---- the end ------------------------------------------------------------------------------------

// Closes the session and the connection; waits at most 1 s for the server to hear of it, else the
// session ends with its lease. Whatever the client owned is gone. NULL is allowed.
SW_API void sw_client_close(sw_client *client);

#ifdef __cplusplus
}
#endif

#endif
