// held.c -- see the header. Which final value is whose follows from the flags: in SAME_STEP each
// row that ended has one, in the order of rows. So it need not be saved.
#include "held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t row_bytes(const sw_tensor *tensor)
{
    return (size_t) sw_tensor_elements(tensor) * sw_dtype_size(tensor->dtype);
}

sw_status held_init(held *h, const sw_spec *spec, int rows)
{
    const size_t n = (size_t) rows;
    *h = (held){.spec = spec, .rows = rows};
    h->rewards = calloc(n, sizeof(*h->rewards));
    h->flags = calloc(n, sizeof(*h->flags));
    h->seeds = calloc(n, sizeof(*h->seeds));
    h->final_index = calloc(n, sizeof(*h->final_index));
    bool whole = h->rewards && h->flags && h->seeds && h->final_index;
    for (int i = 0; i < spec->observation_count; i++) {
        h->observations[i] = calloc(n, row_bytes(&spec->observations[i]));
        h->finals[i] = calloc(n, row_bytes(&spec->observations[i]));
        whole = whole && h->observations[i] != NULL && h->finals[i] != NULL;
    }
    if (!whole) {
        return sw_fail(SW_NO_MEMORY, "no memory for a batch of %d rows", rows);
    }
    held_settle(h);
    return SW_OK;
}

void held_free(held *h)
{
    for (int i = 0; i < SW_MAX_TENSORS; i++) {
        free(h->observations[i]);
        free(h->finals[i]);
    }
    free(h->rewards);
    free(h->flags);
    free(h->seeds);
    free(h->final_index);
    *h = (held){.rows = 0};
}

void held_settle(held *h)
{
    int finals = 0;
    for (int i = 0; i < h->rows; i++) {
        const bool ended = (h->flags[i] & (SW_TERMINATED | SW_TRUNCATED)) != 0;
        h->final_index[i] = ended ? finals++ : -1;
    }
    h->batch = (sw_batch){.rows = h->rows,
                          .observations = (const void *const *) h->observations,
                          .rewards = h->rewards,
                          .flags = h->flags,
                          .seeds = h->seeds,
                          .final_index = h->final_index,
                          .final_observations = (const void *const *) h->finals,
                          .final_count = finals};
}

static void take_observations(held *h, const void *const *observations)
{
    for (int i = 0; i < h->spec->observation_count; i++) {
        memcpy(h->observations[i], observations[i],
               (size_t) h->rows * row_bytes(&h->spec->observations[i]));
    }
}

// Row by row: the ones of a lost step need not stand in the order of rows.
static void take_finals(held *h, const sw_batch *batch)
{
    for (int t = 0; t < h->spec->observation_count; t++) {
        const size_t bytes = row_bytes(&h->spec->observations[t]);
        unsigned char *to = h->finals[t];
        memset(to, 0, (size_t) h->rows * bytes);
        for (int i = 0; i < h->rows; i++) {
            if (h->final_index[i] >= 0) {
                const unsigned char *from = batch->final_observations[t];
                memcpy(to + (size_t) h->final_index[i] * bytes,
                       from + (size_t) batch->final_index[i] * bytes, bytes);
            }
        }
    }
}

void held_take(held *h, const sw_batch *batch)
{
    if (batch == &h->batch) {
        return;
    }
    const size_t n = (size_t) h->rows;
    memcpy(h->rewards, batch->rewards, n * sizeof(*h->rewards));
    memcpy(h->flags, batch->flags, n * sizeof(*h->flags));
    memcpy(h->seeds, batch->seeds, n * sizeof(*h->seeds));
    take_observations(h, batch->observations);
    held_settle(h);
    take_finals(h, batch);
}

void held_take_observations(held *h, const void *const *observations)
{
    const size_t n = (size_t) h->rows;
    memset(h->rewards, 0, n * sizeof(*h->rewards));
    memset(h->flags, 0, n * sizeof(*h->flags));
    memset(h->seeds, 0, n * sizeof(*h->seeds));
    take_observations(h, observations);
    for (int t = 0; t < h->spec->observation_count; t++) {
        memset(h->finals[t], 0, n * row_bytes(&h->spec->observations[t]));
    }
    held_settle(h);
}


// ---- saving -------------------------------------------------------------------------------------

// Numbers as what they are where checkpoints have such, else as bytes.
static sw_status show_observation(const tensor_visitor *to, const char *name, const held *h,
                                  int which, void *data)
{
    static const algo_dtype dtypes[] = {
        [SW_UINT8] = ALGO_U8,    [SW_INT32] = ALGO_U8,    [SW_INT64] = ALGO_I64,
        [SW_FLOAT32] = ALGO_F32, [SW_FLOAT64] = ALGO_F64,
    };
    const sw_tensor *t = &h->spec->observations[which];
    const int64_t bytes_each = t->dtype == SW_INT32 ? 4 : 1;
    const algo_tensor tensor = {.name = name,
                                .dtype = dtypes[t->dtype],
                                .dims = 2,
                                .shape = {h->rows, sw_tensor_elements(t) * bytes_each},
                                .data = data};
    return to->visit(to->context, &tensor);
}

sw_status held_tensors(held *h, const tensor_visitor *to, int group)
{
    char name[64];
    const struct {
        const char *name;
        algo_dtype dtype;
        void *data;
    } rows[] = {{"reward", ALGO_F64, h->rewards},
                {"flags", ALGO_U8, h->flags},
                {"seed", ALGO_U64, h->seeds}};
    sw_status st = SW_OK;
    for (size_t i = 0; st == SW_OK && i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(name, sizeof(name), "run.%d.%s", group, rows[i].name);
        const algo_tensor tensor = {name, rows[i].dtype, 1, {h->rows}, rows[i].data, NULL};
        st = to->visit(to->context, &tensor);
    }
    for (int i = 0; st == SW_OK && i < h->spec->observation_count; i++) {
        snprintf(name, sizeof(name), "run.%d.observation.%d", group, i);
        st = show_observation(to, name, h, i, h->observations[i]);
        if (st == SW_OK) {
            snprintf(name, sizeof(name), "run.%d.final.%d", group, i);
            st = show_observation(to, name, h, i, h->finals[i]);
        }
    }
    return st;
}
