// test_socket_bind.c -- proto/socket.c: what an endpoint may be.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "socket_pair.h"

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


int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_star_picks_a_free_port),          T(a_port_in_use_is_named),
        T(malformed_addresses_are_named),     T(an_ipc_socket_is_its_owners_alone),
        T(a_living_ipc_socket_is_not_stolen), T(a_dead_ipc_socket_is_replaced),
        T(a_file_of_another_kind_is_kept),    T(ipc_paths_end_at_107_bytes),
    };
    return cmocka_run_group_tests_name("socket_bind", tests, NULL, NULL);
}
