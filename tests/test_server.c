// test_server.c -- simserver/server/server.c: sessions over real sockets and threads.
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "serve.h"
#include "served.h"
#include "socket.h"
#include "test.h"

enum { ROWS = 6, STEPS = 50 };

static void start(served *s, const char *endpoint, int threads)
{
    sw_server_options options = served_options(threads);
    options.endpoint = endpoint;
    served_start(s, &options, NULL);
}

// What a trajectory leaves: the bytes of all its replies, but for what is random per server.
typedef struct record {
    unsigned char bytes[1 << 18];
    size_t size;
} record;

static void write_down(record *r, Stepwire__Reply *reply)
{
    reply->session = 0;
    reply->incarnation = 0;
    const size_t size = stepwire__reply__get_packed_size(reply);
    assert_true(r->size + size <= sizeof(r->bytes));
    r->size += stepwire__reply__pack(reply, r->bytes + r->size);
    stepwire__reply__free_unpacked(reply, NULL);
}

// Episodes that end in every way there is, in different rows at different times.
static void choose_actions(step_fake *step, int t)
{
    for (int i = 0; i < ROWS; i++) {
        step->add[i * FAKE_ADD] = 0.01 * t;
        step->add[i * FAKE_ADD + 1] = -0.001 * i;
        step->command[i] = (t + i) % 7 == 0 ? t % FAKE_LAST_RESET : FAKE_GO_ON;
    }
}

static record *record_trajectory(const char *endpoint, int threads)
{
    record *r = calloc(1, sizeof(*r));
    served s;
    step_fake step;
    start(&s, endpoint, threads);
    Stepwire__Open open = open_fake(7, ROWS);
    open.info = true;
    const uint64_t session = served_open(&s, &open);
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    write_down(r, served_ask(&s, session, 1, STEPWIRE__REQUEST__KIND_RESET, &reset));
    step_fake_init(&step, ROWS);
    for (int t = 0; t < STEPS; t++) {
        choose_actions(&step, t);
        write_down(
            r, served_ask(&s, session, 2 + (uint64_t) t, STEPWIRE__REQUEST__KIND_STEP, &step.body));
    }
    const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    write_down(r, served_ask(&s, session, 2 + STEPS, STEPWIRE__REQUEST__KIND_CLOSE, &close));
    served_finish(&s);
    return r;
}

static void assert_same(record *a, record *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->bytes, b->bytes, a->size);
    free(b);
}

static void threads_transport_and_polling_change_no_byte(void **state)
{
    (void) state;
    char ipc[64];
    snprintf(ipc, sizeof(ipc), "ipc:///tmp/stepwire-test-%d", (int) getpid());
    record *expected = record_trajectory(served_tcp, 1);
    assert_true(expected->size > STEPS * ROWS * sizeof(double));
    assert_same(expected, record_trajectory(served_tcp, 2));
    assert_same(expected, record_trajectory(served_tcp, 4));
    assert_same(expected, record_trajectory(ipc, 2));
    assert_same(expected, record_trajectory(served_tcp, SERVED_POLLED));
    unlink(ipc + strlen("ipc://"));
    free(expected);
}

// One row whose step can be made to wait for a byte.
typedef struct gated {
    served s;
    int gate[2];
    uint64_t session, seq;
    step_fake step;
} gated;

static void start_gated(gated *g, int threads)
{
    assert_int_equal(pipe(g->gate), 0);
    start(&g->s, served_tcp, threads);
    Stepwire__Setting setting = STEPWIRE__SETTING__INIT;
    Stepwire__Setting *settings[] = {&setting};
    setting.name = "gate";
    setting.type = STEPWIRE__SETTING_TYPE__INT;
    setting.int_value = g->gate[0];
    Stepwire__Open open = open_fake(7, 1);
    open.settings = settings;
    open.n_settings = 1;
    g->session = served_open(&g->s, &open);
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    stepwire__reply__free_unpacked(
        served_ask(&g->s, g->session, g->seq = 1, STEPWIRE__REQUEST__KIND_RESET, &reset), NULL);
    step_fake_init(&g->step, 1);
}

static void finish_gated(gated *g)
{
    served_finish(&g->s);
    close(g->gate[0]);
    close(g->gate[1]);
}

static void take_steps(gated *g, int count)
{
    g->step.command[0] = FAKE_GO_ON;
    for (int t = 0; t < count; t++) {
        served_expect(
            served_ask(&g->s, g->session, ++g->seq, STEPWIRE__REQUEST__KIND_STEP, &g->step.body),
            STEPWIRE__REPLY__RESULT_STEP);
    }
}

// Sends a step that waits, sees that Ping says so, and lets it go.
static void hang_for_a_ping(gated *g)
{
    g->step.command[0] = FAKE_WAIT;
    served_send(&g->s, g->session, ++g->seq, STEPWIRE__REQUEST__KIND_STEP, &g->step.body);
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &g->session;
    ping.n_sessions = 1;
    Stepwire__Reply *pong = served_ask(&g->s, 0, 99, STEPWIRE__REQUEST__KIND_PING, &ping);
    assert_int_equal(pong->result_case, STEPWIRE__REPLY__RESULT_PONG);
    assert_int_equal(pong->pong->sessions[0]->state, STEPWIRE__SESSION_STATUS__STATE__BUSY);
    assert_int_equal(pong->pong->sessions[0]->seq, g->seq - 1);
    stepwire__reply__free_unpacked(pong, NULL);
    assert_int_equal(write(g->gate[1], "x", 1), 1);
    served_expect(served_receive(&g->s), STEPWIRE__REPLY__RESULT_STEP);
}

