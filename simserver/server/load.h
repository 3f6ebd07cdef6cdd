// load.h -- checks what a request asks for, and only then loads it into a session.
//
// Each leaves the session untouched on failure and says in *fault which field and rows are meant.
#ifndef SERVER_LOAD_H
#define SERVER_LOAD_H

#include "answer.h"

// What an Open asks for: fills the "as opened" part of *draft, whose `values` [SW_MAX_SETTINGS] the
// caller gives. draft->spec is the caller's to free. SW_INVALID_ARGUMENT, SW_NOT_FOUND listing the
// tasks, SW_CAPACITY, SW_TOO_LARGE naming the limit.
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

// For the other files that load: the request's field at fault.
void load_blame(answer_fault *fault, const char *field);

#endif
