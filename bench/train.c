// train.c -- how much longer a training takes than its physics alone.
//
// stepwire-agent trains PPO on Hopper-v5 (16 environments x 128 steps, 10 epochs, minibatches of
// 64, 64-64 tanh) on a server process of its own: `wall_s`, from the agent's start to its end. The
// server adds up the processor time of its workers inside environment steps: `physics_s`. Spread
// over all cores that is the least time the same steps could take, and
//
//     ratio = wall_s / (physics_s / cores)
//
//     build/release/bench/train [--steps N]        default: 1e6
#define _GNU_SOURCE  // sched_getaffinity()
#include "bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <embedded.h>

extern char **environ;

static const char steps_usage[] = "allowed is --steps N, N >= 1";

typedef struct training {
    const char *steps;   // as on the command line
    char directory[32];  // of what follows
    char run[64];
    char log[64];  // the server's standard error
    double wall_s, physics_s;
    long long steps_made;
    json_t *summary;
} training;

static sw_status read_steps(int argc, char **argv, const char **steps)
{
    *steps = "1e6";
    for (int i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--steps") != 0 || i + 1 == argc || !(strtod(argv[i + 1], NULL) >= 1)) {
            return sw_fail(SW_INVALID_ARGUMENT, "'%s': %s", argv[i], steps_usage);
        }
        *steps = argv[i + 1];
    }
    return SW_OK;
}

static sw_status make_directory(training *t)
{
    strcpy(t->directory, "/tmp/stepwire-bench-XXXXXX");
    if (mkdtemp(t->directory) == NULL) {
        return sw_fail(SW_IO, "no directory in /tmp: %s", strerror(errno));
    }
    snprintf(t->run, sizeof(t->run), "%s/run", t->directory);
    snprintf(t->log, sizeof(t->log), "%s/log", t->directory);
    return SW_OK;
}

static void remove_directory(const training *t)
{
    if (t->directory[0] == '\0') {
        return;  // none was made
    }
    static const char *const names[] = {
        "run/config.yaml", "run/progress.csv", "run/summary.json", "run", "log", ""};
    char path[400];
    snprintf(path, sizeof(path), "%s/run/checkpoints", t->directory);
    DIR *d = opendir(path);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        snprintf(path, sizeof(path), "%s/run/checkpoints/%s", t->directory, e->d_name);
        unlink(path);
    }
    if (d != NULL) {
        closedir(d);
    }
    snprintf(path, sizeof(path), "%s/run/checkpoints", t->directory);
    remove(path);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", t->directory, names[i]);
        remove(path);
    }
}

// Starts the server with its standard error in t->log.
static sw_status start_server(const training *t, embedded **server)
{
    static const char *const arguments[] = {"--stats", "--log", "warning", NULL};
    const embedded_options options = {.program = SIMSERVER, .arguments = arguments};
    const int ours = dup(STDERR_FILENO);
    const int log = open(t->log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (ours < 0 || log < 0) {
        return sw_fail(SW_IO, "cannot write %s: %s", t->log, strerror(errno));
    }
    dup2(log, STDERR_FILENO);
    const sw_status st = embedded_start(&options, server);
    dup2(ours, STDERR_FILENO);
    close(ours);
    close(log);
    return st;
}

// Trains in a process of its own and times that.
static sw_status train(training *t, const char *endpoint)
{
    const char *const argv[] = {AGENT,
                                "train",
                                "--quiet",
                                "--env",
                                "Hopper-v5",
                                "--algo",
                                "ppo",
                                "--envs",
                                "16",
                                "--groups",
                                "2",
                                "--set",
                                "horizon=128",
                                "--set",
                                "epochs=10",
                                "--set",
                                "minibatch=64",
                                "--set",
                                "hidden=64,64",
                                "--set",
                                "activation=tanh",
                                "--steps",
                                t->steps,
                                "--connect",
                                endpoint,
                                "--run",
                                t->run,
                                NULL};
    const double start = bench_now();
    pid_t child;
    int status = 0;
    const int error = posix_spawn(&child, AGENT, NULL, NULL, (char *const *) argv, environ);
    if (error != 0) {
        return sw_fail(SW_IO, "cannot start %s: %s", AGENT, strerror(error));
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    t->wall_s = bench_now() - start;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return sw_fail(SW_UNAVAILABLE, "%s failed; its reason stands above", AGENT);
    }
    return SW_OK;
}

// The server's last line.
static sw_status read_physics(training *t)
{
    FILE *log = fopen(t->log, "r");
    char line[256];
    bool found = false;
    while (log != NULL && fgets(line, sizeof(line), log) != NULL) {
        found = sscanf(line, "physics_s %lf steps %lld", &t->physics_s, &t->steps_made) == 2;
    }
    if (log != NULL) {
        fclose(log);
    }
    return found ? SW_OK : sw_fail(SW_IO, "%s does not end in physics_s and steps", t->log);
}

static sw_status read_summary(training *t)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/summary.json", t->run);
    t->summary = json_load_file(path, 0, NULL);
    return t->summary != NULL ? SW_OK : sw_fail(SW_IO, "cannot read %s", path);
}

static sw_status measure(training *t)
{
    embedded *server = NULL;
    sw_status st = make_directory(t);
    if (st == SW_OK) {
        st = start_server(t, &server);
    }
    if (st == SW_OK) {
        st = train(t, embedded_endpoint(server));
    }
    embedded_stop(server);  // before its last line is read
    if (st == SW_OK) {
        st = read_physics(t);
    }
    return st == SW_OK ? read_summary(t) : st;
}

static int count_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void print(const training *t)
{
    const json_t *last100 = json_object_get(t->summary, "return_last100");
    const double least_s = t->physics_s / count_cores();
    const bench_field fields[] = {
        {"ratio", t->wall_s / least_s},
        {"wall_s", t->wall_s},
        {"physics_s", t->physics_s},
        {"steps", (double) t->steps_made},
        {"sps", (double) t->steps_made / t->wall_s},
        {"return_last100", json_number_value(last100)},
    };
    bench_print(fields, sizeof(fields) / sizeof(fields[0]),
                json_string_value(json_object_get(t->summary, "blas_core")));
}

int main(int argc, char **argv)
{
    training t = {0};
    sw_status st = read_steps(argc, argv, &t.steps);
    if (st == SW_OK) {
        st = measure(&t);
    }
    if (st == SW_OK) {
        print(&t);
    }
    remove_directory(&t);
    json_decref(t.summary);
    if (st != SW_OK) {
        fprintf(stderr, "bench/train: %s\n", sw_last_error());
    }
    return st == SW_OK ? 0 : st == SW_INVALID_ARGUMENT ? 2 : 1;
}
