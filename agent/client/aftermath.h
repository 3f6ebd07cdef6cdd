// aftermath.h -- the batch that a group gets in place of the reply that was lost with its session.
//
// Every row is FAULTY and TRUNCATED with reward 0, and its episode ends with the observation that
// was delivered last. That one is kept here, because the session's own memory of it may be
// overwritten while its server is given up.
#ifndef CLIENT_AFTERMATH_H
#define CLIENT_AFTERMATH_H

#include <stepwire/client.h>

typedef struct aftermath {
    const sw_spec *spec;
    int rows;
    bool info;
    unsigned char *last[SW_MAX_TENSORS];  // [observation_count], each [rows, shape...]

    sw_batch batch;
    const void *observations[SW_MAX_TENSORS];
    double *rewards;   // [rows] zeros
    uint8_t *flags;    // [rows]
    uint64_t *seeds;   // [rows] zeros
    int *final_index;  // [rows]
    double *infos;     // [rows, info_count] not a number
} aftermath;

// `spec` must outlive it. SW_NO_MEMORY: aftermath_free() all the same.
sw_status aftermath_init(aftermath *a, const sw_spec *spec, const sw_session_options *session);

// A zeroed one is allowed.
void aftermath_free(aftermath *a);

// Remembers the observations [observation_count] of a batch whose successor may be lost.
void aftermath_keep(aftermath *a, const void *const *observations);

// NEXT_STEP and DISABLED: the episodes end. Valid until the next call of any of these.
const sw_batch *aftermath_end(aftermath *a);

// SAME_STEP: the episodes end, and those begin that `reset` brings, the reply to a Reset of all
// rows. Valid as long as that, and until the next call of any of these.
const sw_batch *aftermath_begin(aftermath *a, const sw_batch *reset);

#endif
