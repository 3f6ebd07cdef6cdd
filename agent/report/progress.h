// progress.h -- one line that says how a training is doing.
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "row.h"

// On a terminal the line is rewritten in place, elsewhere a new one appears every few seconds.
typedef struct progress {
    FILE *out;      // NULL: nothing is shown
    bool terminal;  // `out` is one
    int64_t total;  // transitions to do
    double shown;   // wall_s of the last line
    int64_t steps;  // likewise
} progress;

// `out` may be NULL. Shows nothing yet.
void progress_init(progress *p, FILE *out, int64_t total);

// Shows steps, share done, steps per second, mean return of the last 100 episodes and the time
// left, unless it did so a moment ago.
void progress_show(progress *p, const report_row *row);

// Shows the last line whatever the time, unless it stands there, and leaves it.
void progress_finish(progress *p, const report_row *row);

#endif
