// channel.c -- calls that happen exactly once over a transport that loses, repeats and reconnects.
//
// The life of a call (times on the clock of patience.h; d starts at first_attempt_ms):
//
//     send ---> on the way --- reply ---> done
//                 |    ^
//        d passed |    | sent again, d doubled up to longest_attempt_ms
//                 v    |
//               asked: Ping --- idle, or no answer within first_attempt_ms: send again
//                           --- busy: on the way once more, d doubled, nothing sent
//                           --- lost: SW_SESSION_LOST
//
// A server that is heard and idle and still does not answer is given up by patience.h.
//
// Outside a session there is nothing to ask about: the request is sent again at once, and with it a
// Ping of no session, for nothing else tells that a server lives that takes minutes to open one. A
// request that found no connection is sent again as soon as there is one.
#include "channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "clock.h"
#include "line.h"
#include "log.h"
#include "patience.h"
#include "request.h"
#include "socket.h"

enum {
    LOOK_MS = 50,      // how often to look at the transport while connected
    MAX_AT_ONCE = 64,  // messages taken in by one channel_advance()
    MAX_GARBAGE = 16   // messages of one call that do not parse, before we stop hoping
};

struct channel {
    sw_client_options options;  // endpoint and keys are those of the line
    void *context;
    line line;
    arena arena;        // of the last message taken in
    zmq_msg_t message;  // likewise

    uint64_t incarnation;
    uint64_t opened_by;  // the incarnation that the session is of
    uint64_t max_request;
    uint64_t session;   // 0: none
    uint64_t numbered;  // calls of the session
    uint64_t others;    // calls outside a session, and pings
    int64_t lease_ms;

    // the call
    bool waiting;
    zmq_msg_t request;
    Stepwire__Request__KindCase kind;
    Stepwire__Reply__ResultCase expected;
    uint64_t call_session, call_seq;
    int64_t interval_ms;  // d
    int64_t due;          // when the call, or the ping, is late
    bool unsent;          // there was no connection
    uint64_t ping;        // the number of the ping that is out; 0: none is
    int garbage;          // messages that did not parse

    patience patience;
};

sw_status channel_open(void *context, const sw_client_options *options, channel **out)
{
    assert(options->first_attempt_ms > 0 && options->lease > 0 && options->max_message > 0);
    channel *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for a connection", options->endpoint);
    }
    c->context = context;
    c->options = *options;
    c->lease_ms = (int64_t) (1e3 * options->lease);
    patience_init(&c->patience, clock_ms());
    zmq_msg_init(&c->request);
    zmq_msg_init(&c->message);
    sw_status st = line_init(&c->line, options);
    c->options.endpoint = c->line.endpoint;
    c->options.keys = c->line.keys;
    if (st == SW_OK) {
        st = line_connect(&c->line, context);
    }
    if (st != SW_OK) {
        channel_close(c);
        return st;
    }
    *out = c;
    return SW_OK;
}

void channel_close(channel *c)
{
    if (c == NULL) {
        return;
    }
    zmq_msg_close(&c->request);
    zmq_msg_close(&c->message);
    line_free(&c->line);
    arena_free(&c->arena);
    free(c);
}

void channel_set_limit(channel *c, uint64_t max_request)
{
    c->max_request = max_request;
}

void channel_enter(channel *c, uint64_t session, double lease, uint64_t seq)
{
    c->session = session;
    c->opened_by = c->incarnation;
    c->numbered = seq;
    c->lease_ms = (int64_t) (1e3 * lease);
}

void channel_leave(channel *c)
{
    c->waiting = false;
    channel_enter(c, 0, c->options.lease, 0);
}

uint64_t channel_incarnation(const channel *c)
{
    return c->incarnation;
}

const char *channel_endpoint(const channel *c)
{
    return c->options.endpoint;
}

bool channel_is_waiting(const channel *c)
{
    return c->waiting;
}

bool channel_is_waiting_for(const channel *c, Stepwire__Reply__ResultCase kind)
{
    return c->waiting && c->expected == kind;
}


// ---- sending ------------------------------------------------------------------------------------

// Sends the kept bytes: the copy shares them. A request that finds no connection counts as lost.
static void transmit(channel *c)
{
    zmq_msg_t copy;
    zmq_msg_init(&copy);
    zmq_msg_copy(&copy, &c->request);
    c->unsent = socket_send(c->line.socket, &copy) != SW_OK;
    c->ping = 0;
    patience_send(&c->patience);
    c->due = c->patience.clock + c->interval_ms;
}

