// cmd_eval.c -- stepwire-agent eval.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "commands.h"
#include "eval.h"
#include "interrupts.h"
#include "setup.h"
#include "trained.h"

static const args_flag flags[] = {
    {"episodes", "N", "episodes, each of an environment of its own; default: 20"},
    {"stochastic", NULL, "sample actions as at the end of training; default: the most likely ones"},
    {"seed", "K", "seed of the episodes; default: 1000"},
    {"connect", "EP[,EP...]", "servers, e.g. tcp://host:5555; default: one of its own"},
    {"keys", "DIR",
     "keys for --connect, made by stepwire-simserver keygen; default: no encryption"},
    {"patience", "S", "seconds to wait when no server of --connect answers; default: 60"},
    {"help", NULL, "print this"},
};

static sw_status read_rows(const args *a, const config *c, setup_rows *rows)
{
    int64_t episodes = EVAL_EPISODES, seed = EVAL_SEED;
    sw_status st = args_int(a, "episodes", 1, 1 << 20, &episodes);
    if (st == SW_OK) {
        st = args_int(a, "seed", 0, (int64_t) 1 << 53, &seed);
    }
    if (st == SW_OK) {
        *rows = setup_evaluation_rows(c, (int) episodes, (uint64_t) seed);
    }
    return st;
}

static void print_result(const eval_result *r)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"mean", r->mean}, {"iqm", r->iqm}, {"std", r->std}, {"length", r->length}};
    json_t *json = json_object();
    json_object_set_new(json, "episodes", json_integer(r->episodes));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const double x = numbers[i].value;  // NaN, if there is no episode, is null in JSON
        json_object_set_new(json, numbers[i].name, isfinite(x) ? json_real(x) : json_null());
    }
    json_dumpf(json, stdout, JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(json);
}

// Opens an algorithm and a pool for what the operand stands for.
static sw_status open_policy(const args *a, setup *s)
{
    setup_rows rows;
    checkpoint *c = NULL;
    sw_status st = trained_open(a->operand, &s->config, &c);
    if (st == SW_OK) {
        st = read_rows(a, &s->config, &rows);
    }
    if (st == SW_OK) {
        st = setup_open(s, a, &rows);
    }
    if (st == SW_OK) {
        st = checkpoint_read_policy(c, s->config.algo, s->algo);
        st = st == SW_OK ? st : trained_fail(st, c, &s->config);
    }
    checkpoint_close(c);
    return st;
}

static sw_status evaluate(const args *a, setup *s)
{
    eval_result result;
    sw_status st = open_policy(a, s);
    if (st == SW_OK) {
        const eval_options options = {.pool = s->pool,
                                      .class = s->config.algo,
                                      .algo = s->algo,
                                      .stochastic = args_get(a, "stochastic") != NULL,
                                      .interrupts = interrupts_count()};
        st = eval_run(&options, &result);
    }
    if (st == SW_OK) {
        print_result(&result);
    }
    return st;
}

static sw_status run(const args *a)
{
    if (a->operand == NULL) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "which run directory, or which checkpoint? stepwire-agent eval RUN");
    }
    setup *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to evaluate");
    }
    const sw_status st = evaluate(a, s);
    setup_close(s);
    free(s);
    return st;
}

const args_command command_eval = {
    .name = "eval",
    .operand = "RUN",
    .doc =
        "Evaluates the latest policy of a run directory, or that of a checkpoint, such as\n"
        "RUN/checkpoints/best.safetensors.\n"
        "Each environment plays one episode. Prints one JSON object: episodes (those that count),\n"
        "mean, iqm (without the lowest and highest quarter) and std of their returns, and length\n"
        "(mean steps).",
    .flags = flags,
    .flag_count = sizeof(flags) / sizeof(flags[0]),
    .run = run,
};
