// process.h -- programs under test: started, spoken with in lines, stopped and killed.
//
// Whatever goes wrong here aborts the test program, for it is the machine's fault or the harness's;
// a started program ends with the one that started it.
#ifndef FAULTS_PROCESS_H
#define FAULTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROCESS_MAX_LINE = 512, PROCESS_PATIENCE_MS = 60000 };

typedef struct process {
    pid_t id;                         // 0: it has ended
    int in, out;                      // its standard input and output
    int log;                          // a file without a name: its standard error
    char rest[2 * PROCESS_MAX_LINE];  // [rest_size] read from it, and not yet a line
    size_t rest_size;
} process;

// Starts argv [up to a NULL]; argv[0] is a path.
process process_start(const char *const *argv);

// Starts a server, arguments beside --bind [up to a NULL], at `endpoint`, which becomes the one it
// serves at: tcp://127.0.0.1:* picks a port. The environment variable STEPWIRE_TEST_SIMSERVER names
// another program that is started instead: so the suite tests other servers of the protocol.
process process_serve(const char *program, const char *const *arguments, char *endpoint);

// Writes a line to it.
void process_say(process *p, const char *line);

// The next line it writes, without its end; false if there will be none: it has ended, or
// `timeout_ms` have passed.
bool process_hear(process *p, char *line, int timeout_ms);

// Kills it; stops it, and returns when it stands still; lets it go on.
void process_kill(process *p);
void process_stop(const process *p);
void process_continue(const process *p);

// Waits until it ends, which the end of its standard input may tell it to, or a SIGTERM. Its exit
// status as a shell would say it: 128 + n for signal n.
int process_finish(process *p);
int process_end(process *p);

// Memory it keeps, KiB; files it has open; bytes it has written to standard error.
long process_rss_kib(const process *p);
int process_files(const process *p);
long process_log_bytes(const process *p);

// Writes the end of its standard error to ours.
void process_show_log(const process *p);

#endif
