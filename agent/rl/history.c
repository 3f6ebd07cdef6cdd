#include "history.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

// How many transitions there may be, so that every index is an int.
static int count_most(const collector *source)
{
    const rollout *r = &source->data;
    const int seen = r->obs_dim > r->act_dim ? r->obs_dim : r->act_dim;
    const int size = source->policy->input.size;
    return INT_MAX / (seen > size ? seen : size) - (r->capacity + 1) * r->rows;
}

sw_status history_init(history *h, const collector *source, int transitions)
{
    const rollout *r = &source->data;
    const int whole = transitions / r->rows, most = count_most(source);
    const int keep = whole > r->capacity ? whole : r->capacity;

    *h = (history){.source = source, .keep = keep};
    if (keep > most / r->rows) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%d transitions are too many to keep: there can be %d of this size",
                       transitions, most > 0 ? most : 0);
    }
    const sw_status st =
        rollout_init(&h->data, keep + r->capacity, r->rows, r->obs_dim, r->act_dim);
    if (st != SW_OK) {
        return st;
    }
    const size_t n = (size_t) h->data.capacity * (size_t) r->rows;
    const size_t size = (size_t) source->policy->input.size;
    h->data.steps = 0;
    h->numbers = calloc((n + (size_t) r->rows) * size, sizeof(*h->numbers));
    h->rewards = calloc(n, sizeof(*h->rewards));
    h->finals = calloc(n * size, sizeof(*h->finals));  // most of it is never touched
    h->final_at = calloc(n, sizeof(*h->final_at));
    h->seen = vec_new((size_t) source->critic->max_batch * (size_t) r->obs_dim);
    if (!h->numbers || !h->rewards || !h->finals || !h->final_at || !h->seen) {
        history_free(h);
        return sw_fail(SW_NO_MEMORY, "no memory to keep %d steps of %d rows", keep, r->rows);
    }
    return SW_OK;
}

void history_free(history *h)
{
    rollout_free(&h->data);
    free(h->numbers);
    free(h->rewards);
    free(h->finals);
    free(h->final_at);
    free(h->seen);
    *h = (history){0};
}

// Observations (t, rows of the group), t counted from where the rollout at hand begins.
static void keep_observations(history *h, int group, int t, const sw_batch *batch)
{
    const encoder *input = &h->source->policy->input;
    const int at = (h->data.steps + t) * h->data.rows + h->source->options.first_row[group];
    encoder_read(input, batch->observations, 0, batch->rows,
                 h->numbers + (size_t) at * (size_t) input->size);
}

void history_begin(history *h, int group, const sw_batch *batch)
{
    if (h->source->step[group] < 0) {
        keep_observations(h, group, 0, batch);
    }
}

// Final observations of the transitions from `at` on.
static void keep_finals(history *h, int at, const sw_batch *batch)
{
    const encoder *input = &h->source->policy->input;
    for (int i = 0; i < batch->rows; i++) {
        const uint8_t flags = batch->flags[i];
        if ((flags & SW_TRUNCATED) && !(flags & (SW_TERMINATED | SW_FAULTY))) {
            encoder_read(input, batch->final_observations, batch->final_index[i], 1,
                         h->finals + (size_t) h->final_count * (size_t) input->size);
            h->final_at[h->final_count++] = at + i;
        }
    }
}

void history_observe(history *h, int group, const sw_batch *batch)
{
    const rollout *from = &h->source->data;
    rollout *to = &h->data;
    const size_t n = (size_t) batch->rows, act_dim = (size_t) to->act_dim;
    const int t = (int) h->source->step[group] - 1;
    const int i = t * to->rows + h->source->options.first_row[group];
    const int k = to->steps * to->rows + i;

    memcpy(to->act + (size_t) k * act_dim, from->act + (size_t) i * act_dim,
           n * act_dim * sizeof(float));
    memcpy(to->logp + k, from->logp + i, n * sizeof(float));
    memcpy(to->flags + k, batch->flags, n);
    memcpy(h->rewards + k, batch->rewards, n * sizeof(*h->rewards));
    keep_observations(h, group, t + 1, batch);
    keep_finals(h, k, batch);
}

// Drops the first `gone` bytes; as many that follow the `left` which stay are zero again.
static void drop(void *bytes, size_t gone, size_t left)
{
    unsigned char *b = bytes;
    memmove(b, b + gone, left);
    memset(b + left, 0, gone);
}

static void forget(history *h, int steps)
{
    rollout *r = &h->data;
    const size_t gone = (size_t) steps * (size_t) r->rows;
    const size_t left = (size_t) (r->steps - steps) * (size_t) r->rows;
    const size_t width = (size_t) h->source->policy->input.size;
    const size_t size = width * sizeof(*h->numbers);
    const size_t act_size = (size_t) r->act_dim * sizeof(*r->act);
    int finals = 0;

    drop(h->numbers, gone * size, (left + (size_t) r->rows) * size);
    drop(h->rewards, gone * sizeof(*h->rewards), left * sizeof(*h->rewards));
    drop(r->act, gone * act_size, left * act_size);
    drop(r->logp, gone * sizeof(*r->logp), left * sizeof(*r->logp));
    drop(r->flags, gone, left);
    for (int k = 0; k < h->final_count; k++) {
        if (h->final_at[k] >= (int64_t) gone) {
            h->final_at[finals] = h->final_at[k] - (int64_t) gone;
            memmove(h->finals + (size_t) finals++ * width, h->finals + (size_t) k * width, size);
        }
    }
    h->final_count = finals;
    r->steps -= steps;
}

void history_extend(history *h)
{
    h->data.steps += h->source->data.steps;
    if (h->data.steps > h->keep) {
        forget(h, h->data.steps - h->keep);
    }
}

void history_see(history *h)
{
    rollout *r = &h->data;
    const policy *p = h->source->policy;
    const int n = r->steps * r->rows, most = p->net.max_batch;

    for (int i = 0; i < n + r->rows; i += most) {
        const int part = n + r->rows - i < most ? n + r->rows - i : most;
        policy_see_again(p, h->numbers + (size_t) i * (size_t) p->input.size, part,
                         r->obs + (size_t) i * (size_t) r->obs_dim);
    }
    return_scaler_apply(&h->source->returns, h->rewards, n, r->reward);
}

void history_evaluate(history *h)
{
    rollout *r = &h->data;
    const policy *p = h->source->policy;
    mlp *critic = h->source->critic;
    const int n = (r->steps + 1) * r->rows, finals = (int) h->final_count, most = critic->max_batch;

    for (int i = 0; i < n; i += most) {
        const int part = n - i < most ? n - i : most;
        const float *v = mlp_forward(critic, r->obs + (size_t) i * (size_t) r->obs_dim, part);
        memcpy(r->value + i, v, (size_t) part * sizeof(*v));
    }
    for (int k = 0; k < finals; k += most) {
        const int part = finals - k < most ? finals - k : most;
        policy_see_again(p, h->finals + (size_t) k * (size_t) p->input.size, part, h->seen);
        const float *v = mlp_forward(critic, h->seen, part);
        for (int j = 0; j < part; j++) {
            r->final_value[h->final_at[k + j]] = v[j];
        }
    }
}
