// recovery.h -- a group's session is lost and another one takes its place.
#ifndef CLIENT_RECOVERY_H
#define CLIENT_RECOVERY_H

#include "group.h"

// The session has failed with `st`, as sw_last_error() explains: it is given up, and the group has
// none, in whichever stage it is.
void recovery_lose(pool_group *g, sw_status st);

// What becomes of a group whose session is lost while something is outstanding: GROUP_ENDED or
// GROUP_REOPENING.
group_stage recovery_stage(const pool_group *g);

// The session has failed with `st`, as sw_last_error() explains: it is given up, and the group
// becomes GROUP_ENDED or GROUP_REOPENING. An error only if it was the second one in a row whose
// reset failed.
sw_status recovery_begin(pool_group *g, sw_status st);

// Does the next thing for a group that is GROUP_REOPENING; never waits. It becomes GROUP_RESETTING
// with its new session. SW_UNAVAILABLE, or why the session was lost, if the pool has no patience
// left: then it begins anew.
sw_status recovery_advance(pool_group *g);

#endif
