// step.c -- one row at a time: init, reset, step, render, save, load, close.
//
// A step's observation is first written where final observations stand. Only if it may be
// delivered and the episode goes on is it copied to where the row's observation stands; so what was
// delivered before is still there when a row turns out faulty.
#include "step.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "random.h"
#include "state.h"

static void *env_of(const session *x, int i)
{
    return x->envs + (size_t) i * x->env_stride;
}

static void clear_outcome(session *x, sw_row *io)
{
    io->reward = 0;
    io->terminated = false;
    io->truncated = false;
    for (int c = 0; c < x->spec.info_count; c++) {
        io->infos[c] = NAN;
    }
}

// Writes the observation that row `i` just made into its place of `to` [observation_count], in the
// format of the wire. False if a float is not finite there.
static bool deliver(const session *x, int i, unsigned char *const *to)
{
    for (int t = 0; t < x->spec.observation_count; t++) {
        const sw_tensor *tensor = &x->spec.observations[t];
        const sw_dtype dtype = codec_wire_dtype(tensor->dtype, x->float32_observations);
        const int64_t elements = sw_tensor_elements(tensor);
        unsigned char *place = to[t] + (size_t) i * session_observation_bytes(x, t);
        codec_convert(place, dtype, x->row[i].io.observations[t], tensor->dtype, elements);
        if (codec_first_bad(place, dtype, elements, NULL) >= 0) {
            return false;
        }
    }
    return true;
}

static void copy_infos(const session *x, int i, double *to)
{
    if (x->info) {
        const size_t count = (size_t) x->spec.info_count;
        memcpy(to + (size_t) i * count, x->row[i].io.infos, count * sizeof(double));
    }
}

// What an environment says of its failure, without the name of its task, which we say already.
static const char *last_words(const session *x)
{
    const char *words = sw_last_error();
    const size_t length = strlen(x->task->id);
    const bool is_named = strncmp(words, x->task->id, length) == 0 && words[length] == ':' &&
                          words[length + 1] == ' ';
    return is_named ? words + length + 2 : words;
}

// The text of the failure goes with the row: this thread's sw_last_error() is nobody else's.
static void fail_row(session_row *r, sw_status status, const char *why)
{
    r->status = status;
    free(r->failure);
    r->failure = strdup(why);
}

// Begins the episode with seed x->seeds[i].
static void begin_episode(session *x, int i)
{
    session_row *r = &x->row[i];
    clear_outcome(x, &r->io);
    r->elapsed = 0;
    if (x->task->reset(env_of(x, i), x->seeds[i], &r->io) != SW_OK) {
        fail_row(r, SW_ENVIRONMENT, last_words(x));
        return;
    }
    if (!deliver(x, i, x->observations)) {
        fail_row(r, SW_ENVIRONMENT, "an observation after reset is not finite");
        return;
    }
    for (int c = 0; c < x->spec.info_count; c++) {
        if (!x->spec.infos[c].at_reset) {
            r->io.infos[c] = NAN;  // whatever the environment left there
        }
    }
    copy_infos(x, i, x->infos);
}

static void reset_row(session *x, int i)
{
    x->flags[i] = SW_FIRST;
    begin_episode(x, i);
}

// Rule 8. The step did not happen: what was delivered before is the end of the episode. A row that
// has ended no episode since it was faulty last says so in a whisper: a client may go on and on.
static void mark_faulty(session *x, int i, const char *why, const sw_log *log)
{
    log_line(log, x->row[i].failing ? SW_LOG_DEBUG : SW_LOG_WARNING, "%s: row %d is faulty: %s",
             x->task->id, i, why);
    x->row[i].failing = true;
    session_copy_observation(x, i, x->finals, x->observations);
    clear_outcome(x, &x->row[i].io);
    x->flags[i] = SW_FAULTY | SW_TRUNCATED;
}

// The next episode of the row's stream: rule 5.
static void begin_next(session *x, int i)
{
    session_row *r = &x->row[i];
    x->flags[i] |= SW_FIRST;
    x->seeds[i] = random_mix(r->stream, r->k++);
    begin_episode(x, i);
}

// Without SW_SAME_STEP: the reply shows all of the ended episode.
static void end_row(session *x, int i)
{
    session_row *r = &x->row[i];
    r->ended = true;
    r->broken = (x->flags[i] & SW_FAULTY) != 0;
    session_copy_observation(x, i, x->observations, x->finals);
    copy_infos(x, i, x->infos);
}

// SW_NEXT_STEP: the step after the end is none.
static void begin_after_end(session *x, int i)
{
    session_row *r = &x->row[i];
    r->ended = false;
    r->broken = false;
    x->rewards[i] = 0;
    x->flags[i] = 0;
    begin_next(x, i);
}

