// test_client_lease.c -- a client that is stopped for longer than its lease, and a real server.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <stepwire/client.h>

#include "local_server.h"
#include "test.h"

static void sleep_ms(int ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

// The client, in a process of its own: opens a session with a lease of 2 s, steps it, stops
// itself, steps it again. Returns what came of that.
static sw_status step_stop_step(const char *endpoint, bool stops_in_a_call)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    options.lease = 2;
    const sw_session_options session = {.env_id = "CartPole-v1", .rows = 2, .seed = 1};
    const int64_t actions[2] = {0, 1};
    const void *const tensors[] = {actions};
    const sw_batch *batch;
    sw_client *client = NULL;
    sw_status st = sw_client_connect(&options, &client);
    st = st == SW_OK ? sw_client_open(client, &session) : st;
    st = st == SW_OK ? sw_client_send_reset(client, NULL) : st;
    st = st == SW_OK ? sw_client_recv(client, &batch) : st;
    st = st == SW_OK ? sw_client_send_step(client, tensors) : st;
    if (stops_in_a_call) {
        raise(SIGSTOP);
    }
    st = st == SW_OK ? sw_client_recv(client, &batch) : st;
    if (!stops_in_a_call) {
        raise(SIGSTOP);
    }
    st = st == SW_OK ? sw_client_send_step(client, tensors) : st;
    st = st == SW_OK ? sw_client_recv(client, &batch) : st;
    sw_client_close(client);
    return st;
}

// The client, which has to be forked before this process has threads: it is told later where its
// server is.
static pid_t fork_client(bool stops_in_a_call, int *tell)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char endpoint[256] = "";
        close(ends[1]);
        if (read(ends[0], endpoint, sizeof(endpoint) - 1) <= 0) {
            _exit(255);
        }
        _exit((int) step_stop_step(endpoint, stops_in_a_call));
    }
    close(ends[0]);
    *tell = ends[1];
    return pid;
}

// What a client that was stopped for so long gets for its next call.
static int stop_client_for(int ms, bool stops_in_a_call)
{
    int tell, status;
    const pid_t pid = fork_client(stops_in_a_call, &tell);
    local_server *server = local_server_start("tcp://127.0.0.1:*", 1);
    const char *endpoint = local_server_endpoint(server);
    assert_int_equal(write(tell, endpoint, strlen(endpoint)), strlen(endpoint));
    close(tell);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    sleep_ms(ms);
    kill(pid, SIGCONT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    local_server_stop(server);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_client_that_stops_for_less_than_its_lease_loses_nothing(void **state)
{
    (void) state;
    assert_int_equal(stop_client_for(100, false), SW_OK);
    assert_int_equal(stop_client_for(100, true), SW_OK);
}

static void a_client_that_stops_for_longer_than_its_lease_is_told(void **state)
{
    (void) state;
    assert_int_equal(stop_client_for(4000, false), SW_SESSION_LOST);
}

// The reply to the call on its way is there; the next call finds the session gone.
static void so_is_one_that_stops_while_it_waits(void **state)
{
    (void) state;
    assert_int_equal(stop_client_for(4000, true), SW_SESSION_LOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_stops_for_less_than_its_lease_loses_nothing),
        cmocka_unit_test(a_client_that_stops_for_longer_than_its_lease_is_told),
        cmocka_unit_test(so_is_one_that_stops_while_it_waits),
    };
    return cmocka_run_group_tests_name("client lease", tests, NULL, NULL);
}
