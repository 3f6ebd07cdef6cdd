// test_flat.c -- a server from outside: whatever comes and goes, it goes on serving, and its
// memory, its files and its log stay what they were.
//
//     test_flat [CYCLES [SECONDS]]
//
// SIMSERVER and PUPPET are the paths of the programs.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "garbage.h"
#include "process.h"
#include "puppeteer.h"
#include "random.h"
#include "socket.h"
#include "tcp.h"
#include "test.h"
#include "zmtp.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RSS_MEANS_SOMETHING false  // a sanitizer keeps what is freed; at the end it looks for leaks
#else
#define RSS_MEANS_SOMETHING true
#endif

enum {
    FLAT_KIB = 2048,  // less than a leak of 256 bytes in each of 10,000 cycles would be
    // Under the limits below: 64 connections with half a message of 1 MiB, environments, and slack.
    GARBAGE_KIB = 64 << 10,
    LOG_BYTES = 64 << 10
};

typedef struct plan {
    int cycles, seconds;
} plan;

typedef struct subject {
    char endpoint[TCP_MAX_ENDPOINT];
    process server;
} subject;

static subject start(const char *const *arguments)
{
    subject s = {.endpoint = "tcp://127.0.0.1:*"};
    s.server = process_serve(SIMSERVER, arguments, s.endpoint);
    return s;
}

static const char *const quiet[] = {"--log", "warning", NULL};
static const char *const narrow[] = {"--max-envs", "64", "--max-message", "1048576", NULL};

// Waits until the server has no more files open than before. Whoever is answered came after all
// that were still to be accepted: from then on their number can only fall.
static void settle(const subject *s, int files)
{
    process last = puppet_start(PUPPET, s->endpoint, "30", "1");
    puppet_order(&last, "connect", "ok");
    puppet_finish(&last);
    const int64_t deadline = clock_ms() + PROCESS_PATIENCE_MS;
    int open;
    while ((open = process_files(&s->server)) > files && clock_ms() < deadline) {
        sleep_ms(1);
    }
    assert_in_range(open, 0, files);
}

static void finish(subject *s)
{
    if (process_end(&s->server) != 0) {
        fail_msg("the server did not end well");
    }
}

static void expect_flat(const char *what, long before, long after)
{
    print_message("%s: %ld KiB before, %ld KiB after\n", what, before, after);
    if (RSS_MEANS_SOMETHING) {
        assert_in_range(after, 0, before + FLAT_KIB);
    }
}


// ---- sessions -----------------------------------------------------------------------------------

// Sends a request and waits for its reply, which the caller frees.
static Stepwire__Reply *ask(void *dealer, Stepwire__Request *request)
{
    uint8_t bytes[ZMTP_MAX_BYTES];
    zmq_msg_t message;
    bool received = false;
    request->major = STEPWIRE__VERSION__VERSION_MAJOR;
    zmq_msg_init_size(&message, stepwire__request__pack(request, bytes));
    memcpy(zmq_msg_data(&message), bytes, zmq_msg_size(&message));
    for (int i = 0; i < PROCESS_PATIENCE_MS;
         i++) {  // a DEALER takes nothing before it is connected
        zmq_msg_t copy;
        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, &message);
        if (socket_send(dealer, &copy) == SW_OK) {
            break;
        }
        sleep_ms(1);
    }
    assert_ok(socket_receive_within(dealer, PROCESS_PATIENCE_MS, &message, &received));
    assert_true(received);
    Stepwire__Reply *reply =
        stepwire__reply__unpack(NULL, zmq_msg_size(&message), zmq_msg_data(&message));
    zmq_msg_close(&message);
    assert_non_null(reply);
    return reply;
}

static void open_and_close(void *dealer, uint64_t token)
{
    Stepwire__Open open = STEPWIRE__OPEN__INIT;
    open.token = token;
    open.env_id = "Counter-v0";
    open.rows = 1 + (uint32_t) token % 7;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_OPEN;
    request.open = &open;
    Stepwire__Reply *reply = ask(dealer, &request);
    assert_int_equal(reply->result_case, STEPWIRE__REPLY__RESULT_OPENED);

    Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_CLOSE;
    request.close = &close;
    request.session = reply->opened->session;
    request.seq = 1;
    stepwire__reply__free_unpacked(reply, NULL);
    reply = ask(dealer, &request);
    assert_int_equal(reply->result_case, STEPWIRE__REPLY__RESULT_CLOSED);
    stepwire__reply__free_unpacked(reply, NULL);
}

static void sessions_that_were_opened_and_closed_leave_nothing(void **state)
{
    const plan *p = *state;
    subject s = start(quiet);
    const socket_options options = {.max_message = 1 << 20};
    void *context = zmq_ctx_new(), *dealer;
    assert_ok(socket_connect(context, s.endpoint, &options, &dealer, NULL));
    long before = 0;
    for (int i = 0; i < p->cycles + p->cycles / 4; i++) {
        if (i == p->cycles / 4) {
            before = process_rss_kib(&s.server);  // what was needed once is there
        }
        open_and_close(dealer, 1 + (uint64_t) i);
    }
    expect_flat("sessions", before, process_rss_kib(&s.server));
    socket_close(dealer, NULL);
    zmq_ctx_term(context);
    finish(&s);
}


