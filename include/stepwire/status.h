// stepwire/status.h -- how every fallible function reports failure, and where log lines go.
//
// A function that can fail returns sw_status; results leave through the last pointers, written
// only on SW_OK. The code says what kind of failure it was (branch on it); sw_last_error() says
// which file, field, row or peer (show it to a person).
//
// Programming errors (a NULL pool, an action array that is missing) are assert()s, not codes.
#ifndef STEPWIRE_STATUS_H
#define STEPWIRE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

// Marks what the shared library exports; everything else in it is hidden.
#define SW_API __attribute__((visibility("default")))

// One row per code: name, number, text. Numbers below 32 are the protocol's error codes and never
// change; the others are local and never sent. The enum, sw_status_text(), sw_status_name() and the
// tests are generated from this table.
#define SW_STATUS_MAP(X)                                                                           \
    X(SW_OK, 0, "success")                                                                         \
    X(SW_INVALID_ARGUMENT, 1, "a value is malformed or out of range")                              \
    X(SW_NOT_FOUND, 2, "no such thing")                                                            \
    X(SW_FAILED_PRECONDITION, 3, "not allowed in this state")                                      \
    X(SW_CAPACITY, 4, "the server is full")                                                        \
    X(SW_TOO_LARGE, 5, "larger than the other side accepts")                                       \
    X(SW_STALE, 6, "the request number was answered long ago")                                     \
    X(SW_OUT_OF_ORDER, 7, "the request number skips ahead")                                        \
    X(SW_SESSION_LOST, 8, "no such session, or not yours")                                         \
    X(SW_ENVIRONMENT, 9, "the environment failed")                                                 \
    X(SW_UNIMPLEMENTED, 10, "not offered by this server")                                          \
    X(SW_VERSION, 11, "protocol versions do not match")                                            \
    X(SW_DRAINING, 12, "the server is shutting down")                                              \
    X(SW_INTERNAL, 13, "a defect of the server")                                                   \
    X(SW_NO_MEMORY, 32, "out of memory")                                                           \
    X(SW_IO, 33, "file or socket error")                                                           \
    X(SW_UNAVAILABLE, 34, "the server cannot be reached")                                          \
    X(SW_PROTOCOL, 35, "the peer broke the protocol")                                              \
    X(SW_INTERRUPTED, 36, "interrupted")

typedef enum sw_status {
#define X(name, number, text) name = number,
    SW_STATUS_MAP(X)
#undef X
} sw_status;

// A fixed English description of `status`; never NULL, never freed.
SW_API const char *sw_status_text(sw_status status);

// The code's name without its prefix, e.g. "INVALID_ARGUMENT"; "UNKNOWN" for a number not listed.
SW_API const char *sw_status_name(sw_status status);

// Details of the last failure on this thread ("Hopper-v5: setting 'healthy_reward' is not a
// number"), or "". Valid until the next failure on this thread.
SW_API const char *sw_last_error(void);

// Records the text of a failure for sw_last_error() and returns `status`, so that a failing line
// reads `return sw_fail(SW_NOT_FOUND, "no task '%s'", id);`. Texts over 500 bytes are cut.
// `status` must not be SW_OK.
SW_API sw_status sw_fail(sw_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


// ---- log lines ------------------------------------------------------------------------------

typedef enum sw_log_level { SW_LOG_DEBUG, SW_LOG_INFO, SW_LOG_WARNING, SW_LOG_ERROR } sw_log_level;

// Where a library part writes what it has to say: `write` gets one line without its newline, from
// any thread, and must not call back into the library. NULL (the default): silence.
typedef struct sw_log {
    void (*write)(void *context, sw_log_level level, const char *line);
    void *context;
} sw_log;

#ifdef __cplusplus
}
#endif

#endif
