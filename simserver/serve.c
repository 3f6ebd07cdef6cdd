// Design: the main thread serves. Another waits for the reasons to end, a signal or the end of
// standard input, and asks the server to drain or to stop; signals reach it as data, so that no
// code of ours runs in a signal handler.
#include "commands.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <stepwire/server.h>

#include "log.h"
#include "serve.h"
#include "tasks.h"

// ---- when to stop ---------------------------------------------------------------------------

typedef struct watcher {
    sw_server *server;
    int signals;     // a signalfd
    bool until_eof;  // the end of standard input is a reason too
    bool draining;   // there was a SIGTERM
    pthread_t thread;
} watcher;

// True if standard input has ended. What comes before its end is dropped.
static bool has_ended(void)
{
    char dropped[256];
    const ssize_t n = read(STDIN_FILENO, dropped, sizeof(dropped));
    return n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
}

// True if a signal came that asks to stop: any but the first SIGTERM, which asks to drain.
static bool has_signal(watcher *w)
{
    struct signalfd_siginfo info;
    if (read(w->signals, &info, sizeof(info)) != (ssize_t) sizeof(info)) {
        return true;  // nothing would tell of the next one
    }
    const bool stop = w->draining || info.ssi_signo != SIGTERM;
    if (!stop) {
        w->draining = true;
        sw_server_drain(w->server);
    }
    return stop;
}

static void *watch(void *context)
{
    watcher *w = context;
    struct pollfd files[] = {{.fd = w->signals, .events = POLLIN},
                             {.fd = w->until_eof ? STDIN_FILENO : -1, .events = POLLIN}};
    for (bool stop = false; !stop;) {
        if (poll(files, 2, -1) > 0) {
            stop =
                (files[0].revents != 0 && has_signal(w)) || (files[1].revents != 0 && has_ended());
        }
    }
    sw_server_stop(w->server);
    return NULL;
}

static sw_status start_watcher(watcher *w)
{
    sigset_t set;
    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGINT);
    (void) sigaddset(&set, SIGTERM);
    // Blocked here and thereby in every thread to come.
    (void) pthread_sigmask(SIG_BLOCK, &set, NULL);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (w->signals < 0) {
        return sw_fail(SW_IO, "cannot wait for signals: %s", strerror(errno));
    }
    const int error = pthread_create(&w->thread, NULL, watch, w);
    if (error != 0) {
        (void) close(w->signals);
        return sw_fail(SW_NO_MEMORY, "cannot start a thread: %s", strerror(error));
    }
    return SW_OK;
}

static void stop_watcher(watcher *w)
{
    (void) pthread_cancel(w->thread);  // it may still be waiting, in poll()
    (void) pthread_join(w->thread, NULL);
    (void) close(w->signals);
}

// ---- what to serve, and how -----------------------------------------------------------------

// Log lines below this level are dropped.
static void write_line(void *context, sw_log_level level, const char *line)
{
    const sw_log_level *least = context;
    if (level >= *least) {
        log_to_stderr(NULL, level, line);
    }
}

static sw_status read_log_level(const args *a, sw_log_level *least)
{
    static const char *const names[] = {"debug", "info", "warning", "error", "none"};
    const char *text = args_get(a, "log");
    if (text == NULL) {
        return SW_OK;
    }
    for (int i = 0; i < (int) (sizeof(names) / sizeof(names[0])); i++) {
        if (strcmp(names[i], text) == 0) {
            *least = (sw_log_level) i;
            return SW_OK;
        }
    }
    return sw_fail(SW_INVALID_ARGUMENT,
                   "--log is '%.60s' but must be debug, info, warning, error or none", text);
}

static sw_status read_int(const args *a, const char *name, int low, int high, int *value)
{
    int64_t number = *value;
    const sw_status st = args_int(a, name, low, high, &number);
    *value = (int) number;
    return st;
}

static sw_status read_options(const args *a, sw_server_options *o)
{
    sw_limits *limits = &o->limits;
    int64_t message = (int64_t) limits->max_message;
    sw_status st = read_int(a, "threads", 0, 1024, &o->threads);
    st = st == SW_OK ? read_int(a, "max-envs", 1, 1000000, &limits->max_envs) : st;
    st = st == SW_OK ? read_int(a, "max-sessions", 1, 100000, &limits->max_sessions) : st;
    st = st == SW_OK ? read_int(a, "max-rows", 1, 1000000, &limits->max_rows) : st;
    st = st == SW_OK ? args_int(a, "max-message", 4096, (int64_t) 1 << 31, &message) : st;
    st = st == SW_OK ? args_float(a, "max-lease", 1, 1e6, &limits->max_lease) : st;
    st = st == SW_OK ? args_float(a, "step-timeout", 0, 1e6, &o->step_timeout) : st;
    limits->max_message = (size_t) message;
    if (args_get(a, "bind") != NULL) {
        o->endpoint = args_get(a, "bind");
    }
    o->keys = args_get(a, "keys");
    o->insecure = args_get(a, "insecure") != NULL;
    return st;
}

static sw_status add_tasks(sw_server *server)
{
    const sw_env_class *task;
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && (task = task_at(i)) != NULL; i++) {
        st = sw_server_add(server, task);
    }
    return st;
}

static sw_status run(sw_server *server, const args *a)
{
    watcher w = {.server = server, .until_eof = args_get(a, "until-eof") != NULL};
    sw_status st = start_watcher(&w);
    if (st != SW_OK) {
        return st;
    }
    printf("ready %s\n", sw_server_endpoint(server));
    (void) fflush(stdout);
    st = sw_server_run(server);
    stop_watcher(&w);
    if (args_get(a, "stats") != NULL) {
        fprintf(stderr, "physics_s %.6f steps %lld\n", server_physics_seconds(server),
                (long long) server_steps(server));
    }
    return st;
}

sw_status serve(const args *a)
{
    sw_log_level least = SW_LOG_INFO;
    sw_server_options options = SW_SERVER_OPTIONS;
    options.log = (sw_log){.write = write_line, .context = &least};
    sw_status st = read_log_level(a, &least);
    if (st == SW_OK) {
        st = read_options(a, &options);
    }
    sw_server *server = NULL;
    if (st == SW_OK) {
        st = sw_server_open(&options, &server);
    }
    if (st == SW_OK) {
        st = add_tasks(server);
    }
    if (st == SW_OK) {
        st = run(server, a);
    }
    sw_server_close(server);
    return st;
}
