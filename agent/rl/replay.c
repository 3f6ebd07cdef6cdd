// replay.c -- a ring of records.
//
// A record is act, reward and discount as float, then obs and next as float or as bytes: whatever a
// minibatch takes of a transition lies together, because at a million of them every record is far
// from the last one.
#include "replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <headroom.h>
#include <vec.h>

static size_t obs_bytes(const replay *r)
{
    return (size_t) r->options.obs_dim * (r->options.bytes ? 1 : sizeof(float));
}

static size_t act_bytes(const replay *r)
{
    return (size_t) r->options.act_dim * sizeof(float);
}

// The parts of a record.
static float *act_of(unsigned char *record)
{
    return (float *) (void *) record;
}

static float *reward_of(const replay *r, unsigned char *record)
{
    return act_of(record) + r->options.act_dim;
}

static float *discount_of(const replay *r, unsigned char *record)
{
    return reward_of(r, record) + 1;
}

static unsigned char *obs_of(const replay *r, unsigned char *record)
{
    return record + act_bytes(r) + 2 * sizeof(float);
}

static unsigned char *next_of(const replay *r, unsigned char *record)
{
    return obs_of(r, record) + obs_bytes(r);
}

// One piece of memory: pending_count, which is aligned the most, then the records of both kinds.
static sw_status take_memory(replay *r)
{
    const replay_options *o = &r->options;
    const double pending = (double) o->rows * (double) o->n_steps;
    const double need = ((double) o->capacity + pending) * (double) r->record +
                        (double) o->rows * sizeof(*r->pending_count);
    const double there = (double) headroom_bytes();
    if (need > 0.9 * there) {
        return sw_fail(
            SW_NO_MEMORY,
            "a replay of %lld transitions of %zu bytes needs %.0f MB, and there are %.0f "
            "MB, of which it may have nine tenths: lower buffer",
            (long long) o->capacity, r->record, ceil(need / 1e6), there / 1e6);
    }
    r->pending_count = malloc((size_t) need);
    if (r->pending_count == NULL) {
        return sw_fail(SW_NO_MEMORY,
                       "a replay of %lld transitions of %zu bytes needs %.0f MB, more than this "
                       "process is allowed: lower buffer",
                       (long long) o->capacity, r->record, ceil(need / 1e6));
    }
    // written to at once: memory that was only promised may be missing hours later
    memset(r->pending_count, 0, (size_t) need);
    r->records = (unsigned char *) (r->pending_count + o->rows);
    r->pending = r->records + (size_t) o->capacity * r->record;
    return SW_OK;
}

sw_status replay_init(replay *r, const replay_options *options)
{
    const size_t align = sizeof(float);
    *r = (replay){.options = *options};
    r->record = (act_bytes(r) + 2 * sizeof(float) + 2 * obs_bytes(r) + align - 1) / align * align;
    return take_memory(r);
}

void replay_free(replay *r)
{
    free(r->pending_count);
    *r = (replay){0};
}

sw_status replay_check(const replay *r)
{
    const replay_options *o = &r->options;
    const bool is_full = r->count == o->capacity;
    bool possible = r->count >= 0 && r->count <= o->capacity && r->next >= 0 &&
                    r->next < o->capacity && (is_full || r->next == r->count);
    for (int row = 0; row < o->rows; row++) {
        possible = possible && r->pending_count[row] >= 0 && r->pending_count[row] < o->n_steps;
    }
    return possible ? SW_OK
                    : sw_fail(SW_INVALID_ARGUMENT,
                              "no replay of %lld transitions has %lld of them, the next at %lld",
                              (long long) o->capacity, (long long) r->count, (long long) r->next);
}


// ---- adding -------------------------------------------------------------------------------------

static void write_obs(const replay *r, const float *obs, unsigned char *out)
{
    const int n = r->options.obs_dim;
    if (!r->options.bytes) {
        memcpy(out, obs, (size_t) n * sizeof(float));
        return;
    }
    for (int j = 0; j < n; j++) {
        out[j] = (unsigned char) obs[j];
    }
}

static void read_obs(const replay *r, const unsigned char *data, float *obs)
{
    const int n = r->options.obs_dim;
    if (!r->options.bytes) {
        memcpy(obs, data, (size_t) n * sizeof(float));
        return;
    }
    for (int j = 0; j < n; j++) {
        obs[j] = data[j];
    }
}

