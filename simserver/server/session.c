// session.c -- the memory of a session.
//
// Everything a session needs while it steps is allocated when it is opened, in one block: how much
// that is follows from the Open request, and stepping cannot run out of it.
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "random.h"

enum {
    ALIGN = 64,
    FIELD = 12,          // bytes of a protobuf field's tag and length, at most
    ENVELOPE = 64,       // of a Request or Reply around its kind
    ERROR_BYTES = 1024,  // of an Error without its rows
    VARINT = 5           // of a row number
};

static size_t round_up(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t wire_bytes(const sw_tensor *tensor, bool float32)
{
    const sw_dtype dtype = codec_wire_dtype(tensor->dtype, float32);
    return (size_t) sw_tensor_elements(tensor) * sw_dtype_size(dtype);
}

size_t session_observation_bytes(const session *x, int tensor)
{
    return wire_bytes(&x->spec.observations[tensor], x->float32_observations);
}

size_t session_action_bytes(const session *x, int tensor)
{
    return wire_bytes(&x->spec.actions[tensor], x->float32_actions);
}

size_t session_message_bytes(size_t fields, size_t bytes)
{
    return ENVELOPE + fields * FIELD + bytes;
}

size_t session_largest_request(const session *x)
{
    size_t row = 0;
    for (int t = 0; t < x->spec.action_count; t++) {
        row += session_action_bytes(x, t);
    }
    return session_message_bytes((size_t) x->spec.action_count, (size_t) x->rows * row);
}

// A StepDone in which every row ended; a ResetDone or StateSet is smaller.
size_t session_largest_reply(const session *x)
{
    const size_t infos = x->info ? (size_t) x->spec.info_count : 0;
    size_t row = sizeof(double) + 1 + sizeof(uint64_t) + 2 * infos * sizeof(double);
    for (int t = 0; t < x->spec.observation_count; t++) {
        row += 2 * session_observation_bytes(x, t);
    }
    const size_t fields = 5 + 2 * (size_t) x->spec.observation_count;
    return session_message_bytes(fields, (size_t) x->rows * row);
}

static size_t largest_error(const session *x)
{
    return ERROR_BYTES + (size_t) x->rows * VARINT;
}

// Bytes that one row's arrays take in `native`.
static size_t native_bytes(const sw_spec *spec)
{
    size_t bytes = round_up((size_t) spec->info_count * sizeof(double)) +
                   round_up((size_t) spec->action_count * sizeof(void *)) +
                   round_up((size_t) spec->observation_count * sizeof(void *));
    for (int t = 0; t < spec->action_count; t++) {
        bytes += round_up(codec_row_bytes(&spec->actions[t]));
    }
    for (int t = 0; t < spec->observation_count; t++) {
        bytes += round_up(codec_row_bytes(&spec->observations[t]));
    }
    return bytes;
}

// Hands out the next block of a session's memory, or, with no arena, only adds up its size.
typedef struct layout {
    arena *memory;
    size_t bytes;
} layout;

static void *take(layout *l, size_t bytes)
{
    bytes = round_up(bytes == 0 ? 1 : bytes);
    l->bytes += bytes;
    return l->memory == NULL ? NULL : arena_alloc(l->memory, bytes);
}

// Sets every pointer of `x`; its sizes and spec must be set.
static void lay_out(session *x, layout *l)
{
    const size_t rows = (size_t) x->rows;
    const size_t infos = rows * (size_t) x->spec.info_count * sizeof(double);

    x->values = take(l, (size_t) x->spec.setting_count * sizeof(sw_value));
    x->row_list = take(l, rows * sizeof(uint32_t));
    x->row = take(l, rows * sizeof(session_row));
    x->envs = take(l, rows * x->env_stride);
    x->native = take(l, rows * x->native_stride);
    for (int t = 0; t < x->spec.observation_count; t++) {
        x->observations[t] = take(l, rows * session_observation_bytes(x, t));
        x->finals[t] = take(l, rows * session_observation_bytes(x, t));
    }
    x->rewards = take(l, rows * sizeof(double));
    x->flags = take(l, rows);
    x->listed_flags = take(l, rows);
    x->taken = take(l, rows);
    x->seeds = take(l, rows * sizeof(uint64_t));
    x->infos = x->info ? take(l, infos) : NULL;
    x->final_infos = x->info ? take(l, infos) : NULL;
    x->kept_room = take(l, x->kept_capacity);
}

// Points a row's sw_row into its part of `native`, laid out as native_bytes() counts.
static void place_row(session *x, int i)
{
    unsigned char *at = x->native + (size_t) i * x->native_stride;
    sw_row *io = &x->row[i].io;

    io->infos = (double *) at;
    at += round_up((size_t) x->spec.info_count * sizeof(double));
    const void **actions = (const void **) at;
    io->actions = actions;
    at += round_up((size_t) x->spec.action_count * sizeof(void *));
    void **observations = (void **) at;
    io->observations = observations;
    at += round_up((size_t) x->spec.observation_count * sizeof(void *));
    for (int t = 0; t < x->spec.action_count; t++) {
        actions[t] = at;
        at += round_up(codec_row_bytes(&x->spec.actions[t]));
    }
    for (int t = 0; t < x->spec.observation_count; t++) {
        observations[t] = at;
        at += round_up(codec_row_bytes(&x->spec.observations[t]));
    }
}

sw_status session_new(const session *draft, session **out)
{
    session sized = *draft;
    sized.env_stride = round_up(draft->task->env_size);
    sized.native_stride = native_bytes(&draft->spec);
    sized.kept_capacity = session_largest_reply(draft);
    if (sized.kept_capacity < largest_error(draft)) {
        sized.kept_capacity = largest_error(draft);
    }
    layout measured = {0};
    take(&measured, sizeof(session));
    lay_out(&sized, &measured);

    arena memory;
    const sw_status st = arena_init(&memory, measured.bytes);
    if (st != SW_OK) {
        return st;
    }
    layout real = {.memory = &memory};
    session *x = take(&real, sizeof(session));
    *x = sized;
    lay_out(x, &real);
    x->memory = memory;
    if (draft->spec.setting_count > 0) {
        memcpy(x->values, draft->values, (size_t) draft->spec.setting_count * sizeof(sw_value));
    }
    for (int i = 0; i < x->rows; i++) {
        x->row[i].stream = random_mix(x->base_seed, x->first_row + (uint64_t) i);
        place_row(x, i);
    }
    *out = x;
    return SW_OK;
}

void session_free(session *x)
{
    if (x == NULL) {
        return;
    }
    for (int i = 0; i < x->rows; i++) {
        free(x->row[i].failure);
    }
    sw_spec_free(&x->spec);
    arena memory = x->memory;  // the session itself stands in it
    arena_free(&memory);
}

void session_copy_observation(const session *x, int i, unsigned char *const *to,
                              unsigned char *const *from)
{
    for (int t = 0; t < x->spec.observation_count; t++) {
        const size_t bytes = session_observation_bytes(x, t);
        memcpy(to[t] + (size_t) i * bytes, from[t] + (size_t) i * bytes, bytes);
    }
}

bool session_job_has_list(job_kind kind)
{
    return kind != JOB_STEP && kind != JOB_OPEN && kind != JOB_CLOSE;
}

int session_job_row(const session *x, int i)
{
    return session_job_has_list(x->job) ? (int) x->row_list[i] : i;
}

unsigned char *session_reply_rest(const session *x)
{
    return x->reply_room->bytes + CODEC_FRONT_BYTES;
}

size_t session_picture_bytes(const session *x)
{
    return (size_t) x->picture.width * (size_t) x->picture.height * 3;
}
