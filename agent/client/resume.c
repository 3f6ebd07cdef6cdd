// resume.c -- taking over a session that another process opened.
#include <stepwire/client.h>

#include <assert.h>
#include <limits.h>
#include <math.h>

#include "session.h"
#include "socket.h"

static sw_status call(sw_client *c, Stepwire__Request *request,
                      Stepwire__Reply__ResultCase expected, const Stepwire__Reply **reply)
{
    const sw_status st = channel_send(c->channel, request, expected);
    return st == SW_OK ? channel_receive(c->channel, reply) : st;
}

static sw_status send_resume(sw_client *c, uint64_t session, const Stepwire__Resumed **resumed)
{
    Stepwire__Resume body = STEPWIRE__RESUME__INIT;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.session = session;
    request.kind_case = STEPWIRE__REQUEST__KIND_RESUME;
    request.resume = &body;
    const Stepwire__Reply *reply;
    const sw_status st = call(c, &request, STEPWIRE__REPLY__RESULT_RESUMED, &reply);
    if (st == SW_OK) {
        *resumed = reply->resumed;
    }
    return st;
}

static sw_status ask_state(sw_client *c, uint64_t session, Stepwire__SessionStatus__State *state)
{
    Stepwire__Ping body = STEPWIRE__PING__INIT;
    body.n_sessions = 1;
    body.sessions = &session;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_PING;
    request.ping = &body;
    const Stepwire__Reply *reply;
    const sw_status st = call(c, &request, STEPWIRE__REPLY__RESULT_PONG, &reply);
    if (st != SW_OK) {
        return st;
    }
    if (reply->pong->n_sessions != 1) {
        return sw_fail(SW_PROTOCOL, "%s: a Pong about %zu sessions instead of 1",
                       c->options.endpoint, reply->pong->n_sessions);
    }
    *state = reply->pong->sessions[0]->state;
    return SW_OK;
}

// Until the session is idle or lost; which of them, the next Resume will tell.
static sw_status wait_while_busy(sw_client *c, uint64_t session)
{
    Stepwire__SessionStatus__State state = STEPWIRE__SESSION_STATUS__STATE__BUSY;
    sw_status st = SW_OK;
    while (st == SW_OK && state == STEPWIRE__SESSION_STATUS__STATE__BUSY) {
        bool ready[1];
        st = socket_wait(NULL, 0, -1, c->options.first_attempt_ms, ready);
        if (st == SW_OK) {
            st = ask_state(c, session, &state);
        }
    }
    return st;
}

static sw_status take_resumed(sw_client *c, uint64_t session, const Stepwire__Resumed *resumed)
{
    const double lease = fmin(resumed->lease, c->options.lease);
    const size_t rows = resumed->flags.len;
    if (resumed->spec == NULL || !(resumed->lease > 0) || rows == 0 || rows > INT_MAX ||
        (unsigned) resumed->autoreset > SW_DISABLED) {
        return sw_fail(SW_PROTOCOL,
                       "%s: resume: the reply lacks spec, lease or rows, or has autoreset mode %d",
                       c->options.endpoint, (int) resumed->autoreset);
    }
    const sw_session_options options = {
        .rows = (int) rows, .autoreset = (sw_autoreset) resumed->autoreset, .info = resumed->info};
    sw_status st = session_prepare(c, resumed->spec, &options);
    if (st == SW_OK) {
        st = batch_read_resumed(&c->reader, resumed);
    }
    if (st == SW_OK) {
        st = keeper_add(c->keeper, c->options.endpoint, session, lease);
    }
    if (st == SW_OK) {
        session_enter(c, session, lease, resumed->seq);
    }
    return st;
}

sw_status sw_client_resume(sw_client *client, uint64_t session, const sw_batch **batch)
{
    assert(client->session == 0 && session != 0);
    const Stepwire__Resumed *resumed = NULL;
    sw_status st = client_greet(client);
    if (st == SW_OK) {
        st = send_resume(client, session, &resumed);
    }
    while (st == SW_OK && resumed->busy) {
        st = wait_while_busy(client, session);
        if (st == SW_OK) {
            st = send_resume(client, session, &resumed);
        }
    }
    if (st == SW_OK) {
        st = take_resumed(client, session, resumed);
    }
    if (st != SW_OK) {
        session_forget(client);
        return st;
    }
    *batch = &client->reader.batch;
    return SW_OK;
}
