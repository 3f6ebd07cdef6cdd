// test_socket.c -- proto/socket.c over real sockets of this machine.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "plain_listener.h"
#include "socket.h"
#include "test.h"

enum { MAX_MESSAGE = 1000, PATIENCE_MS = 10000 };

typedef struct fixture {
    void *context;
    void *router, *dealer, *monitor;  // what a test opens here is closed for it
    char endpoint[SOCKET_MAX_ENDPOINT];
    char directory[32];
    char ipc[64];  // ipc://directory/s
} fixture;

static const char *path_of(const fixture *f)
{
    return f->ipc + strlen("ipc://");
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    *state = f;
    if (f == NULL || (f->context = zmq_ctx_new()) == NULL) {
        return -1;
    }
    strcpy(f->directory, "/tmp/test_socket_XXXXXX");
    if (mkdtemp(f->directory) == NULL) {
        return -1;
    }
    snprintf(f->ipc, sizeof(f->ipc), "ipc://%s/s", f->directory);
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    socket_close(f->dealer, f->monitor);
    socket_close(f->router, NULL);
    zmq_ctx_term(f->context);  // would hang if a socket were left, or the I/O thread blocked
    unlink(path_of(f));
    rmdir(f->directory);
    free(f);
    return 0;
}

static void bind_router(fixture *f, const char *address)
{
    const socket_options options = {.max_message = MAX_MESSAGE};
    assert_ok(socket_bind(f->context, address, &options, &f->router, NULL));
    socket_endpoint(f->router, f->endpoint);
}

static void connect_dealer(fixture *f, const char *address)
{
    const socket_options options = {.max_message = 10 * MAX_MESSAGE};
    assert_ok(socket_connect(f->context, address, &options, &f->dealer, &f->monitor));
}

static bool can_read(void *socket, int timeout_ms)
{
    bool ready[2];
    assert_ok(socket_wait(&socket, 1, -1, timeout_ms, ready));
    return ready[0];
}

// Waits for `event`, whatever comes before it.
static void await_event(fixture *f, socket_event event)
{
    for (;;) {
        const socket_event next = monitor_next(f->monitor, NULL);
        if (next == event) {
            return;
        }
        if (next == SOCKET_NOTHING) {
            assert_true(can_read(f->monitor, PATIENCE_MS));
        }
    }
}

static zmq_msg_t message_of(const char *text)
{
    zmq_msg_t m;
    zmq_msg_init_size(&m, strlen(text));
    memcpy(zmq_msg_data(&m), text, strlen(text));
    return m;
}

static void assert_message(zmq_msg_t *m, const char *text)
{
    assert_int_equal(zmq_msg_size(m), strlen(text));
    assert_memory_equal(zmq_msg_data(m), text, strlen(text));
}

static void send_text(void *dealer, const char *text)
{
    zmq_msg_t m = message_of(text);
    assert_ok(socket_send(dealer, &m));
}

// Waits for a request, checks it, and sends `reply` back.
static void serve_one(fixture *f, const char *request, const char *reply)
{
    char peer[SOCKET_MAX_PEER];
    size_t peer_size;
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (!socket_next_request(f->router, peer, &peer_size, &m)) {
        assert_true(can_read(f->router, PATIENCE_MS));
    }
    assert_message(&m, request);
    zmq_msg_close(&m);
    m = message_of(reply);
    assert_true(socket_reply(f->router, peer, peer_size, &m));
}

static void await_reply(void *dealer, const char *text)
{
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (!socket_receive(dealer, &m)) {
        assert_true(can_read(dealer, PATIENCE_MS));
    }
    assert_message(&m, text);
    zmq_msg_close(&m);
}


// ---- endpoints ------------------------------------------------------------------------------

static void a_star_picks_a_free_port(void **state)
{
    fixture *f = *state;
    int port;
    char rest;
    bind_router(f, "tcp://127.0.0.1:*");
    assert_int_equal(sscanf(f->endpoint, "tcp://127.0.0.1:%d%c", &port, &rest), 1);
    assert_in_range(port, 1, 65535);
}

static void assert_bind_fails(fixture *f, const char *address, const char *named)
{
    void *socket = NULL;
    const socket_options options = {.max_message = MAX_MESSAGE};
    assert_int_equal(socket_bind(f->context, address, &options, &socket, NULL), SW_IO);
    assert_null(socket);
    assert_non_null(strstr(sw_last_error(), address));
    assert_non_null(strstr(sw_last_error(), named));
}

static void a_port_in_use_is_named(void **state)
{
    fixture *f = *state;
    bind_router(f, "tcp://127.0.0.1:*");
    assert_bind_fails(f, f->endpoint, "in use");
}

static void malformed_addresses_are_named(void **state)
{
    fixture *f = *state;
    void *socket = NULL, *monitor = NULL;
    assert_bind_fails(f, "ipc:///no/such/directory/s", "");
    const socket_options options = {.max_message = MAX_MESSAGE};
    assert_int_equal(socket_bind(f->context, "5555", &options, &socket, &monitor),
                     SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "'5555'"));
    assert_int_equal(socket_connect(f->context, "tcp//host:1", &options, &socket, &monitor),
                     SW_INVALID_ARGUMENT);
    assert_non_null(strstr(sw_last_error(), "tcp//host:1"));
    assert_true(socket == NULL && monitor == NULL);
}


// ---- ipc ------------------------------------------------------------------------------------

static void an_ipc_socket_is_its_owners_alone(void **state)
{
    fixture *f = *state;
    struct stat what;
    const mode_t before = umask(0);
    bind_router(f, f->ipc);
    assert_int_equal(umask(before), 0);  // as it was
    assert_int_equal(stat(path_of(f), &what), 0);
    assert_int_equal(what.st_mode & 0777, 0600);
}

static void a_living_ipc_socket_is_not_stolen(void **state)
{
    fixture *f = *state;
    bind_router(f, f->ipc);
    assert_bind_fails(f, f->ipc, "in use");
    connect_dealer(f, f->ipc);
    await_event(f, SOCKET_CONNECTED);  // the first one still serves
}

static void a_dead_ipc_socket_is_replaced(void **state)
{
    fixture *f = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strcpy(name.sun_path, path_of(f));
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *) &name, sizeof(name)), 0);
    close(fd);
    bind_router(f, f->ipc);
    assert_string_equal(f->endpoint, f->ipc);
}

static void a_file_of_another_kind_is_kept(void **state)
{
    fixture *f = *state;
    FILE *file = fopen(path_of(f), "w");
    fputs("thesis", file);
    fclose(file);
    assert_bind_fails(f, f->ipc, "another kind");
    assert_int_equal(access(path_of(f), F_OK), 0);
}

static void ipc_paths_end_at_107_bytes(void **state)
{
    fixture *f = *state;
    char address[128];
    snprintf(address, sizeof(address), "ipc:///tmp/%0103d", 0);  // a path of 108
    assert_bind_fails(f, address, "107");
    assert_bind_fails(f, "ipc://@open-to-all", "abstract");
}


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
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 50000}, NULL);
    assert_int_equal(socket_wait(&f->router, 1, -1, PATIENCE_MS, ready), SW_INTERRUPTED);
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
        T(a_star_picks_a_free_port),
        T(a_port_in_use_is_named),
        T(malformed_addresses_are_named),
        T(an_ipc_socket_is_its_owners_alone),
        T(a_living_ipc_socket_is_not_stolen),
        T(a_dead_ipc_socket_is_replaced),
        T(a_file_of_another_kind_is_kept),
        T(ipc_paths_end_at_107_bytes),
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
