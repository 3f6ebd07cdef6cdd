// test_endpoint.c -- proto/endpoint.c. What is checked before binding is tested by binding, in
// test_socket.c.
#include <stdio.h>
#include <string.h>

#include "endpoint.h"
#include "test.h"

static void only_ipc_and_loopback_are_local(void **state)
{
    (void) state;
    const char *const local[] = {"ipc:///tmp/x", "tcp://127.0.0.1:5555", "tcp://127.9.9.9:*",
                                 "tcp://[::1]:5555", "tcp://localhost:5555"};
    const char *const remote[] = {"tcp://*:5555",
                                  "tcp://0.0.0.0:5555",
                                  "tcp://10.0.0.1:5555",
                                  "tcp://127.evil.example:5555",
                                  "tcp://127.0.0.1;10.0.0.1:5555",
                                  "tcp://lo:5555",
                                  "tcp://127.0.0.1",
                                  "udp://127.0.0.1:5555",
                                  ""};
    for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++) {
        assert_true(endpoint_is_local(local[i]));
    }
    for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++) {
        assert_false(endpoint_is_local(remote[i]));
    }
}

// A label of over 63 bytes can be no host, which is known without asking a name server.
static void a_host_that_cannot_be_is_named(void **state)
{
    (void) state;
    char label[65] = "", address[128];
    memset(label, 'x', sizeof(label) - 1);
    snprintf(address, sizeof(address), "tcp://%s:5555", label);
    assert_int_equal(endpoint_check_connect(address), SW_UNAVAILABLE);
    assert_non_null(strstr(sw_last_error(), address));
    assert_non_null(strstr(sw_last_error(), "no such host"));
}

static void addresses_without_a_host_name_are_not_looked_up(void **state)
{
    (void) state;
    assert_ok(endpoint_check_connect("tcp://127.0.0.1:5555"));
    assert_ok(endpoint_check_connect("tcp://localhost:5555"));
    assert_ok(endpoint_check_connect("tcp://[::1]:5555"));
    assert_ok(endpoint_check_connect("tcp://127.0.0.1:0;127.0.0.1:5555"));
    assert_ok(endpoint_check_connect("ipc:///tmp/x"));
}

static void what_is_no_endpoint_is_told_what_one_is(void **state)
{
    (void) state;
    const char *const good[] = {"tcp://127.0.0.1:5555", "tcp://[::1]:1", "tcp://sim1:65535",
                                "tcp://10.0.0.1:0;sim1:5555", "ipc:///tmp/x"};
    const char *const others[] = {"",           "foo",         "5555",        "tcp://",
                                  "tcp://sim1", "tcp://:5555", "tcp//sim1:1", "udp://sim1:1",
                                  "ipc://",     "inproc://x"};
    const char *const ports[] = {"", "x", "5555x", "-1", "+1", " 1", "65536", "99999999999", "1.5"};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_ok(endpoint_check_form(good[i], true));
        assert_ok(endpoint_check_form(good[i], false));
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        assert_int_equal(endpoint_check_form(others[i], true), SW_INVALID_ARGUMENT);
        assert_says("expected tcp://HOST:PORT or ipc://PATH");
    }
    for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
        char address[64];
        snprintf(address, sizeof(address), "tcp://127.0.0.1:%s", ports[i]);
        assert_int_equal(endpoint_check_form(address, false), SW_INVALID_ARGUMENT);
        assert_says("is no port");
    }
}

static void only_a_server_may_have_any_port(void **state)
{
    (void) state;
    assert_ok(endpoint_check_form("tcp://127.0.0.1:*", true));
    assert_ok(endpoint_check_form("tcp://127.0.0.1:0", true));
    assert_int_equal(endpoint_check_form("tcp://127.0.0.1:*", false), SW_INVALID_ARGUMENT);
    assert_int_equal(endpoint_check_form("tcp://127.0.0.1:0", false), SW_INVALID_ARGUMENT);
}

static void assert_host(const char *endpoint, const char *expected)
{
    char host[ENDPOINT_MAX_HOST] = "as before";
    assert_int_equal(endpoint_host(endpoint, host), expected != NULL);
    assert_string_equal(host, expected != NULL ? expected : "as before");
}

static void the_host_is_what_stands_before_the_port(void **state)
{
    (void) state;
    assert_host("tcp://sim1:5555", "sim1");
    assert_host("tcp://10.0.0.7:1", "10.0.0.7");
    assert_host("tcp://[::1]:5555", "::1");
    assert_host("tcp://[fe80::1%eth0]:5555", "fe80::1%eth0");
    assert_host("tcp://10.0.0.1:0;sim1:5555", "sim1");
    assert_host("ipc:///tmp/socket", "localhost");
    assert_host("tcp://:5555", NULL);
    assert_host("tcp://sim1", NULL);
    assert_host("tcp://[]:1", NULL);
    assert_host("tcp://../sim1:5555", NULL);
    assert_host("sim1:5555", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_ipc_and_loopback_are_local),
        cmocka_unit_test(a_host_that_cannot_be_is_named),
        cmocka_unit_test(addresses_without_a_host_name_are_not_looked_up),
        cmocka_unit_test(what_is_no_endpoint_is_told_what_one_is),
        cmocka_unit_test(only_a_server_may_have_any_port),
        cmocka_unit_test(the_host_is_what_stands_before_the_port),
    };
    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
