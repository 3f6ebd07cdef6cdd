#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 32, SHOWN_BYTES = 4000 };

static void must(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

// ---- beginning ------------------------------------------------------------------------------

static int open_log(void)
{
    char path[] = "/tmp/stepwire-log-XXXXXX";
    const int fd = mkstemp(path);
    must(fd >= 0 && unlink(path) == 0, path);
    return fd;
}

static void become(const char *const *argv, const int *files)
{
    (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < 3; i++) {
        must(dup2(files[i], i) == i, "dup2");
    }
    execv(argv[0], (char *const *) argv);
    perror(argv[0]);
    _exit(127);
}

process process_start(const char *const *argv)
{
    int in[2], out[2];
    must(pipe(in) == 0 && pipe(out) == 0, "pipe");
    process p = {.in = in[1], .out = out[0], .log = open_log()};
    const int ours[] = {in[1], out[0], p.log};
    for (int i = 0; i < 3; i++) {  // else a later child would keep them open
        (void) fcntl(ours[i], F_SETFD, FD_CLOEXEC);
    }
    p.id = fork();
    must(p.id >= 0, "fork");
    if (p.id == 0) {
        const int files[] = {in[0], out[1], p.log};
        become(argv, files);
    }
    close(in[0]);
    close(out[1]);
    return p;
}

process process_serve(const char *program, const char *const *arguments, char *endpoint)
{
    const char *other = getenv("STEPWIRE_TEST_SIMSERVER");
    program = other == NULL ? program : other;
    const char *argv[MAX_ARGUMENTS] = {program, "--bind", endpoint};
    for (int i = 0; arguments[i] != NULL; i++) {
        must(i + 4 < MAX_ARGUMENTS, "arguments");
        argv[i + 3] = arguments[i];
    }
    process p = process_start(argv);
    char line[PROCESS_MAX_LINE];
    if (!process_hear(&p, line, PROCESS_PATIENCE_MS) || sscanf(line, "ready %63s", endpoint) != 1) {
        process_show_log(&p);
        must(false, program);
    }
    return p;
}


// ---- speaking -------------------------------------------------------------------------------

void process_say(process *p, const char *line)
{
    char text[PROCESS_MAX_LINE + 1];
    const int size = snprintf(text, sizeof(text), "%s\n", line);
    must(write(p->in, text, (size_t) size) == size, "write");
}

static bool take_line(process *p, char *line)
{
    char *end = memchr(p->rest, '\n', p->rest_size);
    if (end == NULL) {
        must(p->rest_size < PROCESS_MAX_LINE, "a long line");
        return false;
    }
    const size_t size = (size_t) (end - p->rest);
    memcpy(line, p->rest, size);
    line[size] = '\0';
    p->rest_size -= size + 1;
    memmove(p->rest, end + 1, p->rest_size);
    return true;
}

bool process_hear(process *p, char *line, int timeout_ms)
{
    while (!take_line(p, line)) {
        struct pollfd file = {.fd = p->out, .events = POLLIN};
        if (poll(&file, 1, timeout_ms) <= 0) {
            return false;
        }
        const ssize_t n = read(p->out, p->rest + p->rest_size, PROCESS_MAX_LINE);
        if (n <= 0) {
            return false;
        }
        p->rest_size += (size_t) n;
    }
    return true;
}


// ---- stopping and ending ----------------------------------------------------------------------

int process_finish(process *p)
{
    close(p->in);
    int status;
    pid_t got;
    while ((got = waitpid(p->id, &status, 0)) < 0 && errno == EINTR) {
    }
    must(got == p->id, "waitpid");
    p->id = 0;
    close(p->out);
    close(p->log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void process_kill(process *p)
{
    (void) kill(p->id, SIGKILL);
    (void) process_finish(p);
}

void process_stop(const process *p)
{
    int status;
    must(kill(p->id, SIGSTOP) == 0, "SIGSTOP");
    must(waitpid(p->id, &status, WUNTRACED) == p->id && WIFSTOPPED(status), "stopping");
}

void process_continue(const process *p)
{
    must(kill(p->id, SIGCONT) == 0, "SIGCONT");
}

int process_end(process *p)
{
    (void) kill(p->id, SIGTERM);
    return process_finish(p);
}


// ---- looking at it ------------------------------------------------------------------------------

long process_rss_kib(const process *p)
{
    char path[64];
    long pages = -1;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int) p->id);
    FILE *file = fopen(path, "r");
    must(file != NULL && fscanf(file, "%*d %ld", &pages) == 1, path);
    (void) fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int process_files(const process *p)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fd", (int) p->id);
    DIR *directory = opendir(path);
    must(directory != NULL, path);
    int count = -2;  // . and ..
    while (readdir(directory) != NULL) {
        count++;
    }
    (void) closedir(directory);
    return count;
}

long process_log_bytes(const process *p)
{
    struct stat s;
    must(fstat(p->log, &s) == 0, "log");
    return (long) s.st_size;
}

void process_show_log(const process *p)
{
    char text[SHOWN_BYTES];
    const long size = process_log_bytes(p);
    const ssize_t n =
        pread(p->log, text, sizeof(text), size > SHOWN_BYTES ? size - SHOWN_BYTES : 0);
    if (n > 0) {
        (void) fwrite(text, 1, (size_t) n, stderr);
    }
}
