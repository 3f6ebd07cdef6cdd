// test_embedded.c -- agent/client/embedded.c: the server that an agent starts for itself.
//
// SIMSERVER is the path of stepwire-simserver.
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <stepwire/client.h>

#include "clock.h"
#include "counter.h"
#include "embedded.h"
#include "test.h"

// However slow the machine, programs begin and end within this.
enum { LONG_MS = 20000 };

static const embedded_options real = {
    .program = SIMSERVER, .ready_ms = LONG_MS, .stop_ms = LONG_MS};

// A server that is this shell script, and has so long to get ready.
static sw_status start_script(const char *script, int ready_ms, embedded **e)
{
    char path[] = "/tmp/stepwire-test-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    dprintf(fd, "#!/bin/sh\n%s\n", script);
    fchmod(fd, 0700);
    close(fd);
    const embedded_options options = {.program = path, .ready_ms = ready_ms, .stop_ms = 300};
    const sw_status st = embedded_start(&options, e);
    unlink(path);
    return st;
}

static sw_client *open_session(const char *endpoint)
{
    const sw_assignment for_ever = {"hang_ms", "60000"};
    const sw_session_options session = {
        .env_id = "Counter-v0", .rows = 1, .settings = &for_ever, .setting_count = 1};
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    options.refused_ms = 300;
    sw_client *client;
    const sw_batch *batch;
    assert_ok(sw_client_connect(&options, &client));
    assert_ok(sw_client_open(client, &session));
    assert_ok(sw_client_send_reset(client, NULL));
    assert_ok(sw_client_recv(client, &batch));
    return client;
}