// A server at work must be heard a few times in a lease, or it would be given up for its silence.
static void wait_longer(channel *c)
{
    const int64_t third = c->lease_ms / 3 + 1;
    const int64_t longest = c->options.longest_attempt_ms;
    const int64_t most = third < longest ? third : longest;
    c->interval_ms = 2 * c->interval_ms < most ? 2 * c->interval_ms : most;
}

static void send_again(channel *c)
{
    wait_longer(c);
    transmit(c);
}

sw_status channel_send(channel *c, Stepwire__Request *request, Stepwire__Reply__ResultCase expected)
{
    const bool in_session = c->session != 0;
    assert(!c->waiting || !in_session);
    request->major = STEPWIRE__VERSION__VERSION_MAJOR;
    request->session = in_session ? c->session : request->session;
    request->seq = in_session ? c->numbered + 1 : c->others + 1;

    zmq_msg_t message;
    const sw_status st = request_pack(request, c->max_request, &message);
    if (st != SW_OK) {
        return st;
    }
    zmq_msg_move(&c->request, &message);
    *(in_session ? &c->numbered : &c->others) = request->seq;
    c->kind = request->kind_case;
    c->expected = expected;
    c->call_session = request->session;
    c->call_seq = request->seq;
    c->waiting = true;
    c->garbage = 0;
    c->interval_ms = c->options.first_attempt_ms;
    patience_resume(&c->patience, clock_ms());
    transmit(c);
    return SW_OK;
}

// Asks whether the session is at work; outside one, whether the server lives. Without memory or
// connection: as if it got lost.
static void send_ping(channel *c)
{
    zmq_msg_t message;
    c->ping = ++c->others;
    if (request_pack_ping(c->ping, &c->call_session, c->call_session != 0, &message) == SW_OK) {
        (void) socket_send(c->line.socket, &message);
    }
}


// ---- receiving ----------------------------------------------------------------------------------

static sw_status take_pong(channel *c, const Stepwire__Pong *pong)
{
    if (c->call_session == 0) {
        patience_forgive(&c->patience);  // it lives, and may open a session for minutes
        return SW_OK;
    }
    if (pong->n_sessions != 1) {
        log_line(&c->options.log, SW_LOG_WARNING, "%s: a Pong about %zu sessions instead of 1",
                 c->options.endpoint, pong->n_sessions);
        return SW_OK;
    }
    switch (pong->sessions[0]->state) {
    case STEPWIRE__SESSION_STATUS__STATE__BUSY:
        wait_longer(c);
        patience_forgive(&c->patience);
        c->ping = 0;
        c->due = c->patience.clock + c->interval_ms;
        return SW_OK;
    case STEPWIRE__SESSION_STATUS__STATE__LOST:
        return sw_fail(SW_SESSION_LOST, "%s: the server does not know the session any more",
                       c->options.endpoint);
    default: send_again(c); return SW_OK;
    }
}

// What the reply means for the call. *answer is set if it is the answer.
static sw_status take(channel *c, const Stepwire__Reply *reply, const Stepwire__Reply **answer)
{
    patience_hear(&c->patience);
    c->incarnation = reply->incarnation;
    if (reply->session == 0 && reply->seq == c->ping && c->ping != 0 &&
        reply->result_case == STEPWIRE__REPLY__RESULT_PONG) {
        return take_pong(c, reply->pong);
    }
    if (reply->session != c->call_session || reply->seq != c->call_seq) {
        // usual after a repetition: both were answered
        log_line(&c->options.log, SW_LOG_DEBUG, "%s: ignored a reply to an earlier request",
                 c->options.endpoint);
        return SW_OK;
    }
    if (c->session != 0 && c->incarnation != c->opened_by) {
        return sw_fail(SW_SESSION_LOST, "%s: the server was restarted, its sessions are lost",
                       c->options.endpoint);
    }
    const sw_status st = reply_check(c->options.endpoint, c->kind, c->expected, reply);
    if (st == SW_OK) {
        *answer = reply;
    }
    return st;
}

