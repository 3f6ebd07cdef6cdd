// crowd.c -- many sessions on one server: how long requests take, and whether a client that hardly
// reads its replies makes the others wait.
//
// 200 sessions of 4 rows of CartPole-v1, each with one request under way all the time, so that the
// server is as busy as it can be. They are pools in a few processes, because one would measure
// itself. First all of them step for a while; then in pairs of runs with and without the slow
// client beside them, whose ratio of 99th percentiles counts.
//
// The slow client has a session of many rows, steps it a hundred times a second, and reads a reply
// every second through a queue of one and the smallest of buffers.
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include <stepwire/pool.h>

#include "bench.h"
#include "stepwire.pb-c.h"

enum {
    SESSIONS = 200,
    ROWS = 4,
    WORKERS = 4,
    GROUPS = SESSIONS / WORKERS,
    MAX_TRIPS = 1 << 20,  // of one worker in one run
    MAX_ENDPOINT = 64,
    LONG_RUN = 15,  // times --seconds
    PAIRED_RUN = 2  // likewise
};

// A process with a part of the sessions, and what it shares with this one.
typedef struct worker {
    double seconds;  // how long to step; 0: end
    sw_status status;
    char error[256];
    int count;
    float trips[MAX_TRIPS];  // [count] ms
} worker;

typedef struct crowd {
    char endpoint[MAX_ENDPOINT];
    pid_t server;
    pid_t workers[WORKERS];
    int orders[WORKERS];   // a byte: begin
    int reports[WORKERS];  // a byte: done
    worker *shared;        // [WORKERS]
    double *trips;         // [WORKERS * MAX_TRIPS] ms, of all, sorted
    int64_t count, requests;
} crowd;


// ---- the sessions -------------------------------------------------------------------------------

static const int64_t push_left[ROWS];

static sw_status send_group(sw_pool *pool, int group, double *sent)
{
    const void *tensors[] = {push_left};
    sent[group] = bench_now();
    return sw_pool_send(pool, group, tensors);
}

static sw_status open_sessions(const char *endpoint, int number, sw_pool **pool)
{
    const sw_pool_options options = {
        .endpoints = &endpoint,
        .endpoint_count = 1,
        .rows = GROUPS * ROWS,
        .groups = GROUPS,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = "CartPole-v1", .seed = (uint64_t) number},
    };
    sw_status st = sw_pool_open(&options, pool);
    for (int g = 0; st == SW_OK && g < GROUPS; g++) {
        const sw_batch *batch;
        st = sw_pool_reset(*pool, g, NULL);
        st = st == SW_OK ? sw_pool_recv(*pool, g, &batch) : st;
    }
    return st;
}

// Steps every session as often as it goes.
static sw_status step_sessions(sw_pool *pool, worker *w)
{
    double sent[GROUPS];
    const double begin = bench_now();
    sw_status st = SW_OK;
    w->count = 0;
    for (int g = 0; st == SW_OK && g < GROUPS; g++) {
        st = send_group(pool, g, sent);
    }
    for (int waiting = GROUPS; st == SW_OK && waiting > 0;) {
        const sw_batch *batch;
        int group;
        st = sw_pool_recv_any(pool, &group, &batch);
        const double now = bench_now();
        if (st == SW_OK) {
            w->trips[w->count++] = (float) (1e3 * (now - sent[group]));
            if (now - begin < w->seconds && w->count < MAX_TRIPS - GROUPS) {
                st = send_group(pool, group, sent);
            } else {
                waiting--;
            }
        }
    }
    return st;
}

static void work(const char *endpoint, int number, worker *w, int orders, int reports)
{
    sw_pool *pool = NULL;
    char byte = 0;
    w->status = open_sessions(endpoint, number, &pool);
    do {
        if (w->status == SW_OK && w->seconds > 0) {
            w->status = step_sessions(pool, w);
        }
        snprintf(w->error, sizeof(w->error), "%s", sw_last_error());
    } while (write(reports, &byte, 1) == 1 && read(orders, &byte, 1) == 1);
    sw_pool_close(pool);
}


// ---- the slow client
// ------------------------------------------------------------------------------

