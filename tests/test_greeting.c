// test_greeting.c -- proto/greeting.c against sockets that are ZeroMQ's and others that are not.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "greeting.h"
#include "key_dirs.h"
#include "plain_listener.h"
#include "socket.h"
#include "test.h"

enum { ASK_MS = 10000, SILENCE_MS = 400 };

static void ask_a_router(const char *address, const keys *k, greeting expected)
{
    void *context = zmq_ctx_new(), *router;
    char endpoint[SOCKET_MAX_ENDPOINT];
    const socket_options options = {.max_message = 1000, .keys = k};
    assert_ok(socket_bind(context, address, &options, &router, NULL));
    socket_endpoint(router, endpoint);
    assert_int_equal(greeting_ask(endpoint, ASK_MS), expected);
    socket_close(router, NULL);
    zmq_ctx_term(context);
}

static void zeromq_tells_whether_it_has_keys(void **state)
{
    const key_dirs *k = *state;
    keys server;
    char ipc[KEY_DIRS_PATH + 16];
    snprintf(ipc, sizeof(ipc), "ipc://%s", k->b);
    key_dirs_generate(k->a);
    assert_ok(keys_read_server(k->a, &server));
    ask_a_router("tcp://127.0.0.1:*", NULL, GREETING_PLAIN);
    ask_a_router("tcp://127.0.0.1:*", &server, GREETING_CURVE);
    ask_a_router(ipc, NULL, GREETING_PLAIN);
    ask_a_router(ipc, &server, GREETING_CURVE);
}


// ---- others ---------------------------------------------------------------------------------

// A listener of this machine that lets the first who comes in, reads `wait_for` and then says
// `answer`.
typedef struct stranger {
    int fd;
    char endpoint[64];
    char wait_for;  // 0: it does not wait
    const char *answer;
    bool hangs_up;
    pthread_t thread;
} stranger;

static void *meet(void *argument)
{
    const stranger *s = argument;
    const int peer = accept(s->fd, NULL, NULL);
    char byte = 1;
    while (s->wait_for != 0 && byte != s->wait_for && read(peer, &byte, 1) == 1) {
    }
    if (s->answer != NULL) {
        (void) send(peer, s->answer, strlen(s->answer), MSG_NOSIGNAL);
    }
    while (!s->hangs_up && read(peer, &byte, 1) == 1) {
    }
    close(peer);
    return NULL;
}

static greeting ask_stranger(stranger s, int ms)
{
    s.fd = plain_listen(s.endpoint, sizeof(s.endpoint));
    assert_int_equal(pthread_create(&s.thread, NULL, meet, &s), 0);
    const greeting who = greeting_ask(s.endpoint, ms);
    pthread_join(s.thread, NULL);
    close(s.fd);
    return who;
}

static void whoever_else_speaks_is_foreign(void **state)
{
    (void) state;
    assert_int_equal(ask_stranger((stranger){.answer = "SSH-2.0-OpenSSH_9.2\r\n"}, ASK_MS),
                     GREETING_FOREIGN);
    assert_int_equal(
        ask_stranger((stranger){.answer = "\xff\1\2\3\4\5\6\7\10\0", .hangs_up = true}, ASK_MS),
        GREETING_CLOSED);  // a signature that is cut short is none
}

static void a_web_server_that_waits_for_a_line_is_foreign(void **state)
{
    (void) state;
    assert_int_equal(
        ask_stranger((stranger){.wait_for = '\n', .answer = "HTTP/1.0 400 Bad\r\n"}, ASK_MS),
        GREETING_FOREIGN);
}

static void a_peer_that_hangs_up_or_says_nothing_is_told_apart(void **state)
{
    (void) state;
    assert_int_equal(ask_stranger((stranger){.hangs_up = true}, ASK_MS), GREETING_CLOSED);
    assert_int_equal(ask_stranger((stranger){.hangs_up = false}, SILENCE_MS), GREETING_SILENT);
}

static void nobody_is_nobody(void **state)
{
    const key_dirs *k = *state;
    char endpoint[KEY_DIRS_PATH + 16];
    close(plain_listen(endpoint, sizeof(endpoint)));
    assert_int_equal(greeting_ask(endpoint, ASK_MS), GREETING_NONE);
    snprintf(endpoint, sizeof(endpoint), "ipc://%s", k->a);
    assert_int_equal(greeting_ask(endpoint, ASK_MS), GREETING_NONE);
    assert_int_equal(greeting_ask("malformed", ASK_MS), GREETING_NONE);
    assert_int_equal(greeting_ask("tcp://127.0.0.1", ASK_MS), GREETING_NONE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, key_dirs_setup, key_dirs_teardown)
    const struct CMUnitTest tests[] = {
        T(zeromq_tells_whether_it_has_keys),
        T(whoever_else_speaks_is_foreign),
        T(a_web_server_that_waits_for_a_line_is_foreign),
        T(a_peer_that_hangs_up_or_says_nothing_is_told_apart),
        T(nobody_is_nobody),
    };
    return cmocka_run_group_tests_name("greeting", tests, NULL, NULL);
}
