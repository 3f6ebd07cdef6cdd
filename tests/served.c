#include "served.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "socket.h"
#include "test.h"

static void *serve(void *argument)
{
    served *s = argument;
    if (!s->polled) {
        s->result = sw_server_run(s->server);
        (void) snprintf(s->error, sizeof(s->error), "%s", sw_last_error());
        atomic_store(&s->ended, true);
    }
    while (!atomic_load(&s->ended)) {
        assert_ok(sw_server_poll(s->server, 10));
    }
    return NULL;
}

sw_server_options served_options(int threads)
{
    sw_server_options options = SW_SERVER_OPTIONS;
    options.endpoint = served_tcp;
    options.threads = threads;
    options.limits.max_message = SERVED_MAX_MESSAGE;
    return options;
}

void served_start(served *s, const sw_server_options *options, const sw_env_class *task)
{
    *s = (served){.polled = options->threads == SERVED_POLLED};
    sw_server_options given = *options;
    if (s->polled) {
        given.threads = 0;
    }
    assert_ok(sw_server_open(&given, &s->server));
    assert_ok(sw_server_add(s->server, &fake_env));
    if (task != NULL) {
        assert_ok(sw_server_add(s->server, task));
    }
    s->context = zmq_ctx_new();
    const socket_options transport = {.max_message = SERVED_MAX_MESSAGE};
    assert_ok(
        socket_connect(s->context, sw_server_endpoint(s->server), &transport, &s->dealer, NULL));
    served_run(s);
}

void served_run(served *s)
{
    atomic_store(&s->ended, false);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

void served_wait(served *s, int ms)
{
    for (int waited = 0; waited < ms && !atomic_load(&s->ended); waited++) {
        poll(NULL, 0, 1);
    }
    assert_true(atomic_load(&s->ended));
    pthread_join(s->thread, NULL);
}

void served_close(served *s)
{
    socket_close(s->dealer, NULL);
    zmq_ctx_term(s->context);
    sw_server_close(s->server);
}

void served_finish(served *s)
{
    if (s->polled) {
        atomic_store(&s->ended, true);
    } else {
        sw_server_stop(s->server);
    }
    served_wait(s, SERVED_PATIENCE_MS);
    assert_int_equal(s->result, SW_OK);
    served_close(s);
}

// A socket that has just connected refuses to send for a moment.
void served_send_bytes(served *s, const void *bytes, size_t size)
{
    for (int waited = 0; waited < SERVED_PATIENCE_MS; waited++) {
        zmq_msg_t message;
        zmq_msg_init_size(&message, size);
        memcpy(zmq_msg_data(&message), bytes, size);
        if (socket_send(s->dealer, &message) == SW_OK) {
            return;
        }
        poll(NULL, 0, 1);
    }
    fail_msg("cannot send");
}

void served_send(served *s, uint64_t session, uint64_t seq, Stepwire__Request__KindCase kind,
                 const void *body)
{
    request_make(&s->request, session, seq, kind, body);
    served_send_bytes(s, s->request.bytes, s->request.size);
}

Stepwire__Reply *served_receive(served *s)
{
    bool ready[2];
    zmq_msg_t message;
    zmq_msg_init(&message);
    assert_ok(socket_wait(&s->dealer, 1, -1, SERVED_PATIENCE_MS, ready));
    assert_true(socket_receive(s->dealer, &message));
    Stepwire__Reply *reply = reply_parse(zmq_msg_data(&message), zmq_msg_size(&message));
    zmq_msg_close(&message);
    return reply;
}

Stepwire__Reply *served_ask(served *s, uint64_t session, uint64_t seq,
                            Stepwire__Request__KindCase kind, const void *body)
{
    served_send(s, session, seq, kind, body);
    return served_receive(s);
}

static void check_result(const Stepwire__Reply *reply, Stepwire__Reply__ResultCase result)
{
    if (reply->result_case == STEPWIRE__REPLY__RESULT_ERROR && result != reply->result_case) {
        print_message("error %d: %s\n", (int) reply->error->code, reply->error->text);
    }
    assert_int_equal(reply->result_case, result);
}

uint64_t served_open(served *s, const Stepwire__Open *open)
{
    Stepwire__Reply *reply = served_ask(s, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, open);
    check_result(reply, STEPWIRE__REPLY__RESULT_OPENED);
    const uint64_t session = reply->opened->session;
    stepwire__reply__free_unpacked(reply, NULL);
    return session;
}

void served_expect(Stepwire__Reply *reply, Stepwire__Reply__ResultCase result)
{
    check_result(reply, result);
    stepwire__reply__free_unpacked(reply, NULL);
}

void served_expect_error(Stepwire__Reply *reply, Stepwire__ErrorCode code, const char *text)
{
    check_result(reply, STEPWIRE__REPLY__RESULT_ERROR);
    assert_int_equal(reply->error->code, code);
    if (strstr(reply->error->text, text) == NULL) {
        fail_msg("the error says '%s', not '%s'", reply->error->text, text);
    }
    stepwire__reply__free_unpacked(reply, NULL);
}
