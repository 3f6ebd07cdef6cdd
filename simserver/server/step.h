// step.h -- what is run for the rows of a session: the only caller of an environment's functions,
// but for state_size.
#ifndef SERVER_STEP_H
#define SERVER_STEP_H

#include "log.h"
#include "session.h"

// Runs rows first ... first + count - 1 of the session's job: steps them, say, ends and begins
// their episodes, and writes what the reply needs. Touches nothing of other rows, so that distinct
// rows may be run on distinct threads, in any order and any division, with the same result.
//
// What can go wrong stands in the rows afterwards: FAULTY in their flags, or `status` and
// `failure`.
void step_rows(session *x, int first, int count, const sw_log *log);

#endif
