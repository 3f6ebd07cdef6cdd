// test_kill.c -- either side is killed or stopped at every state of the protocol.
//
// A puppet goes through the life of a session: connect, open, reset, steps, saving and
// loading a state, going on from another connection, close. A gate holds
// its line at one message, whose request or reply is then on its way. When there is a puppet at
// every state, all of them, or their server, are killed, or stopped for a while.
//
// SIMSERVER and PUPPET are the paths of the programs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "gate.h"
#include "process.h"
#include "puppet.h"
#include "puppeteer.h"
#include "stepwire.pb-c.h"
#include "tcp.h"
#include "test.h"

// What the puppet does, and says when nothing happens.
enum { CONNECT, OPEN, RESET, HANG, SAVE, STEP, LOAD, RESUME, STEP_ON, CLOSE, PARTS };
static const char *const life[PARTS] = {"connect", "open", "reset",  "hang", "save",
                                        "step",    "load", "resume", "step", "close"};
static const char *const undisturbed[PARTS] = {"ok",  "ok",  "0 0", "1 1", "ok",
                                               "2 2", "1 1", "1 1", "2 2", "ok"};

// Where a line is held, and in which part of the life that is.
typedef struct state {
    const char *name;
    int part;
    gate_point point;
} state;

#define REQUEST(KIND)                                                                              \
    {                                                                                              \
        .from_server = false, .kind = STEPWIRE__REQUEST__KIND_##KIND                               \
    }
#define REPLY(KIND)                                                                                \
    {                                                                                              \
        .from_server = true, .kind = STEPWIRE__REPLY__RESULT_##KIND                                \
    }

static const state states[] = {
    {"the client's greeting is on its way", CONNECT, {.from_server = false}},
    {"the server's greeting is on its way", CONNECT, {.from_server = true}},
    {"Hello is on its way", CONNECT, REQUEST(HELLO)},
    {"Welcome is on its way", CONNECT, REPLY(WELCOME)},
    {"Describe is on its way", OPEN, REQUEST(DESCRIBE)},
    {"the description is on its way", OPEN, REPLY(DESCRIPTION)},
    {"Open is on its way", OPEN, REQUEST(OPEN)},
    {"the reply to Open is on its way", OPEN, REPLY(OPENED)},
    {"Reset is on its way", RESET, REQUEST(RESET)},
    {"the reply to Reset is on its way", RESET, REPLY(RESET)},
    {"Step is on its way", HANG, REQUEST(STEP)},
    {"the reply to Step is on its way", HANG, REPLY(STEP)},
    {"GetState is on its way", SAVE, REQUEST(GET_STATE)},
    {"the reply to GetState is on its way", SAVE, REPLY(STATES)},
    {"SetState is on its way", LOAD, REQUEST(SET_STATE)},
    {"the reply to SetState is on its way", LOAD, REPLY(STATE_SET)},
    {"Resume is on its way", RESUME, REQUEST(RESUME)},
    {"the reply to Resume is on its way", RESUME, REPLY(RESUMED)},
    {"Close is on its way", CLOSE, REQUEST(CLOSE)},
    {"the reply to Close is on its way", CLOSE, REPLY(CLOSED)},
    {"a step is running", HANG, {.kind = STEPWIRE__REQUEST__KIND_STEP, .after = true}},
};

enum {
    STATES = sizeof(states) / sizeof(states[0]),
    PAUSE_MS = 700,
    SHORT_LEASE_MS = 2000,
    TICK_MS = 1000,   // how late a server may be in looking at leases
    NOISE_MS = 20000  // how late a busy machine may be
};

#define LONG_LEASE "30"
#define SHORT_LEASE "2"

typedef struct scene {
    char endpoint[TCP_MAX_ENDPOINT];
    process server;
    gate *gates[STATES];
    process puppets[STATES];
} scene;


// ---- the scene ----------------------------------------------------------------------------------

static const char *const room_for_all[] = {"--log",      "none", "--threads", "8",
                                           "--max-envs", "21",   NULL};
_Static_assert(STATES == 21, "each puppet has one environment");

static void start_life(scene *s, int i, const char *lease)
{
    s->gates[i] = gate_start(s->endpoint, states[i].point);
    s->puppets[i] = puppet_start(PUPPET, gate_endpoint(s->gates[i]), lease, "1");
    for (int n = 0; n < PARTS; n++) {
        process_say(&s->puppets[i], life[n]);
    }
}

static void await_state(scene *s, int i)
{
    if (!gate_wait(s->gates[i], PROCESS_PATIENCE_MS)) {
        print_error("%s: never\n", states[i].name);
        fail();
    }
}

// A server, and a puppet at every state; the one of the last state, which passes, comes last.
static void set_scene(scene *s, const char *lease)
{
    *s = (scene){.endpoint = "tcp://127.0.0.1:*"};
    s->server = process_serve(SIMSERVER, room_for_all, s->endpoint);
    for (int i = 0; i < STATES - 1; i++) {
        start_life(s, i, lease);
    }
    for (int i = 0; i < STATES - 1; i++) {
        await_state(s, i);
    }
    start_life(s, STATES - 1, lease);
    await_state(s, STATES - 1);
}

