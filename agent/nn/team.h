// team.h -- a few threads that share the parts of a job.
//
// A job is cut into parts by whoever gives it; threads only decide who computes a part, so results
// do not depend on how many there are. Made for jobs of some microseconds that follow each other
// closely: between them a thread first spins, and sleeps only after a while. A team finds out by
// itself whether its threads are faster together or the caller's alone, and does that.
#ifndef NN_TEAM_H
#define NN_TEAM_H

#include <stepwire/status.h>

typedef struct team team;

// Computes one part of a job. Called on any thread of the team, for several parts at once.
typedef void (*team_job)(void *context, int part);

// A team of `threads` >= 1, the caller's thread being one of them. SW_NO_MEMORY if a thread cannot
// be started; then nothing needs closing.
sw_status team_new(int threads, team **t);

// Calls job(context, part) for part 0 .. parts - 1 and returns when all are done. Always called on
// the same thread.
void team_run(team *t, team_job job, void *context, int parts);

// Ends the threads. NULL is allowed.
void team_close(team *t);

#endif