static void advance(session *x, int i, const sw_log *log)
{
    session_row *r = &x->row[i];
    clear_outcome(x, &r->io);
    r->elapsed++;
    if (x->task->step(env_of(x, i), &r->io) != SW_OK) {
        mark_faulty(x, i, last_words(x), log);
    } else if (!deliver(x, i, x->finals)) {
        mark_faulty(x, i, "an observation is not finite", log);
    } else if (!isfinite(r->io.reward)) {
        mark_faulty(x, i, "the reward is not finite", log);
    } else {
        const int64_t limit = x->spec.max_episode_steps;
        const bool truncated = r->io.truncated || (limit > 0 && r->elapsed >= limit);
        x->flags[i] = (unsigned char) ((r->io.terminated ? SW_TERMINATED : 0) |
                                       (truncated ? SW_TRUNCATED : 0));
        r->failing = r->failing && x->flags[i] == 0;
    }
    x->rewards[i] = r->io.reward;
}

static void step_row(session *x, int i, const sw_log *log)
{
    if (x->row[i].ended) {
        begin_after_end(x, i);
        return;
    }
    advance(x, i, log);
    if (x->flags[i] == 0) {
        session_copy_observation(x, i, x->observations, x->finals);
        copy_infos(x, i, x->infos);
    } else if (x->autoreset == SW_SAME_STEP) {
        copy_infos(x, i, x->final_infos);
        begin_next(x, i);
    } else {
        end_row(x, i);
    }
}

static void open_row(session *x, int i)
{
    session_row *r = &x->row[i];
    r->initialised = true;  // whatever comes of it, close must be called
    if (x->task->init(env_of(x, i), x->values) != SW_OK) {
        fail_row(r, SW_ENVIRONMENT, last_words(x));
    }
}

// Pictures and states go out whole: nothing of what their memory held before may be left in them.

static void render_row(session *x, int i)
{
    memset(x->picture.rgb, 0, session_picture_bytes(x));
    const sw_status st = x->task->render(env_of(x, i), &x->picture);
    if (st != SW_OK) {
        const bool is_told = st == SW_NOT_FOUND || st == SW_INVALID_ARGUMENT ||  //
                             st == SW_UNIMPLEMENTED;
        fail_row(&x->row[i], is_told ? st : SW_ENVIRONMENT, last_words(x));
    }
}

// Writes the state of the environment into `bytes`.
static bool save_state(session *x, int i, int format, unsigned char *bytes)
{
    if (x->task->save(env_of(x, i), format, bytes) != SW_OK) {
        fail_row(&x->row[i], SW_ENVIRONMENT, last_words(x));
        return false;
    }
    return true;
}

static void save_row(session *x, int n)
{
    unsigned char *bytes = state_at(x, n);
    memset(bytes, 0, x->states.size);
    if (save_state(x, session_job_row(x, n), x->states.format, bytes)) {
        state_seal(x, n);
        state_pack(x, n);
    }
}

// The observation goes where final observations stand, until all rows are known to be loaded.
static void load_row(session *x, int n)
{
    const int i = session_job_row(x, n);
    session_row *r = &x->row[i];
    r->set_aside = false;
    if (state_check(x, n) != SW_OK) {
        fail_row(r, SW_INVALID_ARGUMENT, last_words(x));
        return;
    }
    if (r->begun && !r->broken) {
        if (!save_state(x, i, 0, state_aside(x, n))) {
            return;
        }
        r->set_aside = true;
    }
    clear_outcome(x, &r->io);
    if (x->task->load(env_of(x, i), x->states.format, state_at(x, n), &r->io) != SW_OK) {
        fail_row(r, SW_INVALID_ARGUMENT, last_words(x));
    } else if (!deliver(x, i, x->finals)) {
        fail_row(r, SW_INVALID_ARGUMENT, "its observation is not finite");
    }
}

static void undo_row(session *x, int n)
{
    const int i = session_job_row(x, n);
    session_row *r = &x->row[i];
    if (r->set_aside) {
        clear_outcome(x, &r->io);
        r->set_aside = x->task->load(env_of(x, i), 0, state_aside(x, n), &r->io) != SW_OK;
    }
}

static void close_row(session *x, int i)
{
    if (x->row[i].initialised) {
        x->task->close(env_of(x, i));
        x->row[i].initialised = false;
    }
}

void step_rows(session *x, int first, int count, const sw_log *log)
{
    for (int n = first; n < first + count; n++) {
        const int i = session_job_row(x, n);
        switch (x->job) {
        case JOB_OPEN: open_row(x, i); break;
        case JOB_RESET: reset_row(x, i); break;
        case JOB_STEP: step_row(x, i, log); break;
        case JOB_CLOSE: close_row(x, i); break;
        case JOB_RENDER: render_row(x, i); break;
        case JOB_SAVE: save_row(x, n); break;
        case JOB_LOAD: load_row(x, n); break;
        case JOB_UNDO: undo_row(x, n); break;
        default: assert(!"a session without a job");
        }
    }
}