static void ping_is_answered_while_an_environment_hangs(void **state)
{
    (void) state;
    gated g;
    start_gated(&g, 1);
    hang_for_a_ping(&g);
    finish_gated(&g);
}

// Such steps run where the socket is, which must then change hands, and back.
static void ping_is_answered_while_a_step_that_used_to_be_short_hangs(void **state)
{
    (void) state;
    gated g;
    start_gated(&g, 1);
    for (int i = 0; i < 4; i++) {
        take_steps(&g, 60);  // so many bring the average back down
        hang_for_a_ping(&g);
    }
    finish_gated(&g);
}

static void a_stopped_server_answers_what_was_under_way(void **state)
{
    (void) state;
    served s;
    start(&s, served_tcp, 2);
    Stepwire__Open open = open_fake(7, ROWS);
    const uint64_t session = served_open(&s, &open);
    sw_server_stop(s.server);
    served_wait(&s, SERVED_PATIENCE_MS);
    // and may be run again, with its sessions
    served_run(&s);
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    Stepwire__Reply *reply = served_ask(&s, session, 1, STEPWIRE__REQUEST__KIND_RESET, &reset);
    assert_int_equal(reply->result_case, STEPWIRE__REPLY__RESULT_RESET);
    stepwire__reply__free_unpacked(reply, NULL);
    assert_true(server_physics_seconds(s.server) > 0);
    served_finish(&s);
}

static void garbage_and_oversize_messages_do_not_stop_the_server(void **state)
{
    (void) state;
    served s;
    start(&s, served_tcp, 1);
    unsigned char *oversize = calloc(2, 1 << 20);
    served_send_bytes(&s, "garbage", 7);
    stepwire__reply__free_unpacked(served_receive(&s), NULL);
    served_send_bytes(&s, oversize, 2 << 20);  // disconnects us
    free(oversize);
    const Stepwire__Hello hello = STEPWIRE__HELLO__INIT;
    bool ready[2] = {false};
    for (int tries = 0; tries < 100 && !ready[0]; tries++) {  // dropped until reconnected
        served_send(&s, 0, 5, STEPWIRE__REQUEST__KIND_HELLO, &hello);
        assert_ok(socket_wait(&s.dealer, 1, -1, 100, ready));
    }
    Stepwire__Reply *reply = served_receive(&s);
    assert_int_equal(reply->result_case, STEPWIRE__REPLY__RESULT_WELCOME);
    stepwire__reply__free_unpacked(reply, NULL);
    served_finish(&s);
}

// Log lines that tell of a peer that was refused.
static void count_refusals(void *context, sw_log_level level, const char *line)
{
    atomic_int *refusals = context;
    if (level == SW_LOG_WARNING && strstr(line, "a connection ended before") != NULL) {
        atomic_fetch_add(refusals, 1);
    }
}

static void speak_http(const char *endpoint)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port =
                                            htons((uint16_t) atoi(strrchr(endpoint, ':') + 1)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(write(fd, "GET / HTTP/1.0\r\n", 16), 16);
    close(fd);
}

static void who_is_refused_is_written_down_but_not_every_time(void **state)
{
    (void) state;
    served s;
    atomic_int refusals = 0;
    sw_server_options options = served_options(1);
    options.log = (sw_log){.write = count_refusals, .context = &refusals};
    served_start(&s, &options, NULL);
    const int64_t began = clock_ms();
    for (int i = 0; i < 50; i++) {
        speak_http(sw_server_endpoint(s.server));
    }
    for (int waited = 0; waited < SERVED_PATIENCE_MS && atomic_load(&refusals) == 0; waited++) {
        poll(NULL, 0, 1);
    }
    served_finish(&s);
    // one line a second, and one for what was left then
    assert_in_range(atomic_load(&refusals), 1, (clock_ms() - began) / 1000 + 2);
}

static sw_status try_to_open(const char *endpoint, bool insecure)
{
    sw_server_options options = SW_SERVER_OPTIONS;
    sw_server *server;
    options.endpoint = endpoint;
    options.insecure = insecure;
    const sw_status st = sw_server_open(&options, &server);
    if (st == SW_OK) {
        sw_server_close(server);
    }
    return st;
}

static void an_address_off_this_machine_needs_keys_or_insecure(void **state)
{
    (void) state;
    assert_int_equal(try_to_open("tcp://0.0.0.0:*", false), SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "--insecure"));
    assert_ok(try_to_open("tcp://0.0.0.0:*", true));
}

static void a_port_in_use_is_an_error_that_names_it(void **state)
{
    (void) state;
    sw_server_options options = SW_SERVER_OPTIONS;
    sw_server *server;
    options.endpoint = served_tcp;
    assert_ok(sw_server_open(&options, &server));
    assert_int_equal(try_to_open(sw_server_endpoint(server), false), SW_IO);
    assert_non_null(strstr(sw_last_error(), sw_server_endpoint(server)));
    sw_server_close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_transport_and_polling_change_no_byte),
        cmocka_unit_test(ping_is_answered_while_an_environment_hangs),
        cmocka_unit_test(ping_is_answered_while_a_step_that_used_to_be_short_hangs),
        cmocka_unit_test(a_stopped_server_answers_what_was_under_way),
        cmocka_unit_test(garbage_and_oversize_messages_do_not_stop_the_server),
        cmocka_unit_test(who_is_refused_is_written_down_but_not_every_time),
        cmocka_unit_test(an_address_off_this_machine_needs_keys_or_insecure),
        cmocka_unit_test(a_port_in_use_is_an_error_that_names_it),
    };
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
