// test_client_open.c -- agent/client/open.c: sessions that begin, that are taken over, and that
// nobody wants.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "adder.h"
#include "clock.h"
#include "test.h"

// A second client of the same peer.
static sw_client *connect_another(const adder *f)
{
    const sw_client_options options = adder_options(f->peer);
    sw_client *client = NULL;
    assert_ok(sw_client_connect(&options, &client));
    return client;
}


// ---- taking over --------------------------------------------------------------------------------

static void a_resumed_session_goes_on_where_it_was(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    const sw_batch *batch;
    assert_ok(adder_step(f.client, 1, &batch));
    sw_client *other = connect_another(&f);
    assert_int_equal(sw_client_session(other), 0);
    assert_ok(sw_client_resume(other, sw_client_session(f.client), &batch));
    assert_int_equal(sw_client_session(other), PEER_SESSION);
    assert_int_equal(batch->rows, ADDER_ROWS);
    assert_true(adder_sum(batch, 1) == 2 && batch->rewards[1] == 0 && batch->flags[1] == 0);
    assert_int_equal(sw_client_spec(other)->action_count, 1);
    assert_ok(adder_step(other, 1, &batch));  // the peer applies only the next number
    assert_true(adder_sum(batch, 1) == 4);
    sw_client_close(other);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_CLOSE), 1);
    adder_close(&f);
}

// Busy at the first Resume and the first two Pings.
static peer_answer finish_later(void *context, const Stepwire__Request *request,
                                Stepwire__Reply *reply)
{
    int *left = context;
    if (reply == NULL || *left == 0) {
        return PEER_SEND;
    }
    if (request->kind_case == STEPWIRE__REQUEST__KIND_RESUME) {
        reply->resumed->busy = true;
        reply->resumed->flags.len = reply->resumed->n_observations = 0;
    } else if (request->kind_case == STEPWIRE__REQUEST__KIND_PING && --*left > 0) {
        reply->pong->sessions[0]->state = STEPWIRE__SESSION_STATUS__STATE__BUSY;
    }
    return PEER_SEND;
}

static void a_busy_session_is_resumed_when_it_is_idle(void **state)
{
    (void) state;
    int left = 3;
    adder f = adder_open(finish_later, &left);
    sw_client *other = connect_another(&f);
    const sw_batch *batch;
    assert_ok(sw_client_resume(other, PEER_SESSION, &batch));
    assert_int_equal(batch->rows, ADDER_ROWS);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_PING), 3);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_RESUME), 2);
    sw_client_close(other);
    adder_close(&f);
}

static peer_answer refuse_resume(void *context, const Stepwire__Request *request,
                                 Stepwire__Reply *reply)
{
    static Stepwire__Error error;
    (void) context;
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_RESUME) {
        stepwire__error__init(&error);
        error.code = STEPWIRE__ERROR_CODE__SESSION_LOST;
        reply->result_case = STEPWIRE__REPLY__RESULT_ERROR;
        reply->error = &error;
    }
    return PEER_SEND;
}

static void a_client_whose_session_is_lost_can_open_another(void **state)
{
    (void) state;
    adder f = adder_open(refuse_resume, NULL);
    sw_client *other = connect_another(&f);
    const sw_batch *batch;
    assert_int_equal(sw_client_resume(other, PEER_SESSION, &batch), SW_SESSION_LOST);
    assert_int_equal(sw_client_session(other), 0);
    assert_ok(sw_client_open(other, &adder_session));
    sw_client_close(other);
    adder_close(&f);
}

static peer_answer resume_nonsense(void *context, const Stepwire__Request *request,
                                   Stepwire__Reply *reply)
{
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_RESUME) {
        switch (*(const int *) context) {
        case 0: reply->resumed->spec = NULL; break;
        case 1: reply->resumed->lease = NAN; break;
        case 2: reply->resumed->flags.len = 0; break;
        case 3: reply->resumed->flags.len--; break;
        case 4: reply->resumed->n_observations = 0; break;
        case 5: reply->resumed->autoreset = (Stepwire__AutoResetMode) 4; break;
        case 6: reply->resumed->autoreset = (Stepwire__AutoResetMode) -1; break;
        default: reply->resumed->spec->agents = 2; break;  // of 3 rows
        }
    }
    return PEER_SEND;
}

static void a_session_that_makes_no_sense_is_not_resumed_and_not_closed(void **state)
{
    (void) state;
    for (int what = 0; what < 8; what++) {
        adder f = adder_open(resume_nonsense, &what);
        sw_client *other = connect_another(&f);
        const sw_batch *batch;
        assert_int_equal(sw_client_resume(other, PEER_SESSION, &batch), SW_PROTOCOL);
        sw_client_close(other);
        assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_CLOSE), 0);
        adder_close(&f);
    }
}


