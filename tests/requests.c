#include "requests.h"

#include <stdlib.h>
#include <string.h>

void request_make(request *r, uint64_t session, uint64_t seq, Stepwire__Request__KindCase kind,
                  const void *body)
{
    Stepwire__Request message = STEPWIRE__REQUEST__INIT;
    message.major = STEPWIRE__VERSION__VERSION_MAJOR;
    message.session = session;
    message.seq = seq;
    message.kind_case = kind;
    message.hello = (Stepwire__Hello *) body;  // all kinds stand in one union of pointers
    r->size = stepwire__request__get_packed_size(&message);
    if (r->size > sizeof(r->bytes)) {
        abort();
    }
    stepwire__request__pack(&message, r->bytes);
}

Stepwire__Reply *reply_parse(const void *bytes, size_t size)
{
    Stepwire__Reply *reply = stepwire__reply__unpack(NULL, size, bytes);
    if (reply == NULL) {
        abort();
    }
    return reply;
}

Stepwire__Open open_fake(uint64_t token, uint32_t rows)
{
    Stepwire__Open open = STEPWIRE__OPEN__INIT;
    open.token = token;
    open.env_id = "Fake-v0";
    open.rows = rows;
    open.base_seed = 1;
    return open;
}

void step_fake_init(step_fake *s, int rows)
{
    *s = (step_fake){.body = STEPWIRE__STEP__INIT};
    s->tensors[0].data = (uint8_t *) s->add;
    s->tensors[0].len = (size_t) rows * FAKE_ADD * sizeof(double);
    s->tensors[1].data = (uint8_t *) s->command;
    s->tensors[1].len = (size_t) rows * sizeof(int64_t);
    s->body.actions = s->tensors;
    s->body.n_actions = 2;
}

double state_of(const ProtobufCBinaryData *observations, int row, int i)
{
    double value;
    memcpy(&value, observations[0].data + (size_t) (row * FAKE_STATE + i) * sizeof(value),
           sizeof(value));
    return value;
}