enum { SLOW_ROWS = 512, SLOW_MS = 10, SLOW_READS = 100 };

static void send_request(void *dealer, Stepwire__Request *request)
{
    static uint8_t bytes[64 * SLOW_ROWS];
    request->major = STEPWIRE__VERSION__VERSION_MAJOR;
    const size_t size = stepwire__request__pack(request, bytes);
    (void) zmq_send(dealer, bytes, size, ZMQ_DONTWAIT);
}

// Its session, or 0.
static uint64_t open_slowly(void *dealer)
{
    uint8_t bytes[4096];
    Stepwire__Open open = STEPWIRE__OPEN__INIT;
    open.token = (uint64_t) getpid();
    open.env_id = "CartPole-v1";
    open.rows = SLOW_ROWS;
    open.lease = 2;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_OPEN;
    request.open = &open;
    send_request(dealer, &request);
    const int size = zmq_recv(dealer, bytes, sizeof(bytes), 0);
    if (size < 0 || (size_t) size > sizeof(bytes)) {
        return 0;
    }
    Stepwire__Reply *reply = stepwire__reply__unpack(NULL, (size_t) size, bytes);
    uint64_t session = 0;
    if (reply != NULL && reply->result_case == STEPWIRE__REPLY__RESULT_OPENED) {
        session = reply->opened->session;
    }
    stepwire__reply__free_unpacked(reply, NULL);
    return session;
}

static void be_slow(const char *endpoint)
{
    static int64_t actions[SLOW_ROWS];
    const struct timespec pause = {.tv_nsec = SLOW_MS * 1000000L};
    const int one = 1, small = 2048;
    void *context = zmq_ctx_new();
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(dealer, ZMQ_RCVHWM, &one, sizeof(one));
    zmq_setsockopt(dealer, ZMQ_RCVBUF, &small, sizeof(small));
    zmq_connect(dealer, endpoint);

    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.session = open_slowly(dealer);
    Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    ProtobufCBinaryData data = {.len = sizeof(actions), .data = (uint8_t *) actions};
    Stepwire__Step step = STEPWIRE__STEP__INIT;
    step.actions = &data;
    step.n_actions = 1;
    for (request.seq = 1;; request.seq++) {
        request.kind_case =
            request.seq == 1 ? STEPWIRE__REQUEST__KIND_RESET : STEPWIRE__REQUEST__KIND_STEP;
        request.reset = request.seq == 1 ? &reset : NULL;
        if (request.seq > 1) {
            request.step = &step;
        }
        send_request(dealer, &request);
        nanosleep(&pause, NULL);
        if (request.seq % SLOW_READS == 0) {
            char bytes[64];
            (void) zmq_recv(dealer, bytes, sizeof(bytes), ZMQ_DONTWAIT);
        }
    }
}


// ---- processes ----------------------------------------------------------------------------------

static void stop(pid_t id)
{
    if (id > 0) {
        kill(id, SIGKILL);
        waitpid(id, NULL, 0);
    }
}

static sw_status start_server(crowd *c)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return sw_fail(SW_IO, "no pipe");
    }
    c->server = fork();
    if (c->server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], STDOUT_FILENO);
        execl(SIMSERVER, SIMSERVER, "--bind", "tcp://127.0.0.1:*", "--log", "warning",
              (char *) NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    const bool ready = out != NULL && fscanf(out, "ready %63s", c->endpoint) == 1;
    return ready ? SW_OK : sw_fail(SW_IO, "%s does not start", SIMSERVER);
}

// Waits until every worker is done with what it was told last.
static sw_status gather(crowd *c)
{
    c->count = 0;
    for (int i = 0; i < WORKERS; i++) {
        char byte;
        const worker *w = &c->shared[i];
        if (read(c->reports[i], &byte, 1) != 1) {
            return sw_fail(SW_IO, "a process with sessions has ended");
        }
        if (w->status != SW_OK) {
            return sw_fail(w->status, "%s", w->error);
        }
        for (int n = 0; n < w->count; n++) {
            c->trips[c->count++] = (double) w->trips[n];
        }
    }
    return SW_OK;
}

