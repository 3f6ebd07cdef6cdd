// record.c -- see the header.
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static sw_status write_config(record *r)
{
    const record_options *o = &r->options;
    char path[FILE_MAX_PATH + 1];
    sw_status st = config_text(o->config, &r->config);
    if (st == SW_OK) {
        st = file_path(o->directory, "config.yaml", path);
    }
    return st == SW_OK ? file_replace(path, r->config, strlen(r->config)) : st;
}

static sw_status open_files(record *r)
{
    const record_options *o = &r->options;
    const algo_class *class = o->config->algo;
    sw_status st = make_directory(o->directory);
    if (st == SW_OK) {
        st = make_parent(r->checkpoints_path);
    }
    if (st == SW_OK) {
        st = write_config(r);
    }
    if (st == SW_OK) {
        st = csv_open(&r->csv, r->csv_path, class->stat_names, class->stat_count);
    }
    exam_options wanted = o->exam;
    wanted.every = o->config->eval_every;
    wanted.path = r->evaluations_path;
    wanted.class = class;
    wanted.algo = o->algo;
    return st == SW_OK ? exam_open(&r->exam, &wanted) : st;
}

sw_status record_open(record *r, const record_options *options)
{
    *r = (record){.options = *options,
                  .last = {.return_mean = (double) NAN, .length_mean = (double) NAN},
                  .saved_steps = -1,
                  .return_best = (double) NAN};
    const struct {
        const char *name;
        char *path;
    } files[] = {{"progress.csv", r->csv_path},
                 {"evaluations.csv", r->evaluations_path},
                 {"summary.json", r->summary_path},
                 {"checkpoints", r->checkpoints_path}};
    progress_init(&r->progress, options->progress, options->config->steps);
    sw_status st = SW_OK;
    for (size_t i = 0; st == SW_OK && i < sizeof(files) / sizeof(files[0]); i++) {
        st = file_path(options->directory, files[i].name, files[i].path);
    }
    return st == SW_OK ? open_files(r) : st;
}

static sw_status save(record *r, bool is_best)
{
    const config *c = r->options.config;
    const shelf place = {r->checkpoints_path, (int) c->keep, !c->no_replay};
    if (r->saved_steps == r->last.steps) {
        return is_best ? shelf_make_best(&place, r->saved_steps) : SW_OK;
    }
    checkpoint_learner learner = {c->algo, r->options.algo};
    const checkpoint_part part = checkpoint_part_of(&learner);
    const checkpoint_about about = {
        .algo = c->algo->name, .env = c->env, .steps = r->last.steps, .config = r->config};
    const sw_status st = shelf_add(&place, &about, &part, 1, is_best);
    if (st == SW_OK) {
        r->saved_s = r->last.wall_s;
        r->saved_steps = r->last.steps;
    }
    return st;
}

static bool is_due(const record *r)
{
    const int64_t every = r->options.config->checkpoint_every;
    const int64_t saved = r->saved_steps > 0 ? r->saved_steps : 0;
    return every > 0 ? r->last.steps / every > saved / every
                     : r->last.wall_s - r->saved_s >= RECORD_SAVE_S;
}

sw_status record_last_exam(record *r)
{
    bool is_best;
    const sw_status st = exam_take(&r->exam, r->last.steps, &is_best);
    return st == SW_OK && is_best ? save(r, true) : st;
}

sw_status record_row(void *context, const report_row *row)
{
    record *r = context;
    r->last = *row;
    r->last.stats = NULL;
    r->return_best = fmax(r->return_best, row->return_mean);  // fmax() passes over a NaN
    progress_show(&r->progress, row);
    sw_status st = csv_write(&r->csv, row);
    if (st == SW_OK && exam_is_due(&r->exam, row->steps)) {
        st = record_last_exam(r);
    }
    return st == SW_OK && is_due(r) ? save(r, false) : st;
}

static sw_status write_summary(const record *r)
{
    const record_options *o = &r->options;
    sw_pool_counts lost;
    sw_pool_count(o->pool, &lost);
    const summary s = {.env = o->config->env,
                       .algo = o->config->algo->name,
                       .seed = o->config->seed,
                       .return_best = r->return_best,
                       .blas_core = o->blas_core,
                       .servers = o->servers,
                       .server_count = o->server_count,
                       .sessions_lost = lost.sessions_lost,
                       .faulty_rows = lost.faulty_rows,
                       .moves = lost.moves};
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
    const sw_status st = save(r, false);
    return st == SW_OK ? write_summary(r) : st;
}

void record_close(record *r)
{
    exam_close(&r->exam);
    csv_close(&r->csv);
    free(r->config);
    r->config = NULL;
}
