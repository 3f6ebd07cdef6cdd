// record.h -- the directory a training leaves behind:
//
//     config.yaml      everything it takes to repeat the run
//     progress.csv     a line per iteration
//     evaluations.csv  a line per evaluation, if there are any
//     checkpoints/     the state of everything (shelf.h): every RECORD_SAVE_S, or as often as the
//                      config says; at the best evaluation, the newer of equals; at the end
//     summary.json     at the end
#ifndef RUN_RECORD_H
#define RUN_RECORD_H

#include <stepwire/pool.h>

#include "config.h"
#include "csv.h"
#include "exam.h"
#include "file.h"
#include "progress.h"
#include "shelf.h"

enum { RECORD_SAVE_S = 60 };  // seconds between checkpoints

typedef struct record_options {
    const char *directory;  // must not exist; what stands above it is made if it does not
    const config *config;
    algo *algo;           // opened for config
    const sw_pool *pool;  // whose losses the summary counts
    FILE *progress;       // where the progress line goes; NULL: nowhere
    exam_options exam;    // its every, path, class and algo are not read
    const char *blas_core;
    const char *const *servers;  // [server_count] endpoints
    int server_count;
} record_options;

typedef struct record {
    record_options options;
    csv csv;
    progress progress;
    exam exam;
    report_row last;      // its stats are gone
    double return_best;   // highest return_mean of any row; NaN before there is one
    double saved_s;       // wall_s of the last checkpoint
    int64_t saved_steps;  // its steps; -1: there is none
    char *config;         // text
    char csv_path[FILE_MAX_PATH + 1];
    char checkpoints_path[FILE_MAX_PATH + 1];
    char evaluations_path[FILE_MAX_PATH + 1];
    char summary_path[FILE_MAX_PATH + 1];
} record;

// Makes the directory, with config.yaml and the head of progress.csv. Keeps the options: what they
// point to outlives the record. SW_FAILED_PRECONDITION if the directory exists; SW_IO.
sw_status record_open(record *r, const record_options *options);

// Takes a row; a train_options.report, `context` is the record. SW_IO: then earlier files are
// intact; errors of exam_take().
sw_status record_row(void *context, const report_row *row);

// Evaluates what training ended with, if evaluations are wanted. Errors of record_row().
sw_status record_last_exam(record *r);

// Writes the last checkpoint, unless it is there, and summary.json. SW_IO.
sw_status record_finish(record *r);

// A zeroed record is allowed.
void record_close(record *r);

#endif