static void open_gates(scene *s)
{
    for (int i = 0; i < STATES; i++) {
        gate_open(s->gates[i]);
    }
}

// All that puppet `i` says must begin with what is expected.
static void hear_life(scene *s, int i, const char *const *expected)
{
    for (int n = 0; n < PARTS; n++) {
        puppet_expect(&s->puppets[i], states[i].name, expected[n]);
    }
    puppet_finish(&s->puppets[i]);
}

static void strike(scene *s)
{
    assert_int_equal(process_end(&s->server), 0);
    for (int i = 0; i < STATES; i++) {
        gate_stop(s->gates[i]);
    }
}


// ---- stopped for a while ------------------------------------------------------------------------

static void a_server_stopped_at_any_state_loses_nothing(void **unused)
{
    (void) unused;
    scene s;
    set_scene(&s, LONG_LEASE);
    process_stop(&s.server);
    open_gates(&s);
    sleep_ms(PAUSE_MS);
    process_continue(&s.server);
    for (int i = 0; i < STATES; i++) {
        hear_life(&s, i, undisturbed);
    }
    strike(&s);
}

static void a_client_stopped_at_any_state_loses_nothing(void **unused)
{
    (void) unused;
    scene s;
    set_scene(&s, LONG_LEASE);
    for (int i = 0; i < STATES; i++) {
        process_stop(&s.puppets[i]);
    }
    open_gates(&s);
    sleep_ms(PAUSE_MS);
    for (int i = 0; i < STATES; i++) {
        process_continue(&s.puppets[i]);
    }
    for (int i = 0; i < STATES; i++) {
        hear_life(&s, i, undisturbed);
    }
    strike(&s);
}


// ---- killed -------------------------------------------------------------------------------------

// What was not yet open, as far as the client knows, goes on with the new server. A session has
// gone with the old one, and with it the reply that was on its way; for closing it that is as good.
static void a_server_that_is_killed_and_started_again_lost_what_was_open_and_no_more(void **unused)
{
    (void) unused;
    scene s;
    set_scene(&s, LONG_LEASE);
    process_kill(&s.server);
    open_gates(&s);
    s.server = process_serve(SIMSERVER, room_for_all, s.endpoint);
    for (int i = 0; i < STATES; i++) {
        const char *expected[PARTS];
        for (int n = 0; n < PARTS; n++) {
            const bool lost = states[i].part > OPEN && n >= states[i].part && n < CLOSE;
            expected[n] = lost ? "SESSION_LOST" : undisturbed[n];
        }
        hear_life(&s, i, expected);
    }
    strike(&s);
}

// True if the server has room for as many environments as it may ever have.
static bool is_empty(const char *endpoint)
{
    char lines[3][PROCESS_MAX_LINE] = {"", "", ""};
    const char *const words[] = {"connect", "open", "close"};
    process puppet = puppet_start(PUPPET, endpoint, SHORT_LEASE, "21");
    for (int i = 0; i < 3; i++) {
        process_say(&puppet, words[i]);
        assert_true(process_hear(&puppet, lines[i], PROCESS_PATIENCE_MS));
    }
    puppet_finish(&puppet);
    assert_string_equal(lines[0], "ok");
    const bool is_full = strncmp(lines[1], "CAPACITY", strlen("CAPACITY")) == 0;
    assert_true(is_full || strcmp(lines[1], "ok") == 0);
    return !is_full;
}

static void sessions_of_killed_clients_are_free_after_their_lease(void **unused)
{
    (void) unused;
    scene s;
    set_scene(&s, SHORT_LEASE);
    for (int i = 0; i < STATES; i++) {
        process_kill(&s.puppets[i]);
    }
    const int64_t killed = clock_ms();
    open_gates(&s);  // the server hears what they said last, and is kept busy with it
    bool empty = is_empty(s.endpoint);
    assert_true(!empty || clock_ms() - killed > SHORT_LEASE_MS);
    while (!empty && clock_ms() - killed < SHORT_LEASE_MS + TICK_MS + PUPPET_HANG_MS + NOISE_MS) {
        empty = is_empty(s.endpoint);
    }
    print_message("free %d ms after the kill, with leases of %d ms\n", (int) (clock_ms() - killed),
                  SHORT_LEASE_MS);
    assert_true(empty);
    strike(&s);
}

static void a_session_is_free_at_once_when_it_is_closed(void **unused)
{
    (void) unused;
    char endpoint[TCP_MAX_ENDPOINT] = "tcp://127.0.0.1:*";
    process server = process_serve(SIMSERVER, room_for_all, endpoint);
    for (int i = 0; i < 20; i++) {
        assert_true(is_empty(endpoint));
    }
    assert_int_equal(process_end(&server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_stopped_at_any_state_loses_nothing),
        cmocka_unit_test(a_client_stopped_at_any_state_loses_nothing),
        cmocka_unit_test(a_server_that_is_killed_and_started_again_lost_what_was_open_and_no_more),
        cmocka_unit_test(sessions_of_killed_clients_are_free_after_their_lease),
        cmocka_unit_test(a_session_is_free_at_once_when_it_is_closed),
    };
    return cmocka_run_group_tests_name("kill", tests, NULL, NULL);
}
