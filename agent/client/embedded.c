// embedded.c -- a child process with two pipes.
//
// Its standard input is a pipe into which nothing is ever written: the kernel closes our end when
// we end, even by kill -9. Its standard output is a pipe from which one line is read,
// "ready ENDPOINT"; it stays open, so that whatever else the server might print does not end it.
// Standard error stays ours: that is where its log belongs.
#include "embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

extern char **environ;

enum {
    READY_MS = 60000,
    STOP_MS = 5000,
    POLL_MS = 2,  // between two looks at whether the child has ended
    MAX_PATH = 4096,
    MAX_LINE = 300,
    MAX_ARGUMENTS = 32
};

static const char program_name[] = "stepwire-simserver";
static const char ready_word[] = "ready ";

struct embedded {
    char directory[64];
    char bind[96];        // what it is told to bind
    char line[MAX_LINE];  // what it printed: "ready ENDPOINT"
    pid_t child;          // 0: none
    int input, output;    // our ends of the pipes; -1: closed
    int stop_ms;
};


// ---- the program and its directory --------------------------------------------------------------

// Writes the path of the server to path [MAX_PATH]: the one beside us, or the bare name, which is
// then looked for in PATH.
static void find_program(char *path)
{
    const ssize_t length = readlink("/proc/self/exe", path, MAX_PATH - sizeof(program_name) - 1);
    if (length > 0) {
        path[length] = '\0';
        strcpy(strrchr(path, '/') + 1, program_name);
        if (access(path, X_OK) == 0) {
            return;
        }
    }
    strcpy(path, program_name);
}

static sw_status make_directory(embedded *e)
{
    // /tmp and not $TMPDIR: the path of an ipc socket may have no more than 107 bytes
    strcpy(e->directory, "/tmp/stepwire-XXXXXX");
    if (mkdtemp(e->directory) == NULL) {
        e->directory[0] = '\0';
        return sw_fail(SW_IO, "no directory in /tmp: %s", strerror(errno));
    }
    snprintf(e->bind, sizeof(e->bind), "ipc://%s/socket", e->directory);
    return SW_OK;
}

static void remove_directory(embedded *e)
{
    if (e->directory[0] != '\0') {
        unlink(e->bind + strlen("ipc://"));  // there only if the server was killed
        rmdir(e->directory);
    }
}


// ---- the child ----------------------------------------------------------------------------------

// Neither end survives an exec, except where the child gets it as its standard input or output.
static sw_status make_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        return sw_fail(SW_IO, "no pipe: %s", strerror(errno));
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return SW_OK;
}

// A process group of its own, and no signals blocked or ignored that we block or ignore.
static int spawn(embedded *e, const char *path, char *const *argv, int input, int output)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    const int error = posix_spawnp(&e->child, path, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        e->child = 0;
    }
    return error;
}

static sw_status start_child(embedded *e, const embedded_options *options)
{
    char found[MAX_PATH];
    find_program(found);
    const char *path = options->program != NULL ? options->program : found;
    const char *argv[MAX_ARGUMENTS + 1] = {path, "--bind", e->bind, "--until-eof"};
    int count = 4;
    for (const char *const *a = options->arguments; a != NULL && *a != NULL; a++) {
        if (count == MAX_ARGUMENTS) {
            return sw_fail(SW_INVALID_ARGUMENT, "%s: more than %d arguments", path, MAX_ARGUMENTS);
        }
        argv[count++] = *a;
    }
    int input[2], output[2];
    sw_status st = make_pipe(input);
    if (st != SW_OK) {
        return st;
    }
    e->input = input[1];
    st = make_pipe(output);
    if (st != SW_OK) {
        close(input[0]);
        return st;
    }
    e->output = output[0];
    const int error = spawn(e, path, (char *const *) argv, input[0], output[1]);
    close(input[0]);
    close(output[1]);
    if (error != 0) {
        return sw_fail(error == ENOENT ? SW_NOT_FOUND : SW_IO,
                       "cannot start '%s': %s; it is looked for beside this program and in PATH",
                       path, strerror(error));
    }
    return SW_OK;
}

