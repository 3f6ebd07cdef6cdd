// cmd_train.c -- stepwire-agent train.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blas.h"
#include "commands.h"
#include "eval.h"
#include "interrupts.h"
#include "machine.h"
#include "preset.h"
#include "record.h"
#include "setup.h"
#include "train.h"
#include "trained.h"

static const args_flag flags[] = {
    {"env", "ID", "task to learn, e.g. Hopper-v5"},
    {"algo", "NAME", "algorithm that learns it; `list` shows all"},
    {"connect", "EP[,EP...]", "servers, e.g. tcp://host:5555; default: one of its own"},
    {"keys", "DIR",
     "keys for --connect, made by stepwire-simserver keygen; default: no encryption"},
    {"patience", "S", "seconds to wait when no server of --connect answers; default: 60"},
    {"envs", "N", "environments stepped side by side; default: the preset's, else 8"},
    {"groups", "G", "sessions they are split into; default: 2 (1 for one environment)"},
    {"steps", "N",
     "transitions to train for, and to the end of the rollout they are in; default: the preset's, "
     "else 1e6"},
    {"seed", "K", "everything random hangs off it; default: 1"},
    {"run", "DIR", "run directory, must not exist; default: runs/ENV-ALGO-SEED-DATE-TIME"},
    {"resume", NULL,
     "go on with the run in --run from its latest checkpoint, as if it had never stopped; only "
     "--connect, --keys, --patience and --quiet may be given again"},
    {"config", "FILE", "a config.yaml to start from; flags and --set override it"},
    {"eval-every", "N",
     "transitions from one evaluation to the next, of 20 episodes as `eval` has them, each at the "
     "end of an iteration: with a replay that is 1000 transitions; default: 0, none"},
    {"checkpoint-every", "N",
     "transitions from one checkpoint to the next; default: 0, one every minute"},
    {"keep", "K", "checkpoints that stay, beside the best; default: 2"},
    {"no-replay", NULL,
     "leave the replay out of checkpoints: training then goes on from them, but not bit for bit"},
    {"preset", "NAME",
     "where to begin: paper, tuned or none; default: tuned where there is one; see `list`"},
    {"set", "NAME=VALUE",
     "a hyper-parameter, or as env.NAME a task's setting; see `describe`; repeatable"},
    {"quiet", NULL, "print nothing but errors"},
    {"help", NULL, "print this"},
};

// The assignment that a flag is; its name is NULL if it is none.
static sw_assignment assignment_of(const args_given *given)
{
    static const struct {
        const char *flag;
        sw_assignment meaning;  // value NULL: that of the flag
    } all[] = {
        {"env", {"env", NULL}},
        {"algo", {"algo", NULL}},
        {"preset", {"preset", NULL}},
        {"envs", {"envs", NULL}},
        {"groups", {"groups", NULL}},
        {"steps", {"steps", NULL}},
        {"seed", {"seed", NULL}},
        {"eval-every", {"eval_every", NULL}},
        {"checkpoint-every", {"checkpoint_every", NULL}},
        {"keep", {"keep", NULL}},
        {"no-replay", {"no_replay", "true"}},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const sw_assignment *m = &all[i].meaning;
        if (strcmp(given->name, all[i].flag) == 0) {
            return (sw_assignment){m->name, m->value != NULL ? m->value : given->value};
        }
    }
    return (sw_assignment){0};
}

// --set NAME=VALUE as an assignment; cuts `copy` [CONFIG_MAX_VALUE + SW_MAX_NAME] in two.
static sw_status split_set(const char *text, char *copy, size_t size, sw_assignment *out)
{
    if (strlen(text) >= size) {
        return sw_fail(SW_INVALID_ARGUMENT, "--set %.40s...: more than %zu bytes", text, size - 1);
    }
    strcpy(copy, text);
    char *equals = strchr(copy, '=');
    if (equals == NULL || equals == copy) {
        return sw_fail(SW_INVALID_ARGUMENT, "--set '%s': expected NAME=VALUE", text);
    }
    *equals = 0;
    *out = (sw_assignment){copy, equals + 1};
    return SW_OK;
}

typedef struct command_line {
    sw_assignment items[ARGS_MAX];
    int count;
    char text[ARGS_MAX][CONFIG_MAX_VALUE + SW_MAX_NAME];  // of --set
} command_line;

static sw_status read_command_line(const args *a, command_line *line)
{
    line->count = 0;
    for (int i = 0; i < a->count; i++) {
        sw_assignment *item = &line->items[line->count];
        *item = assignment_of(&a->given[i]);
        if (item->name != NULL) {
            line->count++;
        } else if (strcmp(a->given[i].name, "set") == 0) {
            const sw_status st =
                split_set(a->given[i].value, line->text[i], sizeof(line->text[i]), item);
            if (st != SW_OK) {
                return st;
            }
            line->count++;
        }
    }
    return SW_OK;
}

static sw_status resolve(const args *a, config *c)
{
    const char *path = args_get(a, "config");
    config_file file = {0};
    command_line *line = malloc(sizeof(*line));
    sw_status st = line != NULL ? read_command_line(a, line)
                                : sw_fail(SW_NO_MEMORY, "no memory to read the flags");
    if (st == SW_OK && path != NULL) {
        st = config_read(path, &file);
    }
    if (st == SW_OK) {
        const config_source sources[] = {{path, file.items, file.count},
                                         {"command line", line->items, line->count}};
        st = config_resolve(sources, 2, c);
    }
    config_file_free(&file);
    free(line);
    return st;
}

