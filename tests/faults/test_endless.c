// test_endless.c -- clients whose messages never end, and honest ones with a lot to say.
//
// SIMSERVER and PUPPET are the paths of the programs.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "key_dirs.h"
#include "keys.h"
#include "process.h"
#include "puppeteer.h"
#include "socket.h"
#include "tcp.h"
#include "test.h"
#include "zmtp.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RSS_MEANS_SOMETHING false  // a sanitizer keeps what is freed
#else
#define RSS_MEANS_SOMETHING true
#endif

enum {
    FRAME = 60000,
    MAX_MESSAGE = 1 << 20,
    ATTACKERS = 50,
    // What goes through in the time until attackers are cut, beside the largest message for each.
    // Without a limit it is ten times that after one second.
    MOST_KIB = 64 << 10,
    KEPT_KIB = 16 << 10,
    CUT_MS = 60000,  // with sanitizers and other tests beside; it is 0.1 s on an idle machine
    WINDOW = 8       // requests that an honest client has under way
};

typedef struct attacker {
    int fd;
    size_t said;  // bytes of its frame
} attacker;

static process serve(const char *directory, char *endpoint)
{
    const char *arguments[] = {"--max-message", "1048576", "--log", "warning",
                               "--keys",        directory, NULL};
    if (directory == NULL) {
        arguments[4] = NULL;
    }
    strcpy(endpoint, "tcp://127.0.0.1:*");
    return process_serve(SIMSERVER, arguments, endpoint);
}

static void finish(process *server)
{
    if (process_end(server) != 0) {
        fail_msg("the server did not end well");
    }
}


// ---- messages without end ----------------------------------------------------------------------

// Sends frames, each of which says that more follow, as far as they go. False if it was cut.
static bool speak(attacker *a)
{
    static uint8_t frame[9 + FRAME] = {3, 0, 0, 0, 0, 0, 0, FRAME >> 8, FRAME & 255};
    const ssize_t n = tcp_write(a->fd, frame + a->said, sizeof(frame) - a->said);
    if (n < 0) {
        return false;
    }
    a->said = (a->said + (size_t) n) % sizeof(frame);
    return true;
}

// Attacks with `count` connections until all are cut, each sending at most a frame in `pause_ms`;
// a puppet is served all the time.
static void attack(const process *server, const char *endpoint, int count, int pause_ms)
{
    process puppet = puppet_start(PUPPET, endpoint, "30", "2");
    puppet_order(&puppet, "connect", "ok");
    puppet_order(&puppet, "open", "ok");
    puppet_order(&puppet, "reset", "0 0");
    attacker attackers[ATTACKERS];
    for (int i = 0; i < count; i++) {
        attackers[i] = (attacker){.fd = tcp_connect(endpoint)};
        zmtp_begin(attackers[i].fd);
    }
    const long before = process_rss_kib(server);
    long most = before;
    int steps = 0;
    const int64_t began = clock_ms();
    for (int left = count; left > 0;) {
        assert_true(clock_ms() - began < CUT_MS);
        for (int i = 0; i < count; i++) {
            if (attackers[i].fd >= 0 && !speak(&attackers[i])) {
                tcp_close(attackers[i].fd, false);
                attackers[i].fd = -1;
                left--;
            }
        }
        char expected[32];
        steps++;
        snprintf(expected, sizeof(expected), "%d %d", steps, steps);
        puppet_order(&puppet, "step", expected);
        const long now = process_rss_kib(server);
        most = now > most ? now : most;
        sleep_ms(pause_ms);
    }
    print_message("%d cut after %" PRId64 " ms, %d steps beside; %ld KiB before, at most %ld\n",
                  count, clock_ms() - began, steps, before, most);
    if (RSS_MEANS_SOMETHING) {
        assert_in_range(most, 0, before + MOST_KIB + 2 * count * (MAX_MESSAGE >> 10));
        sleep_ms(200);
        assert_in_range(process_rss_kib(server), 0, before + KEPT_KIB);
    }
    assert_true(process_log_bytes(server) > 0);
    puppet_finish(&puppet);
}


