// server.c -- stepwire/server.h: an office (office.h), and whoever called sw_server_run() as its
// warden.
//
// The warden runs no environment and takes no turn at the desk. It sleeps, looks a few times a
// second whether a thread is stuck inside an environment, and ends it all when it is told to: so
// the server ends, however many threads hang.
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "endpoint.h"
#include "office.h"
#include "serve.h"

enum {
    LOOK_MS = 250,       // between looks at the runners
    DRAIN_LOOK_MS = 10,  // and at the sessions that are to leave
    DRAIN_MS = 5000,     // for the sessions to leave, and then for what still runs
    STOP_MS = 1000       // for what runs when the server is stopped
};

static const double longest_step = 1e6;  // s

struct sw_server {
    office office;
    int threads;              // workers to start
    int64_t step_timeout_ms;  // 0: none
    int bell;                 // an eventfd: the warden is to look at what follows
    atomic_bool stopping, draining;
};

// ---- open and close ----------------------------------------------------------------------------

static sw_status check_options(const sw_server_options *options)
{
    if (options->threads < 0 || options->threads > WORKERS_MAX) {
        return sw_fail(SW_INVALID_ARGUMENT, "threads: %d, allowed are 0 (one per core) to %d",
                       options->threads, WORKERS_MAX);
    }
    if (!(options->step_timeout >= 0 && options->step_timeout <= longest_step)) {
        return sw_fail(SW_INVALID_ARGUMENT, "step_timeout: %g s, allowed are 0 (never) to %g",
                       options->step_timeout, longest_step);
    }
    if (options->insecure && options->keys != NULL) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "--keys lets in few and --insecure everybody: give one");
    }
    const sw_status st = endpoint_check_form(options->endpoint, true);
    if (st != SW_OK) {
        return st;
    }
    if (!options->insecure && options->keys == NULL && !endpoint_is_local(options->endpoint)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s can be reached from other machines: give --keys DIR (`keygen DIR` makes "
                       "it), or bind loopback or ipc, or say --insecure to serve whoever comes",
                       options->endpoint);
    }
    return SW_OK;
}

static int count_cores(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (int) cores;
}

sw_status sw_server_open(const sw_server_options *options, sw_server **out)
{
    sw_status st = check_options(options);
    if (st != SW_OK) {
        return st;
    }
    sw_server *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a server");
    }
    s->threads = options->threads > 0 ? options->threads : count_cores();
    s->step_timeout_ms = (int64_t) ceil(options->step_timeout * 1000);
    s->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    st = office_init(&s->office, options);
    if (st == SW_OK && s->bell < 0) {
        st = sw_fail(SW_IO, "no eventfd: %s", strerror(errno));
    }
    if (st != SW_OK) {
        sw_server_close(s);
        return st;
    }
    *out = s;
    return SW_OK;
}

void sw_server_close(sw_server *s)
{
    if (s == NULL) {
        return;
    }
    if (s->bell >= 0) {
        close(s->bell);
    }
    if (office_free(&s->office)) {  // else threads may come back that need it, and so `s`
        free(s);
    }
}

sw_status sw_server_add(sw_server *s, const sw_env_class *task)
{
    return server_add(&s->office.desk.core, task);
}

const char *sw_server_endpoint(const sw_server *s)
{
    return s->office.desk.endpoint;
}

double server_physics_seconds(const sw_server *s)
{
    return 1e-9 * (double) atomic_load(&s->office.crew.physics_ns);
}

uint64_t server_steps(const sw_server *s)
{
    return atomic_load(&s->office.crew.steps);
}

// ---- the warden --------------------------------------------------------------------------------

static void wait_for_bell(const sw_server *s, int timeout_ms)
{
    struct pollfd fd = {.fd = s->bell, .events = POLLIN};
    if (poll(&fd, 1, timeout_ms) > 0) {
        uint64_t count;
        const ssize_t got = read(s->bell, &count, sizeof(count));
        (void) got;  // only to make it unreadable
    }
}

