// state.c -- the server's part of a state.
//
// Integers are little-endian, as everywhere on the wire; the checksum comes first and covers all
// that follows it, the task's id and its settings. It finds blobs that were mixed up or damaged. It
// is no proof against a peer who makes blobs, so everything in them is checked besides.
#include "state.h"

#include <string.h>

#include "codec.h"
#include "random.h"

// Written and read as it stands: no padding.
typedef struct header {
    uint64_t checksum;
    uint32_t version;
    uint32_t flags;  // with which the row ended; 0: it is running
    uint64_t stream, k;
    int64_t elapsed;
} header;

_Static_assert(sizeof(header) == STATE_HEADER, "the header of a state has padding");

enum { END_FLAGS = SW_TERMINATED | SW_TRUNCATED };

static size_t round_up(size_t bytes)
{
    return (bytes + STATE_ALIGN - 1) / STATE_ALIGN * STATE_ALIGN;
}

size_t state_blob_size(int format, size_t size)
{
    return format == 0 ? STATE_HEADER + size : size;
}

size_t state_packed_size(const session *x)
{
    const size_t size = state_blob_size(x->states.format, x->states.size);
    unsigned char key[CODEC_KEY_BYTES];
    return codec_pack_key(CODEC_STATES_STATES, size, key) + size;
}

void state_pack(const session *x, int n)
{
    const size_t size = state_blob_size(x->states.format, x->states.size);
    unsigned char *to = session_reply_rest(x) + (size_t) n * state_packed_size(x);
    memcpy(to + codec_pack_key(CODEC_STATES_STATES, size, to), state_blob(x, n), size);
}

// Settings count as they are printed, which reads back as the same value.
static uint64_t hash_origin(const session *x)
{
    uint64_t hash = codec_hash(x->task->id, strlen(x->task->id));
    for (int i = 0; i < x->task->setting_count; i++) {
        char text[512];
        const size_t length =
            sw_setting_print(&x->task->settings[i], &x->values[i], text, sizeof(text));
        hash = random_mix(hash ^ codec_hash(text, length), 0);
    }
    return hash;
}

void state_lay_out(session *x, int format, bool aside)
{
    session_states *states = &x->states;
    states->format = format;
    states->origin = hash_origin(x);
    states->size = x->task->state_size(x->envs, format);
    states->aside_size = aside ? x->task->state_size(x->envs, 0) : 0;
    states->stride = STATE_ALIGN + round_up(states->size) + round_up(states->aside_size);
}

unsigned char *state_at(const session *x, int n)
{
    return x->work->bytes + (size_t) n * x->states.stride + STATE_ALIGN;
}

unsigned char *state_aside(const session *x, int n)
{
    return state_at(x, n) + round_up(x->states.size);
}

unsigned char *state_blob(const session *x, int n)
{
    return x->states.format == 0 ? state_at(x, n) - STATE_HEADER : state_at(x, n);
}

static uint64_t checksum(const session *x, int n)
{
    const size_t before = sizeof(uint64_t);  // the checksum itself
    const uint64_t bytes =
        codec_hash(state_blob(x, n) + before, STATE_HEADER - before + x->states.size);
    return random_mix(bytes ^ x->states.origin, 0);
}

static header read_header(const session *x, int n)
{
    header h;
    memcpy(&h, state_blob(x, n), sizeof(h));
    return h;
}

void state_seal(const session *x, int n)
{
    if (x->states.format != 0) {
        return;
    }
    const int i = session_job_row(x, n);
    const session_row *r = &x->row[i];
    header h = {
        .version = STATE_VERSION,
        .flags = r->ended ? x->flags[i] & END_FLAGS : 0,
        .stream = r->stream,
        .k = r->k,
        .elapsed = r->elapsed,
    };
    memcpy(state_blob(x, n), &h, sizeof(h));
    h.checksum = checksum(x, n);
    memcpy(state_blob(x, n), &h, sizeof(h));
}

// One that ended may have reached the limit, one that runs has a step to come.
static sw_status check_elapsed(const session *x, const header *h)
{
    const int64_t limit = x->spec.max_episode_steps;
    const bool is_running = h->flags == 0;
    if (h->elapsed < 0) {
        return sw_fail(SW_INVALID_ARGUMENT, "a state after %lld steps", (long long) h->elapsed);
    }
    if (limit > 0 && h->elapsed > limit - is_running) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "a state that %s after %lld steps: %s the time limit, %lld, is allowed",
                       is_running ? "runs" : "ended", (long long) h->elapsed,
                       is_running ? "less than" : "at most", (long long) limit);
    }
    return SW_OK;
}

sw_status state_check(const session *x, int n)
{
    if (x->states.format != 0) {
        return SW_OK;
    }
    const header h = read_header(x, n);
    if (h.version != STATE_VERSION) {
        return sw_fail(SW_INVALID_ARGUMENT, "a state of version %u, this server reads %d",
                       h.version, STATE_VERSION);
    }
    if (h.checksum != checksum(x, n)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "a state of another task, or of other settings, or a damaged one");
    }
    if ((h.flags & ~(uint32_t) END_FLAGS) != 0) {
        return sw_fail(SW_INVALID_ARGUMENT, "a state with flags %u", h.flags);
    }
    if (h.flags != 0 && x->autoreset == SW_SAME_STEP) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "a state of an ended episode, which a session in SAME_STEP never has");
    }
    return check_elapsed(x, &h);
}

void state_commit(session *x)
{
    for (int n = 0; n < x->job_rows; n++) {
        const int i = session_job_row(x, n);
        session_row *r = &x->row[i];
        header h = {.flags = SW_FIRST, .stream = r->stream, .k = r->k};
        if (x->states.format == 0) {
            h = read_header(x, n);
        }
        r->stream = h.stream;
        r->k = h.k;
        r->elapsed = h.elapsed;
        r->begun = true;
        r->ended = (h.flags & END_FLAGS) != 0;
        r->broken = false;
        x->flags[i] = (unsigned char) h.flags;
        session_copy_observation(x, i, x->observations, x->finals);
    }
}
