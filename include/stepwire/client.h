// stepwire/client.h -- one session on one server.
//
// Requests are numbered, and repeated until they are answered: each happens exactly once, through
// lost messages and reconnects. Life of a client:
//
//    connect --> [connected] --open--> [open] --send_reset/send_step--> [waiting] --recv--> [open]
//
// A client belongs to one thread at a time; a small thread of its own keeps the session's lease.
// Most learners want pool.h instead.
#ifndef STEPWIRE_CLIENT_H
#define STEPWIRE_CLIENT_H

#include <stepwire/spec.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sw_client sw_client;

typedef struct sw_client_options {
    const char *endpoint;    // ZeroMQ endpoint of the server, e.g. "tcp://sim1:5555"
    int first_attempt_ms;    // a reply is late after this long; doubles with each attempt...
    int longest_attempt_ms;  // ...up to this
    int refused_ms;          // give up when connecting has been refused for so long
    double lease;            // seconds the server keeps the session while we are silent; also how
                             // long we wait for a server that says nothing at all
    size_t max_message;      // largest reply accepted, bytes
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

// What came back for the rows of a session: row i of every array is row i of the session.
// Owned by the client, valid until its next send.
typedef struct sw_batch {
    int rows;
    const void *const *observations;  // [observation_count], each [rows, shape...]
    const double *rewards;            // [rows]; 0 after a reset
    const uint8_t *flags;             // [rows] of sw_flag
    const double *infos;              // [rows, info_count]; NULL unless asked for
    const uint64_t *seeds;            // [rows] seed of the episode that began; 0 where none did
    // What ended in this step (SAME_STEP only; elsewhere it stands in the arrays above).
    const int *final_index;                 // [rows] where the row's final values are; -1: none
    const void *const *final_observations;  // [observation_count], each [final_count, shape...]
    const double *final_infos;              // [final_count, info_count]; NULL unless asked for
    int final_count;
} sw_batch;

// Connects and says Hello. SW_UNAVAILABLE naming the endpoint and how long was tried; SW_VERSION
// with both versions.
SW_API sw_status sw_client_connect(const sw_client_options *options, sw_client **client);

// The task ids the server offers: an array of `*count` names, owned by the client.
SW_API const char *const *sw_client_tasks(const sw_client *client, int *count);

// Asks for a task's spec under settings [count]; *spec is the caller's to free with sw_spec_free().
// SW_NOT_FOUND listing what there is; SW_INVALID_ARGUMENT naming the setting and its range.
SW_API sw_status sw_client_describe(sw_client *client, const char *env_id,
                                    const sw_assignment *settings, int count, sw_spec *spec);

// Opens the session; once per client. Errors as describe, and SW_CAPACITY, SW_TOO_LARGE.
SW_API sw_status sw_client_open(sw_client *client, const sw_session_options *options);

// The spec as opened: dtypes and time limit are those of this session.
SW_API const sw_spec *sw_client_spec(const sw_client *client);

// Starts a new episode in every row; the reply comes from sw_client_recv(). `seeds` [rows], or
// NULL: each row goes on with its own stream.
SW_API sw_status sw_client_send_reset(sw_client *client, const uint64_t *seeds);

// Sends actions [action_count], each [rows, shape...] in the dtypes of the spec.
SW_API sw_status sw_client_send_step(sw_client *client, const void *const *actions);

// Waits for the reply to the last send, repeating it and pinging as needed. On an error reply of
// the server the session is as it was, but for SW_SESSION_LOST and SW_ENVIRONMENT, which end it.
// SW_UNAVAILABLE when the server is given up; SW_INTERRUPTED when a signal came and no reply yet:
// call again to go on waiting.
SW_API sw_status sw_client_recv(sw_client *client, const sw_batch **batch);

// Closes the session and the connection. NULL is allowed.
SW_API void sw_client_close(sw_client *client);

#ifdef __cplusplus
}
#endif

#endif
