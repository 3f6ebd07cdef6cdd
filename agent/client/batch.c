// batch.c -- what a server may send, and what it may not.
//
// Sizes follow from the spec and the request. Flags follow from the autoreset mode and from what
// the row did before, so the reader remembers which rows are over:
//
//     SAME_STEP   a row that ends begins in the same reply, and none begins otherwise
//     NEXT_STEP   a row that is over begins, with reward 0, and none begins otherwise
//     DISABLED    none begins in a step
//
// Bits of flags that this version does not know are passed on.
#include "batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

enum { ENDED = SW_TERMINATED | SW_TRUNCATED, KNOWN = ENDED | SW_FIRST | SW_FAULTY };

sw_status batch_reader_init(batch_reader *r, const sw_spec *spec, const sw_session_options *options)
{
    const size_t rows = (size_t) options->rows;
    *r = (batch_reader){.spec = spec,
                        .rows = options->rows,
                        .autoreset = options->autoreset == 0 ? SW_SAME_STEP : options->autoreset,
                        .info = options->info};
    r->asked = calloc(rows, sizeof(*r->asked));
    r->over = calloc(rows, sizeof(*r->over));
    r->no_rewards = calloc(rows, sizeof(*r->no_rewards));
    r->seeds = calloc(rows, sizeof(*r->seeds));
    r->final_index = calloc(rows, sizeof(*r->final_index));
    if (r->asked == NULL || r->over == NULL || r->no_rewards == NULL || r->seeds == NULL ||
        r->final_index == NULL) {
        batch_reader_free(r);
        return sw_fail(SW_NO_MEMORY, "%s: no memory for %zu rows", spec->id, rows);
    }
    return SW_OK;
}

void batch_reader_free(batch_reader *r)
{
    free(r->asked);
    free(r->over);
    free(r->no_rewards);
    free(r->seeds);
    free(r->final_index);
    *r = (batch_reader){0};
}

sw_status batch_expect(batch_reader *r, const uint32_t *rows, int row_count)
{
    for (int i = 0; i < row_count; i++) {
        if (rows[i] >= (uint32_t) r->rows || (i > 0 && rows[i] <= rows[i - 1])) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "%s: row %" PRIu32 " in a list of rows; they must be strictly ascending "
                           "and below %d",
                           r->spec->id, rows[i], r->rows);
        }
    }
    r->asked_count = row_count > 0 ? row_count : r->rows;
    for (int i = 0; i < r->asked_count; i++) {
        r->asked[i] = row_count > 0 ? rows[i] : (uint32_t) i;
    }
    return SW_OK;
}


// ---- sizes and numbers --------------------------------------------------------------------------

static sw_status misfit(const batch_reader *r, const char *field, size_t is, size_t expected)
{
    return sw_fail(SW_PROTOCOL, "%s: '%s' in the reply has %zu entries or bytes; expected %zu",
                   r->spec->id, field, is, expected);
}

// Observations in a message, for `rows` rows.
typedef struct tensors {
    const char *field;
    size_t count;
    const ProtobufCBinaryData *data;  // [count]
    int rows;
    bool or_zeros;  // a row may be zeros, whatever its bounds: it was never reset
} tensors;

