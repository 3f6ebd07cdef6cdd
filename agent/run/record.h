// record.h -- the directory a training leaves behind:
//
//     config.yaml      everything it takes to repeat the run
//     progress.csv     a line per iteration
//     evaluations.csv  a line per evaluation, if there are any
//     checkpoints/     the state of everything (shelf.h): at once, then every RECORD_SAVE_S or as
//                      often as the config says; at the best evaluation, the newer of equals; at
//                      the end
//     summary.json     at the end
//
// While it trains a process has the directory for itself (file_lock()).
#ifndef RUN_RECORD_H
#define RUN_RECORD_H

#include <stepwire/pool.h>

#include "config.h"
#include "csv.h"
#include "exam.h"
#include "file.h"
#include "progress.h"
#include "shelf.h"
#include "train.h"

enum { RECORD_SAVE_S = 60 };  // seconds between checkpoints

typedef struct record_options {
    const char *directory;
    const config *config;
    algo *algo;           // opened for config
    driver *driver;       // of this training
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
    report_row last;        // its stats are gone
    double return_best;     // highest return_mean of any row; NaN before there is one
    sw_pool_counts lost;    // in all of the run, when it was last saved
    sw_pool_counts before;  // before this process
    double saved_s;         // clock_seconds() of the last checkpoint
    int64_t saved_steps;    // its steps; -1: there is none
    int64_t saved_exam;     // the steps of the last exam it knows of
    bool is_best;           // the next checkpoint is the best
    bool failed;            // a checkpoint could not be written
    int lock;               // a descriptor, if record_begin() made the directory; else 0
    char *config;           // text
    char config_path[FILE_MAX_PATH + 1];
    char csv_path[FILE_MAX_PATH + 1];
    char checkpoints_path[FILE_MAX_PATH + 1];
    char evaluations_path[FILE_MAX_PATH + 1];
    char summary_path[FILE_MAX_PATH + 1];
} record;

// Prepares a record, and touches nothing. Keeps the options: what they point to outlives the
// record. SW_INVALID_ARGUMENT if the directory's name is too long. After an error as after the end:
// record_close().
sw_status record_init(record *r, const record_options *options);

// Makes the directory and whatever is missing above it, with config.yaml and the heads of the
// tables. SW_FAILED_PRECONDITION if the directory exists; SW_IO.
sw_status record_begin(record *r);

// Goes on with a directory instead, which the caller has locked before it opened the checkpoint:
// loads algorithm, driver and record from that. Nothing is written. Errors of checkpoint_read().
sw_status record_load(record *r, checkpoint *from);

// After that, with all ready to train: cuts the tables back to the line of the checkpoint, and
// removes summary.json. Then r->last has what was reported last. An exam that an interrupt had
// prevented is taken now. Errors of csv_reopen() and record_last_exam(); SW_IO.
sw_status record_go_on(record *r);

// Takes a row; a train_options.report, `context` is the record. SW_IO: then earlier files are
// intact; errors of exam_take().
sw_status record_row(void *context, const report_row *row);

// Whether a checkpoint should be written now, and that; train_options.is_due and .save. SW_IO
// naming the file and another checkpoint that is whole.
bool record_is_due(void *context);
sw_status record_save(void *context);

// Evaluates what training ended with, if evaluations are wanted. Errors of record_row().
sw_status record_last_exam(record *r);

// Writes the last checkpoint, unless it is there, and summary.json. SW_IO.
sw_status record_finish(record *r);

// A zeroed record is allowed.
void record_close(record *r);

#endif
