// answer.c -- replies.
//
// What a reply carries is already in the format of the wire, in the session's memory: the message
// only points there, and packing is the one copy. Rows that ended, or were reset, are first moved
// together in place.
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

static void keep(server *s, session *x, Stepwire__Reply *reply)
{
    address(s, &x->asker, reply);
    x->kept_size = stepwire__reply__get_packed_size(reply);
    assert(x->kept_size <= x->kept_capacity);
    stepwire__reply__pack(reply, x->kept);
    x->answered = x->asker.seq;
    x->answered_hash = x->running_hash;
    hand_over(s, &x->asker.peer, x->kept, x->kept_size);
}

void answer_again(server *s, const session *x, const server_peer *peer)
{
    hand_over(s, peer, x->kept, x->kept_size);
}

void answer_session_error(server *s, session *x, sw_status status, const answer_fault *fault)
{
    Stepwire__Error error;
    fill_error(s, status, fault, &error);
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_ERROR;
    reply.error = &error;
    keep(s, x, &reply);
}

// Points `fields` [observation_count] at the first `rows` rows of `tensors`.
static void point(const session *x, unsigned char *const *tensors, int rows,
                  ProtobufCBinaryData *fields)
{
    for (int t = 0; t < x->spec.observation_count; t++) {
        fields[t].data = tensors[t];
        fields[t].len = (size_t) rows * session_observation_bytes(x, t);
    }
}

// Copies row `from` of `source` to row `to` of x->finals. In place, `to` runs behind `from`.
static void move_row(session *x, int to, unsigned char *const *source, int from)
{
    for (int t = 0; t < x->spec.observation_count; t++) {
        const size_t bytes = session_observation_bytes(x, t);
        memmove(x->finals[t] + (size_t) to * bytes, source[t] + (size_t) from * bytes, bytes);
    }
}

static void move_infos(session *x, int to, const double *source, int from)
{
    if (x->info) {
        const size_t columns = (size_t) x->spec.info_count;
        memmove(x->final_infos + (size_t) to * columns, source + (size_t) from * columns,
                columns * sizeof(double));
    }
}

static size_t info_values(const session *x, int rows)
{
    return x->info ? (size_t) rows * (size_t) x->spec.info_count : 0;
}

void answer_step(server *s, session *x)
{
    const int with_finals =
        x->autoreset == SW_SAME_STEP ? SW_TERMINATED | SW_TRUNCATED : 0;  // flags of such rows
    int ended = 0, begun = 0;
    for (int i = 0; i < x->rows; i++) {
        if ((x->flags[i] & with_finals) != 0) {
            move_row(x, ended, x->finals, i);
            move_infos(x, ended, x->final_infos, i);
            ended++;
        }
        if ((x->flags[i] & SW_FIRST) != 0) {
            x->seeds[begun++] = x->seeds[i];
        }
    }
    ProtobufCBinaryData observations[SW_MAX_TENSORS], finals[SW_MAX_TENSORS];
    point(x, x->observations, x->rows, observations);
    point(x, x->finals, ended, finals);

    Stepwire__StepDone done = STEPWIRE__STEP_DONE__INIT;
    done.rewards = x->rewards;
    done.n_rewards = (size_t) x->rows;
    done.flags = (ProtobufCBinaryData){.data = x->flags, .len = (size_t) x->rows};
    done.observations = observations;
    done.n_observations = (size_t) x->spec.observation_count;
    done.infos = x->infos;
    done.n_infos = info_values(x, x->rows);
    done.seeds = x->seeds;
    done.n_seeds = (size_t) begun;
    done.final_observations = finals;
    done.n_final_observations = ended > 0 ? (size_t) x->spec.observation_count : 0;
    done.final_infos = x->final_infos;
    done.n_final_infos = info_values(x, ended);

    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_STEP;
    reply.step = &done;
    keep(s, x, &reply);
}

// The rows that were reset are gathered where final observations stand: there are none now.
void answer_reset(server *s, session *x)
{
    const int rows = x->job_rows;
    for (int n = 0; n < rows; n++) {
        const int i = session_job_row(x, n);
        move_row(x, n, x->observations, i);
        move_infos(x, n, x->infos, i);
        x->listed_flags[n] = x->flags[i];
        x->seeds[n] = x->seeds[i];
    }
    ProtobufCBinaryData observations[SW_MAX_TENSORS];
    point(x, x->finals, rows, observations);

    Stepwire__ResetDone done = STEPWIRE__RESET_DONE__INIT;
    done.flags = (ProtobufCBinaryData){.data = x->listed_flags, .len = (size_t) rows};
    done.seeds = x->seeds;
    done.n_seeds = (size_t) rows;
    done.observations = observations;
    done.n_observations = (size_t) x->spec.observation_count;
    done.infos = x->final_infos;
    done.n_infos = info_values(x, rows);

    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_RESET;
    reply.reset = &done;
    keep(s, x, &reply);
}

// ---- outside a session -------------------------------------------------------------------------

// The spec as the client will see it: dtypes of the wire.
void answer_opened(server *s, const session *x, const server_asker *to)
{
    Stepwire__Spec *spec;
    sw_status st = codec_pack_spec(&x->spec, x->values, &s->scratch, &spec);
    if (st != SW_OK) {
        answer_error(s, to, st, NULL);
        return;
    }
    for (int t = 0; t < x->spec.observation_count; t++) {
        spec->observations[t]->dtype = (Stepwire__DType) codec_wire_dtype(
            x->spec.observations[t].dtype, x->float32_observations);
    }
    for (int t = 0; t < x->spec.action_count; t++) {
        spec->actions[t]->dtype =
            (Stepwire__DType) codec_wire_dtype(x->spec.actions[t].dtype, x->float32_actions);
    }
    Stepwire__Opened opened = STEPWIRE__OPENED__INIT;
    opened.session = x->id;
    opened.spec = spec;
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
