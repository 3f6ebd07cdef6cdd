// answer_rows.c -- the replies that carry rows.
//
// What a reply carries is already in the format of the wire, in the session's memory: the message
// only points there, and packing is the one copy. Rows that ended, or were reset, are first moved
// together in place. Pictures and states, which are large, stand packed already.
#include <assert.h>
#include <string.h>

#include "answer.h"
#include "state.h"

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
    answer_keep(s, x, &reply);
}

// Gathers the observations of the job's rows where final observations stand, of which there are
// none now, and their flags.
static void list_rows(session *x)
{
    for (int n = 0; n < x->job_rows; n++) {
        const int i = session_job_row(x, n);
        move_row(x, n, x->observations, i);
        x->listed_flags[n] = x->flags[i];
    }
}

void answer_reset(server *s, session *x)
{
    const int rows = x->job_rows;
    list_rows(x);
    for (int n = 0; n < rows; n++) {
        const int i = session_job_row(x, n);
        move_infos(x, n, x->infos, i);
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
    answer_keep(s, x, &reply);
}

void answer_set_state(server *s, session *x)
{
    list_rows(x);
    ProtobufCBinaryData observations[SW_MAX_TENSORS];
    point(x, x->finals, x->job_rows, observations);

    Stepwire__StateSet set = STEPWIRE__STATE_SET__INIT;
    set.flags = (ProtobufCBinaryData){.data = x->listed_flags, .len = (size_t) x->job_rows};
    set.observations = observations;
    set.n_observations = (size_t) x->spec.observation_count;
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_STATE_SET;
    reply.state_set = &set;
    answer_keep(s, x, &reply);
}

void answer_get_state(server *s, session *x)
{
    Stepwire__States states = STEPWIRE__STATES__INIT;
    states.format = (char *) x->task->state_formats[x->states.format];
    answer_keep_large(s, x, STEPWIRE__REPLY__RESULT_STATES, &states.base,
                      (size_t) x->job_rows * state_packed_size(x));
}

void answer_render(server *s, session *x)
{
    const sw_picture *picture = &x->picture;
    Stepwire__Rendered rendered = STEPWIRE__RENDERED__INIT;
    rendered.width = (uint32_t) picture->width;
    rendered.height = (uint32_t) picture->height;
    const unsigned char *end = picture->rgb + session_picture_bytes(x);
    answer_keep_large(s, x, STEPWIRE__REPLY__RESULT_RENDERED, &rendered.base,
                      (size_t) (end - session_reply_rest(x)));
}

void answer_resumed(server *s, const session *x, const server_asker *to)
{
    Stepwire__Resumed resumed = STEPWIRE__RESUMED__INIT;
    const sw_status st = answer_pack_spec(s, x, &resumed.spec);
    if (st != SW_OK) {
        answer_error(s, to, st, NULL);
        return;
    }
    resumed.seq = x->answered;
    resumed.busy = x->job != JOB_NONE;
    resumed.autoreset = (Stepwire__AutoResetMode) x->autoreset;
    resumed.info = x->info;
    resumed.lease = x->lease;
    ProtobufCBinaryData observations[SW_MAX_TENSORS];
    if (x->job == JOB_NONE) {  // else the rows belong to others
        point(x, x->observations, x->rows, observations);
        resumed.observations = observations;
        resumed.n_observations = (size_t) x->spec.observation_count;
        resumed.flags = (ProtobufCBinaryData){.data = x->flags, .len = (size_t) x->rows};
    }
    Stepwire__Reply reply = STEPWIRE__REPLY__INIT;
    reply.result_case = STEPWIRE__REPLY__RESULT_RESUMED;
    reply.resumed = &resumed;
    answer(s, to, &reply);
}
