// test_curve.c -- who comes in with which keys, and what the others are told.
//
// The server's keys are in directory a, with those of a client that it lets in. Those in b belong
// to a second client: which of the two knows the other is up to the test.
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <stepwire/client.h>

#include "keeper.h"
#include "key_dirs.h"
#include "keys.h"
#include "served.h"
#include "socket.h"
#include "test.h"

enum { HOPE_MS = 300, LONG_MS = 10000 };

static void serve(served *s, const char *keys_directory, const char *endpoint)
{
    sw_server_options options = served_options(1);
    options.keys = keys_directory;
    options.endpoint = endpoint;
    served_start(s, &options, NULL);
}

static sw_status connect_client(const char *endpoint, const char *keys_directory, int refused_ms,
                                sw_client **client)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    options.keys = keys_directory;
    options.refused_ms = refused_ms;
    return sw_client_connect(&options, client);
}

// Steps the one row of an open session by 0.25 + 0.25, and checks what came of all steps so far.
static void step(sw_client *client, double sum)
{
    const double add[] = {0.25, 0.25};
    const int64_t command = FAKE_GO_ON;
    const void *const actions[] = {add, &command};
    const sw_batch *batch;
    assert_ok(sw_client_send_step(client, actions));
    assert_ok(sw_client_recv(client, &batch));
    assert_near(((const double *) batch->observations[0])[0], sum, 0);
}

static sw_client *begin_session(const char *endpoint, const char *keys_directory)
{
    const sw_session_options session = {.env_id = "Fake-v0", .rows = 1};
    const sw_batch *batch;
    sw_client *client;
    assert_ok(connect_client(endpoint, keys_directory, LONG_MS, &client));
    assert_ok(sw_client_open(client, &session));
    assert_ok(sw_client_send_reset(client, NULL));
    assert_ok(sw_client_recv(client, &batch));
    return client;
}


// ---- coming in ------------------------------------------------------------------------------

static void the_right_keys_come_in(void **state)
{
    const key_dirs *k = *state;
    served s;
    key_dirs_make(k);
    key_dirs_let_b_in(k);
    serve(&s, k->a, served_tcp);
    sw_client *a = begin_session(sw_server_endpoint(s.server), k->a);
    sw_client *b = begin_session(sw_server_endpoint(s.server), k->b);
    step(a, 0.5);
    step(b, 0.5);
    step(a, 1);
    sw_client_close(a);
    sw_client_close(b);
    served_finish(&s);
}

static void ipc_takes_keys_too(void **state)
{
    const key_dirs *k = *state;
    served s;
    char endpoint[KEY_DIRS_PATH + 16];
    snprintf(endpoint, sizeof(endpoint), "ipc://%s/socket", k->root);
    key_dirs_make(k);
    serve(&s, k->a, endpoint);
    sw_client *a = begin_session(endpoint, k->a);
    step(a, 0.5);
    sw_client_close(a);
    sw_client *nobody;
    assert_int_equal(connect_client(endpoint, NULL, HOPE_MS, &nobody), SW_UNAVAILABLE);
    assert_says("--keys DIR");
    served_finish(&s);
}

// Several times, because chance decides which of the two ends hears the reason.
static void assert_kept_out(const served *s, const char *keys_directory, const char *says)
{
    for (int i = 0; i < 3; i++) {
        sw_client *client;
        assert_int_equal(
            connect_client(sw_server_endpoint(s->server), keys_directory, HOPE_MS, &client),
            SW_UNAVAILABLE);
        assert_says(sw_server_endpoint(s->server));
        assert_says(says);
    }
}

static void whoever_is_kept_out_hears_why(void **state)
{
    const key_dirs *k = *state;
    served s;
    key_dirs_make(k);
    serve(&s, k->a, served_tcp);
    assert_kept_out(&s, NULL, "--keys DIR");
    assert_kept_out(&s, k->b, "/b/client.pub to the server's clients/");
    key_dirs_copy(key_dirs_path(k->b, "server.pub"), key_dirs_path(k->b, "servers/127.0.0.1.pub"));
    assert_kept_out(&s, k->b, "/b/servers/127.0.0.1.pub is not that of this server");
    served_finish(&s);
    serve(&s, NULL, served_tcp);
    assert_kept_out(&s, k->a, "the server has no keys");
    served_finish(&s);
}

