// row.h -- what is reported of a training at the end of an iteration.
#ifndef REPORT_ROW_H
#define REPORT_ROW_H

#include <stdint.h>

typedef struct report_row {
    int64_t steps;        // transitions so far
    int64_t episodes;     // that ended so far
    double wall_s;        // seconds since training began
    double return_mean;   // of the last 100 episodes; NaN before the first has ended
    double length_mean;   // likewise, in steps
    const double *stats;  // the algorithm's own, as many as it has names for
} report_row;

// Steps per second since training began; 0 at its very beginning.
static inline double report_sps(const report_row *row)
{
    return row->wall_s > 0 ? (double) row->steps / row->wall_s : 0;
}

#endif