// ---- giving up ----------------------------------------------------------------------------------

static peer_answer open_nonsense(void *context, const Stepwire__Request *request,
                                 Stepwire__Reply *reply)
{
    if (reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_OPEN) {
        switch (*(const int *) context) {
        case 0: reply->opened->spec = NULL; break;
        case 1: reply->opened->spec->agents = 1u << 31; break;
        default: reply->opened->spec->agents = 2; break;  // of 3 rows
        }
    }
    return PEER_SEND;
}

static void a_session_that_the_client_refuses_is_closed(void **state)
{
    (void) state;
    for (int what = 0; what < 3; what++) {
        peer *p = peer_start("tcp://127.0.0.1:*", open_nonsense, &what);
        const sw_client_options options = adder_options(p);
        sw_client *client;
        assert_ok(sw_client_connect(&options, &client));
        assert_int_equal(sw_client_open(client, &adder_session), SW_PROTOCOL);
        assert_int_equal(peer_count(p, STEPWIRE__REQUEST__KIND_CLOSE), 1);
        assert_int_equal(sw_client_session(client), 0);
        sw_client_close(client);
        assert_int_equal(peer_count(p, STEPWIRE__REQUEST__KIND_CLOSE), 1);
        peer_stop(p);
    }
}

typedef struct interruption {
    pthread_t thread;  // whom to interrupt
    peer *peer;        // once it has heard of an Open
    bool ever;         // whether that is answered at all
    atomic_bool over;  // then it is
} interruption;

static peer_answer open_late(void *context, const Stepwire__Request *request,
                             Stepwire__Reply *reply)
{
    const interruption *i = context;
    const bool answers = i->ever && atomic_load(&i->over);
    return reply != NULL && request->kind_case == STEPWIRE__REQUEST__KIND_OPEN && !answers
               ? PEER_DROP
               : PEER_SEND;
}

static void ignore_signal(int number)
{
    (void) number;
}

// Many times: a signal from before the wait for the answer has no effect.
static void *interrupt(void *argument)
{
    enum { TIMES = 40 };
    interruption *i = argument;
    const struct timespec pause = {.tv_nsec = 5 * 1000000};
    while (peer_count(i->peer, STEPWIRE__REQUEST__KIND_OPEN) == 0) {
        nanosleep(&pause, NULL);
    }
    for (int n = 0; n < TIMES; n++) {
        nanosleep(&pause, NULL);
        pthread_kill(i->thread, SIGUSR1);
    }
    atomic_store(&i->over, true);
    return NULL;
}

// Opens a session and is interrupted.
static sw_client *begin_to_open(interruption *i)
{
    const struct sigaction action = {.sa_handler = ignore_signal};
    sigaction(SIGUSR1, &action, NULL);
    i->thread = pthread_self();
    i->peer = peer_start("tcp://127.0.0.1:*", open_late, i);
    sw_client_options options = adder_options(i->peer);
    options.first_attempt_ms = 20;
    options.longest_attempt_ms = 100;
    sw_client *client;
    pthread_t other;
    assert_ok(sw_client_connect(&options, &client));
    pthread_create(&other, NULL, interrupt, i);
    assert_int_equal(sw_client_open(client, &adder_session), SW_INTERRUPTED);
    pthread_join(other, NULL);
    return client;
}

static void a_session_whose_open_was_interrupted_is_closed(void **state)
{
    (void) state;
    interruption i = {.ever = true};
    sw_client *client = begin_to_open(&i);
    assert_true(peer_count(i.peer, STEPWIRE__REQUEST__KIND_CLOSE) > 0);
    assert_ok(sw_client_open(client, &adder_session));
    sw_client_close(client);
    peer_stop(i.peer);
}

static void an_open_that_stays_unanswered_does_not_hold_up_the_interrupted(void **state)
{
    (void) state;
    interruption i = {.ever = false};
    const int64_t before = clock_ms();
    sw_client *client = begin_to_open(&i);
    assert_in_range(clock_ms() - before, 900, 15000);  // a second, and not a lease of 30
    sw_client_close(client);
    peer_stop(i.peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_session_goes_on_where_it_was),
        cmocka_unit_test(a_busy_session_is_resumed_when_it_is_idle),
        cmocka_unit_test(a_client_whose_session_is_lost_can_open_another),
        cmocka_unit_test(a_session_that_makes_no_sense_is_not_resumed_and_not_closed),
        cmocka_unit_test(a_session_that_the_client_refuses_is_closed),
        cmocka_unit_test(a_session_whose_open_was_interrupted_is_closed),
        cmocka_unit_test(an_open_that_stays_unanswered_does_not_hold_up_the_interrupted),
    };
    return cmocka_run_group_tests_name("client open", tests, NULL, NULL);
}
