// test_socket.c -- proto/socket.c: messages, the monitor, waiting.
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "plain_listener.h"
#include "socket_pair.h"

// ---- messages -------------------------------------------------------------------------------

static void a_request_gets_its_reply(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);
    send_text(f->dealer, "step");
    serve_one(f, "step", "done");
    await_reply(f->dealer, "done");
}

// Many times, because the first send used to come too early only now and then.
static void a_send_right_after_connected_is_not_refused(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    for (int i = 0; i < 50; i++) {
        connect_dealer(f, f->ipc);
        zmq_msg_t m = message_of("early");
        (void) socket_send(f->dealer, &m);
        await_event(f, SOCKET_CONNECTED);
        send_text(f->dealer, "hello");
        socket_close(f->dealer, f->monitor);
        f->dealer = f->monitor = NULL;
    }
}

static void without_a_connection_a_send_is_refused(void **state)
{
    fixture *f = *state;
    connect_dealer(f, f->ipc);
    zmq_msg_t m = message_of("hello");
    assert_int_equal(socket_send(f->dealer, &m), SW_UNAVAILABLE);
}

static void a_reply_to_a_stranger_is_dropped(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    zmq_msg_t m = message_of("done");
    assert_false(socket_reply(f->router, "nobody", 6, &m));
}

static void requests_of_several_frames_are_dropped(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);
    assert_int_equal(zmq_send(f->dealer, "", 0, ZMQ_SNDMORE), 0);
    assert_int_equal(zmq_send(f->dealer, "a", 1, ZMQ_SNDMORE), 1);
    assert_int_equal(zmq_send(f->dealer, "b", 1, 0), 1);
    send_text(f->dealer, "step");
    serve_one(f, "step", "done");
}

static void an_oversize_request_costs_only_its_sender_the_connection(void **state)
{
    fixture *f = *state;
    char text[MAX_MESSAGE + 2];
    memset(text, 'x', sizeof(text));
    text[MAX_MESSAGE + 1] = '\0';
    bind_router(f, f->ipc);
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);
    void *const offender = f->dealer, *const watch = f->monitor;
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);

    send_text(offender, text);
    assert_true(can_read(watch, PATIENCE_MS));
    assert_int_equal(monitor_next(watch, NULL), SOCKET_DROPPED);
    socket_close(offender, watch);

    text[MAX_MESSAGE] = '\0';  // the largest allowed
    send_text(f->dealer, text);
    serve_one(f, text, "done");
    await_reply(f->dealer, "done");
}


// ---- the monitor ----------------------------------------------------------------------------

static void a_port_without_a_listener_refuses(void **state)
{
    fixture *f = *state;
    close(plain_listen(f->endpoint, sizeof(f->endpoint)));
    connect_dealer(f, f->endpoint);
    await_event(f, SOCKET_REFUSED);
    await_event(f, SOCKET_REFUSED);  // it goes on trying
}

static void a_server_that_comes_later_is_found(void **state)
{
    fixture *f = *state;
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_REFUSED);
    bind_router(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);
}

static void a_server_that_ends_drops_the_connection(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);
    socket_close(f->router, NULL);
    f->router = NULL;
    await_event(f, SOCKET_DROPPED);
    await_event(f, SOCKET_REFUSED);
}

static void a_peer_that_is_not_zeromq_is_rejected(void **state)
{
    fixture *f = *state;
    static const char text[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
                               "------------------------------------------------\r\n";
    const int listener = plain_listen(f->endpoint, sizeof(f->endpoint));
    connect_dealer(f, f->endpoint);
    const int peer = accept(listener, NULL, NULL);
    assert_true(write(peer, text, sizeof(text)) == sizeof(text));
    close(peer);
    await_event(f, SOCKET_REJECTED);
    await_event(f, SOCKET_DROPPED);
    close(listener);
}

// A monitor that nobody reads must not hold up the context: teardown would hang.
static void an_unread_monitor_does_no_harm(void **state)
{
    fixture *f = *state;
    connect_dealer(f, f->ipc);
    assert_true(can_read(f->monitor, PATIENCE_MS));
}


// ---- waiting --------------------------------------------------------------------------------

static void waiting_ends_with_the_time(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    assert_false(can_read(f->router, 10));
}

static void waiting_again_still_sees_what_was_not_read(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);
    send_text(f->dealer, "one");
    send_text(f->dealer, "two");
    assert_true(can_read(f->router, PATIENCE_MS));
    assert_true(can_read(f->router, 0));
    serve_one(f, "one", "1");
    assert_true(can_read(f->router, PATIENCE_MS));
    serve_one(f, "two", "2");
    assert_false(can_read(f->router, 0));
}

static void a_file_descriptor_wakes_too(void **state)
{
    fixture *f = *state;
    int ends[2];
    bool ready[3] = {true, true, false};
    bind_router(f, f->ipc);
    void *const sockets[2] = {f->router, NULL};
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_ok(socket_wait(sockets, 2, ends[0], PATIENCE_MS, ready));
    assert_true(!ready[0] && !ready[1] && ready[2]);
    close(ends[0]);
    close(ends[1]);
}

static void do_nothing(int signal_number)
{
    (void) signal_number;
}

static void a_signal_interrupts(void **state)
{
    fixture *f = *state;
    bool ready[2];
    bind_router(f, f->ipc);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = do_nothing}, NULL);
    // again and again: a signal from before the wait has no effect
    const struct itimerval often = {{0, 50000}, {0, 50000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    assert_int_equal(socket_wait(&f->router, 1, -1, PATIENCE_MS, ready), SW_INTERRUPTED);
    setitimer(ITIMER_REAL, &never, NULL);
}

static void closing_nothing_is_allowed(void **state)
{
    (void) state;
    socket_close(NULL, NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_request_gets_its_reply),
        T(a_send_right_after_connected_is_not_refused),
        T(without_a_connection_a_send_is_refused),
        T(a_reply_to_a_stranger_is_dropped),
        T(requests_of_several_frames_are_dropped),
        T(an_oversize_request_costs_only_its_sender_the_connection),
        T(a_port_without_a_listener_refuses),
        T(a_server_that_comes_later_is_found),
        T(a_server_that_ends_drops_the_connection),
        T(a_peer_that_is_not_zeromq_is_rejected),
        T(an_unread_monitor_does_no_harm),
        T(waiting_ends_with_the_time),
        T(waiting_again_still_sees_what_was_not_read),
        T(a_file_descriptor_wakes_too),
        T(a_signal_interrupts),
        cmocka_unit_test(closing_nothing_is_allowed),
    };
    return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