static sw_status start_workers(crowd *c)
{
    for (int i = 0; i < WORKERS; i++) {
        int orders[2], reports[2];
        if (pipe(orders) != 0 || pipe(reports) != 0) {
            return sw_fail(SW_IO, "no pipe");
        }
        c->workers[i] = fork();
        if (c->workers[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            work(c->endpoint, i, &c->shared[i], orders[0], reports[1]);
            _exit(0);
        }
        close(orders[0]);
        close(reports[1]);
        c->orders[i] = orders[1];
        c->reports[i] = reports[0];
    }
    return gather(c);
}


// ---- runs ---------------------------------------------------------------------------------------

// All sessions step for so long; the times of their requests are then in c->trips, sorted.
static sw_status step_all(crowd *c, double seconds)
{
    for (int i = 0; i < WORKERS; i++) {
        const char byte = 0;
        c->shared[i].seconds = seconds;
        if (write(c->orders[i], &byte, 1) != 1) {
            return sw_fail(SW_IO, "a process with sessions has ended");
        }
    }
    const sw_status st = gather(c);
    if (st == SW_OK) {
        (void) bench_median(c->trips, (int) c->count);  // which sorts them
        c->requests += c->count;
    }
    return st;
}

static double percentile(const crowd *c, double p)
{
    return c->trips[(int64_t) (p * (double) (c->count - 1))];
}

static sw_status measure_alone(void *context, double seconds, double *figure)
{
    crowd *c = context;
    const sw_status st = step_all(c, seconds);
    *figure = st == SW_OK ? percentile(c, 0.99) : 0;
    return st;
}

static sw_status measure_beside_slow(void *context, double seconds, double *figure)
{
    crowd *c = context;
    const pid_t slow = fork();
    if (slow == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_slow(c->endpoint);
    }
    const sw_status st = measure_alone(context, seconds, figure);
    stop(slow);
    return st;
}

static sw_status prepare(crowd *c)
{
    FILE *file = tmpfile();
    const size_t size = WORKERS * sizeof(worker);
    if (file == NULL || ftruncate(fileno(file), (off_t) size) != 0) {
        return sw_fail(SW_IO, "no file to share");
    }
    c->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    c->trips = malloc((size_t) WORKERS * MAX_TRIPS * sizeof(*c->trips));
    if (c->shared == MAP_FAILED || c->trips == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the times of requests");
    }
    const sw_status st = start_server(c);
    return st == SW_OK ? start_workers(c) : st;
}

static sw_status run(crowd *c, double seconds)
{
    sw_status st = prepare(c);
    st = st == SW_OK ? step_all(c, seconds) : st;  // warming up
    st = st == SW_OK ? step_all(c, LONG_RUN * seconds) : st;
    if (st != SW_OK) {
        return st;
    }
    const double rate = (double) c->count / (LONG_RUN * seconds);
    const double p50 = percentile(c, 0.5), p99 = percentile(c, 0.99);
    bench_result slow;
    st = bench_compare(measure_beside_slow, measure_alone, c, PAIRED_RUN * seconds, &slow);
    if (st != SW_OK) {
        return st;
    }
    const bench_field fields[] = {
        {"ratio", slow.ratio},
        {"p99_beside_slow_ms", slow.ours},
        {"p99_alone_ms", slow.raw},
        {"sessions", SESSIONS},
        {"rows", ROWS},
        {"requests_per_s", rate},
        {"p50_ms", p50},
        {"p99_ms", p99},
        {"requests", (double) c->requests},
    };
    bench_print(fields, sizeof(fields) / sizeof(fields[0]), NULL);
    return SW_OK;
}

int main(int argc, char **argv)
{
    crowd c = {.requests = 0};
    double seconds;
    sw_status st = bench_seconds(argc, argv, &seconds);
    st = st == SW_OK ? run(&c, seconds) : st;
    for (int i = 0; i < WORKERS; i++) {
        stop(c.workers[i]);
    }
    stop(c.server);
    free(c.trips);
    if (st != SW_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], sw_last_error());
        return st == SW_INVALID_ARGUMENT ? 2 : 1;
    }
    return 0;
}