static void a_client_whose_files_are_bad_does_not_try(void **state)
{
    const key_dirs *k = *state;
    served s;
    sw_client *client;
    key_dirs_make(k);
    serve(&s, k->a, served_tcp);
    const char *endpoint = sw_server_endpoint(s.server);
    assert_int_equal(unlink(key_dirs_path(k->b, "servers/127.0.0.1.pub")), 0);
    assert_int_equal(connect_client(endpoint, k->b, HOPE_MS, &client), SW_NOT_FOUND);
    assert_says("/b/servers/127.0.0.1.pub");
    assert_int_equal(connect_client(endpoint, k->root, HOPE_MS, &client), SW_NOT_FOUND);
    assert_says("client.key");
    served_finish(&s);
}


// ---- the server's rules ---------------------------------------------------------------------

static void assert_no_server(const sw_server_options *options, sw_status status, const char *says)
{
    sw_server *server = NULL;
    assert_int_equal(sw_server_open(options, &server), status);
    assert_null(server);
    assert_says(says);
}

static void off_loopback_a_server_needs_keys_or_a_word(void **state)
{
    const key_dirs *k = *state;
    sw_server *server;
    sw_server_options options = SW_SERVER_OPTIONS;
    key_dirs_make(k);
    options.endpoint = "tcp://0.0.0.0:*";
    assert_no_server(&options, SW_INVALID_ARGUMENT, "--keys");
    options.insecure = true;
    assert_ok(sw_server_open(&options, &server));
    sw_server_close(server);
    options.keys = k->a;
    assert_no_server(&options, SW_INVALID_ARGUMENT, "--insecure");
    options.insecure = false;
    assert_ok(sw_server_open(&options, &server));
    sw_server_close(server);
}

static void a_server_with_bad_keys_does_not_begin(void **state)
{
    const key_dirs *k = *state;
    sw_server_options options = served_options(1);
    options.keys = k->a;
    assert_no_server(&options, SW_NOT_FOUND, "/a/server.key");
    key_dirs_make(k);
    key_dirs_write(key_dirs_path(k->a, "clients/c.pub"), "junk", 4, 0644);
    assert_no_server(&options, SW_INVALID_ARGUMENT, "/a/clients/c.pub");
    key_dirs_write(key_dirs_path(k->a, "server.key"), "junk", 4, 0600);
    assert_no_server(&options, SW_INVALID_ARGUMENT, "/a/server.key");
}


// ---- while it runs --------------------------------------------------------------------------

static void *let_b_in_later(void *argument)
{
    poll(NULL, 0, HOPE_MS);
    key_dirs_let_b_in(argument);
    return NULL;
}

static void a_key_that_is_added_counts_at_once(void **state)
{
    key_dirs *k = *state;
    served s;
    sw_client *client;
    pthread_t thread;
    key_dirs_make(k);
    serve(&s, k->a, served_tcp);
    assert_int_equal(pthread_create(&thread, NULL, let_b_in_later, k), 0);
    assert_ok(connect_client(sw_server_endpoint(s.server), k->b, LONG_MS, &client));
    pthread_join(thread, NULL);
    sw_client_close(client);
    served_finish(&s);
}

static void a_key_that_is_removed_lets_nobody_in_any_more(void **state)
{
    const key_dirs *k = *state;
    served s;
    key_dirs_make(k);
    key_dirs_let_b_in(k);
    serve(&s, k->a, served_tcp);
    sw_client *client = begin_session(sw_server_endpoint(s.server), k->b);
    assert_int_equal(unlink(key_dirs_path(k->a, "clients/b.pub")), 0);
    assert_kept_out(&s, k->b, "clients/");
    step(client, 0.5);  // who is in stays in
    sw_client_close(client);
    served_finish(&s);
}

typedef struct restart {
    served *server;
    const key_dirs *dirs;
    const char *endpoint;
} restart;

