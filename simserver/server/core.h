// core.h -- the server as a state machine: no threads, sockets, clock or entropy of its own.
//
// Whoever drives it brings messages, tells the time, and does what it asks for:
//
//     server_request(), server_row_done() or server_tick(), and after each of them
//     while server_next_reply():  send the bytes to the peer
//     while server_next_job():    run its rows (step.h), on any threads, in any order, and
//                                 report each with server_row_done()
//
// server.c does so with a socket and workers; tests and fuzzers do it in place.
#ifndef SERVER_CORE_H
#define SERVER_CORE_H

#include <stepwire/server.h>

#include "log.h"
#include "session.h"

enum {
    SERVER_MAJOR = 1,
    SERVER_MINOR = 0,
    SERVER_MAX_TASKS = 256,
    SERVER_TICK_MS = 1000  // most lease time that one tick adds; tick at least as often
};

typedef struct server_config {
    sw_limits limits;
    const char *name;                   // of the server, for Welcome
    uint64_t (*random)(void *context);  // 64 bits that nobody can guess
    void *context;
    sw_log log;
} server_config;

typedef struct server_reply {
    server_peer peer;
    const void *bytes;  // [size] valid until the next call to the core...
    size_t size;
    loan *loan;  // ...or, if they stand in one, as long as that is held. NULL: they do not
} server_reply;

typedef struct server {
    server_config config;
    uint64_t incarnation;
    const sw_env_class *tasks[SERVER_MAX_TASKS];
    int task_count;

    session **sessions;  // [limits.max_sessions], the first session_count are there, lost ones
    int session_count;   //   whose environments are still being closed included
    int env_count;       // in all of them

    int64_t ticked;       // when, ms
    int64_t lease_clock;  // ms of lease time that have passed

    lender lender;  // of memory for pictures and states
    arena parsed;   // the message at hand, which leaves the reply its room however large it is
    arena scratch;  // the reply, and what it needs besides
    server_reply reply;
    bool has_reply;
    bool draining;  // opens no more sessions
    session *first_job, *last_job;
} server;

// `config` is copied, but not its name. SW_NO_MEMORY, or SW_INVALID_ARGUMENT naming the limit that
// is not positive: then nothing needs freeing.
sw_status server_init(server *s, const server_config *config, int64_t now);

// Closes every environment in place and frees everything. No job may be running: while one that was
// given up is still out, leave the server as it is and end the process.
void server_free(server *s);

// See sw_server_add().
sw_status server_add(server *s, const sw_env_class *task);

// One message from `peer`. `now` is in ms and never goes back.
void server_request(server *s, const server_peer *peer, const void *bytes, size_t size,
                    int64_t now);

// Row `row` of the session's job has been run. With the last one the job is finished: its reply
// is made, and the session may be gone.
void server_row_done(server *s, session *x, int row, int64_t now);

// Time has passed: sessions whose lease has run out are closed. To be called only when no message
// is waiting, so that a server that was itself stopped loses no session.
void server_tick(server *s, int64_t now);

// From now on an Open of a new session is answered DRAINING, whatever else is wrong with it, and
// Pong says so. Everything else, the joining of a session by its token included, is as before.
void server_drain(server *s);

// Row `row` of the session's running job is stuck: whoever asked for the job is answered
// SESSION_LOST, in a text that names task, row and the seconds since the job began, and no request
// finds the session from now on. Its memory stays, and counts, until server_row_done() has been
// called for every row of the job; then its environments are closed. Nothing happens if it was
// given up before.
void server_give_up(server *s, session *x, int row, int64_t now);

// Takes the next reply, which must happen before the next call above. False if there is none.
bool server_next_reply(server *s, server_reply *reply);

// Takes the next session whose job is to be run; NULL if there is none.
session *server_next_job(server *s);

// ---- for the core's own files ------------------------------------------------------------------

// The session with that id, or opened with that token, of the peer's key; NULL if there is none, or
// no longer. One of another key is not found, in the same way and in the same time.
session *server_find_session(const server *s, const server_peer *peer, uint64_t id);
session *server_find_token(const server *s, const server_peer *peer, uint64_t token);

// Counts a new session; its first job is JOB_OPEN.
void server_add_session(server *s, session *x, int64_t now);

// Gives the session its next job. The reply will go to x->asker; its rows stand in the row list, if
// it is of the kinds that have one (session_job_has_list()).
void server_start_job(server *s, session *x, job_kind kind, int64_t now);

// An id that no session has.
uint64_t server_new_id(const server *s);

// True if no request finds the session any more, by id or by token: it is lost or was given up.
bool server_is_hidden(const session *x);

// Hides an idle session and has its environments closed.
void server_lose(server *s, session *x, int64_t now);

// Frees a session whose environments are closed.
void server_remove_session(server *s, session *x);

// The lease starts anew.
void server_renew(const server *s, session *x);

#endif
