// test_flood.c -- clients that say more than they wait for answers to.
//
// SIMSERVER and PUPPET are the paths of the programs.
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"
#include "puppeteer.h"
#include "tcp.h"
#include "test.h"
#include "zmtp.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RSS_MEANS_SOMETHING false  // a sanitizer keeps what is freed
#else
#define RSS_MEANS_SOMETHING true
#endif

enum {
    CUT_MS = 60000,  // with sanitizers and other tests beside; it is 0.1 s on an idle machine
    MOST_KIB = 96 << 10
};

static void connect_at(int fd, const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    assert_int_equal(connect(fd, (const struct sockaddr *) &name, sizeof(name)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    zmtp_begin(fd);
}

// A socket whose queue is full takes nothing more from its connection. With libzmq 4.3 the process
// is aborted if such a connection ends and a heartbeat was still to be answered, or is due.
static void whoever_fills_a_queue_asks_for_a_heartbeat_and_vanishes_harms_nobody(void **state)
{
    (void) state;
    char directory[] = "/tmp/stepwire-test-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char path[48], endpoint[TCP_MAX_ENDPOINT];
    snprintf(path, sizeof(path), "%s/socket", directory);
    snprintf(endpoint, sizeof(endpoint), "ipc://%s", path);
    process server = process_serve(SIMSERVER, (const char *[]){"--log", "none", NULL}, endpoint);
    for (int i = 0; i < 200; i++) {
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        connect_at(fd, path);
        zmtp_bytes all = {.size = 0};
        for (int n = 0; n < 200; n++) {
            zmtp_message(&all, "nonsense", 8);
        }
        for (int n = 0; n < 20; n++) {
            zmtp_ping(&all);
        }
        assert_int_equal(tcp_write(fd, all.bytes, all.size), all.size);
        tcp_close(fd, false);
    }
    process puppet = puppet_start(PUPPET, endpoint, "30", "2");
    puppet_order(&puppet, "connect", "ok");
    puppet_order(&puppet, "open", "ok");
    puppet_order(&puppet, "reset", "0 0");
    puppet_finish(&puppet);
    assert_int_equal(process_end(&server), 0);
    (void) unlink(path);
    assert_int_equal(rmdir(directory), 0);
}

// Small requests, as fast as they go, while a puppet is served; until the connection is cut.
static void whoever_asks_faster_than_can_be_answered_is_cut_and_harms_nobody(void **state)
{
    (void) state;
    char endpoint[TCP_MAX_ENDPOINT] = "tcp://127.0.0.1:*";
    process server = process_serve(SIMSERVER, (const char *[]){"--log", "warning", NULL}, endpoint);
    process puppet = puppet_start(PUPPET, endpoint, "30", "2");
    puppet_order(&puppet, "connect", "ok");
    puppet_order(&puppet, "open", "ok");
    puppet_order(&puppet, "reset", "0 0");
    zmtp_bytes all = {.size = 0};
    while (all.size + 8 < sizeof(all.bytes)) {
        zmtp_message(&all, "abcdef", 6);
    }
    const int fd = tcp_connect(endpoint);
    zmtp_begin(fd);
    const long before = process_rss_kib(&server);
    long most = before;
    const int64_t began = clock_ms();
    size_t said = 0;
    for (ssize_t n = 0; n >= 0; said = (said + (size_t) n) % all.size) {
        assert_true(clock_ms() - began < CUT_MS);
        n = tcp_write(fd, all.bytes + said, all.size - said);
        if (n < 0) {
            break;
        }
        const long now = process_rss_kib(&server);
        most = now > most ? now : most;
    }
    print_message("cut after %" PRId64 " ms; %ld KiB before, at most %ld\n", clock_ms() - began,
                  before, most);
    tcp_close(fd, false);
    puppet_order(&puppet, "step", "1 1");
    puppet_finish(&puppet);
    assert_true(process_log_bytes(&server) > 0);
    assert_int_equal(process_end(&server), 0);
    if (RSS_MEANS_SOMETHING) {
        assert_in_range(most, 0, before + MOST_KIB);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_asks_faster_than_can_be_answered_is_cut_and_harms_nobody),
        cmocka_unit_test(whoever_fills_a_queue_asks_for_a_heartbeat_and_vanishes_harms_nobody),
    };
    return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