// The server ends, comes back without its keys, which turns its client away, and then with them.
static void *restart_twice(void *argument)
{
    restart *r = argument;
    served_finish(r->server);
    poll(NULL, 0, HOPE_MS);
    serve(r->server, NULL, r->endpoint);
    poll(NULL, 0, HOPE_MS);
    served_finish(r->server);
    serve(r->server, r->dirs->a, r->endpoint);
    return NULL;
}

static void a_server_that_comes_back_with_its_keys_is_found(void **state)
{
    const key_dirs *k = *state;
    served s;
    char endpoint[SOCKET_MAX_ENDPOINT];
    sw_client *client;
    sw_spec spec = {0};
    pthread_t thread;
    key_dirs_make(k);
    serve(&s, k->a, served_tcp);
    snprintf(endpoint, sizeof(endpoint), "%s", sw_server_endpoint(s.server));
    assert_ok(connect_client(endpoint, k->a, LONG_MS, &client));
    restart r = {.server = &s, .dirs = k, .endpoint = endpoint};
    assert_int_equal(pthread_create(&thread, NULL, restart_twice, &r), 0);
    poll(NULL, 0, HOPE_MS / 2);  // it is gone by now
    assert_ok(sw_client_describe(client, "Fake-v0", NULL, 0, &spec));
    pthread_join(thread, NULL);
    sw_spec_free(&spec);
    sw_client_close(client);
    served_finish(&s);
}

static void await_view(keeper *k, const char *endpoint, keeper_view view)
{
    for (int waited = 0; waited < LONG_MS && keeper_look(k, endpoint) != view; waited += 10) {
        poll(NULL, 0, 10);
    }
    assert_int_equal(keeper_look(k, endpoint), view);
}

// ZeroMQ gives up a server that turned it away, for good.
static void a_keeper_finds_it_again_too(void **state)
{
    const key_dirs *k = *state;
    served s;
    char endpoint[SOCKET_MAX_ENDPOINT];
    keeper *keeping;
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.keys = k->a;
    key_dirs_make(k);
    serve(&s, NULL, served_tcp);
    snprintf(endpoint, sizeof(endpoint), "%s", sw_server_endpoint(s.server));
    assert_ok(keeper_open(&options, &keeping));
    assert_ok(keeper_watch(keeping, endpoint));
    await_view(keeping, endpoint, KEEPER_SILENT);
    served_finish(&s);
    serve(&s, k->a, endpoint);
    await_view(keeping, endpoint, KEEPER_ANSWERS);
    keeper_close(keeping);
    served_finish(&s);
}


// ---- ending ---------------------------------------------------------------------------------

static void a_server_ends_while_strangers_knock(void **state)
{
    enum { STRANGERS = 20 };
    const key_dirs *k = *state;
    served s;
    keys b;
    void *strangers[STRANGERS];
    key_dirs_make(k);
    serve(&s, k->a, served_tcp);
    const char *endpoint = sw_server_endpoint(s.server);
    assert_ok(keys_read_client(k->b, endpoint, &b));
    const socket_options options = {.max_message = 1000, .keys = &b};
    for (int i = 0; i < STRANGERS; i++) {
        assert_ok(socket_connect(s.context, endpoint, &options, &strangers[i], NULL));
    }
    sw_server_stop(s.server);
    served_wait(&s, LONG_MS);
    for (int i = 0; i < STRANGERS; i++) {
        socket_close(strangers[i], NULL);
    }
    served_close(&s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, key_dirs_setup, key_dirs_teardown)
    const struct CMUnitTest tests[] = {
        T(the_right_keys_come_in),
        T(ipc_takes_keys_too),
        T(whoever_is_kept_out_hears_why),
        T(a_client_whose_files_are_bad_does_not_try),
        T(off_loopback_a_server_needs_keys_or_a_word),
        T(a_server_with_bad_keys_does_not_begin),
        T(a_key_that_is_added_counts_at_once),
        T(a_key_that_is_removed_lets_nobody_in_any_more),
        T(a_server_that_comes_back_with_its_keys_is_found),
        T(a_keeper_finds_it_again_too),
        T(a_server_ends_while_strangers_knock),
    };
    return cmocka_run_group_tests_name("curve", tests, NULL, NULL);
}