// Takes in the message at hand. Some that do not parse are forgiven: the call is repeated anyway.
static sw_status take_message(channel *c, const Stepwire__Reply **answer)
{
    Stepwire__Reply *reply;
    const sw_status st = reply_unpack(&c->message, &c->arena, &reply);
    if (st != SW_PROTOCOL) {
        return st == SW_OK ? take(c, reply, answer) : st;
    }
    log_line(&c->options.log, SW_LOG_WARNING, "%s: ignored: %s", c->options.endpoint,
             sw_last_error());
    if (++c->garbage < MAX_GARBAGE) {
        return SW_OK;
    }
    return sw_fail(SW_PROTOCOL, "%s: %d messages in a row do not parse", c->options.endpoint,
                   MAX_GARBAGE);
}

static sw_status take_messages(channel *c, const Stepwire__Reply **answer)
{
    sw_status st = SW_OK;
    for (int i = 0; i < MAX_AT_ONCE && st == SW_OK && *answer == NULL &&
                    socket_receive(c->line.socket, &c->message);
         i++) {
        st = take_message(c, answer);
    }
    return st;
}


// ---- time ---------------------------------------------------------------------------------------

static void watch_transport(channel *c)
{
    socket_event event;
    while ((event = line_next_event(&c->line)) != SOCKET_NOTHING) {
        patience_note(&c->patience, event);
        if (event == SOCKET_CONNECTED && c->unsent) {
            transmit(c);
        } else if (event == SOCKET_CONNECTED) {
            c->due = c->patience.clock;  // what was on its way went down with the old connection
        }
    }
}

static sw_status be_late(channel *c)
{
    if (c->line.over) {
        patience_note(&c->patience, SOCKET_REJECTED);  // of which nothing else may have told
        const sw_status st = line_connect(&c->line, c->context);
        if (st != SW_OK) {
            return st;
        }
    }
    if (c->call_session != 0 && c->ping == 0) {
        send_ping(c);
        c->due = c->patience.clock + c->options.first_attempt_ms;
        return SW_OK;
    }
    send_again(c);
    if (c->call_session == 0) {
        send_ping(c);
    }
    return SW_OK;
}

// The call is over if it has failed or has its answer.
static sw_status conclude(channel *c, sw_status st, const Stepwire__Reply *answer,
                          const Stepwire__Reply **reply)
{
    c->waiting = st == SW_OK && answer == NULL;
    if (st == SW_OK) {
        *reply = answer;
    }
    return st;
}

sw_status channel_advance(channel *c, const Stepwire__Reply **reply)
{
    assert(c->waiting);
    const Stepwire__Reply *answer = NULL;
    patience_tick(&c->patience, clock_ms());
    sw_status st = take_messages(c, &answer);
    if (st == SW_OK && answer == NULL) {
        watch_transport(c);
        if (c->patience.clock >= c->due) {
            st = be_late(c);
        }
        st = st == SW_OK ? line_check(&c->line, &c->patience, c->lease_ms) : st;
    }
    return conclude(c, st, answer, reply);
}

int channel_waits_for(const channel *c, void **sockets)
{
    // The monitor has news of interest mostly while connecting, and costs a little to poll.
    sockets[0] = c->line.socket;
    sockets[1] = c->patience.connected ? NULL : c->line.monitor;
    const int64_t left = c->due - c->patience.clock;
    return left <= 0 ? 0 : left < LOOK_MS ? (int) left : LOOK_MS;
}

// Waits for something to do; *received if it is a message, which is then at hand.
static sw_status wait_for_something(channel *c, bool *received)
{
    void *sockets[2];
    bool ready[3];
    const int timeout_ms = channel_waits_for(c, sockets);
    if (sockets[1] == NULL) {
        return socket_receive_within(c->line.socket, timeout_ms, &c->message, received);
    }
    *received = false;
    return socket_wait(sockets, 2, -1, timeout_ms, ready);
}

sw_status channel_receive(channel *c, const Stepwire__Reply **reply)
{
    const Stepwire__Reply *answer = NULL;
    sw_status st = SW_OK, waited = SW_OK;
    while (st == SW_OK && waited == SW_OK && answer == NULL) {
        bool received;
        waited = wait_for_something(c, &received);
        if (received) {
            st = take_message(c, &answer);
            st = conclude(c, st, answer, &answer);
        } else {
            st = channel_advance(c, &answer);  // after a signal too, however often one comes
        }
    }
    if (answer != NULL) {
        *reply = answer;
    }
    return st == SW_OK && answer == NULL ? waited : st;
}