// ---- connections --------------------------------------------------------------------------------

// All that a client says until it has a session, which is left to its lease of 0.2 s.
static zmtp_bytes say_all(uint64_t token)
{
    zmtp_bytes b = {.size = 0};
    Stepwire__Hello hello = STEPWIRE__HELLO__INIT;
    Stepwire__Open open = STEPWIRE__OPEN__INIT;
    open.token = token;
    open.env_id = "Counter-v0";
    open.rows = 1;
    open.lease = 0.2;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    zmtp_greet(&b, "NULL");
    zmtp_shake_hands(&b);
    request.kind_case = STEPWIRE__REQUEST__KIND_HELLO;
    request.hello = &hello;
    zmtp_request(&b, &request);
    request.kind_case = STEPWIRE__REQUEST__KIND_OPEN;
    request.open = &open;
    zmtp_request(&b, &request);
    return b;
}

// Connections that are dropped anywhere in that, a few at once.
static void drop_connections(const char *endpoint, int count, random_state *random)
{
    enum { AT_ONCE = 16 };
    int files[AT_ONCE];
    for (int i = 0; i < AT_ONCE; i++) {
        files[i] = -1;
    }
    for (int i = 0; i < count + AT_ONCE; i++) {
        int *fd = &files[i % AT_ONCE];
        tcp_close(*fd, random_below(random, 2) == 0);
        *fd = i < count ? tcp_connect(endpoint) : -1;
        if (*fd >= 0) {
            const zmtp_bytes all = say_all(random_bits(random));
            (void) tcp_write(*fd, all.bytes, random_below(random, all.size + 1));
        }
    }
}

static void dropped_connections_leave_nothing(void **state)
{
    const plan *p = *state;
    subject s = start(quiet);
    random_state random = random_seed(1);
    const int files = process_files(&s.server);
    drop_connections(s.endpoint, p->cycles / 4, &random);
    settle(&s, files);
    const long before = process_rss_kib(&s.server);
    drop_connections(s.endpoint, p->cycles, &random);
    settle(&s, files);
    expect_flat("connections", before, process_rss_kib(&s.server));
    finish(&s);
}


// ---- garbage ------------------------------------------------------------------------------------

static void step(process *puppet, int number, int64_t *longest_ms)
{
    char expected[32];
    snprintf(expected, sizeof(expected), "%d %d", number, number);
    const int64_t before = clock_ms();
    puppet_order(puppet, "step", expected);
    const int64_t took = clock_ms() - before;
    *longest_ms = took > *longest_ms ? took : *longest_ms;
}

static void garbage_on_the_port_harms_nobody(void **state)
{
    const plan *p = *state;
    subject s = start(narrow);
    const int files = process_files(&s.server);
    process puppet = puppet_start(PUPPET, s.endpoint, "30", "2");
    puppet_order(&puppet, "connect", "ok");
    puppet_order(&puppet, "open", "ok");
    puppet_order(&puppet, "reset", "0 0");
    garbage *g = garbage_open(s.endpoint, 1, 1 << 20);
    const long before = process_rss_kib(&s.server);
    long most = before;
    int64_t longest_ms = 0;
    const int64_t deadline = clock_ms() + 1000 * p->seconds;
    int steps = 0;
    while (clock_ms() < deadline) {
        garbage_throw(g);
        step(&puppet, ++steps, &longest_ms);
        const long now = process_rss_kib(&s.server);
        most = now > most ? now : most;
    }
    print_message("%d connections and %" PRId64 " bytes of garbage; %d steps beside, the longest "
                  "%" PRId64 " ms; %ld KiB before, at most %ld KiB, log %ld bytes\n",
                  garbage_connections(g), garbage_bytes(g), steps, longest_ms, before, most,
                  process_log_bytes(&s.server));
    if (RSS_MEANS_SOMETHING) {
        assert_in_range(most, 0, before + GARBAGE_KIB);
    }
    assert_in_range(process_log_bytes(&s.server), 0, LOG_BYTES);
    garbage_close(g);
    puppet_finish(&puppet);
    settle(&s, files);
    finish(&s);
}

static int read_number(int argc, char **argv, int i, int otherwise)
{
    return i < argc ? atoi(argv[i]) : otherwise;
}

int main(int argc, char **argv)
{
    plan p = {.cycles = read_number(argc, argv, 1, 10000),
              .seconds = read_number(argc, argv, 2, 4)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(sessions_that_were_opened_and_closed_leave_nothing, &p),
        cmocka_unit_test_prestate(dropped_connections_leave_nothing, &p),
        cmocka_unit_test_prestate(garbage_on_the_port_harms_nobody, &p),
    };
    return cmocka_run_group_tests_name("flat", tests, NULL, NULL);
}
