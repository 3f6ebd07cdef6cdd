// wire.c -- what a round trip costs: one environment that does nothing, one request at a time,
// through the real client and the real server, against a ZeroMQ DEALER and ROUTER that exchange
// messages of the same sizes and look at nothing.
//
// Both servers are processes of their own. The environment has Hopper-v5's shapes.
#include <assert.h>
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

// Each tells its endpoint through `out` and serves until it is killed.
static void serve(const char *address, int out)
{
    sw_server *server;
    sw_server_options options = SW_SERVER_OPTIONS;
    options.endpoint = address;
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

static void echo(const char *address, int out)
{
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

typedef struct process {
    pid_t id;
    char endpoint[MAX_ENDPOINT];
} process;

// Before this process has threads.
static sw_status start(void (*run)(const char *, int), const char *address, process *p)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return sw_fail(SW_IO, "no pipe");
    }
    p->id = fork();
    if (p->id == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(address, ends[1]);
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
    process server, echo;
    sw_client *client;
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
        const sw_status st = raw ? raw_trip(s->dealer, size) : trip(s->client);
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

static sw_status connect_both(sides *s)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = s->server.endpoint;
    const sw_session_options session = {.env_id = "Nothing-v0", .rows = 1};
    const sw_batch *batch;
    sw_status st = sw_client_connect(&options, &s->client);
    st = st == SW_OK ? sw_client_open(s->client, &session) : st;
    st = st == SW_OK ? sw_client_send_reset(s->client, NULL) : st;
    st = st == SW_OK ? sw_client_recv(s->client, &batch) : st;
    s->context = zmq_ctx_new();
    s->dealer = zmq_socket(s->context, ZMQ_DEALER);
    if (st == SW_OK && zmq_connect(s->dealer, s->echo.endpoint) != 0) {
        st = sw_fail(SW_IO, "raw: %s", zmq_strerror(zmq_errno()));
    }
    return st;
}

static sw_status compare(sides *s, double seconds, bench_result *result)
{
    sw_status st = connect_both(s);
    st = st == SW_OK ? bench_compare(measure_ours, measure_raw, s, seconds, result) : st;
    sw_client_close(s->client);
    zmq_close(s->dealer);
    zmq_ctx_term(s->context);
    return st;
}

int main(int argc, char **argv)
{
    enum { TCP, IPC, TRANSPORTS };
    static double trips[MAX_TRIPS];
    char directory[] = "/tmp/stepwire-bench-XXXXXX";
    char addresses[TRANSPORTS][2][64] = {{"tcp://127.0.0.1:*", "tcp://127.0.0.1:*"}};
    sides s[TRANSPORTS] = {{.trips = trips}, {.trips = trips}};
    bench_result r[TRANSPORTS];
    double seconds;
    sw_status st = bench_seconds(argc, argv, &seconds);
    if (st == SW_OK && mkdtemp(directory) == NULL) {
        st = sw_fail(SW_IO, "no directory in /tmp");
    }
    snprintf(addresses[IPC][0], sizeof(addresses[IPC][0]), "ipc://%s/server", directory);
    snprintf(addresses[IPC][1], sizeof(addresses[IPC][1]), "ipc://%s/echo", directory);
    for (int i = 0; st == SW_OK && i < TRANSPORTS; i++) {
        st = start(serve, addresses[i][0], &s[i].server);
        st = st == SW_OK ? start(echo, addresses[i][1], &s[i].echo) : st;
    }
    for (int i = 0; st == SW_OK && i < TRANSPORTS; i++) {
        st = compare(&s[i], seconds, &r[i]);
    }
    for (int i = 0; i < TRANSPORTS; i++) {
        stop(&s[i].server);
        stop(&s[i].echo);
    }
    unlink(addresses[IPC][0] + strlen("ipc://"));
    unlink(addresses[IPC][1] + strlen("ipc://"));
    rmdir(directory);
    if (st != SW_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], sw_last_error());
        return st == SW_INVALID_ARGUMENT ? 2 : 1;
    }
    const bench_field fields[] = {
        {"ratio", r[TCP].ratio},         {"rtt_p50_us", r[TCP].ours},
        {"raw_rtt_p50_us", r[TCP].raw},  {"ratio_ipc", r[IPC].ratio},
        {"rtt_p50_us_ipc", r[IPC].ours}, {"raw_rtt_p50_us_ipc", r[IPC].raw},
    };
    bench_print(fields, sizeof(fields) / sizeof(fields[0]), NULL);
    return 0;
}
