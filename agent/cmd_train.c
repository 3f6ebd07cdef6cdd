// cmd_train.c -- stepwire-agent train.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "advice.h"
#include "commands.h"
#include "file.h"
#include "setup.h"
#include "trained.h"
#include "training.h"

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

enum { ADVICE = 1000 };  // bytes

static sw_status resolve(const args *a, config *c, char *advice)
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
        if (st == SW_OK) {
            advice_print(c, &sources[1], advice, ADVICE);
        }
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

static sw_status begin(const args *a, setup *s)
{
    char path[FILE_MAX_PATH + 1], advice[ADVICE];
    const bool quiet = args_get(a, "quiet") != NULL;
    sw_status st = resolve(a, &s->config, advice);
    if (st == SW_OK) {
        const setup_rows rows = setup_training_rows(&s->config);
        st = setup_open(s, a, &rows);
    }
    if (st != SW_OK) {
        return st;
    }
    fputs(quiet ? "" : advice, stdout);
    default_directory(&s->config, path, sizeof(path));
    const char *directory = args_get(a, "run");
    return training_run(s, directory != NULL ? directory : path, NULL, quiet);
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

// Whether nothing is left to do in a run: its summary says so, and the config asks for no more
// steps than it had, which become *steps.
static sw_status find_end(const char *directory, const config *c, int64_t *steps, bool *complete)
{
    char path[FILE_MAX_PATH + 1];
    const sw_status st = file_path(directory, "summary.json", path);
    json_t *json = st == SW_OK ? json_load_file(path, 0, NULL) : NULL;
    *steps = json_integer_value(json_object_get(json, "steps"));
    *complete = json_is_true(json_object_get(json, "complete")) && *steps >= c->steps;
    json_decref(json);
    return st;
}

// Goes on with the run in a directory that nobody else writes to.
static sw_status go_on(const args *a, setup *s, const char *directory)
{
    const bool quiet = args_get(a, "quiet") != NULL;
    checkpoint *from = NULL;
    bool complete = false;
    int64_t steps = 0;
    sw_status st = trained_open(directory, &s->config, &from);
    if (st == SW_OK) {
        st = find_end(directory, &s->config, &steps, &complete);
    }
    if (complete && !quiet) {
        printf("%s is complete: %lld steps\n", directory, (long long) steps);
    }
    if (st == SW_OK && !complete) {
        const setup_rows rows = setup_training_rows(&s->config);
        st = setup_open(s, a, &rows);
        st = st == SW_OK ? training_run(s, directory, from, quiet) : st;
    }
    checkpoint_close(from);
    return st;
}

static sw_status resume(const args *a, setup *s)
{
    const char *directory;
    int lock;
    sw_status st = check_resume_flags(a);
    if (st == SW_OK) {
        st = args_need(a, "run", &directory);
    }
    if (st == SW_OK) {
        st =
            file_lock(directory, &lock);  // first: who still trains there may be writing the latest
    }
    if (st == SW_OK) {
        st = go_on(a, s, directory);
        close(lock);
    }
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
        "end, summary.json. Ctrl-C or SIGTERM ends training and saves, after the update that is\n"
        "running, which takes as long as it takes, and the steps that are on their way, for which\n"
        "it waits 5 seconds, or not at all while no server answers; a second one stops after that\n"
        "update and does not save, a third one stops at once. Numbers may be written 1e6.",
    .flags = flags,
    .flag_count = sizeof(flags) / sizeof(flags[0]),
    .run = run,
};
