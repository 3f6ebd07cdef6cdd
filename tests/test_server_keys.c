// test_server_keys.c -- rule 10: a session exists for the key that opened it alone.
#include "core_rows.h"
#include "test.h"

static const server_peer owner = {
    .size = 1, .name = "A", .key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"};
static const server_peer other = {
    .size = 1, .name = "B", .key = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"};
static const server_peer nobody = {.size = 1, .name = "C"};

// A session of the owner, in which row 0 has been told to add 0.5.
static void begin(rows *f)
{
    f->d.peer = owner;
    rows_begin(f, MODE(DEFAULT));
    f->step.add[0] = 0.5;
}

// The bytes of the last reply, but for the session and number that it repeats.
static size_t pack_result(const drive *d, unsigned char *bytes)
{
    Stepwire__Reply reply = *d->reply;
    reply.session = reply.seq = 0;
    return stepwire__reply__pack(&reply, bytes);
}

static void whatever_another_key_asks_there_is_no_such_session(void **state)
{
    rows *f = *state;
    begin(f);
    rows_step(f);
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    const Stepwire__Render render = STEPWIRE__RENDER__INIT;
    const Stepwire__GetState get = STEPWIRE__GET_STATE__INIT;
    const Stepwire__SetState set = STEPWIRE__SET_STATE__INIT;
    const Stepwire__Resume resume = STEPWIRE__RESUME__INIT;
    const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    const Stepwire__Request__KindCase kinds[] = {
        KIND(RESET),     KIND(STEP),   KIND(RENDER), KIND(GET_STATE),
        KIND(SET_STATE), KIND(RESUME), KIND(CLOSE),  STEPWIRE__REQUEST__KIND__NOT_SET};
    const void *const bodies[] = {&reset, &f->step.body, &render, &get,
                                  &set,   &resume,       &close,  NULL};
    const server_peer *const strangers[] = {&other, &nobody};
    for (int i = 0; i < 16; i++) {
        unsigned char there[512], nowhere[512];
        f->d.peer = *strangers[i % 2];
        const uint64_t seq = 1 + (uint64_t) (i % 4);  // stale, kept, next and out of order
        assert_int_equal(error_of(drive_ask(&f->d, f->id, seq, kinds[i / 2], bodies[i / 2])),
                         CODE(SESSION_LOST));
        const size_t size = pack_result(&f->d, there);
        drive_ask(&f->d, f->id + 1, seq, kinds[i / 2], bodies[i / 2]);
        assert_int_equal(pack_result(&f->d, nowhere), size);
        assert_memory_equal(there, nowhere, size);
    }
    f->d.peer = owner;
    assert_near(state_of(rows_step(f)->observations, 0, 0), 1, 0);
}

static void the_owner_may_come_over_another_connection(void **state)
{
    rows *f = *state;
    begin(f);
    memcpy(f->d.peer.name, "Z", 1);
    assert_near(state_of(rows_step(f)->observations, 0, 0), 0.5, 0);
    assert_memory_equal(f->d.to.name, "Z", 1);
}

static void neither_a_kept_nor_a_coming_reply_goes_to_another_key(void **state)
{
    rows *f = *state;
    begin(f);
    rows_step(f);
    f->d.peer = other;
    assert_int_equal(error_of(drive_send(&f->d)), CODE(SESSION_LOST));  // the very same bytes
    f->d.peer = owner;
    f->d.hold = true;
    rows_step(f);
    f->d.peer = other;
    assert_int_equal(error_of(drive_send(&f->d)), CODE(SESSION_LOST));
    assert_int_equal(drive_release(&f->d)->result_case, RESULT(STEP));
    assert_memory_equal(f->d.to.name, "A", 1);
}

static const Stepwire__SessionStatus *ping(rows *f)
{
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &f->id;
    ping.n_sessions = 1;
    return drive_ask(&f->d, 0, 1, KIND(PING), &ping)->pong->sessions[0];
}

static void no_other_key_keeps_a_session_alive(void **state)
{
    rows *f = *state;
    begin(f);  // for 30 s
    assert_int_equal(ping(f)->state, STEPWIRE__SESSION_STATUS__STATE__IDLE);
    const Stepwire__Resume resume = STEPWIRE__RESUME__INIT;
    f->d.peer = other;
    for (int s = 0; s < 31; s++) {
        const Stepwire__SessionStatus *told = ping(f);
        assert_int_equal(told->state, STEPWIRE__SESSION_STATUS__STATE__LOST);
        assert_int_equal(told->seq, 0);
        drive_ask(&f->d, f->id, 1, KIND(RESUME), &resume);
        drive_tick(&f->d, 1000);
    }
    assert_int_equal(f->d.core.session_count, 0);
}

static void equal_tokens_of_two_keys_are_two_sessions(void **state)
{
    rows *f = *state;
    begin(f);
    const Stepwire__Open open = open_fake(7, ROWS);
    const uint64_t first = f->id;
    f->d.peer = other;
    rows_open(f, &open);
    assert_true(f->id != first);
    const uint64_t second = f->id;
    assert_int_equal(f->d.core.session_count, 2);
    rows_open(f, &open);  // again, and each joins its own
    assert_true(f->id == second);
    f->d.peer = owner;
    rows_open(f, &open);
    assert_true(f->id == first);
    assert_int_equal(f->d.core.session_count, 2);
}

static void without_encryption_all_peers_have_the_same_key(void **state)
{
    rows *f = *state;
    f->d.peer = nobody;
    rows_begin(f, MODE(DEFAULT));
    memcpy(f->d.peer.name, "D", 1);
    assert_non_null(rows_step(f));
    f->d.peer = owner;
    assert_null(rows_step(f));
    assert_int_equal(rows_error(f)->code, CODE(SESSION_LOST));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(whatever_another_key_asks_there_is_no_such_session),
        T(the_owner_may_come_over_another_connection),
        T(neither_a_kept_nor_a_coming_reply_goes_to_another_key),
        T(no_other_key_keeps_a_session_alive),
        T(equal_tokens_of_two_keys_are_two_sessions),
        T(without_encryption_all_peers_have_the_same_key),
    };
    return cmocka_run_group_tests_name("server_keys", tests, NULL, NULL);
}
