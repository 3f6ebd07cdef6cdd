// rate.c -- how fast a server steps a task: the client of a learner without the learner.
//
// `sps`: steps of environments per second; `client_us`: CPU time of this process in one of them.
// Without --connect the server is one of its own, over ipc.
//
//     build/release/bench/rate --task ID [--connect EP] [--groups G] [--rows N] [--seconds S]
#include <stdio.h>

#include <args.h>
#include <embedded.h>

#include "bench.h"
#include "remote.h"

typedef struct request {
    const char *endpoint;  // NULL: a server of our own
    const char *task;
    int64_t groups, rows;
    double seconds;
} request;

static sw_status read_request(int argc, char **argv, request *q)
{
    static const args_flag flags[] = {
        {"task", "ID", "the task"},
        {"connect", "EP", "the server; one of its own"},
        {"groups", "G", "sessions that take turns; 2"},
        {"rows", "N", "environments in all of them; 64"},
        {"seconds", "S", "how long it is measured; 2"},
    };
    static const args_command command = {
        .name = "", .doc = "steps a task at a server", .flags = flags, .flag_count = 5};
    args a;
    *q = (request){.groups = 2, .rows = 64, .seconds = 2};
    sw_status st = args_parse(&command, argc - 1, argv + 1, &a);
    st = st == SW_OK ? args_need(&a, "task", &q->task) : st;
    st = st == SW_OK ? args_int(&a, "groups", 1, 1000, &q->groups) : st;
    st = st == SW_OK ? args_int(&a, "rows", q->groups, 1000000, &q->rows) : st;
    st = st == SW_OK ? args_float(&a, "seconds", 0.01, 1000, &q->seconds) : st;
    q->endpoint = st == SW_OK ? args_get(&a, "connect") : NULL;
    return st;
}

static sw_status measure(const request *q, const char *endpoint)
{
    remote r;
    double sps = 0, cpu = 0;
    int64_t steps = 0;
    sw_status st = remote_open(endpoint, q->task, (int) q->groups, (int) q->rows, &r);
    st = st == SW_OK ? remote_step(&r, 0.1 * q->seconds, &sps) : st;  // warming up
    if (st == SW_OK) {
        steps = r.steps;
        cpu = bench_cpu(0);
        st = remote_step(&r, q->seconds, &sps);
        cpu = bench_cpu(0) - cpu;
        steps = r.steps - steps;
    }
    remote_close(&r);
    if (st == SW_OK) {
        const bench_field fields[] = {
            {"sps", sps},
            {"client_us", 1e6 * cpu / (double) steps},
            {"groups", (double) q->groups},
            {"rows", (double) q->rows},
            {"seconds", q->seconds},
        };
        bench_print(fields, sizeof(fields) / sizeof(fields[0]), NULL);
    }
    return st;
}

static sw_status run(const request *q)
{
    if (q->endpoint != NULL) {
        return measure(q, q->endpoint);
    }
    embedded *server = NULL;
    const char *const arguments[] = {"--log", "warning", NULL};
    sw_status st =
        embedded_start(&(embedded_options){.program = SIMSERVER, .arguments = arguments}, &server);
    st = st == SW_OK ? measure(q, embedded_endpoint(server)) : st;
    (void) embedded_stop(server);
    return st;
}

int main(int argc, char **argv)
{
    request q;
    sw_status st = read_request(argc, argv, &q);
    st = st == SW_OK ? run(&q) : st;
    if (st != SW_OK) {
        fprintf(stderr, "rate: %s\n", sw_last_error());
        return st == SW_INVALID_ARGUMENT ? 2 : 1;
    }
    return 0;
}
