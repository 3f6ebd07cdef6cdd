// wire.c -- what a round trip costs: one environment that does nothing, one request at a time,
// through the real client and the real server, against a ZeroMQ DEALER and ROUTER that exchange
// messages of the same sizes and look at nothing. And what CURVE adds to it: the same client and
// server with keys, against those without.
//
// Both servers are processes of their own. The environment has Hopper-v5's shapes.
#define _XOPEN_SOURCE 700  // nftw()
#include <assert.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <stepwire/client.h>
#include <stepwire/server.h>

#include "bench.h"
#include "keys.h"
#include "stepwire.pb-c.h"

enum { OBSERVATION = 11, ACTION = 3, MAX_ENDPOINT = 256, MAX_BYTES = 1024, MAX_TRIPS = 1 << 20 };


// ---- the environment ----------------------------------------------------------------------------

static sw_status describe(const sw_value *settings, sw_spec *spec)
{
    (void) settings;
    const sw_tensor nothing = {
        .name = "nothing", .dtype = SW_FLOAT64, .dims = 1, .shape = {OBSERVATION}};
    const sw_tensor any = {.name = "any", .dtype = SW_FLOAT64, .dims = 1, .shape = {ACTION}};
    const sw_status st = sw_spec_add_observation(spec, &nothing);
    return st == SW_OK ? sw_spec_add_action(spec, &any) : st;
}

static sw_status init(void *env, const sw_value *settings)
{
    (void) env;
    (void) settings;
    return SW_OK;
}

static sw_status reset(void *env, uint64_t seed, sw_row *rows)
{
    (void) env;
    (void) seed;
    memset(rows->observations[0], 0, OBSERVATION * sizeof(double));
    return SW_OK;
}

static sw_status step(void *env, sw_row *rows)
{
    return reset(env, 0, rows);
}

static void close_env(void *env)
{
    (void) env;
}

static const sw_env_class nothing_v0 = {.id = "Nothing-v0",
                                        .doc = "does nothing",
                                        .env_size = 1,
                                        .describe = describe,
                                        .init = init,
                                        .reset = reset,
                                        .step = step,
                                        .close = close_env};

// Bytes of a Step to one such environment, and of its reply.
static size_t request_bytes(void)
{
    double action[ACTION] = {0};
    ProtobufCBinaryData data = {.len = sizeof(action), .data = (uint8_t *) action};
    Stepwire__Step body = STEPWIRE__STEP__INIT;
    body.n_actions = 1;
    body.actions = &data;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.major = 1;
    request.session = UINT64_MAX;
    request.seq = 10000;
    request.kind_case = STEPWIRE__REQUEST__KIND_STEP;
    request.step = &body;
    return stepwire__request__get_packed_size(&request);
}

static size_t reply_bytes(void)
{
    double observation[OBSERVATION] = {0}, reward = 0;
    uint8_t flags = 0;
    ProtobufCBinaryData data = {.len = sizeof(observation), .data = (uint8_t *) observation};
    Stepwire__StepDone body = STEPWIRE__STEP_DONE__INIT;
    body.n_rewards = 1;
    body.rewards = &reward;
    body.flags = (ProtobufCBinaryData){.len = 1, .data = &flags};
    body.n_observations = 1;
    body.observations = &data;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.session = reply.incarnation = UINT64_MAX;
    reply.seq = 10000;
    reply.result_case = STEPWIRE__REPLY__RESULT_STEP;
    reply.step = &body;
    return stepwire__reply__get_packed_size(&reply);
}


// ---- the servers --------------------------------------------------------------------------------

// Each tells its endpoint through `out` and serves until it is killed; with keys, if they are not
// NULL.
static void serve(const char *address, const char *keys_directory, int out)
{
    sw_server *server;
    sw_server_options options = SW_SERVER_OPTIONS;
    options.endpoint = address;
    options.keys = keys_directory;
    sw_status st = sw_server_open(&options, &server);
    st = st == SW_OK ? sw_server_add(server, &nothing_v0) : st;
    char endpoint[MAX_ENDPOINT] = "";
    if (st == SW_OK) {
        snprintf(endpoint, sizeof(endpoint), "%s", sw_server_endpoint(server));
    }
    if (write(out, endpoint, sizeof(endpoint)) == sizeof(endpoint) && st == SW_OK) {
        sw_server_run(server);
    }
}

