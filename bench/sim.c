// sim.c -- what it costs to step a simulator somewhere else.
//
// Ours: a task in a server process, over ipc, 2 groups that alternate; everything that a learner
// sees of it, client included (remote.h). Raw: the same environments in threads of this process,
// one per core, that do nothing but simulate (raw.h). Both take the same actions from the same
// initial states and step the same trajectories.
//
// Of one task, Hopper-v5 unless told: `remote_sps` and `raw_sps`, steps of environments per second,
// and `ratio`, for 2 x 8 rows; `..._2x32` and `..._2x128` for more. Memory: what the server grows
// by per environment that has been reset and waits, over what a process grows by per mjData that
// has been reset: `memory_ratio`.
//
// With --all, of version 5 of every MuJoCo task: `tasks`, for 2 x 32 rows, or 2 x 128 of the tasks
// whose steps are so cheap that 32 of them are over before the next ones have come; and the
// smallest `ratio`.
//
//     build/release/bench/sim [--task ID | --all] [--seconds S]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mujoco/mujoco.h>

#include <args.h>
#include <embedded.h>
#include <mujoco_tasks.h>

#include "bench.h"
#include "raw.h"
#include "remote.h"

enum {
    GROUPS = 2,
    IDLE = 512,  // environments whose memory is measured
    MAX_TASKS = 64
};

// ---- speed ----------------------------------------------------------------------------------

typedef struct comparison {
    remote remote;
    raw *raw;
    int server;                  // its process
    double remote_cpu, raw_cpu;  // s
} comparison;

typedef struct outcome {
    bench_result speed;
    double remote_cpu_us, raw_cpu_us;  // CPU time of one step, client and server together
} outcome;

static sw_status step_remotely(void *context, double seconds, double *steps_per_second)
{
    comparison *c = context;
    const double before = bench_cpu(0) + bench_cpu(c->server);
    const sw_status st = remote_step(&c->remote, seconds, steps_per_second);
    c->remote_cpu += bench_cpu(0) + bench_cpu(c->server) - before;
    return st;
}

static sw_status step_raw(void *context, double seconds, double *steps_per_second)
{
    comparison *c = context;
    const double before = bench_cpu(0);
    const sw_status st = raw_step(c->raw, seconds, steps_per_second);
    c->raw_cpu += bench_cpu(0) - before;
    return st;
}

// `rows` are a group's.
static sw_status compare(const embedded *server, const char *task, int rows, double seconds,
                         outcome *o)
{
    comparison c = {.server = embedded_pid(server)};
    sw_status st = raw_open(task, GROUPS * rows, &c.raw);
    st = st == SW_OK
             ? remote_open(embedded_endpoint(server), task, GROUPS, GROUPS * rows, &c.remote)
             : st;
    st = st == SW_OK ? bench_compare(step_remotely, step_raw, &c, seconds, &o->speed) : st;
    if (st == SW_OK) {
        o->remote_cpu_us = 1e6 * c.remote_cpu / (double) c.remote.steps;
        o->raw_cpu_us = 1e6 * c.raw_cpu / (double) raw_steps(c.raw);
    }
    remote_close(&c.remote);
    raw_close(c.raw);
    return st;
}


// ---- memory ---------------------------------------------------------------------------------

// Bytes of a process that are in memory; 0 if that cannot be read.
static double resident(int pid)
{
    char path[64];
    long pages = 0;
    (void) snprintf(path, sizeof(path), "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%*d %ld", &pages) != 1) {
        pages = 0;
    }
    (void) fclose(file);
    return (double) pages * (double) sysconf(_SC_PAGESIZE);
}

static sw_status measure_data(const char *task, double *bytes)
{
    static mjData *data[IDLE];
    raw *r = NULL;
    const sw_status st = raw_open(task, 1, &r);
    if (st != SW_OK) {
        return st;
    }
    const mjModel *model = raw_model(r);
    const double before = resident(getpid());
    for (int i = 0; i < IDLE; i++) {
        data[i] = mj_makeData(model);
        mj_resetData(model, data[i]);
        mj_forward(model, data[i]);
    }
    *bytes = (resident(getpid()) - before) / IDLE;
    for (int i = 0; i < IDLE; i++) {
        mj_deleteData(data[i]);
    }
    raw_close(r);
    return SW_OK;
}

// A first session makes the server allocate what it does once; a second one is measured.
static sw_status measure_env(const embedded *server, const char *task, double *bytes)
{
    remote first = {.pool = NULL}, second = {.pool = NULL};
    sw_status st = remote_open(embedded_endpoint(server), task, 1, 1, &first);
    const double before = resident(embedded_pid(server));
    st = st == SW_OK ? remote_open(embedded_endpoint(server), task, 1, IDLE, &second) : st;
    *bytes = (resident(embedded_pid(server)) - before) / IDLE;
    remote_close(&second);
    remote_close(&first);
    return st;
}


// ---- one task -------------------------------------------------------------------------------

