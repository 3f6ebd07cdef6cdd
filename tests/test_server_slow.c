// test_server_slow.c -- simserver/server/desk.c: a client that asks and never reads.
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "clock.h"
#include "served.h"
#include "socket.h"
#include "test.h"

// A reply of the slow client's takes half a megabyte, all of them 600; 16 of them may wait at
// either end. The memory allowed is for sanitizers, which keep much of what was freed.
// Nearly all steps of the quick client take less than LONG_MS; a machine may stand still in a few.
enum {
    WIDE_BYTES = 62500,
    WIDE_ROWS = 8,
    STEPS = 1200,
    MOST_MB = 400,
    LONG_MS = 1000,
    MOST_LONG = 5
};

// ---- Wide-v0: an observation of WIDE_BYTES zeros ------------------------------------------------

static sw_status wide_describe(const sw_value *values, sw_spec *spec)
{
    (void) values;
    const sw_tensor wide = {.name = "wide", .dtype = SW_UINT8, .dims = 1, .shape = {WIDE_BYTES}};
    const sw_tensor nothing = {.name = "nothing", .dtype = SW_UINT8};
    const sw_status st = sw_spec_add_observation(spec, &wide);
    return st != SW_OK ? st : sw_spec_add_action(spec, &nothing);
}

static sw_status wide_init(void *env, const sw_value *values)
{
    (void) env;
    (void) values;
    return SW_OK;
}

static sw_status wide_reset(void *env, uint64_t seed, sw_row *row)
{
    (void) env;
    (void) seed;
    memset(row->observations[0], 0, WIDE_BYTES);
    return SW_OK;
}

static sw_status wide_step(void *env, sw_row *row)
{
    return wide_reset(env, 0, row);
}

static void wide_close(void *env)
{
    (void) env;
}

static const sw_env_class wide_env = {
    .id = "Wide-v0",
    .doc = "Shows many zeros.",
    .env_size = 1,
    .describe = wide_describe,
    .init = wide_init,
    .reset = wide_reset,
    .step = wide_step,
    .close = wide_close,
};

// ---- clients ------------------------------------------------------------------------------------

// A session, the socket it is used through, and the number of its last request.
typedef struct player {
    served *s;
    uint64_t session, seq;
} player;

static player begin(served *s, uint64_t token, const char *task, uint32_t rows)
{
    Stepwire__Open open = open_fake(token, rows);
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    open.env_id = (char *) task;
    const player p = {.s = s, .session = served_open(s, &open), .seq = 1};
    served_expect(served_ask(s, p.session, 1, STEPWIRE__REQUEST__KIND_RESET, &reset),
                  STEPWIRE__REPLY__RESULT_RESET);
    return p;
}

static void make_wide_step(player *p, request *r, uint64_t seq)
{
    uint8_t actions[WIDE_ROWS] = {0};
    ProtobufCBinaryData tensor = {.data = actions, .len = sizeof(actions)};
    Stepwire__Step step = STEPWIRE__STEP__INIT;
    step.actions = &tensor;
    step.n_actions = 1;
    request_make(r, p->session, seq, STEPWIRE__REQUEST__KIND_STEP, &step);
}

// Sends a Step through a socket that nobody reads.
static void step_silently(player *p, void *dealer)
{
    request r;
    zmq_msg_t message;
    make_wide_step(p, &r, ++p->seq);
    do {
        zmq_msg_init_size(&message, r.size);
        memcpy(zmq_msg_data(&message), r.bytes, r.size);
    } while (socket_send(dealer, &message) != SW_OK);
}

// Asks until the player's last request has been answered, to whoever does not read it.
static void wait_until_answered(served *s, player *p)
{
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &p->session;
    ping.n_sessions = 1;
    for (uint64_t seq = 0; seq != p->seq;) {
        Stepwire__Reply *pong = served_ask(s, 0, 5, STEPWIRE__REQUEST__KIND_PING, &ping);
        seq = pong->pong->sessions[0]->seq;
        stepwire__reply__free_unpacked(pong, NULL);
    }
}

// Steps one row of Fake-v0; returns how long that took.
static int64_t step_and_read(player *p)
{
    step_fake step;
    step_fake_init(&step, 1);
    const int64_t began = clock_ms();
    served_expect(served_ask(p->s, p->session, ++p->seq, STEPWIRE__REQUEST__KIND_STEP, &step.body),
                  STEPWIRE__REPLY__RESULT_STEP);
    return clock_ms() - began;
}

// Memory of this process, of which the server is a part.
static long resident_mb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*s %ld", &pages), 1);
    (void) fclose(f);
    return pages * sysconf(_SC_PAGESIZE) >> 20;
}

// What is not read stays at the server: the client, of this process too, keeps little of it.
static void *connect_with_a_short_queue(void *context, const char *endpoint)
{
    const int few = 16, none = 0;
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    assert_int_equal(zmq_setsockopt(dealer, ZMQ_RCVHWM, &few, sizeof(few)), 0);
    assert_int_equal(zmq_setsockopt(dealer, ZMQ_LINGER, &none, sizeof(none)), 0);
    assert_int_equal(zmq_connect(dealer, endpoint), 0);
    return dealer;
}

static void a_client_that_never_reads_costs_the_others_nothing(void **state)
{
    (void) state;
    served s;
    const sw_server_options options = served_options(2);
    served_start(&s, &options, &wide_env);
    player slow = begin(&s, 7, "Wide-v0", WIDE_ROWS);
    player quick = begin(&s, 8, "Fake-v0", 1);

    void *context = zmq_ctx_new();
    void *unread = connect_with_a_short_queue(context, sw_server_endpoint(s.server));
    const long before = resident_mb();
    int64_t longest = 0;
    int many = 0;
    for (int t = 0; t < STEPS; t++) {
        step_silently(&slow, unread);
        const int64_t took = step_and_read(&quick);
        longest = took > longest ? took : longest;
        many += took > LONG_MS;
        wait_until_answered(&s, &slow);
    }
    const long grown = resident_mb() - before;
    print_message("grown by %ld MB, longest step %lld ms\n", grown, (long long) longest);
    assert_in_range(grown < 0 ? 0 : grown, 0, MOST_MB);
    assert_in_range(many, 0, MOST_LONG);

    // nothing was lost that cannot be had again
    request again;
    make_wide_step(&slow, &again, slow.seq);
    served_send_bytes(&s, again.bytes, again.size);
    served_expect(served_receive(&s), STEPWIRE__REPLY__RESULT_STEP);
    socket_close(unread, NULL);
    zmq_ctx_term(context);
    served_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_never_reads_costs_the_others_nothing),
    };
    return cmocka_run_group_tests_name("server slow", tests, NULL, NULL);
}