static void echo(const char *address, const char *keys_directory, int out)
{
    (void) keys_directory;
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    char endpoint[MAX_ENDPOINT] = "", peer[64], bytes[MAX_BYTES] = {0};
    size_t size = sizeof(endpoint);
    const size_t reply = reply_bytes();
    if (zmq_bind(router, address) == 0) {
        zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size);
    }
    if (write(out, endpoint, sizeof(endpoint)) != sizeof(endpoint)) {
        return;
    }
    for (;;) {
        const int peer_size = zmq_recv(router, peer, sizeof(peer), 0);
        zmq_recv(router, bytes, sizeof(bytes), 0);
        zmq_send(router, peer, (size_t) peer_size, ZMQ_SNDMORE);
        zmq_send(router, bytes, reply, 0);
    }
}

typedef void (*program)(const char *address, const char *keys_directory, int out);

typedef struct process {
    pid_t id;
    const char *keys;
    char endpoint[MAX_ENDPOINT];
} process;

// Before this process has threads.
static sw_status start(program run, const char *address, process *p)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return sw_fail(SW_IO, "no pipe");
    }
    p->id = fork();
    if (p->id == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(address, p->keys, ends[1]);
        _exit(1);
    }
    close(ends[1]);
    const bool ready = p->id > 0 && read(ends[0], p->endpoint, MAX_ENDPOINT) == MAX_ENDPOINT;
    close(ends[0]);
    return ready && p->endpoint[0] != '\0' ? SW_OK : sw_fail(SW_IO, "%s: no server", address);
}

static void stop(const process *p)
{
    if (p->id > 0) {
        kill(p->id, SIGKILL);
        waitpid(p->id, NULL, 0);
    }
}


// ---- the two sides ------------------------------------------------------------------------------

typedef struct sides {
    process server, other;  // the other one is what it is compared with
    sw_client *client;
    sw_client *other_client;  // NULL: a dealer instead
    void *context, *dealer;
    double *trips;  // [MAX_TRIPS] s
} sides;

static sw_status trip(sw_client *client)
{
    static const double action[ACTION];
    const void *tensors[] = {action};
    const sw_batch *batch;
    const sw_status st = sw_client_send_step(client, tensors);
    return st == SW_OK ? sw_client_recv(client, &batch) : st;
}

static sw_status raw_trip(void *dealer, size_t size)
{
    char bytes[MAX_BYTES] = {0};
    if (zmq_send(dealer, bytes, size, 0) < 0 || zmq_recv(dealer, bytes, sizeof(bytes), 0) < 0) {
        return sw_fail(SW_IO, "raw: %s", zmq_strerror(zmq_errno()));
    }
    return SW_OK;
}

// The median time of a round trip, us.
static sw_status measure(sides *s, bool raw, double seconds, double *figure)
{
    const size_t size = request_bytes();
    const double begin = bench_now();
    double now = begin;
    int count = 0;
    while (now - begin < seconds && count < MAX_TRIPS) {
        const sw_status st = !raw                      ? trip(s->client)
                             : s->other_client != NULL ? trip(s->other_client)
                                                       : raw_trip(s->dealer, size);
        if (st != SW_OK) {
            return st;
        }
        const double after = bench_now();
        s->trips[count++] = after - now;
        now = after;
    }
    *figure = 1e6 * bench_median(s->trips, count);
    return SW_OK;
}

static sw_status measure_ours(void *context, double seconds, double *figure)
{
    return measure(context, false, seconds, figure);
}

static sw_status measure_raw(void *context, double seconds, double *figure)
{
    return measure(context, true, seconds, figure);
}

// Opens a session on a server.
static sw_status connect_client(const process *p, sw_client **client)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = p->endpoint;
    options.keys = p->keys;
    const sw_session_options session = {.env_id = "Nothing-v0", .rows = 1};
    const sw_batch *batch;
    sw_status st = sw_client_connect(&options, client);
    st = st == SW_OK ? sw_client_open(*client, &session) : st;
    st = st == SW_OK ? sw_client_send_reset(*client, NULL) : st;
    return st == SW_OK ? sw_client_recv(*client, &batch) : st;
}

