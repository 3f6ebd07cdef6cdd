#include "aftermath.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

static size_t tensor_bytes(const aftermath *a, int which)
{
    return codec_row_bytes(&a->spec->observations[which]) * (size_t) a->rows;
}

sw_status aftermath_init(aftermath *a, const sw_spec *spec, const sw_session_options *session)
{
    const size_t rows = (size_t) session->rows, infos = rows * (size_t) spec->info_count;
    *a = (aftermath){.spec = spec, .rows = session->rows, .info = session->info};
    a->rewards = calloc(rows, sizeof(*a->rewards));
    a->flags = calloc(rows, sizeof(*a->flags));
    a->seeds = calloc(rows, sizeof(*a->seeds));
    a->final_index = calloc(rows, sizeof(*a->final_index));
    a->infos = malloc((infos + 1) * sizeof(*a->infos));
    bool whole = a->rewards && a->flags && a->seeds && a->final_index && a->infos;
    for (int i = 0; i < spec->observation_count; i++) {
        a->last[i] = calloc(1, tensor_bytes(a, i));
        a->observations[i] = a->last[i];
        whole = whole && a->last[i] != NULL;
    }
    if (!whole) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for %zu rows", spec->id, rows);
    }
    for (size_t i = 0; i < infos; i++) {
        a->infos[i] = (double) NAN;
    }
    return SW_OK;
}

void aftermath_free(aftermath *a)
{
    for (int i = 0; i < SW_MAX_TENSORS; i++) {
        free(a->last[i]);
    }
    free(a->rewards);
    free(a->flags);
    free(a->seeds);
    free(a->final_index);
    free(a->infos);
    *a = (aftermath){.rows = 0};
}

void aftermath_keep(aftermath *a, const void *const *observations)
{
    for (int i = 0; i < a->spec->observation_count; i++) {
        memcpy(a->last[i], observations[i], tensor_bytes(a, i));
    }
}

const sw_batch *aftermath_end(aftermath *a)
{
    for (int i = 0; i < a->rows; i++) {
        a->flags[i] = SW_FAULTY | SW_TRUNCATED;
        a->final_index[i] = -1;
    }
    a->batch = (sw_batch){.rows = a->rows,
                          .observations = a->observations,
                          .rewards = a->rewards,
                          .flags = a->flags,
                          .infos = a->info ? a->infos : NULL,
                          .seeds = a->seeds,
                          .final_index = a->final_index,
                          .final_observations = a->observations};
    return &a->batch;
}

const sw_batch *aftermath_begin(aftermath *a, const sw_batch *reset)
{
    for (int i = 0; i < a->rows; i++) {
        a->flags[i] = SW_FAULTY | SW_TRUNCATED | SW_FIRST;
        a->final_index[i] = i;
    }
    a->batch = (sw_batch){.rows = a->rows,
                          .observations = reset->observations,
                          .rewards = a->rewards,
                          .flags = a->flags,
                          .infos = reset->infos,
                          .seeds = reset->seeds,
                          .final_index = a->final_index,
                          .final_observations = a->observations,
                          .final_infos = a->info ? a->infos : NULL,
                          .final_count = a->rows};
    return &a->batch;
}
