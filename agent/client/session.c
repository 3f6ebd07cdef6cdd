// session.c -- resetting, stepping and leaving an open session.
#include "session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "codec.h"
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

sw_status session_send(sw_client *c, Stepwire__Request *request,
                       Stepwire__Reply__ResultCase expected)
{
    assert(c->session != 0);
    if (c->ended != SW_OK) {
        return sw_fail(c->ended, "%s: the session has ended", c->options.endpoint);
    }
    return channel_send(c->channel, request, expected);
}

sw_status session_conclude(sw_client *c, sw_status st)
{
    if (st != SW_OK && !is_survivable(st)) {
        c->ended = st;
        keeper_remove(c->keeper, c->session);
    }
    return st;
}

sw_status sw_client_send_reset(sw_client *client, const sw_reset *which)
{
    const sw_reset all = {.row_count = 0};
    const sw_reset *w = which != NULL ? which : &all;
    const sw_status st = batch_expect(&client->reader, w->rows, w->row_count);
    if (st != SW_OK) {
        return st;
    }
    const size_t count = (size_t) client->reader.asked_count;
    Stepwire__Reset body = STEPWIRE__RESET__INIT;
    body.n_rows = (size_t) w->row_count;
    body.rows = (uint32_t *) w->rows;  // protobuf-c has no const; packing does not write
    body.n_seeds = w->seeds != NULL ? count : 0;
    body.seeds = (uint64_t *) w->seeds;
    body.n_episodes = w->episodes != NULL ? count : 0;
    body.episodes = (uint64_t *) w->episodes;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_RESET;
    request.reset = &body;
    return session_send(client, &request, STEPWIRE__REPLY__RESULT_RESET);
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
    return session_send(client, &request, STEPWIRE__REPLY__RESULT_STEP);
}

// Makes a batch of the reply, if there is one.
static sw_status read_batch(sw_client *c, sw_status st, const Stepwire__Reply *reply,
                            const sw_batch **batch)
{
    if (st == SW_OK && reply != NULL) {
        st = reply->result_case == STEPWIRE__REPLY__RESULT_RESET
                 ? batch_read_reset(&c->reader, reply->reset)
                 : batch_read_step(&c->reader, reply->step);
    }
    if (st == SW_OK) {
        *batch = reply != NULL ? &c->reader.batch : NULL;
    }
    return session_conclude(c, st);
}

sw_status session_advance(sw_client *client, const sw_batch **batch)
{
    const Stepwire__Reply *reply = NULL;
    const sw_status st = channel_advance(client->channel, &reply);
    return read_batch(client, st, reply, batch);
}

int session_waits_for(const sw_client *client, void **sockets)
{
    return channel_waits_for(client->channel, sockets);
}

sw_status sw_client_recv(sw_client *client, const sw_batch **batch)
{
    const Stepwire__Reply *reply = NULL;
    const sw_status st = channel_receive(client->channel, &reply);
    return read_batch(client, st, reply, batch);
}


// ---- beginning and end --------------------------------------------------------------------------

void session_enter(sw_client *c, uint64_t session, double lease, uint64_t seq)
{
    c->session = session;
    c->ended = SW_OK;
    channel_enter(c->channel, session, lease, seq);
}

sw_status session_prepare(sw_client *c, const Stepwire__Spec *spec,
                          const sw_session_options *options)
{
    const sw_status st = codec_unpack_spec(spec, &c->spec);
    if (st != SW_OK) {
        return st;
    }
    if (options->rows % c->spec.agents != 0) {
        return sw_fail(SW_PROTOCOL, "%s: a session of %d rows, with %d agents to an environment",
                       c->options.endpoint, options->rows, c->spec.agents);
    }
    return batch_reader_init(&c->reader, &c->spec, options);
}

void session_forget(sw_client *c)
{
    channel_leave(c->channel);
    batch_reader_free(&c->reader);
    sw_spec_free(&c->spec);
    free(c->state_bytes);
    free(c->state_sizes);
    c->spec = (sw_spec){0};
    c->state_bytes = NULL;
    c->state_sizes = NULL;
    c->session = 0;
    c->ended = SW_OK;
}

// Waits for the end of the call that is on its way, if any, whatever it is; signals do not hurry
// it. The reply; NULL if there is none by then.
static const Stepwire__Reply *settle(sw_client *c, int64_t deadline_ms)
{
    const Stepwire__Reply *reply = NULL;
    while (channel_is_waiting(c->channel) && clock_ms() < deadline_ms) {
        void *sockets[2];
        bool ready[3];
        if (channel_advance(c->channel, &reply) == SW_OK && reply == NULL) {
            const int timeout_ms = channel_waits_for(c->channel, sockets);
            (void) socket_wait(sockets, 2, -1, timeout_ms, ready);
        }
    }
    return reply;
}

static void say_close(sw_client *c, int64_t deadline_ms)
{
    Stepwire__Close body = STEPWIRE__CLOSE__INIT;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_CLOSE;
    request.close = &body;
    if (channel_send(c->channel, &request, STEPWIRE__REPLY__RESULT_CLOSED) == SW_OK) {
        settle(c, deadline_ms);
    }
}

// After these there is nobody to say Close to, or nothing to close.
static bool is_gone(sw_status ended)
{
    return ended == SW_SESSION_LOST || ended == SW_ENVIRONMENT || ended == SW_UNAVAILABLE;
}

// An Open whose answer nobody took may have become a session.
static void take_late_session(sw_client *c, int64_t deadline_ms)
{
    const Stepwire__Reply *reply = settle(c, deadline_ms);
    if (reply != NULL && reply->opened->session != 0) {
        session_enter(c, reply->opened->session, c->options.lease, 0);
    }
}

void session_leave(sw_client *c, int64_t deadline_ms)
{
    const bool opening = channel_is_waiting_for(c->channel, STEPWIRE__REPLY__RESULT_OPENED);
    if (c->session == 0 && !opening) {
        return;
    }
    // leaving does not fail, and its caller may be about to say why it leaves
    char why[512];
    snprintf(why, sizeof(why), "%s", sw_last_error());
    if (opening) {
        take_late_session(c, deadline_ms);
    }
    if (c->session != 0 && !is_gone(c->ended)) {
        keeper_remove(c->keeper, c->session);
        settle(c, deadline_ms);
        if (!channel_is_waiting(c->channel)) {
            say_close(c, deadline_ms);
        }
    }
    session_forget(c);
    sw_fail(SW_IO, "%s", why);
}
