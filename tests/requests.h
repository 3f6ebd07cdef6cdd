// requests.h -- requests as the tests of a server make them, and replies as they look at them.
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "fake_env.h"
#include "stepwire.pb-c.h"

enum { REQUEST_MAX = 1 << 16, STEP_MAX_ROWS = 64 };

// A request's bytes. `body` is the message of `kind`, e.g. a Stepwire__Open.
typedef struct request {
    unsigned char bytes[REQUEST_MAX];
    size_t size;
} request;

void request_make(request *r, uint64_t session, uint64_t seq, Stepwire__Request__KindCase kind,
                  const void *body);

// A reply's bytes, parsed; aborts if they are none. To be freed with
// stepwire__reply__free_unpacked().
Stepwire__Reply *reply_parse(const void *bytes, size_t size);

// Open of `rows` rows of Fake-v0 with base seed 1 and everything else as it comes.
Stepwire__Open open_fake(uint64_t token, uint32_t rows);

// The body of a Step of Fake-v0, with arrays to write actions to before it is sent.
typedef struct step_fake {
    Stepwire__Step body;
    ProtobufCBinaryData tensors[2];
    double add[STEP_MAX_ROWS * FAKE_ADD];
    int64_t command[STEP_MAX_ROWS];
} step_fake;

// Adds nothing and commands nothing. Points into itself.
void step_fake_init(step_fake *s, int rows);

// Element `i` of row `row` of the "state" tensor in a reply's observations, which are float64.
double state_of(const ProtobufCBinaryData *observations, int row, int i);

#endif
