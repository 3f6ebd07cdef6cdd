// record.c -- see the header.
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "summary.h"

// mkdir, but SW_OK if `path` is there already.
static sw_status make_parent(const char *path)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        return sw_fail(SW_IO, "cannot make the directory %s: %s", path, strerror(errno));
    }
    return SW_OK;
}

static sw_status make_directory(const char *path)
{
    char copy[FILE_MAX_PATH + 1];
    snprintf(copy, sizeof(copy), "%s", path);
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        const sw_status st = make_parent(copy);
        if (st != SW_OK) {
            return st;
        }
        *slash = '/';
    }
    if (mkdir(path, 0755) == 0) {
        return SW_OK;
    }
    if (errno == EEXIST) {
        return sw_fail(SW_FAILED_PRECONDITION,
                       "the run directory %s exists: name another with --run, or remove it", path);
    }
    return sw_fail(SW_IO, "cannot make the directory %s: %s", path, strerror(errno));
}

// ---- beginning ----------------------------------------------------------------------------------

sw_status record_init(record *r, const record_options *options)
{
    *r = (record){.options = *options,
                  .last = {.return_mean = (double) NAN, .length_mean = (double) NAN},
                  .return_best = (double) NAN,
                  .saved_steps = -1};
    const struct {
        const char *name;
        char *path;
    } files[] = {{"config.yaml", r->config_path},
                 {"progress.csv", r->csv_path},
                 {"evaluations.csv", r->evaluations_path},
                 {"summary.json", r->summary_path},
                 {"checkpoints", r->checkpoints_path}};
    progress_init(&r->progress, options->progress, options->config->steps);
    sw_status st = config_text(options->config, &r->config);
    for (size_t i = 0; st == SW_OK && i < sizeof(files) / sizeof(files[0]); i++) {
        st = file_path(options->directory, files[i].name, files[i].path);
    }
    exam_options wanted = options->exam;
    wanted.every = options->config->eval_every;
    wanted.path = r->evaluations_path;
    wanted.class = options->config->algo;
    wanted.algo = options->algo;
    exam_init(&r->exam, &wanted);
    return st;
}

sw_status record_begin(record *r)
{
    const record_options *o = &r->options;
    const algo_class *class = o->config->algo;
    sw_status st = make_directory(o->directory);
    if (st == SW_OK) {
        st = file_lock(o->directory, &r->lock);
    }
    if (st == SW_OK) {
        st = make_parent(r->checkpoints_path);
    }
    if (st == SW_OK) {
        st = file_replace(r->config_path, r->config, strlen(r->config));
    }
    if (st == SW_OK) {
        st = csv_open(&r->csv, r->csv_path, class->stat_names, class->stat_count);
    }
    return st == SW_OK ? exam_open(&r->exam) : st;
}


// ---- checkpoints --------------------------------------------------------------------------------

// Losses of the run: those before this process, and the pool's.
static sw_pool_counts count_losses(const record *r)
{
    sw_pool_counts now;
    sw_pool_count(r->options.pool, &now);
    now.sessions_lost += r->before.sessions_lost;
    now.faulty_rows += r->before.faulty_rows;
    now.moves += r->before.moves;
    return now;
}

// A checkpoint_part: the record's own.
static sw_status show(void *self, algo_visit visit, void *context)
{
    record *r = self;
    const algo_tensor parts[] = {
        {"run.reported", ALGO_I64, 0, {0}, &r->last.steps, NULL},
        {"run.return_best", ALGO_F64, 0, {0}, &r->return_best, NULL},
        {"run.sessions_lost", ALGO_I64, 0, {0}, &r->lost.sessions_lost, NULL},
        {"run.faulty_rows", ALGO_I64, 0, {0}, &r->lost.faulty_rows, NULL},
        {"run.moves", ALGO_I64, 0, {0}, &r->lost.moves, NULL},
    };
    const tensor_visitor to = {visit, context};
    const sw_status st = exam_tensors(&r->exam, &to);
    return st == SW_OK ? tensors_list(&to, parts, sizeof(parts) / sizeof(parts[0])) : st;
}

enum { PARTS = 3 };

static void list_parts(record *r, checkpoint_learner *learner, checkpoint_part *parts)
{
    *learner = (checkpoint_learner){r->options.config->algo, r->options.algo};
    parts[0] = checkpoint_part_of(learner);
    parts[1] = (checkpoint_part){train_tensors, r->options.driver};
    parts[2] = (checkpoint_part){show, r};
}

// What a checkpoint stands for must not be lost when it is there.
static sw_status sync_tables(record *r)
{
    const sw_status st = csv_sync(&r->csv);
    return st == SW_OK && r->exam.options.every > 0 ? csv_sync(&r->exam.csv) : st;
}