static int shell_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Waits for the child's end; true, with its exit status, if it came in time.
static bool wait_for_end(embedded *e, int timeout_ms, int *exit_status)
{
    const int64_t deadline = clock_ms() + timeout_ms;
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
    for (;;) {
        int status;
        const pid_t ended = waitpid(e->child, &status, WNOHANG);
        if (ended == e->child) {
            *exit_status = shell_status(status);
            return true;
        }
        if ((ended < 0 && errno != EINTR) || clock_ms() >= deadline) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
}

// Ends the child, gently if it lets us.
static int end_child(embedded *e)
{
    int exit_status = 0;
    if (e->input >= 0) {
        close(e->input);
    }
    if (e->child > 0 && !wait_for_end(e, e->stop_ms, &exit_status)) {
        kill(e->child, SIGKILL);
        exit_status = 128 + SIGKILL;
        wait_for_end(e, e->stop_ms, &exit_status);
    }
    e->child = 0;
    if (e->output >= 0) {
        close(e->output);
    }
    e->input = e->output = -1;
    return exit_status;
}


// ---- getting ready ------------------------------------------------------------------------------

static sw_status not_ready(embedded *e, const char *what)
{
    int exit_status = 0;
    if (wait_for_end(e, 100, &exit_status)) {
        e->child = 0;
        return sw_fail(SW_UNAVAILABLE, "%s ended before it was ready, with exit status %d",
                       program_name, exit_status);
    }
    return sw_fail(SW_UNAVAILABLE, "%s %s", program_name, what);
}

// Reads the line into e->line without its end.
static sw_status read_ready_line(embedded *e, int timeout_ms)
{
    const int64_t deadline = clock_ms() + timeout_ms;
    size_t used = 0;
    while (used < sizeof(e->line) - 1) {
        struct pollfd fd = {.fd = e->output, .events = POLLIN};
        const int64_t left = deadline - clock_ms();
        const int rc = left > 0 ? poll(&fd, 1, (int) left) : 0;
        if (rc < 0 && errno == EINTR) {
            return sw_fail(SW_INTERRUPTED, "interrupted while %s got ready", program_name);
        }
        if (rc == 0) {
            return not_ready(e, "is not ready in time");
        }
        if (read(e->output, e->line + used, 1) != 1) {
            return not_ready(e, "closed its output before it was ready");
        }
        if (e->line[used] == '\n') {
            e->line[used] = '\0';
            const bool ready = strncmp(e->line, ready_word, strlen(ready_word)) == 0;
            return ready ? SW_OK : not_ready(e, "printed something else than 'ready ENDPOINT'");
        }
        used++;
    }
    return not_ready(e, "printed a line that is too long");
}

sw_status embedded_start(const embedded_options *options, embedded **out)
{
    embedded *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a server of our own");
    }
    e->input = e->output = -1;
    e->stop_ms = options->stop_ms > 0 ? options->stop_ms : STOP_MS;
    sw_status st = make_directory(e);
    if (st == SW_OK) {
        st = start_child(e, options);
    }
    if (st == SW_OK) {
        st = read_ready_line(e, options->ready_ms > 0 ? options->ready_ms : READY_MS);
    }
    if (st != SW_OK) {
        embedded_stop(e);
        return st;
    }
    *out = e;
    return SW_OK;
}

const char *embedded_endpoint(const embedded *e)
{
    return e->line + strlen(ready_word);
}

int embedded_pid(const embedded *e)
{
    return e->child;
}

int embedded_stop(embedded *e)
{
    if (e == NULL) {
        return 0;
    }
    const int exit_status = end_child(e);
    remove_directory(e);
    free(e);
    return exit_status;
}
