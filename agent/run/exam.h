// exam.h -- evaluations of a policy while it learns, for evaluations.csv and the best checkpoint.
//
// An exam is EVAL_EPISODES episodes, seed EVAL_SEED, of the most likely actions, in environments of
// its own: training does not notice, and `eval` of a checkpoint made then gives the same numbers.
// One that lost episodes, with a server that died, is taken again, EXAM_TRIES times in all; if the
// last has lost some, too, it stands as it is, but is never the best.
#ifndef RUN_EXAM_H
#define RUN_EXAM_H

#include <signal.h>

#include <stepwire/pool.h>

#include "algo.h"
#include "csv.h"
#include "tensors.h"

enum { EXAM_TRIES = 3 };

typedef struct exam_options {
    int64_t every;     // transitions from one to the next; 0: there are none, and nothing is opened
    const char *path;  // of evaluations.csv; outlives the exam
    const algo_class *class;
    algo *algo;

    // Opens a pool as eval_options wants it, for one try, which closes it. So every exam is of the
    // same episodes, whichever came before.
    sw_status (*open_pool)(void *context, sw_pool **pool);
    void *context;
    const volatile sig_atomic_t *interrupts;  // 1: no more exams. NULL: never
} exam_options;

typedef struct exam {
    exam_options options;
    csv csv;
    int64_t steps;  // at the last one; 0: there was none
    double best;    // highest mean of any that lost nothing; NaN before there is one
} exam;

// There was no exam yet.
void exam_init(exam *e, const exam_options *options);

// Begins evaluations.csv: a line per exam of steps, episodes, mean, iqm, std, length (eval.h).
// SW_IO naming the path; then nothing needs closing.
sw_status exam_open(exam *e);

// Goes on with evaluations.csv behind the line of run.exam.steps: exams after that are taken again.
// Errors of csv_reopen().
sw_status exam_reopen(exam *e);

// Shows run.exam.steps, .best.
sw_status exam_tensors(exam *e, const tensor_visitor *to);

// Whether a multiple of `every` has been passed since the last one.
bool exam_is_due(const exam *e, int64_t steps);

// Whether there has been one after so many transitions, if there are any at all.
bool exam_is_taken(const exam *e, int64_t steps);

// Evaluates the policy as it is and appends a line; *is_best: none was better so far. Nothing
// happens if there was one in this state already, or whoever trains is interrupted. Errors of
// open_pool, eval_run() and csv_write_numbers(); SW_INTERRUPTED after the second interrupt.
sw_status exam_take(exam *e, int64_t steps, bool *is_best);

// A zeroed exam is allowed.
void exam_close(exam *e);

#endif
