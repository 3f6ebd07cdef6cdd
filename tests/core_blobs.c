#include "core_blobs.h"

#include <string.h>

#include "test.h"

void blobs_keep(blobs *b, const Stepwire__States *states)
{
    b->count = (int) states->n_states;
    for (int n = 0; n < b->count; n++) {
        assert_true(states->states[n].len <= sizeof(b->bytes[n]));
        memcpy(b->bytes[n], states->states[n].data, states->states[n].len);
        b->list[n] = (ProtobufCBinaryData){.data = b->bytes[n], .len = states->states[n].len};
    }
}

const Stepwire__States *blobs_get(rows *f, uint32_t *list, size_t count, const char *format)
{
    Stepwire__GetState asked = STEPWIRE__GET_STATE__INIT;
    asked.rows = list;
    asked.n_rows = count;
    asked.format = (char *) format;
    const Stepwire__Reply *reply = rows_ask(f, KIND(GET_STATE), &asked);
    return reply->result_case == RESULT(STATES) ? reply->states : NULL;
}

const Stepwire__StateSet *blobs_set(rows *f, uint32_t *list, size_t count, blobs *b)
{
    Stepwire__SetState asked = STEPWIRE__SET_STATE__INIT;
    asked.rows = list;
    asked.n_rows = count;
    asked.states = b->list;
    asked.n_states = (size_t) b->count;
    const Stepwire__Reply *reply = rows_ask(f, KIND(SET_STATE), &asked);
    return reply->result_case == RESULT(STATE_SET) ? reply->state_set : NULL;
}

const Stepwire__StateSet *blobs_set_sums(rows *f, uint32_t *list, size_t count, double *sums)
{
    Stepwire__SetState asked = STEPWIRE__SET_STATE__INIT;
    ProtobufCBinaryData states[ROWS];
    asked.n_states = count == 0 ? ROWS : count;
    for (size_t n = 0; n < asked.n_states; n++) {
        states[n] = (ProtobufCBinaryData){.data = (uint8_t *) &sums[n], .len = sizeof(double)};
    }
    asked.rows = list;
    asked.n_rows = count;
    asked.states = states;
    asked.format = "fake/sum";
    const Stepwire__Reply *reply = rows_ask(f, KIND(SET_STATE), &asked);
    return reply->result_case == RESULT(STATE_SET) ? reply->state_set : NULL;
}

void blobs_assert_refused(const rows *f, int code, const char *text)
{
    assert_int_equal(error_of(f->d.reply), code);
    if (strstr(rows_error(f)->text, text) == NULL) {
        print_error("the error says '%s', not '%s'\n", rows_error(f)->text, text);
        fail();
    }
}

void blobs_begin(rows *f, Stepwire__AutoResetMode mode)
{
    rows_begin(f, mode);
    for (int i = 0; i < ROWS; i++) {
        f->step.add[i * FAKE_ADD] = 0.25 * (i + 1);
    }
}

void blobs_open_another(rows *f, Stepwire__AutoResetMode mode, uint64_t limit)
{
    Stepwire__Open open = open_fake(8, ROWS);
    open.base_seed = 99;
    open.autoreset = mode;
    open.max_episode_steps = limit;
    rows_open(f, &open);
}