static void it_serves_until_it_is_stopped_and_leaves_nothing(void **state)
{
    (void) state;
    embedded *e;
    assert_ok(embedded_start(&real, &e));
    char path[128];
    assert_int_equal(sscanf(embedded_endpoint(e), "ipc://%127s", path), 1);
    sw_client_close(open_session(embedded_endpoint(e)));
    assert_int_equal(embedded_stop(e), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(errno, ENOENT);
}

static void only_its_user_may_enter_its_directory(void **state)
{
    (void) state;
    embedded *e;
    assert_ok(embedded_start(&real, &e));
    char path[128];
    struct stat s;
    assert_int_equal(sscanf(embedded_endpoint(e), "ipc://%127s", path), 1);
    *strrchr(path, '/') = '\0';
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
    embedded_stop(e);
}

static void a_ctrl_c_in_the_terminal_does_not_reach_it(void **state)
{
    (void) state;
    embedded *e;
    assert_ok(embedded_start(&real, &e));
    assert_int_equal(getpgid(embedded_pid(e)), embedded_pid(e));  // not our process group
    embedded_stop(e);
}

static void it_is_found_in_path(void **state)
{
    (void) state;
    const embedded_options options = {.ready_ms = LONG_MS, .stop_ms = LONG_MS};
    char directory[] = SIMSERVER;
    *strrchr(directory, '/') = '\0';
    char *before = strdup(getenv("PATH"));
    embedded *e;
    setenv("PATH", directory, 1);
    assert_ok(embedded_start(&options, &e));
    assert_int_equal(embedded_stop(e), 0);
    setenv("PATH", "/nowhere", 1);
    assert_int_equal(embedded_start(&options, &e), SW_NOT_FOUND);
    assert_says("stepwire-simserver");
    setenv("PATH", before, 1);
    free(before);
}

static void its_exit_status_is_told_if_it_never_gets_ready(void **state)
{
    (void) state;
    embedded *e;
    assert_int_equal(start_script("exit 3", LONG_MS, &e), SW_UNAVAILABLE);
    assert_says("exit status 3");
    assert_int_equal(start_script("kill -9 $$", LONG_MS, &e), SW_UNAVAILABLE);
    assert_says("exit status 137");
}

static void another_first_line_is_refused(void **state)
{
    (void) state;
    embedded *e;
    assert_int_equal(start_script("echo hello; exec sleep 60", LONG_MS, &e), SW_UNAVAILABLE);
    assert_says("ready ENDPOINT");
}

static void one_that_takes_too_long_is_killed(void **state)
{
    (void) state;
    embedded *e;
    const int64_t before = clock_ms();
    assert_int_equal(start_script("exec sleep 60", 300, &e), SW_UNAVAILABLE);
    assert_says("not ready in time");
    assert_in_range(clock_ms() - before, 300, LONG_MS);
}

static void one_that_does_not_end_is_killed(void **state)
{
    (void) state;
    embedded *e;
    assert_ok(start_script("echo ready ipc:///nowhere; exec sleep 60", LONG_MS, &e));
    assert_string_equal(embedded_endpoint(e), "ipc:///nowhere");
    assert_int_equal(embedded_stop(e), 137);
}

// In a process of its own: starts a server, tells its endpoint, and is killed.
static void start_and_be_killed(int out)
{
    embedded *e;
    char endpoint[256] = "";
    if (embedded_start(&real, &e) == SW_OK) {
        strcpy(endpoint, embedded_endpoint(e));
    }
    if (write(out, endpoint, sizeof(endpoint)) > 0) {
        kill(getpid(), SIGKILL);
    }
}

static void it_ends_with_its_agent_even_if_that_is_killed(void **state)
{
    (void) state;
    int ends[2];
    char endpoint[256];
    assert_int_equal(pipe(ends), 0);
    const pid_t agent = fork();
    if (agent == 0) {
        start_and_be_killed(ends[1]);
    }
    assert_int_equal(read(ends[0], endpoint, sizeof(endpoint)), sizeof(endpoint));
    waitpid(agent, NULL, 0);
    assert_int_equal(strncmp(endpoint, "ipc://", 6), 0);

    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    options.refused_ms = 500;
    sw_client *client;
    const int64_t killed = clock_ms();
    sw_status st;
    while ((st = sw_client_connect(&options, &client)) == SW_OK) {  // it has not noticed yet
        sw_client_close(client);
        assert_true(clock_ms() - killed < LONG_MS);
    }
    assert_int_equal(st, SW_UNAVAILABLE);
    close(ends[0]);
    close(ends[1]);
    unlink(endpoint + strlen("ipc://"));
    *strrchr(endpoint, '/') = '\0';
    rmdir(endpoint + strlen("ipc://"));
}

static void a_server_killed_in_a_step_is_given_up_in_time(void **state)
{
    (void) state;
    embedded *e;
    assert_ok(embedded_start(&real, &e));
    sw_client *client = open_session(embedded_endpoint(e));
    const double add = 1;
    const int32_t command = COUNTER_HANG;
    const void *tensors[] = {&add, &command};
    const sw_batch *batch;
    assert_ok(sw_client_send_step(client, tensors));
    const struct timespec pause = {.tv_nsec = 200 * 1000000};
    nanosleep(&pause, NULL);
    kill(embedded_pid(e), SIGKILL);
    const int64_t before = clock_ms();
    assert_int_equal(sw_client_recv(client, &batch), SW_UNAVAILABLE);
    assert_in_range(clock_ms() - before, 300, LONG_MS);  // refused_ms is 300, and the lease 30 s
    assert_says(embedded_endpoint(e));
    sw_client_close(client);
    assert_int_equal(embedded_stop(e), 137);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_until_it_is_stopped_and_leaves_nothing),
        cmocka_unit_test(only_its_user_may_enter_its_directory),
        cmocka_unit_test(a_ctrl_c_in_the_terminal_does_not_reach_it),
        cmocka_unit_test(it_is_found_in_path),
        cmocka_unit_test(its_exit_status_is_told_if_it_never_gets_ready),
        cmocka_unit_test(another_first_line_is_refused),
        cmocka_unit_test(one_that_takes_too_long_is_killed),
        cmocka_unit_test(one_that_does_not_end_is_killed),
        cmocka_unit_test(it_ends_with_its_agent_even_if_that_is_killed),
        cmocka_unit_test(a_server_killed_in_a_step_is_given_up_in_time),
    };
    return cmocka_run_group_tests_name("embedded", tests, NULL, NULL);
}
