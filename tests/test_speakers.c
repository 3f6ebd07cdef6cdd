// test_speakers.c -- simserver/server/speakers.c, with the test in the part of ZeroMQ: it accepts,
// reads and closes.
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plain_listener.h"
#include "speakers.h"
#include "test.h"

enum { MAX_MESSAGE = 1 << 20, TOO_MUCH = 4 << 20, CHUNK = 1 << 16 };

typedef struct line {
    speakers speakers;
    int listener, ours, theirs;
} line;

static void pick_up(line *l)
{
    struct sockaddr_in name;
    socklen_t size = sizeof(name);
    assert_int_equal(getsockname(l->listener, (struct sockaddr *) &name, &size), 0);
    l->theirs = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(l->theirs, (const struct sockaddr *) &name, size), 0);
    l->ours = accept(l->listener, NULL, NULL);
    assert_true(l->ours >= 0);
}

static int setup(void **state)
{
    line *l = calloc(1, sizeof(*l));
    char endpoint[64];
    l->listener = plain_listen(endpoint, sizeof(endpoint));
    speakers_init(&l->speakers, endpoint, MAX_MESSAGE, false);
    pick_up(l);
    speakers_add(&l->speakers, l->ours);
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    line *l = *state;
    speakers_free(&l->speakers);
    close(l->theirs);
    close(l->ours);
    close(l->listener);
    free(l);
    return 0;
}

// They send, and we take it.
static void speak(const line *l, int bytes)
{
    static char chunk[CHUNK];
    for (int sent = 0; sent < bytes; sent += CHUNK) {
        assert_int_equal(send(l->theirs, chunk, CHUNK, 0), CHUNK);
        assert_int_equal(recv(l->ours, chunk, CHUNK, MSG_WAITALL), CHUNK);
    }
}

static void whoever_sends_too_much_without_a_request_is_cut_at_the_second_look(void **state)
{
    line *l = *state;
    speak(l, TOO_MUCH);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    assert_int_equal(speakers_look(&l->speakers, true), 1);
    char byte;
    assert_int_equal(recv(l->ours, &byte, 1, 0), 0);
    assert_int_equal(speakers_look(&l->speakers, true), 0);  // and once only
}

// That a connection was accepted may be told after its first requests were read.
static void what_came_before_the_server_knew_of_the_connection_does_not_count(void **state)
{
    line *l = *state;
    speak(l, TOO_MUCH);
    speakers_hear(&l->speakers, l->ours, 100);
    speakers_add(&l->speakers, l->ours);
    speak(l, MAX_MESSAGE);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
}

static void the_largest_request_may_take_for_ever(void **state)
{
    line *l = *state;
    speak(l, MAX_MESSAGE);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(speakers_look(&l->speakers, true), 0);
    }
}

static void a_request_that_comes_after_the_first_look_acquits(void **state)
{
    line *l = *state;
    for (int i = 0; i < 3; i++) {
        speak(l, TOO_MUCH);
        assert_int_equal(speakers_look(&l->speakers, true), 0);
        speakers_hear(&l->speakers, l->ours, 100);
        assert_int_equal(speakers_look(&l->speakers, true), 0);
    }
    speak(l, MAX_MESSAGE);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
}

static void who_was_heard_once_may_still_be_cut(void **state)
{
    line *l = *state;
    speakers_hear(&l->speakers, l->ours, 100);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    speak(l, TOO_MUCH);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    assert_int_equal(speakers_look(&l->speakers, true), 1);
}

// While others keep the server busy: 100 requests of 1000 bytes and their headers are read of each
// lot, and the rest waits.
static void whoever_has_a_thousand_requests_waiting_is_cut_while_not_all_is_read(void **state)
{
    line *l = *state;
    for (int look = 0; look < 2; look++) {
        speak(l, 18 * CHUNK);
        for (int i = 0; i < 100; i++) {
            speakers_hear(&l->speakers, l->ours, 1000);
        }
        assert_int_equal(speakers_look(&l->speakers, false), look);
    }
}

static void whoever_has_fewer_waiting_is_not(void **state)
{
    line *l = *state;
    speak(l, 9 * CHUNK);
    for (int look = 0; look < 10; look++) {
        speak(l, 2 * CHUNK);
        for (int i = 0; i < 130; i++) {  // of 1009 bytes: a lot and a little more
            speakers_hear(&l->speakers, l->ours, 1000);
        }
        assert_int_equal(speakers_look(&l->speakers, false), 0);
    }
}

static void a_queue_that_was_read_whole_is_forgotten(void **state)
{
    line *l = *state;
    for (int look = 0; look < 4; look++) {
        speak(l, 18 * CHUNK);
        speakers_hear(&l->speakers, l->ours, 1000);
        assert_int_equal(speakers_look(&l->speakers, look % 2 == 0), 0);
    }
}

// What the kernel still holds may be many requests of a client that is faster than the server.
static void what_was_not_taken_yet_does_not_count(void **state)
{
    line *l = *state;
    static char chunk[CHUNK];
    while (send(l->theirs, chunk, CHUNK, MSG_DONTWAIT) > 0) {
    }
    l->speakers.most = CHUNK;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(speakers_look(&l->speakers, true), 0);
    }
    assert_int_equal(recv(l->ours, chunk, CHUNK, MSG_WAITALL), CHUNK);
    assert_int_equal(recv(l->ours, chunk, 1, 0), 1);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    assert_int_equal(speakers_look(&l->speakers, true), 1);
}

// The listener's connections do not go to the server's port once it is another's.
static void what_is_not_the_servers_is_left_alone(void **state)
{
    line *l = *state;
    speak(l, TOO_MUCH);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    l->speakers.port++;  // as if the number had been given to another connection of the program
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    speakers_add(&l->speakers, l->ours);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    speak(l, CHUNK);  // it still works
}

static void numbers_that_are_no_connection_any_more_do_no_harm(void **state)
{
    line *l = *state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(dup2(pipes[0], l->ours), l->ours);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    speakers_add(&l->speakers, pipes[0]);
    speakers_add(&l->speakers, -1);
    speakers_hear(&l->speakers, -1, 100);
    speakers_hear(&l->speakers, 1 << 20, 100);
    assert_int_equal(speakers_look(&l->speakers, true), 0);
    close(pipes[0]);
    close(pipes[1]);
}

static void a_server_without_a_port_watches_nobody(void **state)
{
    const line *l = *state;
    speakers ipc;
    speakers_init(&ipc, "ipc:///tmp/x", MAX_MESSAGE, false);
    speakers_add(&ipc, l->ours);
    assert_int_equal(speakers_look(&ipc, true), 0);
    assert_int_equal(ipc.capacity, 0);
    speakers_free(&ipc);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(whoever_sends_too_much_without_a_request_is_cut_at_the_second_look),
        T(what_came_before_the_server_knew_of_the_connection_does_not_count),
        T(the_largest_request_may_take_for_ever),
        T(a_request_that_comes_after_the_first_look_acquits),
        T(who_was_heard_once_may_still_be_cut),
        T(whoever_has_a_thousand_requests_waiting_is_cut_while_not_all_is_read),
        T(whoever_has_fewer_waiting_is_not),
        T(a_queue_that_was_read_whole_is_forgotten),
        T(what_was_not_taken_yet_does_not_count),
        T(what_is_not_the_servers_is_left_alone),
        T(numbers_that_are_no_connection_any_more_do_no_harm),
        T(a_server_without_a_port_watches_nobody),
    };
    return cmocka_run_group_tests_name("speakers", tests, NULL, NULL);
}