static sw_status write_checkpoint(record *r, const shelf *place, int64_t steps)
{
    const config *c = r->options.config;
    checkpoint_learner learner;
    checkpoint_part parts[PARTS];
    const checkpoint_about about = {
        .algo = c->algo->name, .env = c->env, .steps = steps, .config = r->config};
    list_parts(r, &learner, parts);
    sw_status st = train_keep(r->options.driver);
    if (st == SW_OK) {
        st = sync_tables(r);
    }
    r->lost = count_losses(r);
    return st == SW_OK ? shelf_add(place, &about, parts, PARTS, r->is_best) : st;
}

sw_status record_save(void *context)
{
    record *r = context;
    const config *c = r->options.config;
    const shelf place = {r->checkpoints_path, (int) c->keep, !c->no_replay};
    const int64_t steps = train_steps(r->options.driver);
    const bool is_there = r->saved_steps == steps && r->saved_exam == r->exam.steps;
    const sw_status st = is_there ? SW_OK : write_checkpoint(r, &place, steps);
    r->failed = st != SW_OK;
    if (st == SW_OK) {
        r->saved_s = clock_seconds();
        r->saved_steps = steps;
        r->saved_exam = r->exam.steps;
        r->is_best = false;
    }
    return st;
}

bool record_is_due(void *context)
{
    const record *r = context;
    const int64_t every = r->options.config->checkpoint_every;
    if (r->is_best || r->saved_steps < 0) {
        return true;
    }
    return every > 0 ? train_steps(r->options.driver) / every > r->saved_steps / every
                     : clock_seconds() - r->saved_s >= RECORD_SAVE_S;
}

sw_status record_load(record *r, checkpoint *from)
{
    checkpoint_learner learner;
    checkpoint_part parts[PARTS];
    list_parts(r, &learner, parts);
    sw_status st = train_make_room(r->options.driver, from);
    if (st == SW_OK) {
        st = checkpoint_read(from, parts, PARTS);
    }
    r->before = r->lost;
    return st;
}

sw_status record_last_exam(record *r)
{
    bool is_best;
    const sw_status st = exam_take(&r->exam, r->last.steps, &is_best);
    r->is_best = r->is_best || (st == SW_OK && is_best);
    return st;
}

sw_status record_go_on(record *r)
{
    const int64_t steps = train_steps(r->options.driver);
    sw_status st = csv_reopen(&r->csv, r->csv_path, r->options.config->algo->stat_count,
                              r->last.steps, &r->last);
    if (st == SW_OK) {
        st = exam_reopen(&r->exam);
    }
    if (st == SW_OK && unlink(r->summary_path) != 0 && errno != ENOENT) {
        st = sw_fail(SW_IO, "cannot remove %s: %s", r->summary_path, strerror(errno));
    }
    r->saved_s = clock_seconds();
    r->saved_steps = steps;
    r->saved_exam = r->exam.steps;
    // the exam from which an interrupt kept the last iteration
    return st == SW_OK && exam_is_due(&r->exam, r->last.steps) ? record_last_exam(r) : st;
}


// ---- going on -----------------------------------------------------------------------------------

sw_status record_row(void *context, const report_row *row)
{
    record *r = context;
    r->last = *row;
    r->last.stats = NULL;
    r->return_best = fmax(r->return_best, row->return_mean);  // fmax() passes over a NaN
    progress_show(&r->progress, row);
    const sw_status st = csv_write(&r->csv, row);
    return st == SW_OK && exam_is_due(&r->exam, row->steps) ? record_last_exam(r) : st;
}

static sw_status write_summary(const record *r)
{
    const record_options *o = &r->options;
    const sw_pool_counts lost = count_losses(r);
    const summary s = {.env = o->config->env,
                       .algo = o->config->algo->name,
                       .seed = o->config->seed,
                       .return_best = r->return_best,
                       .blas_core = o->blas_core,
                       .servers = o->servers,
                       .server_count = o->server_count,
                       .sessions_lost = lost.sessions_lost,
                       .faulty_rows = lost.faulty_rows,
                       .moves = lost.moves,
                       .complete = r->last.steps >= o->config->steps &&
                                   exam_is_taken(&r->exam, r->last.steps)};
    char *text = summary_text(&s, &r->last);
    if (text == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to write %s", r->summary_path);
    }
    const sw_status st = file_replace(r->summary_path, text, strlen(text));
    free(text);
    return st;
}

sw_status record_finish(record *r)
{
    progress_finish(&r->progress, &r->last);
    const sw_status st = record_save(r);
    return st == SW_OK ? write_summary(r) : st;
}

void record_close(record *r)
{
    exam_close(&r->exam);
    csv_close(&r->csv);
    free(r->config);
    if (r->lock > 0) {
        close(r->lock);
    }
    *r = (record){.lock = 0};
}
