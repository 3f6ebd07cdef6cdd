// session.h -- a client from inside, and what a pool needs of it beside stepwire/client.h.
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include <stdint.h>

#include <stepwire/client.h>

#include "assign.h"
#include "batch.h"
#include "channel.h"
#include "keeper.h"

enum { SESSION_CLOSE_MS = 1000 };  // how long closing waits for its server, all in all

struct sw_client {
    keeper *keeper;
    bool owns_keeper;
    sw_client_options options;
    channel *channel;

    uint64_t welcomed_by;  // the server's incarnation whose Welcome we have
    char **tasks;          // [task_count] what it offers
    int task_count;
    uint32_t max_rows;  // that it takes in a session, as Welcome says; 0: any number

    uint64_t session;  // 0: not open
    sw_spec spec;      // as opened
    batch_reader reader;
    sw_status ended;  // why the session is no more; SW_OK: it is

    // What the last get_state and render gave; the bytes stand in the reply.
    sw_states saved;
    const void **state_bytes;  // [rows] of the session; NULL before the first
    size_t *state_sizes;       // likewise
    sw_image image;
};

// Begins to connect, in the background: of sw_client_connect() what does not wait. The keeper is
// shared by many clients and outlives them.
sw_status client_new(keeper *k, const sw_client_options *options, sw_client **client);

// What a client says outside a session, and how it takes the replies; see opening.h. Whether it has
// said Hello to the server as it runs now:
bool client_is_welcome(const sw_client *client);
sw_status client_send_hello(sw_client *client);
sw_status client_take_welcome(sw_client *client, const Stepwire__Reply *reply);

// `settings` may be NULL: none. *spec is the caller's to free with sw_spec_free().
sw_status client_send_describe(sw_client *client, const char *env_id, const assigned *settings);
sw_status client_take_description(sw_client *client, const Stepwire__Reply *reply, sw_spec *spec);

// sw_client_recv() that never waits: *batch is NULL while there is none.
sw_status session_advance(sw_client *client, const sw_batch **batch);

// What to wait for until session_advance() has something to do: sockets [2], of which the second
// may be NULL, and the longest time, in ms.
int session_waits_for(const sw_client *client, void **sockets);

// Closes the session, if there is one or an Open on its way may become one, but gives up at
// `deadline_ms` of clock_ms(): then it lives until its lease ends. The client is connected as
// before open. sw_last_error() stays.
void session_leave(sw_client *client, int64_t deadline_ms);

// sw_client_close() that leaves like that. NULL is allowed.
void session_close(sw_client *client, int64_t deadline_ms);

// ---- for the client's own files -----------------------------------------------------------------

// Says Hello and waits, unless the server is known as it runs now.
sw_status client_greet(sw_client *c);

// The client has a session from now on, with its lease in seconds and the number of its last call:
// session_leave() closes it.
void session_enter(sw_client *c, uint64_t session, double lease, uint64_t seq);

// Takes in the spec and gets ready for batches; rows, autoreset and info of `options` count. On
// failure session_forget() frees what there is.
sw_status session_prepare(sw_client *c, const Stepwire__Spec *spec,
                          const sw_session_options *options);

// Frees what belongs to the session; the client has none then. The server is told nothing.
void session_forget(sw_client *c);

// Begins a call inside the session, unless that has ended.
sw_status session_send(sw_client *c, Stepwire__Request *request,
                       Stepwire__Reply__ResultCase expected);

// Ends the session if `st`, the outcome of a call, does. Returns `st`.
sw_status session_conclude(sw_client *c, sw_status st);

#endif
