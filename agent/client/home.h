// home.h -- a group moves to the server where it should be, between two steps and with its state:
// back to its home when that answers again, away from a server that will end soon.
//
// A move changes no bit of what the group sees. Tasks without states stay where they are until
// their session is lost.
#ifndef CLIENT_HOME_H
#define CLIENT_HOME_H

#include "group.h"

// To be called before every send, with nothing outstanding. Opens a session elsewhere, over several
// calls, and moves once it is there; waits only for that last part. If anything fails the group
// stays, and tries again later. An error means that its session was lost meanwhile.
sw_status home_visit(pool_group *g);

#endif
