// session.c -- resetting, stepping and leaving an open session.
#include "session.h"

#include <assert.h>

#include "codec.h"
#include "now.h"
#include "socket.h"

// ---- inside a session ---------------------------------------------------------------------------

// What the errors of a server leave standing; all others end the session.
static bool is_survivable(sw_status st)
{
    switch (st) {
    case SW_INVALID_ARGUMENT:
    case SW_NOT_FOUND:
    case SW_FAILED_PRECONDITION:
    case SW_CAPACITY:
    case SW_TOO_LARGE:
    case SW_UNIMPLEMENTED:
    case SW_DRAINING:
    case SW_INTERNAL:
    case SW_INTERRUPTED: return true;
    default: return false;
    }
}

static sw_status begin(sw_client *c, Stepwire__Request *request,
                       Stepwire__Reply__ResultCase expected)
{
    assert(c->session != 0);
    if (c->ended != SW_OK) {
        return sw_fail(c->ended, "%s: the session has ended", c->options.endpoint);
    }
    return channel_send(c->channel, request, expected);
}

sw_status sw_client_send_reset(sw_client *client, const uint64_t *seeds)
{
    Stepwire__Reset body = STEPWIRE__RESET__INIT;
    if (seeds != NULL) {
        body.n_seeds = (size_t) client->reader.rows;
        body.seeds = (uint64_t *) seeds;
    }
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_RESET;
    request.reset = &body;
    return begin(client, &request, STEPWIRE__REPLY__RESULT_RESET);
}

sw_status sw_client_send_step(sw_client *client, const void *const *actions)
{
    ProtobufCBinaryData tensors[SW_MAX_TENSORS];
    Stepwire__Step body = STEPWIRE__STEP__INIT;
    body.n_actions = (size_t) client->spec.action_count;
    body.actions = tensors;
    for (size_t i = 0; i < body.n_actions; i++) {
        tensors[i].len = codec_row_bytes(&client->spec.actions[i]) * (size_t) client->reader.rows;
        tensors[i].data = (uint8_t *) actions[i];
    }
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_STEP;
    request.step = &body;
    return begin(client, &request, STEPWIRE__REPLY__RESULT_STEP);
}

// Makes a batch of the reply, if there is one; ends the session if that is what came of the call.
static sw_status conclude(sw_client *c, sw_status st, const Stepwire__Reply *reply,
                          const sw_batch **batch)
{
    if (st == SW_OK && reply != NULL) {
        st = reply->result_case == STEPWIRE__REPLY__RESULT_RESET
                 ? batch_read_reset(&c->reader, reply->reset)
                 : batch_read_step(&c->reader, reply->step);
    }
    if (st != SW_OK && !is_survivable(st)) {
        c->ended = st;
        keeper_remove(c->keeper, c->session);
    }
    if (st == SW_OK) {
        *batch = reply != NULL ? &c->reader.batch : NULL;
    }
    return st;
}

sw_status session_advance(sw_client *client, const sw_batch **batch)
{
    const Stepwire__Reply *reply = NULL;
    const sw_status st = channel_advance(client->channel, &reply);
    return conclude(client, st, reply, batch);
}

int session_waits_for(const sw_client *client, void **sockets)
{
    return channel_waits_for(client->channel, sockets);
}

sw_status sw_client_recv(sw_client *client, const sw_batch **batch)
{
    const Stepwire__Reply *reply = NULL;
    const sw_status st = channel_receive(client->channel, &reply);
    return conclude(client, st, reply, batch);
}


// ---- leaving ------------------------------------------------------------------------------------

// Waits for the end of a call, whatever it is; signals do not hurry it.
static void settle(channel *c, int64_t deadline_ms)
{
    while (channel_is_waiting(c) && now_ms() < deadline_ms) {
        const Stepwire__Reply *reply;
        void *sockets[2];
        bool ready[3];
        if (channel_advance(c, &reply) == SW_OK && reply == NULL) {
            const int timeout_ms = channel_waits_for(c, sockets);
            (void) socket_wait(sockets, 2, -1, timeout_ms, ready);
        }
    }
}

void session_leave(sw_client *c, int64_t deadline_ms)
{
    if (c->session == 0 || c->ended != SW_OK) {
        return;
    }
    keeper_remove(c->keeper, c->session);
    settle(c->channel, deadline_ms);
    if (channel_is_waiting(c->channel)) {
        return;
    }
    Stepwire__Close body = STEPWIRE__CLOSE__INIT;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_CLOSE;
    request.close = &body;
    if (channel_send(c->channel, &request, STEPWIRE__REPLY__RESULT_CLOSED) == SW_OK) {
        settle(c->channel, deadline_ms);
    }
}