static sw_status measure_task(const embedded *server, const char *task, double seconds)
{
    outcome small, large, huge;
    double data_bytes = 0, env_bytes = 0;
    sw_status st = measure_data(task, &data_bytes);
    st = st == SW_OK ? measure_env(server, task, &env_bytes) : st;
    st = st == SW_OK ? compare(server, task, 8, seconds, &small) : st;
    st = st == SW_OK ? compare(server, task, 32, seconds, &large) : st;
    st = st == SW_OK ? compare(server, task, 128, seconds, &huge) : st;
    if (st != SW_OK) {
        return st;
    }
    const bench_field fields[] = {
        {"ratio", small.speed.ratio},
        {"ratio_2x32", large.speed.ratio},
        {"ratio_2x128", huge.speed.ratio},
        {"memory_ratio", env_bytes / data_bytes},
        {"remote_sps", small.speed.ours},
        {"raw_sps", small.speed.raw},
        {"remote_sps_2x32", large.speed.ours},
        {"raw_sps_2x32", large.speed.raw},
        {"remote_sps_2x128", huge.speed.ours},
        {"raw_sps_2x128", huge.speed.raw},
        {"remote_cpu_us_2x32", large.remote_cpu_us},
        {"raw_cpu_us_2x32", large.raw_cpu_us},
        {"env_bytes", env_bytes},
        {"mjdata_bytes", data_bytes},
        {"seconds", seconds},
    };
    bench_print(fields, (int) (sizeof(fields) / sizeof(fields[0])), NULL);
    return SW_OK;
}


// ---- all tasks ------------------------------------------------------------------------------

typedef struct line {
    const char *task;
    int rows;  // of a group
    outcome outcome;
} line;

static bool is_cheap(const char *task)
{
    return strcmp(task, "InvertedPendulum-v5") == 0 || strcmp(task, "Reacher-v5") == 0;
}

// Writes a line for each task that is version 5; returns how many there are.
static int list_tasks(line *lines)
{
    int task_count, count = 0;
    const sw_env_class *const *tasks = mujoco_tasks(&task_count);
    for (int i = 0; i < task_count && count < MAX_TASKS; i++) {
        const char *id = tasks[i]->id;
        if (strcmp(strrchr(id, '-'), "-v5") == 0) {
            lines[count++] = (line){.task = id, .rows = is_cheap(id) ? 128 : 32};
        }
    }
    return count;
}

static void print_lines(const line *lines, int count, double seconds)
{
    double smallest = lines[0].outcome.speed.ratio;
    printf("{\"tasks\": [");
    for (int i = 0; i < count; i++) {
        const outcome *o = &lines[i].outcome;
        const bench_result *r = &o->speed;
        printf("%s\n  {\"task\": \"%s\", \"groups\": %d, \"rows\": %d, \"remote_sps\": %.6g, "
               "\"raw_sps\": %.6g, \"ratio\": %.6g, \"remote_cpu_us\": %.6g, \"raw_cpu_us\": %.6g}",
               i > 0 ? "," : "", lines[i].task, GROUPS, lines[i].rows, r->ours, r->raw, r->ratio,
               o->remote_cpu_us, o->raw_cpu_us);
        smallest = r->ratio < smallest ? r->ratio : smallest;
    }
    printf("\n], ");
    const bench_field fields[] = {{"ratio", smallest}, {"seconds", seconds}};
    bench_print_fields(fields, 2, NULL);
}

static sw_status measure_all(const embedded *server, double seconds)
{
    line lines[MAX_TASKS];
    const int count = list_tasks(lines);
    for (int i = 0; i < count; i++) {
        line *l = &lines[i];
        const sw_status st = compare(server, l->task, l->rows, seconds, &l->outcome);
        if (st != SW_OK) {
            return st;
        }
        const outcome *o = &l->outcome;
        fprintf(stderr,
                "%-26s %dx%-4d remote %8.0f/s  raw %8.0f/s  ratio %.3f  CPU %6.2f and %6.2f us\n",
                l->task, GROUPS, l->rows, o->speed.ours, o->speed.raw, o->speed.ratio,
                o->remote_cpu_us, o->raw_cpu_us);
    }
    print_lines(lines, count, seconds);
    return SW_OK;
}


// ---- main -----------------------------------------------------------------------------------

static sw_status run(const args *a)
{
    const char *task = args_get(a, "task");
    const bool all = args_get(a, "all") != NULL;
    double seconds = 2;
    sw_status st = args_float(a, "seconds", 0.01, 1000, &seconds);
    if (st == SW_OK && all && task != NULL) {
        st = sw_fail(SW_INVALID_ARGUMENT, "--all and --task: one of them");
    }
    if (st != SW_OK) {
        return st;
    }
    embedded *server = NULL;
    const char *const arguments[] = {"--log", "warning", NULL};
    st = embedded_start(&(embedded_options){.program = SIMSERVER, .arguments = arguments}, &server);
    if (st == SW_OK) {
        st = all ? measure_all(server, seconds)
                 : measure_task(server, task != NULL ? task : "Hopper-v5", seconds);
    }
    (void) embedded_stop(server);
    return st;
}

int main(int argc, char **argv)
{
    static const args_flag flags[] = {
        {"task", "ID", "the task; Hopper-v5"},
        {"all", NULL, "version 5 of every MuJoCo task"},
        {"seconds", "S", "how long each side runs each of the times; 2"},
    };
    static const args_command command = {
        .name = "", .doc = "remote stepping over raw stepping", .flags = flags, .flag_count = 3};
    args a;
    sw_status st = args_parse(&command, argc - 1, argv + 1, &a);
    st = st == SW_OK ? run(&a) : st;
    if (st != SW_OK) {
        fprintf(stderr, "sim: %s\n", sw_last_error());
        return st == SW_INVALID_ARGUMENT ? 2 : 1;
    }
    return 0;
}
