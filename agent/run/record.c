// record.c -- see the header.
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "summary.h"

static sw_status find_config(const char *directory, char *path)
{
    return file_path(directory, "config.yaml", path);
}

sw_status record_read_config(const char *directory, config *c)
{
    char path[FILE_MAX_PATH + 1];
    config_file file = {0};
    sw_status st = find_config(directory, path);
    if (st == SW_OK) {
        st = config_read(path, &file);
    }
    if (st == SW_OK) {
        st = config_resolve(&(config_source){path, file.items, file.count}, 1, c);
    }
    config_file_free(&file);
    return st;
}

sw_status record_checkpoint_path(const char *directory, char *path)
{
    return file_path(directory, "checkpoints/latest.safetensors", path);
}

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

static sw_status open_files(record *r)
{
    const record_options *o = &r->options;
    char path[FILE_MAX_PATH + 1];
    sw_status st = make_directory(o->directory);
    if (st == SW_OK) {
        st = file_path(o->directory, "checkpoints", path);
    }
    if (st == SW_OK) {
        st = make_parent(path);
    }
    if (st == SW_OK) {
        st = find_config(o->directory, path);
    }
    if (st == SW_OK) {
        st = config_write(o->config, path);
    }
    const algo_class *class = o->config->algo;
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
                  .return_best = (double) NAN};
    progress_init(&r->progress, options->progress, options->config->steps);
    sw_status st = file_path(options->directory, "progress.csv", r->csv_path);
    if (st == SW_OK) {
        st = file_path(options->directory, "summary.json", r->summary_path);
    }
    if (st == SW_OK) {
        st = file_path(options->directory, "evaluations.csv", r->evaluations_path);
    }
    if (st == SW_OK) {
        st = record_checkpoint_path(options->directory, r->checkpoint_path);
    }
    if (st == SW_OK) {
        st = file_path(options->directory, "checkpoints/best.safetensors", r->best_path);
    }
    return st == SW_OK ? open_files(r) : st;
}

static sw_status save(const record *r, const char *path)
{
    const config *c = r->options.config;
    return checkpoint_save(path, c->algo, r->options.algo, c->env, r->last.steps);
}

static sw_status save_latest(record *r)
{
    r->saved = r->last.wall_s;
    return save(r, r->checkpoint_path);
}

sw_status record_last_exam(record *r)
{
    bool is_best;
    const sw_status st = exam_take(&r->exam, r->last.steps, &is_best);
    return st == SW_OK && is_best ? save(r, r->best_path) : st;
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
    return st == SW_OK && row->wall_s - r->saved >= RECORD_SAVE_S ? save_latest(r) : st;
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
    const sw_status st = save_latest(r);
    return st == SW_OK ? write_summary(r) : st;
}

void record_close(record *r)
{
    exam_close(&r->exam);
    csv_close(&r->csv);
}
