// answer.c -- replies: how they are packed and kept, and those outside a session's numbers.
#include "answer.h"

#include <assert.h>
#include <string.h>

#include "codec.h"

static void hand_over(server *s, const server_peer *peer, const void *bytes, size_t size)
{
    s->reply = (server_reply){.peer = *peer, .bytes = bytes, .size = size};
    s->has_reply = true;
}

static void address(const server *s, const server_asker *to, Stepwire__Reply *reply)
{
    reply->session = to->session;
    reply->seq = to->seq;
    reply->incarnation = s->incarnation;
}

// Texts may quote what a peer sent; a protobuf string must be UTF-8, so plain ASCII it is.
static char *printable(server *s, const char *text)
{
    const size_t length = strlen(text);
    char *clean = arena_alloc(&s->scratch, length + 1);
    if (clean == NULL) {
        return "";
    }
    for (size_t i = 0; i < length; i++) {
        clean[i] = (char) (text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
    }
    return clean;
}

static void fill_error(server *s, sw_status status, const answer_fault *fault,
                       Stepwire__Error *error)
{
    stepwire__error__init(error);
    if (status == SW_NO_MEMORY) {
        status = SW_CAPACITY;
    } else if (status > SW_INTERNAL) {
        status = SW_INTERNAL;
    }
    error->code = (Stepwire__ErrorCode) status;
    error->text = printable(s, sw_last_error());
    error->retry = status == SW_CAPACITY;
    if (fault != NULL) {
        error->field = (char *) fault->field;
        error->rows = (uint32_t *) fault->rows;
        error->n_rows = fault->row_count;
    }
}

// False if the reply is larger than the server sends, or than its memory.
static bool emit(server *s, const server_asker *to, Stepwire__Reply *reply)
{
    address(s, to, reply);
    const size_t size = stepwire__reply__get_packed_size(reply);
    if (size > s->config.limits.max_message) {
        return false;
    }
    unsigned char *bytes = arena_alloc(&s->scratch, size);
    if (bytes == NULL) {
        return false;
    }
    stepwire__reply__pack(reply, bytes);
    hand_over(s, &to->peer, bytes, size);
    return true;
}

void answer_error(server *s, const server_asker *to, sw_status status, const answer_fault *fault)
{
    Stepwire__Error error;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    fill_error(s, status, fault, &error);
    reply.result_case = STEPWIRE__REPLY__RESULT_ERROR;
    reply.error = &error;
    emit(s, to, &reply);  // too large for a tiny max_message: then there is no reply
}

void answer(server *s, const server_asker *to, Stepwire__Reply *reply)
{
    if (!emit(s, to, reply)) {
        const sw_status st =
            sw_fail(SW_TOO_LARGE, "the reply is larger than max_message, %zu bytes",
                    s->config.limits.max_message);
        answer_error(s, to, st, NULL);
    }
}

// ---- numbered ----------------------------------------------------------------------------------

// Keeps `bytes` in `room`, NULL being the session's own, as the reply to the next number.
static void keep(server *s, session *x, loan *room, unsigned char *bytes, size_t size)
{
    loan_return(x->kept_loan);  // the reply before this one
    x->kept_loan = room;
    x->kept = bytes;
    x->kept_size = size;
    loan_return(x->work);
    x->work = NULL;
    x->reply_room = NULL;
    x->answered = x->asker.seq;
    x->answered_hash = x->running_hash;
    answer_again(s, x, &x->asker.peer);
}

void answer_keep(server *s, session *x, Stepwire__Reply *reply)
{
    address(s, &x->asker, reply);
    assert(stepwire__reply__get_packed_size(reply) <= x->kept_capacity);
    loan_return(x->reply_room);  // which an error does not need
    keep(s, x, NULL, x->kept_room, stepwire__reply__pack(reply, x->kept_room));
}

void answer_keep_large(server *s, session *x, Stepwire__Reply__ResultCase result,
                       const ProtobufCMessage *part, size_t size)
{
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    address(s, &x->asker, &reply);
    unsigned char *rest = session_reply_rest(x);
    unsigned char *begin = codec_pack_front(&reply, result, part, rest, size);
    assert(begin >= x->reply_room->bytes);
    keep(s, x, x->reply_room, begin, (size_t) (rest - begin) + size);
}

void answer_again(server *s, const session *x, const server_peer *peer)
{
    hand_over(s, peer, x->kept, x->kept_size);
    s->reply.loan = x->kept_loan;
}

void answer_session_error(server *s, session *x, sw_status status, const answer_fault *fault)
{
    Stepwire__Error error;
    fill_error(s, status, fault, &error);
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_ERROR;
    reply.error = &error;
    answer_keep(s, x, &reply);
}

// ---- outside a session -------------------------------------------------------------------------

sw_status answer_pack_spec(server *s, const session *x, Stepwire__Spec **out)
{
    Stepwire__Spec *spec;
    const sw_status st = codec_pack_spec(&x->spec, x->values, &s->scratch, &spec);
    if (st != SW_OK) {
        return st;
    }
    for (int t = 0; t < x->spec.observation_count; t++) {
        spec->observations[t]->dtype = (Stepwire__DType) codec_wire_dtype(
            x->spec.observations[t].dtype, x->float32_observations);
    }
    for (int t = 0; t < x->spec.action_count; t++) {
        spec->actions[t]->dtype =
            (Stepwire__DType) codec_wire_dtype(x->spec.actions[t].dtype, x->float32_actions);
    }
    *out = spec;
    return SW_OK;
}

void answer_opened(server *s, const session *x, const server_asker *to)
{
    Stepwire__Opened opened = STEPWIRE__OPENED__INIT;
    const sw_status st = answer_pack_spec(s, x, &opened.spec);
    if (st != SW_OK) {
        answer_error(s, to, st, NULL);
        return;
    }
    opened.session = x->id;
    opened.lease = x->lease;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_OPENED;
    reply.opened = &opened;
    answer(s, to, &reply);
}

void answer_description(server *s, const server_asker *to, const sw_spec *spec)
{
    Stepwire__Description description = STEPWIRE__DESCRIPTION__INIT;
    sw_status st = codec_pack_spec(spec, NULL, &s->scratch, &description.spec);
    if (st != SW_OK) {
        answer_error(s, to, st, NULL);
        return;
    }
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_DESCRIPTION;
    reply.description = &description;
    answer(s, to, &reply);
}

void answer_welcome(server *s, const server_asker *to)
{
    char *ids[SERVER_MAX_TASKS];
    for (int i = 0; i < s->task_count; i++) {
        ids[i] = (char *) s->tasks[i]->id;
    }
    Stepwire__Limits limits = STEPWIRE__LIMITS__INIT;
    limits.max_message = s->config.limits.max_message;
    limits.max_rows = (uint32_t) s->config.limits.max_rows;
    limits.max_sessions = (uint32_t) s->config.limits.max_sessions;
    limits.max_envs = (uint32_t) s->config.limits.max_envs;
    limits.max_lease = s->config.limits.max_lease;
    Stepwire__Welcome welcome = STEPWIRE__WELCOME__INIT;
    welcome.major = SERVER_MAJOR;
    welcome.minor = SERVER_MINOR;
    welcome.name = (char *) s->config.name;
    welcome.limits = &limits;
    welcome.env_ids = ids;
    welcome.n_env_ids = (size_t) s->task_count;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_WELCOME;
    reply.welcome = &welcome;
    answer(s, to, &reply);
}

void answer_closed(server *s, const server_asker *to)
{
    Stepwire__Closed closed = STEPWIRE__CLOSED__INIT;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_CLOSED;
    reply.closed = &closed;
    answer(s, to, &reply);
}