static sw_status connect_both(sides *s)
{
    const sw_status st = connect_client(&s->server, &s->client);
    if (st != SW_OK || s->server.keys != NULL) {
        return st == SW_OK ? connect_client(&s->other, &s->other_client) : st;
    }
    s->context = zmq_ctx_new();
    s->dealer = zmq_socket(s->context, ZMQ_DEALER);
    return zmq_connect(s->dealer, s->other.endpoint) == 0
               ? SW_OK
               : sw_fail(SW_IO, "raw: %s", zmq_strerror(zmq_errno()));
}

static sw_status compare(sides *s, double seconds, bench_result *result)
{
    sw_status st = connect_both(s);
    st = st == SW_OK ? bench_compare(measure_ours, measure_raw, s, seconds, result) : st;
    sw_client_close(s->client);
    sw_client_close(s->other_client);
    if (s->context != NULL) {
        zmq_close(s->dealer);
        zmq_ctx_term(s->context);
    }
    return st;
}


// ---- the cases ----------------------------------------------------------------------------------

enum { TCP, IPC, CURVE, CASES };

typedef struct scratch {
    char directory[32];
    char ipc[2][64];  // endpoints
    char keys[64];    // directory
} scratch;

static void ignore(void *context, const char *path)
{
    (void) context;
    (void) path;
}

static sw_status make_scratch(scratch *x)
{
    strcpy(x->directory, "/tmp/stepwire-bench-XXXXXX");
    if (mkdtemp(x->directory) == NULL) {
        return sw_fail(SW_IO, "no directory in /tmp");
    }
    snprintf(x->ipc[0], sizeof(x->ipc[0]), "ipc://%s/server", x->directory);
    snprintf(x->ipc[1], sizeof(x->ipc[1]), "ipc://%s/echo", x->directory);
    snprintf(x->keys, sizeof(x->keys), "%s/keys", x->directory);
    return keys_generate(x->keys, ignore, NULL);
}

static int remove_one(const char *path, const struct stat *what, int type, struct FTW *place)
{
    (void) what;
    (void) type;
    (void) place;
    return remove(path);
}

static sw_status run(double seconds, const scratch *x, bench_result *r)
{
    static double trips[MAX_TRIPS];
    static const char tcp[] = "tcp://127.0.0.1:*";
    sides s[CASES] = {{.trips = trips}, {.trips = trips}, {.trips = trips}};
    s[CURVE].server.keys = x->keys;
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < CASES; i++) {
        st = start(serve, i == IPC ? x->ipc[0] : tcp, &s[i].server);
        st = st == SW_OK ? start(i == CURVE ? serve : echo, i == IPC ? x->ipc[1] : tcp, &s[i].other)
                         : st;
    }
    for (int i = 0; st == SW_OK && i < CASES; i++) {
        st = compare(&s[i], seconds, &r[i]);
    }
    for (int i = 0; i < CASES; i++) {
        stop(&s[i].server);
        stop(&s[i].other);
    }
    return st;
}

int main(int argc, char **argv)
{
    scratch x = {.directory = ""};
    bench_result r[CASES];
    double seconds;
    sw_status st = bench_seconds(argc, argv, &seconds);
    st = st == SW_OK ? make_scratch(&x) : st;
    st = st == SW_OK ? run(seconds, &x, r) : st;
    if (x.directory[0] != '\0') {
        nftw(x.directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    if (st != SW_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], sw_last_error());
        return st == SW_INVALID_ARGUMENT ? 2 : 1;
    }
    const bench_field fields[] = {
        {"ratio", r[TCP].ratio},
        {"rtt_p50_us", r[TCP].ours},
        {"raw_rtt_p50_us", r[TCP].raw},
        {"ratio_ipc", r[IPC].ratio},
        {"rtt_p50_us_ipc", r[IPC].ours},
        {"raw_rtt_p50_us_ipc", r[IPC].raw},
        {"curve_ratio", r[CURVE].ratio},
        {"curve_rtt_p50_us", r[CURVE].ours},
        {"plain_rtt_p50_us", r[CURVE].raw},
    };
    bench_print(fields, sizeof(fields) / sizeof(fields[0]), NULL);
    return 0;
}
