// request.c -- what a message asks for.
//
// A message outside a session is answered from what the server knows. A message of a session first
// passes rule 1's numbers, and then is either answered at once or becomes a job of the session,
// whose reply is made when its last row is reported done.
#include <assert.h>
#include <string.h>

#include "answer.h"
#include "codec.h"
#include "core.h"
#include "load.h"

// What the arenas keep of the pages that a large message needed. Ordinary ones need less.
enum { KEPT_BYTES = 8 << 20 };

// The message at hand.
typedef struct message {
    const Stepwire__Request *request;
    server_asker from;
    uint64_t hash;  // of its bytes
    int64_t now;
} message;

static sw_status refuse_kind(void)
{
    return sw_fail(SW_UNIMPLEMENTED, "requests of this kind are not offered by this server");
}

// ---- outside a session -------------------------------------------------------------------------

static void describe(server *s, const message *m)
{
    sw_spec spec;
    answer_fault fault = {0};
    const sw_status st = load_describe(s, m->request->describe, &spec, &fault);
    if (st != SW_OK) {
        answer_error(s, &m->from, st, &fault);
        return;
    }
    answer_description(s, &m->from, &spec);
    sw_spec_free(&spec);
}

// Open with a token that has a session: the same Open again, which is answered with that session,
// or another one, which is refused.
static void join_session(server *s, const message *m, session *x)
{
    if (x->open_hash != m->hash) {
        const answer_fault fault = {.field = "token"};
        const sw_status st =
            sw_fail(SW_INVALID_ARGUMENT, "token: another Open made a session with the same one");
        answer_error(s, &m->from, st, &fault);
        return;
    }
    if (x->job == JOB_OPEN) {
        x->asker = m->from;
        return;
    }
    server_renew(s, x);
    answer_opened(s, x, &m->from);
}

static void open_session(server *s, const message *m)
{
    session *x = server_find_token(s, &m->from.peer, m->request->open->token);
    if (x != NULL) {
        join_session(s, m, x);
        return;
    }
    if (s->draining) {
        answer_error(s, &m->from,
                     sw_fail(SW_DRAINING, "this server will end soon and opens no more sessions"),
                     NULL);
        return;
    }
    sw_value values[SW_MAX_SETTINGS];
    session draft = {.values = values, .asker = m->from, .open_hash = m->hash};
    answer_fault fault = {0};
    sw_status st = load_open(s, m->request->open, &draft, &fault);
    if (st == SW_OK) {
        st = session_new(&draft, &x);
        if (st != SW_OK) {
            sw_spec_free(&draft.spec);
        }
    }
    if (st != SW_OK) {
        answer_error(s, &m->from, st, &fault);
        return;
    }
    server_add_session(s, x, m->now);
}

static void describe_session(const message *m, const session *x, Stepwire__SessionStatus *status)
{
    stepwire__session_status__init(status);
    status->seq = x->answered;
    status->state = STEPWIRE__SESSION_STATUS__STATE__IDLE;
    if (x->job != JOB_NONE) {
        status->state = STEPWIRE__SESSION_STATUS__STATE__BUSY;
        status->busy_ms = (uint64_t) (m->now - x->busy_since);
    }
}

static void ping(server *s, const message *m)
{
    const Stepwire__Ping *asked = m->request->ping;
    const size_t count = asked->n_sessions;
    if (count > (size_t) s->config.limits.max_sessions) {
        const answer_fault fault = {.field = "sessions"};
        const sw_status st = sw_fail(SW_TOO_LARGE, "Ping of %zu sessions, at most %d are open here",
                                     count, s->config.limits.max_sessions);
        answer_error(s, &m->from, st, &fault);
        return;
    }
    Stepwire__SessionStatus *status = arena_alloc(&s->scratch, count * sizeof(*status));
    Stepwire__SessionStatus **list = arena_alloc(&s->scratch, count * sizeof(*list));
    if (count > 0 && (status == NULL || list == NULL)) {
        answer_error(s, &m->from, sw_fail(SW_NO_MEMORY, "Ping of %zu sessions", count), NULL);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        session *x = server_find_session(s, &m->from.peer, asked->sessions[i]);
        list[i] = &status[i];
        if (x == NULL) {
            stepwire__session_status__init(&status[i]);  // LOST
        } else {
            server_renew(s, x);
            describe_session(m, x, &status[i]);
        }
    }
    Stepwire__Pong pong = STEPWIRE__PONG__INIT;
    pong.sessions = list;
    pong.n_sessions = count;
    pong.draining = s->draining;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_PONG;
    reply.pong = &pong;
    answer(s, &m->from, &reply);
}

// ---- in a session ------------------------------------------------------------------------------

