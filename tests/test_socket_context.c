// test_socket_context.c -- proto/socket.c: which cores a context's I/O thread may use.
#define _GNU_SOURCE  // sched_getaffinity()
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"
#include "test.h"

static bool is_io_thread(const char *id)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%.20s/comm", id);
    FILE *file = fopen(path, "r");
    const bool is_one =
        file != NULL && fgets(name, sizeof(name), file) != NULL && strstr(name, "/IO/") != NULL;
    if (file != NULL) {
        fclose(file);
    }
    return is_one;
}

// How many cores the I/O threads of this process may use, added up.
static int count_cores(void)
{
    int cores = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    const struct dirent *entry;
    while ((entry = readdir(tasks)) != NULL) {
        cpu_set_t allowed;
        if (is_io_thread(entry->d_name) &&
            sched_getaffinity(atoi(entry->d_name), sizeof(allowed), &allowed) == 0) {
            cores += CPU_COUNT(&allowed);
        }
    }
    closedir(tasks);
    return cores;
}

static int cores_for(const char *endpoint)
{
    void *context = socket_context(endpoint);
    assert_non_null(context);
    void *socket = zmq_socket(context, ZMQ_PAIR);  // starts the threads, which name themselves
    int cores;
    while ((cores = count_cores()) == 0) {  // when they have found their cores
        usleep(1000);
    }
    zmq_close(socket);
    zmq_ctx_term(context);
    return cores;
}

static void messages_between_processes_stay_on_one_core(void **state)
{
    (void) state;
    assert_int_equal(cores_for("ipc:///run/a/server"), 1);
    assert_int_equal(cores_for("ipc:///run/another/server"), 1);
}

static void messages_over_tcp_may_use_all(void **state)
{
    (void) state;
    cpu_set_t all;
    assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
    assert_int_equal(cores_for("tcp://127.0.0.1:5555"), CPU_COUNT(&all));
    assert_int_equal(cores_for(NULL), CPU_COUNT(&all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_between_processes_stay_on_one_core),
        cmocka_unit_test(messages_over_tcp_may_use_all),
    };
    return cmocka_run_group_tests_name("socket_context", tests, NULL, NULL);
}
