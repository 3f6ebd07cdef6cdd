// batch.h -- replies as batches: every size and number that the server sent is checked before it is
// used.
#ifndef CLIENT_BATCH_H
#define CLIENT_BATCH_H

#include <stepwire/client.h>

#include "stepwire.pb-c.h"

// What is the same in all batches of a session, what is known of its rows, and the memory behind
// what a message does not hold in the form of sw_batch. The arrays of tensors and numbers are the
// message's own.
typedef struct batch_reader {
    const sw_spec *spec;  // as opened; must outlive the reader
    int rows;
    sw_autoreset autoreset;
    bool info;
    sw_batch batch;  // the last one read

    uint32_t *asked;  // [asked_count] the rows that the next ResetDone or StateSet is about
    int asked_count;
    bool *over;  // [rows] the episode ended and no other has begun

    const void *observations[SW_MAX_TENSORS];
    const void *final_observations[SW_MAX_TENSORS];
    double *no_rewards;  // [rows] zeros: only steps have any
    uint64_t *seeds;     // [rows]
    int *final_index;    // [rows]
} batch_reader;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status batch_reader_init(batch_reader *r, const sw_spec *spec,
                            const sw_session_options *options);

// A zeroed reader is allowed.
void batch_reader_free(batch_reader *r);

// Notes which rows [row_count] a request is about; row_count 0: all. SW_INVALID_ARGUMENT naming
// the row if they are not strictly ascending or there is no such row.
sw_status batch_expect(batch_reader *r, const uint32_t *rows, int row_count);

// Each sets r->batch, valid as long as the message. SW_PROTOCOL naming the field or row that does
// not fit the spec, what was asked or the autoreset mode, or has a number that may not be sent;
// then r->batch must not be used.
sw_status batch_read_reset(batch_reader *r, const Stepwire__ResetDone *message);
sw_status batch_read_step(batch_reader *r, const Stepwire__StepDone *message);
sw_status batch_read_state_set(batch_reader *r, const Stepwire__StateSet *message);
sw_status batch_read_resumed(batch_reader *r, const Stepwire__Resumed *message);

#endif
