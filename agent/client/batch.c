#include "batch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "codec.h"

enum { ENDED = SW_TERMINATED | SW_TRUNCATED };

sw_status batch_reader_init(batch_reader *r, const sw_spec *spec, const sw_session_options *options)
{
    const size_t rows = (size_t) options->rows;
    *r = (batch_reader){.spec = spec,
                        .rows = options->rows,
                        .autoreset = options->autoreset == 0 ? SW_SAME_STEP : options->autoreset,
                        .info = options->info};
    r->no_rewards = calloc(rows, sizeof(*r->no_rewards));
    r->seeds = calloc(rows, sizeof(*r->seeds));
    r->final_index = calloc(rows, sizeof(*r->final_index));
    if (r->no_rewards == NULL || r->seeds == NULL || r->final_index == NULL) {
        batch_reader_free(r);
        return sw_fail(SW_NO_MEMORY, "%s: no memory for %zu rows", spec->id, rows);
    }
    return SW_OK;
}

void batch_reader_free(batch_reader *r)
{
    free(r->no_rewards);
    free(r->seeds);
    free(r->final_index);
    *r = (batch_reader){0};
}

static sw_status misfit(const batch_reader *r, const char *field, size_t is, size_t expected)
{
    return sw_fail(SW_PROTOCOL, "%s: '%s' in the reply has %zu entries or bytes; expected %zu",
                   r->spec->id, field, is, expected);
}

// A good server marks such rows FAULTY and sends something else; a learner must not meet an
// infinite number, or use a category that does not exist as an index.
static sw_status check_values(const batch_reader *r, const char *field, const sw_tensor *tensor,
                              const void *data, int rows)
{
    if (tensor->dtype == SW_UINT8) {
        return SW_OK;
    }
    const int64_t elements = sw_tensor_elements(tensor);
    const int64_t bad = codec_first_bad(data, tensor->dtype, rows * elements, tensor);
    if (bad < 0) {
        return SW_OK;
    }
    return sw_fail(SW_PROTOCOL,
                   "%s: '%s' in the reply: '%s' of row %" PRId64 ", element %" PRId64
                   ", is not finite or out of bounds",
                   r->spec->id, field, tensor->name, bad / elements, bad % elements);
}

// The observations of `rows` rows: one `bytes` per tensor.
static sw_status read_tensors(const batch_reader *r, const char *field, size_t count,
                              const ProtobufCBinaryData *from, int rows, const void **to)
{
    if (count != (size_t) r->spec->observation_count) {
        return misfit(r, field, count, (size_t) r->spec->observation_count);
    }
    for (size_t i = 0; i < count; i++) {
        const sw_tensor *tensor = &r->spec->observations[i];
        const size_t bytes = codec_row_bytes(tensor) * (size_t) rows;
        if (from[i].len != bytes) {
            return misfit(r, field, from[i].len, bytes);
        }
        const sw_status st = check_values(r, field, tensor, from[i].data, rows);
        if (st != SW_OK) {
            return st;
        }
        to[i] = from[i].data;
    }
    return SW_OK;
}

static sw_status read_infos(const batch_reader *r, const char *field, size_t count,
                            const double *from, int rows, const double **to)
{
    if (!r->info) {
        *to = NULL;
        return SW_OK;
    }
    const size_t expected = (size_t) rows * (size_t) r->spec->info_count;
    if (count != expected) {
        return misfit(r, field, count, expected);
    }
    *to = from;
    return SW_OK;
}

static sw_status read_flags(const batch_reader *r, const ProtobufCBinaryData *flags,
                            sw_batch *batch)
{
    if (flags->len != (size_t) r->rows) {
        return misfit(r, "flags", flags->len, (size_t) r->rows);
    }
    batch->flags = flags->data;
    return SW_OK;
}

static sw_status read_finals(batch_reader *r, const Stepwire__StepDone *message, sw_batch *batch)
{
    if (batch->final_count == 0) {
        return SW_OK;
    }
    const sw_status st =
        read_tensors(r, "final_observations", message->n_final_observations,
                     message->final_observations, batch->final_count, r->final_observations);
    if (st != SW_OK) {
        return st;
    }
    return read_infos(r, "final_infos", message->n_final_infos, message->final_infos,
                      batch->final_count, &batch->final_infos);
}

// Gives every row that begins an episode its seed, and every one that ended its final index.
static sw_status read_boundaries(batch_reader *r, const Stepwire__StepDone *message,
                                 sw_batch *batch)
{
    size_t begun = 0;
    for (int i = 0; i < r->rows; i++) {
        const uint8_t flags = batch->flags[i];
        const bool ended = r->autoreset == SW_SAME_STEP && (flags & ENDED) != 0;
        if (ended && (flags & SW_FIRST) == 0) {
            return sw_fail(SW_PROTOCOL, "%s: row %d ended, and no new episode began in it",
                           r->spec->id, i);
        }
        const bool begins = (flags & SW_FIRST) != 0;
        if (begins && begun == message->n_seeds) {
            return misfit(r, "seeds", message->n_seeds, begun + 1);
        }
        r->seeds[i] = begins ? message->seeds[begun++] : 0;
        r->final_index[i] = ended ? batch->final_count++ : -1;
    }
    return begun == message->n_seeds ? SW_OK : misfit(r, "seeds", message->n_seeds, begun);
}

sw_status batch_read_step(batch_reader *r, const Stepwire__StepDone *message)
{
    sw_batch batch = {.rows = r->rows,
                      .observations = r->observations,
                      .rewards = message->rewards,
                      .seeds = r->seeds,
                      .final_index = r->final_index,
                      .final_observations = r->final_observations};
    if (message->n_rewards != (size_t) r->rows) {
        return misfit(r, "rewards", message->n_rewards, (size_t) r->rows);
    }
    if (codec_first_bad(message->rewards, SW_FLOAT64, r->rows, NULL) >= 0) {
        return sw_fail(SW_PROTOCOL, "%s: a reward in the reply is not finite", r->spec->id);
    }
    sw_status st = read_flags(r, &message->flags, &batch);
    if (st == SW_OK) {
        st = read_tensors(r, "observations", message->n_observations, message->observations,
                          r->rows, r->observations);
    }
    if (st == SW_OK) {
        st = read_infos(r, "infos", message->n_infos, message->infos, r->rows, &batch.infos);
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

sw_status batch_read_reset(batch_reader *r, const Stepwire__ResetDone *message)
{
    sw_batch batch = {.rows = r->rows,
                      .observations = r->observations,
                      .rewards = r->no_rewards,
                      .seeds = message->seeds,
                      .final_index = r->final_index,
                      .final_observations = r->final_observations};
    if (message->n_seeds != (size_t) r->rows) {
        return misfit(r, "seeds", message->n_seeds, (size_t) r->rows);
    }
    for (int i = 0; i < r->rows; i++) {
        r->final_index[i] = -1;
    }
    sw_status st = read_flags(r, &message->flags, &batch);
    if (st == SW_OK) {
        st = read_tensors(r, "observations", message->n_observations, message->observations,
                          r->rows, r->observations);
    }
    if (st == SW_OK) {
        st = read_infos(r, "infos", message->n_infos, message->infos, r->rows, &batch.infos);
    }
    r->batch = batch;
    return st;
}