// Until it is time to end. SW_ENVIRONMENT if that is because too many environments hang.
//
// Its clock stands still while the process is stopped, as that of the leases does: a step did not
// take long because it was stopped.
static sw_status keep_watch(sw_server *s)
{
    int64_t last = clock_ms(), watched = 0, drained_at = -1;
    while (!atomic_load(&s->stopping)) {
        const int64_t now = clock_ms();
        watched += now - last < SERVER_TICK_MS ? now - last : SERVER_TICK_MS;
        last = now;
        if (s->step_timeout_ms > 0) {
            const sw_status st = office_replace_stuck(&s->office, watched, s->step_timeout_ms);
            if (st != SW_OK) {
                return st;
            }
        }
        const bool draining = atomic_load(&s->draining);
        if (draining) {
            const int sessions = office_drain(&s->office);
            if (drained_at < 0) {
                drained_at = now;
                log_line(&s->office.log, SW_LOG_INFO, "draining: %d sessions have %d s to leave",
                         sessions, DRAIN_MS / 1000);
            }
            if (sessions == 0 || now - drained_at >= DRAIN_MS) {
                break;
            }
        }
        wait_for_bell(s, draining ? DRAIN_LOOK_MS : LOOK_MS);
    }
    return SW_OK;
}

// Lets what runs come to its end. A second order, to stop, shortens the wait of the first, to
// drain; so does it if nobody is waited for but threads that were given up.
static void wind_up(sw_server *s, bool in_a_hurry)
{
    office_close(&s->office);
    const int64_t began = clock_ms();
    int64_t patience;
    do {
        const bool hurry = in_a_hurry || atomic_load(&s->stopping) || office_is_stuck(&s->office);
        patience = hurry ? STOP_MS : DRAIN_MS;
    } while (!office_wait(&s->office, DRAIN_LOOK_MS) && clock_ms() - began < patience);
    const int left = office_leave(&s->office);
    if (left > 0) {
        log_line(&s->office.log, SW_LOG_WARNING,
                 "%d threads do not come back from an environment: they are left behind", left);
    }
}

sw_status sw_server_run(sw_server *s)
{
    if (s->office.left_in > 0) {
        return sw_fail(SW_FAILED_PRECONDITION,
                       "%d threads of this server are still inside an environment: close it",
                       s->office.left_in);
    }
    sw_status st = office_start(&s->office, s->threads);
    if (st != SW_OK) {
        return st;
    }
    char why[512] = "";
    st = keep_watch(s);
    if (st != SW_OK) {
        (void) snprintf(why, sizeof(why), "%s", sw_last_error());  // others follow on this thread
    }
    wind_up(s, st != SW_OK);
    atomic_store(&s->stopping, false);
    return st == SW_OK ? SW_OK : sw_fail(st, "%s", why);
}

static void ring(const sw_server *s)
{
    const uint64_t one = 1;
    const ssize_t written = write(s->bell, &one, sizeof(one));
    (void) written;  // fails only when it rings already
}

void sw_server_stop(sw_server *s)
{
    atomic_store(&s->stopping, true);
    ring(s);
}

void sw_server_drain(sw_server *s)
{
    atomic_store(&s->draining, true);
    ring(s);
}

// ---- one thread --------------------------------------------------------------------------------

sw_status sw_server_poll(sw_server *s, int timeout_ms)
{
    desk *d = &s->office.desk;
    bool ready[2];
    const sw_status st = socket_wait(&d->router, 1, -1, timeout_ms, ready);
    if (st != SW_OK && st != SW_INTERRUPTED) {
        return st;
    }
    if (atomic_load(&s->draining)) {
        server_drain(&d->core);
    }
    desk_take_turn(d);
    desk_submit_short_jobs(d);
    while (workers_run_submitted(&s->office.crew)) {
        desk_finish_jobs(d);  // which may start others: a close after a failure, say
    }
    return SW_OK;
}
