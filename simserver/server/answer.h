// answer.h -- builds, packs and keeps replies.
//
// Each makes one reply, for server_next_reply() to take, in the scratch memory of the server. Those
// that take a session whose number is being answered also use that number and keep the reply.
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include "core.h"
#include "stepwire.pb-c.h"

// What a failure does not say in its status and text.
typedef struct answer_fault {
    char field[32];        // of the request; empty: none
    const uint32_t *rows;  // [row_count] at fault, in the server's scratch memory, or...
    size_t row_count;
    uint32_t row;  // ...here, if it is one
} answer_fault;

// An Error outside any number. The text is sw_last_error(); codes that are local to a process are
// sent as CAPACITY (no memory) or INTERNAL. `fault` may be NULL.
void answer_error(server *s, const server_asker *to, sw_status status, const answer_fault *fault);

// Any other reply outside a number; `reply` has its result set.
void answer(server *s, const server_asker *to, Stepwire__Reply *reply);

// The reply to the number after the last one of the session, which is used by it and kept; what the
// job had on loan is given back.
void answer_session_error(server *s, session *x, sw_status status, const answer_fault *fault);
void answer_reset(server *s, session *x);
void answer_step(server *s, session *x);
void answer_render(server *s, session *x);
void answer_get_state(server *s, session *x);
void answer_set_state(server *s, session *x);

// The kept reply once more.
void answer_again(server *s, const session *x, const server_peer *peer);

// To Open: the session as opened.
void answer_opened(server *s, const session *x, const server_asker *to);

// To Resume: the session as it is.
void answer_resumed(server *s, const session *x, const server_asker *to);

// To Describe: a spec with its settings' defaults.
void answer_description(server *s, const server_asker *to, const sw_spec *spec);

// To Hello and Close.
void answer_welcome(server *s, const server_asker *to);
void answer_closed(server *s, const server_asker *to);

// ---- for the files that answer -----------------------------------------------------------------

// Uses the next number of the session and keeps `reply`, whose result is set, as its reply.
void answer_keep(server *s, session *x, Stepwire__Reply *reply);

// Likewise, of a result whose last fields, `size` bytes, were packed by the rows of the job (see
// session_reply_rest()); `part` has the others.
void answer_keep_large(server *s, session *x, Stepwire__Reply__ResultCase result,
                       const ProtobufCMessage *part, size_t size);

// The session's spec as the client will see it: dtypes of the wire. SW_NO_MEMORY.
sw_status answer_pack_spec(server *s, const session *x, Stepwire__Spec **out);

#endif