// runs/ENV-ALGO-SEED-DATE-TIME, the slashes of a task id replaced.
static void default_directory(const config *c, char *path, size_t size)
{
    char date[20] = "";
    const time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &local);
    const int prefix = snprintf(path, size, "runs/");
    snprintf(path + prefix, size - (size_t) prefix, "%s-%s-%lld-%s", c->env, c->algo->name,
             (long long) c->seed, date);
    for (char *s = path + prefix; *s != 0; s++) {
        *s = *s == '/' ? '_' : *s;
    }
}

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
    const sw_status trained = train_run(d, r->last.wall_s);
    if (trained == SW_OK) {
        const sw_status st = record_last_exam(r);
        return st == SW_OK ? record_finish(r) : st;
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
    train_gap gap = {.groups = 0};
    sw_status st = record_load(r, from);
    if (st == SW_OK) {
        st = train_restore(d, &gap);
    }
    if (st == SW_OK) {
        st = record_go_on(r);
    }
    if (st != SW_OK || r->options.progress == NULL) {
        return st;
    }
    printf("goes on at %lld steps\n", (long long) train_steps(d));
    if (gap.groups > 0) {
        printf("not as if it had never stopped: %d of %lld groups begin new episodes, since %s\n",
               gap.groups, (long long) r->options.config->groups, gap.why);
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

// Begins a run in `directory`, or goes on with the one there if `from` is not NULL.
static sw_status train(setup *s, const char *directory, checkpoint *from, bool quiet)
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

static sw_status begin(const args *a, setup *s)
{
    char path[FILE_MAX_PATH + 1];
    sw_status st = resolve(a, &s->config);
    if (st == SW_OK) {
        const setup_rows rows = setup_training_rows(&s->config);
        st = setup_open(s, a, &rows);
    }
    if (st != SW_OK) {
        return st;
    }
    default_directory(&s->config, path, sizeof(path));
    const char *directory = args_get(a, "run");
    return train(s, directory != NULL ? directory : path, NULL, args_get(a, "quiet") != NULL);
}

// The config says the rest.
static sw_status check_resume_flags(const args *a)
{
    static const char *const allowed[] = {"resume", "run", "connect", "keys", "patience", "quiet"};
    for (int i = 0; i < a->count; i++) {
        bool fits = false;
        for (size_t k = 0; k < sizeof(allowed) / sizeof(allowed[0]); k++) {
            fits = fits || strcmp(a->given[i].name, allowed[k]) == 0;
        }
        if (!fits) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "--%s: a run goes on with what its config.yaml says; beside --resume "
                           "and --run, only --connect, --keys, --patience and --quiet",
                           a->given[i].name);
        }
    }
    return SW_OK;
}

// Whether its summary says that nothing is left to do in a run, and how many steps it had.
static sw_status find_end(const char *directory, int64_t *steps, bool *complete)
{
    char path[FILE_MAX_PATH + 1];
    const sw_status st = file_path(directory, "summary.json", path);
    json_t *json = st == SW_OK ? json_load_file(path, 0, NULL) : NULL;
    *steps = json_integer_value(json_object_get(json, "steps"));
    *complete = json_is_true(json_object_get(json, "complete"));
    json_decref(json);
    return st;
}

static sw_status resume(const args *a, setup *s)
{
    const bool quiet = args_get(a, "quiet") != NULL;
    const char *directory;
    checkpoint *from = NULL;
    bool complete = false;
    int64_t steps = 0;
    sw_status st = check_resume_flags(a);
    if (st == SW_OK) {
        st = args_need(a, "run", &directory);
    }
    if (st == SW_OK) {
        st = trained_open(directory, &s->config, &from);
    }
    if (st == SW_OK) {
        st = find_end(directory, &steps, &complete);
    }
    if (complete && !quiet) {
        printf("%s is complete: %lld steps\n", directory, (long long) steps);
    }
    if (st == SW_OK && !complete) {
        const setup_rows rows = setup_training_rows(&s->config);
        st = setup_open(s, a, &rows);
        st = st == SW_OK ? train(s, directory, from, quiet) : st;
    }
    checkpoint_close(from);
    return st;
}

static sw_status run(const args *a)
{
    setup *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to train");
    }
    const sw_status st = args_get(a, "resume") != NULL ? resume(a, s) : begin(a, s);
    setup_close(s);
    free(s);
    return st;
}

const args_command command_train = {
    .name = "train",
    .doc =
        "Trains a policy and leaves a run directory.\n"
        "It holds config.yaml (enough to repeat the run), progress.csv, checkpoints/ and, at the\n"
        "end, summary.json. Ctrl-C or SIGTERM ends training after the steps that are on their\n"
        "way, after 5 seconds without them, or at once while no server answers, and saves; a\n"
        "second one stops after the update that is running, a third one at once. Numbers may be\n"
        "written 1e6.",
    .flags = flags,
    .flag_count = sizeof(flags) / sizeof(flags[0]),
    .run = run,
};
