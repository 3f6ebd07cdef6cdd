// training.c -- see the header.
#include "training.h"

#include <stdio.h>
#include <string.h>

#include "blas.h"
#include "eval.h"
#include "interrupts.h"
#include "machine.h"
#include "preset.h"
#include "record.h"
#include "trained.h"

static sw_status print_header(const setup *s, const char *directory)
{
    const config *c = &s->config;
    char begun[500];
    const sw_status st = preset_print_choice(c, begun, sizeof(begun));
    if (st != SW_OK) {
        return st;
    }
    printf("%s with %s: %lld steps, %lld environments in %lld groups, seed %lld\n", c->env,
           c->algo->name, (long long) c->steps, (long long) c->envs, (long long) c->groups,
           (long long) c->seed);
    printf("preset %s\n", begun);
    if (s->servers.own != NULL) {
        printf("server: its own");
    } else {
        printf("servers: %s", s->servers.endpoints[0]);
        for (int i = 1; i < s->servers.count; i++) {
            printf(", %s", s->servers.endpoints[i]);
        }
    }
    printf("; %d cores, OpenBLAS for %s\nrun directory: %s\n", machine_cores(), blas_core(),
           directory);
    fflush(stdout);
    return SW_OK;
}

// Trains, and saves however that ended, unless it was to stop at once or what was learned is
// useless.
static sw_status train_and_save(driver *d, record *r)
{
    sw_status trained = train_run(d, r->last.wall_s);
    if (trained == SW_OK) {
        trained = record_last_exam(r);
    }
    if (trained == SW_OK) {
        return record_finish(r);
    }
    if (trained == SW_INTERRUPTED || r->failed) {
        return trained;
    }
    char why[400];
    snprintf(why, sizeof(why), "%s", sw_last_error());
    if (train_has_diverged(d)) {
        return sw_fail(trained, "%s; what was saved before is in %s", why, r->options.directory);
    }
    if (record_finish(r) != SW_OK) {
        return sw_fail(trained, "%s; and it could not be saved: %s", why, sw_last_error());
    }
    return sw_fail(trained, "%s; saved at %lld steps in %s", why, (long long) train_steps(d),
                   r->options.directory);
}

// Puts everything where it was when the checkpoint was written.
static sw_status go_on(driver *d, record *r, checkpoint *from)
{
    const config *c = r->options.config;
    char changes[300];
    train_gap gap = {.groups = 0};
    sw_status st = record_load(r, from);
    if (st != SW_OK) {
        return trained_fail(st, from, c);
    }
    st = train_restore(d, &gap);
    if (st == SW_OK) {
        st = record_go_on(r);
    }
    if (st != SW_OK || r->options.progress == NULL) {
        return st;
    }
    printf("goes on at %lld steps\n", (long long) train_steps(d));
    trained_print_changes(from, c, changes, sizeof(changes));
    if (changes[0] != '\0') {
        printf("not as if it had never stopped: config.yaml has changed since the checkpoint: %s\n",
               changes);
    }
    if (gap.groups > 0) {
        printf("not as if it had never stopped: %d of %lld groups begin new episodes, since %s\n",
               gap.groups, (long long) c->groups, gap.why);
    }
    if (checkpoint_says(from)->left_out > 0) {
        printf("not as if it had never stopped: the checkpoint is without replay\n");
    }
    fflush(stdout);
    return SW_OK;
}

// An exam_options.open_pool.
static sw_status open_exam_pool(void *context, sw_pool **pool)
{
    const setup *s = context;
    const setup_rows rows = setup_evaluation_rows(&s->config, EVAL_EPISODES, EVAL_SEED);
    return setup_open_pool(s, &rows, pool);
}

sw_status training_run(setup *s, const char *directory, checkpoint *from, bool quiet)
{
    static const char *const own[] = {"embedded"};  // its endpoint means nothing later
    const bool is_own = s->servers.own != NULL;
    record r = {.lock = 0};
    const train_options driving = {.pool = s->pool,
                                   .class = s->config.algo,
                                   .algo = s->algo,
                                   .steps = s->config.steps,
                                   .interrupts = interrupts_count(),
                                   .report = record_row,
                                   .is_due = record_is_due,
                                   .save = record_save,
                                   .context = &r};
    record_options options = {
        .directory = directory,
        .config = &s->config,
        .algo = s->algo,
        .pool = s->pool,
        .progress = quiet ? NULL : stdout,
        .exam = {.open_pool = open_exam_pool, .context = s, .interrupts = interrupts_count()},
        .blas_core = blas_core(),
        .servers = is_own ? own : s->servers.endpoints,
        .server_count = s->servers.count};
    driver *d = NULL;
    sw_status st = train_open(&driving, &d);
    if (st == SW_OK) {
        options.driver = d;
        st = record_init(&r, &options);
    }
    if (st == SW_OK && from == NULL) {
        st = record_begin(&r);
    }
    if (st == SW_OK && !quiet) {
        st = print_header(s, directory);
    }
    if (st == SW_OK && from != NULL) {
        st = go_on(d, &r, from);
    }
    if (st == SW_OK) {
        st = train_and_save(d, &r);
    }
    train_close(d);
    record_close(&r);
    return st;
}