// A message with the next number, while nothing runs: executed, and its number is used.
static void execute(server *s, const message *m, session *x)
{
    const Stepwire__Request *request = m->request;
    answer_fault fault = {0};
    job_kind job = JOB_NONE;
    sw_status st;

    x->asker = m->from;
    x->running_hash = m->hash;
    switch (request->kind_case) {
    case STEPWIRE__REQUEST__KIND_RESET:
        job = JOB_RESET;
        st = load_reset(x, request->reset, &fault);
        break;
    case STEPWIRE__REQUEST__KIND_STEP:
        job = JOB_STEP;
        st = load_step(s, x, request->step, &fault);
        break;
    case STEPWIRE__REQUEST__KIND_CLOSE:
        job = JOB_CLOSE;
        x->token = 0;  // the same Open again opens anew
        st = SW_OK;
        break;
    case STEPWIRE__REQUEST__KIND_RENDER:
        job = JOB_RENDER;
        st = load_render(s, x, request->render, &fault);
        break;
    case STEPWIRE__REQUEST__KIND_GET_STATE:
        job = JOB_SAVE;
        st = load_get_state(s, x, request->get_state, &fault);
        break;
    case STEPWIRE__REQUEST__KIND_SET_STATE:
        job = JOB_LOAD;
        st = load_set_state(s, x, request->set_state, &fault);
        break;
    default: st = refuse_kind();
    }
    if (st != SW_OK) {
        answer_session_error(s, x, st, &fault);
        return;
    }
    server_start_job(s, x, job, m->now);
}

// The last number answered once more: the kept reply, if it is the same message.
static bool repeat(server *s, const message *m, session *x)
{
    if (m->from.seq == x->answered && m->hash == x->answered_hash) {
        answer_again(s, x, &m->from.peer);
        return true;
    }
    if (m->from.seq == x->answered + 1 && m->hash == x->running_hash) {
        x->asker.peer = m->from.peer;  // the one reply goes to the latest sender
        return true;
    }
    return false;
}

// Rule 1.
static void number(server *s, const message *m, session *x)
{
    const uint64_t seq = m->from.seq;
    const unsigned long long last = x->answered;
    if (seq == 0 || seq < x->answered) {
        answer_error(s, &m->from,
                     sw_fail(SW_STALE, "number %llu: the last one answered is %llu",
                             (unsigned long long) seq, last),
                     NULL);
    } else if (seq > x->answered + 1) {
        answer_error(s, &m->from,
                     sw_fail(SW_OUT_OF_ORDER, "number %llu: the last one answered is %llu",
                             (unsigned long long) seq, last),
                     NULL);
    } else if (seq == x->answered + 1 && x->job == JOB_NONE) {
        execute(s, m, x);
    } else if (!repeat(s, m, x)) {
        answer_error(s, &m->from,
                     sw_fail(SW_INVALID_ARGUMENT, "number %llu came before with other bytes",
                             (unsigned long long) seq),
                     NULL);
    }
}

// ---- all messages ------------------------------------------------------------------------------

static void in_session(server *s, const message *m)
{
    const Stepwire__Request__KindCase kind = m->request->kind_case;
    if (kind == STEPWIRE__REQUEST__KIND__NOT_SET && m->from.session == 0) {
        answer_error(s, &m->from, refuse_kind(), NULL);
        return;
    }
    session *x = server_find_session(s, &m->from.peer, m->from.session);
    if (x == NULL) {
        answer_error(s, &m->from, sw_fail(SW_SESSION_LOST, "there is no such session here"), NULL);
        return;
    }
    server_renew(s, x);
    if (kind == STEPWIRE__REQUEST__KIND_RESUME) {
        answer_resumed(s, x, &m->from);
    } else {
        number(s, m, x);
    }
}

static void judge(server *s, message *m, const void *bytes, size_t size)
{
    Stepwire__Request *request;
    if (codec_unpack_request(bytes, size, &s->parsed, &request) != SW_OK) {
        answer_error(s, &m->from, SW_INVALID_ARGUMENT, NULL);  // with the text of the codec
        return;
    }
    m->request = request;
    m->hash = codec_hash(bytes, size);
    m->from.session = request->session;
    m->from.seq = request->seq;
    if (request->major != SERVER_MAJOR) {
        answer_error(s, &m->from,
                     sw_fail(SW_VERSION,
                             "the request is of protocol version %u, this server of %d.%d",
                             request->major, SERVER_MAJOR, SERVER_MINOR),
                     NULL);
        return;
    }
    switch (request->kind_case) {
    case STEPWIRE__REQUEST__KIND_HELLO: answer_welcome(s, &m->from); break;
    case STEPWIRE__REQUEST__KIND_DESCRIBE: describe(s, m); break;
    case STEPWIRE__REQUEST__KIND_OPEN: open_session(s, m); break;
    case STEPWIRE__REQUEST__KIND_PING: ping(s, m); break;
    default: in_session(s, m);
    }
}

// What a message asks for is copied where it is needed, so nobody looks at it afterwards.
void server_request(server *s, const server_peer *peer, const void *bytes, size_t size, int64_t now)
{
    message m = {.from = {.peer = *peer}, .now = now};
    arena_trim(&s->scratch, KEPT_BYTES);
    judge(s, &m, bytes, size);
    arena_trim(&s->parsed, KEPT_BYTES);
}
