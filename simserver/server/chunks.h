// chunks.h -- a session's job, cut into chunks of rows.
//
// Rows are cut so that a chunk takes a set time: long enough that taking one costs nothing beside
// it, short enough that the threads finish together and that the next session's rows need not wait
// long. What a row costs is measured.
//
// Whoever shares a job with others calls these under their lock.
#ifndef SERVER_CHUNKS_H
#define SERVER_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "session.h"

// Cuts the job of `x` for `threads` threads, each of which is to get as many chunks as the others;
// 0: into one chunk.
void chunks_cut(session *x, int threads);

// How many there are.
int chunks_count(const session *x);

// Takes one that nobody has taken, of which there must be one; returns how many rows it has and
// gives its first one. Looks from the part-th of `parts` equal parts of the job on: who always says
// the same finds rows that the cache of its core still has something of.
int chunks_take(session *x, int part, int parts, int *first);

bool chunks_all_taken(const session *x);

// The rows that nobody has taken will not be run.
void chunks_drop(session *x);

// A chunk of `count` rows was run in `ns`. True if that was the job's last.
bool chunks_finish(session *x, int count, int64_t ns);

// How long the job will take one thread, ns, as jobs of its kind did lately; 0: there were none.
double chunks_expected_ns(const session *x);

#endif
