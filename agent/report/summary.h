// summary.h -- summary.json: a run in one object.
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include <stdbool.h>

#include "row.h"

// What a summary says besides the last row.
typedef struct summary {
    const char *env;
    const char *algo;
    int64_t seed;
    double return_best;  // highest return_mean of any row; NaN if no episode ended
    const char *blas_core;
    const char *const *servers;  // [server_count] endpoints
    int server_count;
    int64_t sessions_lost;  // because of servers
    int64_t faulty_rows;    // transitions that did not happen because of that
    int64_t moves;          // of sessions between servers
    bool complete;          // nothing is left to do
} summary;

// {env, algo, seed, steps, episodes, wall_s, sps, return_last100, return_best, blas_core, servers,
// sessions_lost, faulty_rows, moves, complete, version} as text; what is not a number is null. The
// caller's to free(); NULL if there is no memory.
char *summary_text(const summary *s, const report_row *last);

#endif
