// batch.h -- replies as batches: every size and number that the server sent is checked before it is
// used.
#ifndef CLIENT_BATCH_H
#define CLIENT_BATCH_H

#include <stepwire/client.h>

#include "stepwire.pb-c.h"

// What is the same in all batches of a session, and the memory behind what a message does not hold
// in the form of sw_batch. The arrays of tensors and numbers are the message's own.
typedef struct batch_reader {
    const sw_spec *spec;  // as opened; must outlive the reader
    int rows;
    sw_autoreset autoreset;
    bool info;
    sw_batch batch;  // the last one read

    const void *observations[SW_MAX_TENSORS];
    const void *final_observations[SW_MAX_TENSORS];
    double *no_rewards;  // [rows] zeros: a reset has none
    uint64_t *seeds;     // [rows]
    int *final_index;    // [rows]
} batch_reader;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status batch_reader_init(batch_reader *r, const sw_spec *spec,
                            const sw_session_options *options);

// A zeroed reader is allowed.
void batch_reader_free(batch_reader *r);

// Each sets r->batch, valid as long as the message. SW_PROTOCOL naming the field that does not fit
// spec and rows, or has a number that may not be sent; then r->batch must not be used.
sw_status batch_read_reset(batch_reader *r, const Stepwire__ResetDone *message);
sw_status batch_read_step(batch_reader *r, const Stepwire__StepDone *message);

#endif
