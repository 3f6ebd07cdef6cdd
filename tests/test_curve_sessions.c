// test_curve_sessions.c -- what a client that is let in can do with the session of another:
// nothing.
#include "key_dirs.h"
#include "keys.h"
#include "served.h"
#include "socket.h"
#include "test.h"

// A client's socket, with the keys of a directory, in place of the one that there is.
static void change_to(served *s, const char *keys_directory)
{
    keys k;
    const char *endpoint = sw_server_endpoint(s->server);
    const socket_options options = {.max_message = SERVED_MAX_MESSAGE, .keys = &k};
    assert_ok(keys_read_client(keys_directory, endpoint, &k));
    socket_close(s->dealer, NULL);
    assert_ok(socket_connect(s->context, endpoint, &options, &s->dealer, NULL));
}

static void assert_lost(served *s, uint64_t session, Stepwire__Request__KindCase kind,
                        const void *body)
{
    served_expect_error(served_ask(s, session, 1, kind, body), STEPWIRE__ERROR_CODE__SESSION_LOST,
                        "");
}

// Everything that one client can try with the session and the token of another.
static void attack(served *s, uint64_t session, const Stepwire__Open *open)
{
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    const Stepwire__Render render = STEPWIRE__RENDER__INIT;
    const Stepwire__GetState get = STEPWIRE__GET_STATE__INIT;
    const Stepwire__SetState set = STEPWIRE__SET_STATE__INIT;
    const Stepwire__Resume resume = STEPWIRE__RESUME__INIT;
    const Stepwire__Close close_it = STEPWIRE__CLOSE__INIT;
    step_fake steps;
    step_fake_init(&steps, 1);
    assert_lost(s, session, STEPWIRE__REQUEST__KIND_STEP, &steps.body);
    assert_lost(s, session, STEPWIRE__REQUEST__KIND_RESET, &reset);
    assert_lost(s, session, STEPWIRE__REQUEST__KIND_RENDER, &render);
    assert_lost(s, session, STEPWIRE__REQUEST__KIND_GET_STATE, &get);
    assert_lost(s, session, STEPWIRE__REQUEST__KIND_SET_STATE, &set);
    assert_lost(s, session, STEPWIRE__REQUEST__KIND_RESUME, &resume);
    assert_lost(s, session, STEPWIRE__REQUEST__KIND_CLOSE, &close_it);

    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.n_sessions = 1;
    ping.sessions = &session;
    Stepwire__Reply *pong = served_ask(s, 0, 2, STEPWIRE__REQUEST__KIND_PING, &ping);
    assert_int_equal(pong->result_case, STEPWIRE__REPLY__RESULT_PONG);
    assert_int_equal(pong->pong->sessions[0]->state, STEPWIRE__SESSION_STATUS__STATE__LOST);
    stepwire__reply__free_unpacked(pong, NULL);

    assert_true(served_open(s, open) != session);  // a session of its own
}

static void nobody_touches_the_session_of_another_key(void **state)
{
    const key_dirs *k = *state;
    served s;
    const Stepwire__Open open = open_fake(77, 1);
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    step_fake steps;
    step_fake_init(&steps, 1);
    steps.add[0] = 0.5;
    key_dirs_make(k);
    key_dirs_let_b_in(k);
    sw_server_options options = served_options(1);
    options.keys = k->a;
    options.endpoint = served_tcp;
    served_start(&s, &options, NULL);

    change_to(&s, k->a);
    const uint64_t session = served_open(&s, &open);
    served_expect(served_ask(&s, session, 1, STEPWIRE__REQUEST__KIND_RESET, &reset),
                  STEPWIRE__REPLY__RESULT_RESET);
    change_to(&s, k->b);
    attack(&s, session, &open);

    change_to(&s, k->a);  // another connection, the same key
    assert_int_equal(served_open(&s, &open), session);
    Stepwire__Reply *reply = served_ask(&s, session, 2, STEPWIRE__REQUEST__KIND_STEP, &steps.body);
    assert_int_equal(reply->result_case, STEPWIRE__REPLY__RESULT_STEP);
    assert_near(state_of(reply->step->observations, 0, 0), 0.5, 0);
    stepwire__reply__free_unpacked(reply, NULL);
    served_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_touches_the_session_of_another_key, key_dirs_setup,
                                        key_dirs_teardown),
    };
    return cmocka_run_group_tests_name("curve_sessions", tests, NULL, NULL);
}
