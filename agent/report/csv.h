// csv.h -- progress.csv: one line per iteration, so that a run can be drawn and compared; and other
// files of that form.
//
// Numbers are written with as many digits as it takes to read the same double back; a missing
// value is `nan`. All columns but wall_s and sps are the same for every run of the same config.
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include <stdio.h>

#include <stepwire/status.h>

#include "row.h"

typedef struct csv {
    FILE *file;
    const char *path;
    int count;  // of the stats, or of the numbers
} csv;

// Creates the file and writes the line of names: steps, episodes, wall_s, sps, return_mean,
// length_mean, then stat_names [stat_count]. `path` must outlive the csv. SW_IO naming the path.
sw_status csv_open(csv *c, const char *path, const char *const *stat_names, int stat_count);

// Appends a line; it is in the file when this returns. SW_IO naming the path.
sw_status csv_write(csv *c, const report_row *row);

// The same for lines of nothing but numbers, whose names [count] are the first line.
sw_status csv_open_numbers(csv *c, const char *path, const char *const *names, int count);

// `numbers` [count].
sw_status csv_write_numbers(csv *c, const double *numbers);

// Goes on with a file of either kind behind the line of `steps`, its first column; 0: before there
// was any. What follows is cut off. *last is that line as a row of csv_write() without stats.
// SW_FAILED_PRECONDITION if there is no such line, SW_IO, naming the path: then it is as it was.
sw_status csv_reopen(csv *c, const char *path, int count, int64_t steps, report_row *last);

// Has the system write what was appended to the disk. SW_IO naming the path.
sw_status csv_sync(csv *c);

// A zeroed csv is allowed.
void csv_close(csv *c);

#endif
