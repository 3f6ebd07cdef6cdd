// exam.c -- see the header.
#include "exam.h"

#include <math.h>

#include "eval.h"

static const char *const names[] = {"steps", "episodes", "mean", "iqm", "std", "length"};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

void exam_init(exam *e, const exam_options *options)
{
    *e = (exam){.options = *options, .best = (double) NAN};
}

sw_status exam_open(exam *e)
{
    const exam_options *o = &e->options;
    return o->every > 0 ? csv_open_numbers(&e->csv, o->path, names, NAMES) : SW_OK;
}

sw_status exam_reopen(exam *e)
{
    const exam_options *o = &e->options;
    report_row last;
    if (e->steps == 0) {
        return exam_open(e);
    }
    return o->every > 0 ? csv_reopen(&e->csv, o->path, NAMES, e->steps, &last) : SW_OK;
}

sw_status exam_tensors(exam *e, const tensor_visitor *to)
{
    const algo_tensor parts[] = {{"run.exam.steps", ALGO_I64, 0, {0}, &e->steps, NULL},
                                 {"run.exam.best", ALGO_F64, 0, {0}, &e->best, NULL}};
    return tensors_list(to, parts, sizeof(parts) / sizeof(parts[0]));
}

bool exam_is_due(const exam *e, int64_t steps)
{
    const int64_t every = e->options.every;
    return every > 0 && steps / every > e->steps / every;
}

bool exam_is_taken(const exam *e, int64_t steps)
{
    return e->options.every == 0 || e->steps == steps;
}

static sw_status try_once(const exam *e, eval_result *result)
{
    const exam_options *o = &e->options;
    sw_pool *pool = NULL;
    sw_status st = o->open_pool(o->context, &pool);
    if (st == SW_OK) {
        st = eval_run(
            &(eval_options){
                .pool = pool, .class = o->class, .algo = o->algo, .interrupts = o->interrupts},
            result);
    }
    sw_pool_close(pool);
    return st;
}

// Servers that died may be back when the next pool is opened, and if not, others do their share.
static sw_status evaluate(const exam *e, eval_result *result)
{
    sw_status st = try_once(e, result);
    for (int tries = 1; st == SW_OK && result->lost > 0 && tries < EXAM_TRIES; tries++) {
        st = try_once(e, result);
    }
    return st;
}

sw_status exam_take(exam *e, int64_t steps, bool *is_best)
{
    const exam_options *o = &e->options;
    eval_result result;
    *is_best = false;
    if (exam_is_taken(e, steps)) {
        return SW_OK;
    }
    const sw_status st = evaluate(e, &result);
    if (st == SW_INTERRUPTED && *o->interrupts == 1) {
        return SW_OK;  // training ends with what there is
    }
    if (st != SW_OK) {
        return st;
    }
    e->steps = steps;
    *is_best = result.lost == 0 && (isnan(e->best) || result.mean >= e->best);
    e->best = *is_best ? result.mean : e->best;
    const double line[NAMES] = {(double) steps, result.episodes, result.mean,
                                result.iqm,     result.std,      result.length};
    return csv_write_numbers(&e->csv, line);
}

void exam_close(exam *e)
{
    csv_close(&e->csv);
}