static bool is_zeros(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

// A good server marks such rows FAULTY and sends something else; a learner must not meet an
// infinite number, or use a category that does not exist as an index.
static sw_status check_values(const batch_reader *r, const tensors *from, size_t which)
{
    const sw_tensor *tensor = &r->spec->observations[which];
    const size_t row_bytes = codec_row_bytes(tensor);
    const int64_t elements = sw_tensor_elements(tensor);
    if (tensor->dtype == SW_UINT8) {
        return SW_OK;
    }
    for (int64_t row = 0; row < from->rows; row++) {
        const uint8_t *at = from->data[which].data + (size_t) row * row_bytes;
        const int64_t left = (from->rows - row) * elements;
        const int64_t bad = codec_first_bad(at, tensor->dtype, left, tensor);
        if (bad < 0) {
            return SW_OK;
        }
        row += bad / elements;
        at += (size_t) (bad / elements) * row_bytes;
        if (!from->or_zeros || !is_zeros(at, row_bytes)) {
            return sw_fail(SW_PROTOCOL,
                           "%s: '%s' in the reply: '%s' of row %" PRId64 ", element %" PRId64
                           ", is not finite or out of bounds",
                           r->spec->id, from->field, tensor->name, row, bad % elements);
        }
    }
    return SW_OK;
}

// One `bytes` per tensor, to which `to` [observation_count] then points.
static sw_status read_tensors(const batch_reader *r, const tensors *from, const void **to)
{
    if (from->count != (size_t) r->spec->observation_count) {
        return misfit(r, from->field, from->count, (size_t) r->spec->observation_count);
    }
    for (size_t i = 0; i < from->count; i++) {
        const size_t bytes = codec_row_bytes(&r->spec->observations[i]) * (size_t) from->rows;
        if (from->data[i].len != bytes) {
            return misfit(r, from->field, from->data[i].len, bytes);
        }
        const sw_status st = check_values(r, from, i);
        if (st != SW_OK) {
            return st;
        }
        to[i] = from->data[i].data;
    }
    return SW_OK;
}

// Info columns of `rows` rows, if they were asked for.
static sw_status check_infos(const batch_reader *r, const char *field, size_t count, int rows)
{
    const size_t expected = (size_t) rows * (size_t) r->spec->info_count;
    return !r->info || count == expected ? SW_OK : misfit(r, field, count, expected);
}

static sw_status read_flags(const batch_reader *r, const ProtobufCBinaryData *flags,
                            sw_batch *batch)
{
    if (flags->len != (size_t) batch->rows) {
        return misfit(r, "flags", flags->len, (size_t) batch->rows);
    }
    batch->flags = flags->data;
    return SW_OK;
}

// What every batch has, and for all but a step's is right as it is: no rewards, no ends.
static sw_batch blank(batch_reader *r, int rows)
{
    for (int i = 0; i < rows; i++) {
        r->seeds[i] = 0;
        r->final_index[i] = -1;
    }
    return (sw_batch){.rows = rows,
                      .observations = r->observations,
                      .rewards = r->no_rewards,
                      .seeds = r->seeds,
                      .final_index = r->final_index,
                      .final_observations = r->final_observations};
}


// ---- steps --------------------------------------------------------------------------------------

static sw_status read_finals(batch_reader *r, const Stepwire__StepDone *message, sw_batch *batch)
{
    if (batch->final_count == 0) {
        return SW_OK;
    }
    const tensors finals = {.field = "final_observations",
                            .count = message->n_final_observations,
                            .data = message->final_observations,
                            .rows = batch->final_count};
    const sw_status st = read_tensors(r, &finals, r->final_observations);
    if (st != SW_OK) {
        return st;
    }
    batch->final_infos = r->info ? message->final_infos : NULL;
    return check_infos(r, "final_infos", message->n_final_infos, batch->final_count);
}

// What is wrong about a row's flags after a step; NULL if nothing is.
static const char *find_contradiction(const batch_reader *r, int row, uint8_t flags, double reward)
{
    const bool ended = (flags & ENDED) != 0, begins = (flags & SW_FIRST) != 0;
    if ((flags & SW_FAULTY) != 0 && ((flags & ENDED) != SW_TRUNCATED || reward != 0)) {
        return "is faulty, but not truncated with reward 0";
    }
    if (r->autoreset == SW_SAME_STEP) {
        return begins == ended ? NULL : "has either an end or a beginning; they come together";
    }
    if (r->autoreset == SW_DISABLED) {
        return begins ? "begins an episode by itself" : NULL;
    }
    if (begins != r->over[row]) {
        return begins ? "begins an episode, but the last one had not ended"
                      : "was over, but begins no episode";
    }
    return begins && (ended || reward != 0) ? "begins an episode with a reward or an end" : NULL;
}

// Gives every row that begins an episode its seed, and every one that ended its final index.
static sw_status read_boundaries(batch_reader *r, const Stepwire__StepDone *message,
                                 sw_batch *batch)
{
    size_t begun = 0;
    for (int i = 0; i < r->rows; i++) {
        const uint8_t flags = batch->flags[i];
        const char *wrong = find_contradiction(r, i, flags, batch->rewards[i]);
        if (wrong != NULL) {
            return sw_fail(SW_PROTOCOL, "%s: row %d %s", r->spec->id, i, wrong);
        }
        const bool begins = (flags & SW_FIRST) != 0, ended = (flags & ENDED) != 0;
        if (begins && begun == message->n_seeds) {
            return misfit(r, "seeds", message->n_seeds, begun + 1);
        }
        r->seeds[i] = begins ? message->seeds[begun++] : 0;
        r->final_index[i] = ended && begins ? batch->final_count++ : -1;
        r->over[i] = ended && !begins;
    }
    return begun == message->n_seeds ? SW_OK : misfit(r, "seeds", message->n_seeds, begun);
}

sw_status batch_read_step(batch_reader *r, const Stepwire__StepDone *message)
{
    sw_batch batch = blank(r, r->rows);
    batch.rewards = message->rewards;
    if (message->n_rewards != (size_t) r->rows) {
        return misfit(r, "rewards", message->n_rewards, (size_t) r->rows);
    }
    if (codec_first_bad(message->rewards, SW_FLOAT64, r->rows, NULL) >= 0) {
        return sw_fail(SW_PROTOCOL, "%s: a reward in the reply is not finite", r->spec->id);
    }
    batch.infos = r->info ? message->infos : NULL;
    const tensors all = {.field = "observations",
                         .count = message->n_observations,
                         .data = message->observations,
                         .rows = r->rows};
    sw_status st = read_flags(r, &message->flags, &batch);
    if (st == SW_OK) {
        st = read_tensors(r, &all, r->observations);
    }
    if (st == SW_OK) {
        st = check_infos(r, "infos", message->n_infos, r->rows);
    }
    if (st == SW_OK) {
        st = read_boundaries(r, message, &batch);
    }
    if (st == SW_OK) {
        st = read_finals(r, message, &batch);
    }
    r->batch = batch;
    return st;
}


// ---- resets and states --------------------------------------------------------------------------

sw_status batch_read_reset(batch_reader *r, const Stepwire__ResetDone *message)
{
    sw_batch batch = blank(r, r->asked_count);
    batch.seeds = message->seeds;
    if (message->n_seeds != (size_t) batch.rows) {
        return misfit(r, "seeds", message->n_seeds, (size_t) batch.rows);
    }
    batch.infos = r->info ? message->infos : NULL;
    const tensors some = {.field = "observations",
                          .count = message->n_observations,
                          .data = message->observations,
                          .rows = batch.rows};
    sw_status st = read_flags(r, &message->flags, &batch);
    if (st == SW_OK) {
        st = read_tensors(r, &some, r->observations);
    }
    if (st == SW_OK) {
        st = check_infos(r, "infos", message->n_infos, batch.rows);
    }
    for (int i = 0; i < batch.rows && st == SW_OK; i++) {
        if ((batch.flags[i] & KNOWN) != SW_FIRST) {
            st = sw_fail(SW_PROTOCOL, "%s: row %" PRIu32 " was reset, and its flags are %d",
                         r->spec->id, r->asked[i], batch.flags[i]);
        }
        r->over[r->asked[i]] = false;
    }
    r->batch = batch;
    return st;
}

// Flags and observations as they were delivered before, of the rows that were asked for.
static sw_status read_delivered(batch_reader *r, const ProtobufCBinaryData *flags,
                                const tensors *from)
{
    sw_batch batch = blank(r, from->rows);
    sw_status st = read_flags(r, flags, &batch);
    if (st == SW_OK) {
        st = read_tensors(r, from, r->observations);
    }
    for (int i = 0; i < batch.rows && st == SW_OK; i++) {
        // over, in whichever mode it ended
        r->over[r->asked[i]] = (batch.flags[i] & ENDED) != 0 && (batch.flags[i] & SW_FIRST) == 0;
    }
    r->batch = batch;
    return st;
}

sw_status batch_read_state_set(batch_reader *r, const Stepwire__StateSet *message)
{
    const tensors some = {.field = "observations",
                          .count = message->n_observations,
                          .data = message->observations,
                          .rows = r->asked_count};
    return read_delivered(r, &message->flags, &some);
}

sw_status batch_read_resumed(batch_reader *r, const Stepwire__Resumed *message)
{
    const tensors all = {.field = "observations",
                         .count = message->n_observations,
                         .data = message->observations,
                         .rows = r->rows,
                         .or_zeros = true};
    const sw_status st = batch_expect(r, NULL, 0);
    return st == SW_OK ? read_delivered(r, &message->flags, &all) : st;
}