// ---- honest clients ----------------------------------------------------------------------------

// Sends `count` requests of `size` bytes, a few at a time, and reads what comes back. None is
// understood, but all are answered, over one connection.
static void say_much(const char *endpoint, const keys *own, int count, size_t size)
{
    const socket_options options = {.max_message = MAX_MESSAGE, .keys = own};
    void *context = zmq_ctx_new(), *dealer, *monitor;
    assert_ok(socket_connect(context, endpoint, &options, &dealer, &monitor));
    int sent = 0, answered = 0;
    int64_t heard = clock_ms();
    while (answered < count && clock_ms() - heard < PROCESS_PATIENCE_MS) {
        zmq_msg_t message;
        if (sent < count && sent - answered < WINDOW) {
            zmq_msg_init_size(&message, size);
            memset(zmq_msg_data(&message), 255, size);
            sent += socket_send(dealer, &message) == SW_OK;
        }
        bool received;
        zmq_msg_init(&message);
        assert_ok(
            socket_receive_within(dealer, sent - answered < WINDOW ? 0 : 1, &message, &received));
        answered += received;
        heard = received ? clock_ms() : heard;
        zmq_msg_close(&message);
    }
    assert_int_equal(answered, count);
    socket_event event;
    while ((event = monitor_next(monitor, NULL)) != SOCKET_NOTHING) {
        assert_int_not_equal(event, SOCKET_DROPPED);
    }
    socket_close(dealer, monitor);
    zmq_ctx_term(context);
}

static void say_much_large_and_small(const char *endpoint, const keys *own)
{
    say_much(endpoint, own, 200, MAX_MESSAGE);
    say_much(endpoint, own, 40000, 100);
}


// ---- the tests ---------------------------------------------------------------------------------

static void expect_all_is_well_after(int count, int pause_ms)
{
    char endpoint[TCP_MAX_ENDPOINT];
    process server = serve(NULL, endpoint);
    attack(&server, endpoint, count, pause_ms);
    say_much(endpoint, NULL, 20, MAX_MESSAGE);
    finish(&server);
}

static void an_endless_message_is_cut_and_harms_nobody(void **state)
{
    (void) state;
    expect_all_is_well_after(1, 0);
}

static void so_is_a_slow_one(void **state)
{
    (void) state;
    expect_all_is_well_after(1, 6);  // 10 MB a second
}

static void so_are_many_at_once(void **state)
{
    (void) state;
    expect_all_is_well_after(ATTACKERS, 0);
}

static void who_has_much_to_say_is_heard(void **state)
{
    (void) state;
    char endpoint[TCP_MAX_ENDPOINT];
    process server = serve(NULL, endpoint);
    const long log = process_log_bytes(&server);
    say_much_large_and_small(endpoint, NULL);
    assert_int_equal(process_log_bytes(&server), log);
    finish(&server);
}

static void so_is_who_has_a_key(void **state)
{
    const key_dirs *k = *state;
    char endpoint[TCP_MAX_ENDPOINT];
    keys own;
    key_dirs_generate(k->a);
    process server = serve(k->a, endpoint);
    const long log = process_log_bytes(&server);
    assert_ok(keys_read_client(k->a, endpoint, &own));
    say_much_large_and_small(endpoint, &own);
    assert_int_equal(process_log_bytes(&server), log);
    finish(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endless_message_is_cut_and_harms_nobody),
        cmocka_unit_test(so_is_a_slow_one),
        cmocka_unit_test(so_are_many_at_once),
        cmocka_unit_test(who_has_much_to_say_is_heard),
        cmocka_unit_test_setup_teardown(so_is_who_has_a_key, key_dirs_setup, key_dirs_teardown),
    };
    return cmocka_run_group_tests_name("endless", tests, NULL, NULL);
}