static unsigned char *pending_at(const replay *r, int row, int k)
{
    return r->pending + ((size_t) row * (size_t) r->options.n_steps + (size_t) k) * r->record;
}

// Moves the oldest pending step of `row`, and what came of it by now, into the ring.
static void commit(replay *r, int row, bool is_terminated)
{
    unsigned char *oldest = pending_at(r, row, 0);
    const int k = (int) r->pending_count[row]--;

    *discount_of(r, oldest) = is_terminated ? 0 : (float) pow(r->options.gamma, k);
    memcpy(r->records + (size_t) r->next * r->record, oldest, r->record);
    memmove(oldest, pending_at(r, row, 1), (size_t) (k - 1) * r->record);
    r->next = (r->next + 1) % r->options.capacity;
    r->count += r->count < r->options.capacity;
}

void replay_add(replay *r, int row, const replay_step *step)
{
    const int k = (int) r->pending_count[row]++;
    unsigned char *newest = pending_at(r, row, k);

    memcpy(act_of(newest), step->act, act_bytes(r));
    write_obs(r, step->obs, obs_of(r, newest));
    *reward_of(r, newest) = 0;
    for (int j = 0; j <= k; j++) {
        unsigned char *record = pending_at(r, row, j);
        *reward_of(r, record) += (float) pow(r->options.gamma, k - j) * step->reward;
        write_obs(r, step->next, next_of(r, record));
    }
    const bool ended = step->is_terminated || step->is_truncated;
    while (r->pending_count[row] == r->options.n_steps || (ended && r->pending_count[row] > 0)) {
        commit(r, row, step->is_terminated);
    }
}

void replay_break(replay *r, int row)
{
    while (r->pending_count[row] > 0) {
        commit(r, row, false);
    }
}


// ---- reading ------------------------------------------------------------------------------------

// Copies transition k to row i of a minibatch.
static void read_transition(const replay *r, size_t k, replay_batch *batch, size_t i)
{
    const size_t obs_dim = (size_t) r->options.obs_dim, act_dim = (size_t) r->options.act_dim;
    unsigned char *record = r->records + k * r->record;
    float *obs = batch->obs + i * obs_dim, *input = batch->input + i * (obs_dim + act_dim);

    read_obs(r, obs_of(r, record), obs);
    memcpy(input, obs, obs_dim * sizeof(float));
    memcpy(input + obs_dim, act_of(record), act_dim * sizeof(float));
    read_obs(r, next_of(r, record), batch->next + i * obs_dim);
    batch->reward[i] = *reward_of(r, record);
    batch->discount[i] = *discount_of(r, record);
}

void replay_sample(const replay *r, random_state *random, int n, replay_batch *batch)
{
    batch->n = n;
    for (int i = 0; i < n; i++) {
        const size_t k = (size_t) random_below(random, (uint64_t) r->count);
        read_transition(r, k, batch, (size_t) i);
    }
}

void replay_gather(const replay *r, const int *which, int n, replay_batch *batch)
{
    batch->n = n;
    for (int i = 0; i < n; i++) {
        read_transition(r, (size_t) which[i], batch, (size_t) i);
    }
}

sw_status replay_batch_init(replay_batch *b, const replay *r, int max_rows)
{
    const size_t n = (size_t) max_rows;
    const size_t obs_dim = (size_t) r->options.obs_dim, act_dim = (size_t) r->options.act_dim;
    *b = (replay_batch){.input = vec_new(n * (obs_dim + act_dim)),
                        .obs = vec_new(n * obs_dim),
                        .reward = vec_new(n),
                        .discount = vec_new(n),
                        .next = vec_new(n * obs_dim)};
    if (!b->input || !b->obs || !b->reward || !b->discount || !b->next) {
        replay_batch_free(b);
        return sw_fail(SW_NO_MEMORY, "no memory for a batch of %d transitions", max_rows);
    }
    return SW_OK;
}

void replay_batch_free(replay_batch *b)
{
    free(b->input);
    free(b->obs);
    free(b->reward);
    free(b->discount);
    free(b->next);
    *b = (replay_batch){0};
}
