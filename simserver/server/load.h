// load.h -- checks what a request asks for, and only then loads it into a session.
//
// Each leaves the session untouched on failure and says in *fault which field and rows are meant.
#ifndef SERVER_LOAD_H
#define SERVER_LOAD_H

#include "answer.h"

// What an Open asks for: fills the "as opened" part of *draft, whose `values` [SW_MAX_SETTINGS] the
// caller gives. draft->spec is the caller's to free. SW_INVALID_ARGUMENT, SW_NOT_FOUND saying
// what to use instead, SW_CAPACITY, SW_TOO_LARGE naming the limit.
sw_status load_open(const server *s, const Stepwire__Open *open, session *draft,
                    answer_fault *fault);

// What a Describe asks for; *spec is the caller's to free.
sw_status load_describe(const server *s, const Stepwire__Describe *describe, sw_spec *spec,
                        answer_fault *fault);

// Sets streams, episode numbers and seeds of the rows listed, and the session's row list.
sw_status load_reset(session *x, const Stepwire__Reset *reset, answer_fault *fault);

// Converts the actions into the rows' memory. SW_FAILED_PRECONDITION naming the rows that were
// never reset or, in SW_DISABLED, that ended.
sw_status load_step(server *s, session *x, const Stepwire__Step *step, answer_fault *fault);

// Sets what the jobs JOB_RENDER, JOB_SAVE and JOB_LOAD need, and the session's row list. The states
// to be loaded stand in x->work. SW_UNIMPLEMENTED for a task without pictures or states;
// SW_NOT_FOUND listing the formats; SW_FAILED_PRECONDITION naming the rows that have no state;
// SW_TOO_LARGE and SW_CAPACITY (loan.h).
sw_status load_render(server *s, session *x, const Stepwire__Render *asked, answer_fault *fault);
sw_status load_get_state(server *s, session *x, const Stepwire__GetState *asked,
                         answer_fault *fault);
sw_status load_set_state(server *s, session *x, const Stepwire__SetState *asked,
                         answer_fault *fault);

// ---- for the files that load -------------------------------------------------------------------

// The request's field at fault, and the one row.
void load_blame(answer_fault *fault, const char *field);
void load_blame_row(answer_fault *fault, const char *field, uint32_t row);

// Sets the session's row list: rows [count], or all if there are none. SW_INVALID_ARGUMENT if they
// are not strictly ascending rows of the session.
sw_status load_rows(session *x, const uint32_t *rows, size_t count, answer_fault *fault);

// SW_FAILED_PRECONDITION naming the rows in the row list that were never reset or are faulty.
sw_status load_check_usable(server *s, const session *x, answer_fault *fault);

// Memory for a reply of at most `size` bytes, see session_reply_rest(). SW_TOO_LARGE, because of
// `field`, if one side does not accept so many; SW_CAPACITY.
sw_status load_reply_room(server *s, session *x, size_t size, const char *field,
                          answer_fault *fault);

#endif
