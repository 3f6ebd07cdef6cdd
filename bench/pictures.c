// pictures.c -- what others feel of pictures being drawn: how long the steps of a session take
// while two other clients do nothing but render.
//
// One session of Hopper-v5 in a server process, over ipc, one request at a time, in pairs of runs:
// alone, and beside two clients that ask for pictures of 1024 x 1024. `ratio` is the median over
// the pairs of the 99th percentile beside them over that alone; `ratio_p50` likewise.
//
//     build/release/bench/pictures [--seconds S]
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <stepwire/client.h>

#include <embedded.h>

#include "bench.h"

enum {
    ROWS = 4,
    ACT = 3,
    CLIENTS = 2,          // that render
    MAX_TRIPS = 1 << 18,  // of one run
    SIDE = 1024           // of a picture, pixels
};

typedef enum company { ALONE, BESIDE, KINDS } company;

typedef struct runs {
    const char *endpoint;
    sw_client *client;
    double p50[KINDS][BENCH_PAIRS], p99[KINDS][BENCH_PAIRS];  // ms
    double pictures[BENCH_PAIRS];                             // per second
} runs;

static double trips[MAX_TRIPS];  // ms

static sw_status open_session(const char *endpoint, int rows, sw_client **client)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    const sw_session_options session = {.env_id = "Hopper-v5", .rows = rows};
    const sw_batch *batch;
    sw_status st = sw_client_connect(&options, client);
    st = st == SW_OK ? sw_client_open(*client, &session) : st;
    st = st == SW_OK ? sw_client_send_reset(*client, NULL) : st;
    return st == SW_OK ? sw_client_recv(*client, &batch) : st;
}

// ---- beside -------------------------------------------------------------------------------------

// Renders, and writes a byte before each picture, until nobody reads them any more.
static void render(const char *endpoint, int counter)
{
    const sw_view view = {.width = SIDE, .height = SIDE};
    const sw_image *image;
    sw_client *client = NULL;
    const char byte = 0;
    sw_status st = open_session(endpoint, 1, &client);
    while (st == SW_OK && write(counter, &byte, 1) == 1) {
        st = sw_client_render(client, 0, &view, &image);
    }
    if (st != SW_OK) {
        fprintf(stderr, "pictures: %s\n", sw_last_error());
    }
    sw_client_close(client);
}

// Starts the clients that render, and waits until each has its first picture. `*counter` tells of
// the others.
static sw_status start_beside(const runs *r, int *counter, pid_t *clients)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return sw_fail(SW_IO, "no pipe");
    }
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = fork();
        if (clients[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            signal(SIGPIPE, SIG_IGN);
            close(ends[0]);
            render(r->endpoint, ends[1]);
            _exit(0);
        }
    }
    close(ends[1]);
    *counter = ends[0];
    for (int i = 0; i < 2 * CLIENTS; i++) {
        char byte;
        if (read(*counter, &byte, 1) != 1) {
            return sw_fail(SW_IO, "the clients that render have ended");
        }
    }
    return SW_OK;
}

static void stop_beside(int counter, const pid_t *clients)
{
    close(counter);
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i] > 0) {
            waitpid(clients[i], NULL, 0);
        }
    }
}

// Bytes that are there to be read.
static int drain(int counter)
{
    char bytes[4096];
    int count = 0;
    ssize_t got;
    (void) fcntl(counter, F_SETFL, O_NONBLOCK);
    while ((got = read(counter, bytes, sizeof(bytes))) > 0) {
        count += (int) got;
    }
    return count;
}

// ---- runs ---------------------------------------------------------------------------------------

// Steps for so long; the times it took are then in `trips`.
static sw_status step(sw_client *client, double seconds, int *count)
{
    static const double actions[ROWS * ACT];
    const void *tensors[] = {actions};
    const double begin = bench_now();
    double sent = begin;
    sw_status st = SW_OK;
    for (*count = 0; st == SW_OK && sent - begin < seconds && *count < MAX_TRIPS; ++*count) {
        const sw_batch *batch;
        st = sw_client_send_step(client, tensors);
        st = st == SW_OK ? sw_client_recv(client, &batch) : st;
        const double now = bench_now();
        trips[*count] = 1e3 * (now - sent);
        sent = now;
    }
    return st;
}

static sw_status measure(runs *r, company kind, int pair, double seconds)
{
    pid_t clients[CLIENTS] = {0};
    int counter = -1, count = 0;
    sw_status st = kind == BESIDE ? start_beside(r, &counter, clients) : SW_OK;
    st = st == SW_OK ? step(r->client, seconds, &count) : st;
    if (counter >= 0) {
        r->pictures[pair] = drain(counter) / seconds;
        stop_beside(counter, clients);
    }
    if (st == SW_OK) {
        r->p50[kind][pair] = bench_median(trips, count);  // which sorts them
        r->p99[kind][pair] = trips[(int) (0.99 * (count - 1))];
    }
    return st;
}

static double median_ratio(const double *a, const double *b)
{
    double ratios[BENCH_PAIRS];
    for (int i = 0; i < BENCH_PAIRS; i++) {
        ratios[i] = a[i] / b[i];
    }
    return bench_median(ratios, BENCH_PAIRS);
}

static sw_status run(runs *r, double seconds)
{
    sw_status st = open_session(r->endpoint, ROWS, &r->client);
    for (int pair = 0; pair < BENCH_PAIRS && st == SW_OK; pair++) {
        st = measure(r, ALONE, pair, seconds);
        st = st == SW_OK ? measure(r, BESIDE, pair, seconds) : st;
    }
    if (st != SW_OK) {
        return st;
    }
    const double ratio = median_ratio(r->p99[BESIDE], r->p99[ALONE]);
    const double ratio_p50 = median_ratio(r->p50[BESIDE], r->p50[ALONE]);
    const bench_field fields[] = {
        {"ratio", ratio},
        {"ratio_p50", ratio_p50},
        {"p50_alone_ms", bench_median(r->p50[ALONE], BENCH_PAIRS)},
        {"p99_alone_ms", bench_median(r->p99[ALONE], BENCH_PAIRS)},
        {"p50_beside_ms", bench_median(r->p50[BESIDE], BENCH_PAIRS)},
        {"p99_beside_ms", bench_median(r->p99[BESIDE], BENCH_PAIRS)},
        {"pictures_per_s", bench_median(r->pictures, BENCH_PAIRS)},
        {"rows", ROWS},
    };
    bench_print(fields, sizeof(fields) / sizeof(fields[0]), NULL);
    return SW_OK;
}

int main(int argc, char **argv)
{
    static runs r;
    const char *const quiet[] = {"--log", "warning", NULL};
    const embedded_options options = {.program = SIMSERVER, .arguments = quiet};
    embedded *server = NULL;
    double seconds;
    sw_status st = bench_seconds(argc, argv, &seconds);
    st = st == SW_OK ? embedded_start(&options, &server) : st;
    if (st == SW_OK) {
        r.endpoint = embedded_endpoint(server);
        st = run(&r, seconds);
    }
    sw_client_close(r.client);
    if (st != SW_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], sw_last_error());
    }
    embedded_stop(server);
    return st == SW_OK ? 0 : st == SW_INVALID_ARGUMENT ? 2 : 1;
}
