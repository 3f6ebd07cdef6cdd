// checkpoint_write.c -- a file in one go: room for the header, the data, and then the header, which
// only then knows how long compressed arrays became.
//
// Parts show their arrays four times: first for the header, with numbers as wide as they can get,
// so that the true ones fit; then for the data, arrays of eight bytes first, then those of four,
// then bytes and compressed ones. So all of them begin at a multiple of their element's size, as
// libraries that map the file into memory want it.
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "checkpoint_format.h"
#include "file.h"
#include "frame.h"

enum { COMPRESS_BYTES = 1 << 20, ALIGN = 8 };

static const json_int_t widest = 999999999999999;

typedef struct writer {
    file_writer file;
    bool with_replay;
    json_t *header;
    json_t *metadata;  // the header's
    XXH3_state_t *hash;
    size_t room;     // bytes of JSON, a multiple of ALIGN
    uint64_t at;     // bytes of data so far
    size_t element;  // bytes of each in the arrays that are written now
    json_int_t left_out;
} writer;

static sw_status fail_memory(void)
{
    return sw_fail(SW_NO_MEMORY, "no memory for the header of a checkpoint");
}

static bool is_left_out(const writer *w, const algo_tensor *t)
{
    return !w->with_replay && checkpoint_is_replay(t->name);
}

// The array with as many lines as are in use.
static safetensor measure(const algo_tensor *t)
{
    safetensor s = {.name = t->name, .dtype = t->dtype, .dims = t->dims};
    memcpy(s.shape, t->shape, sizeof(s.shape));
    if (t->used != NULL) {
        assert(t->dims > 0 && *t->used >= 0 && *t->used <= t->shape[0]);
        s.shape[0] = *t->used;
    }
    s.is_frame = t->used != NULL && safetensors_bytes(&s) > COMPRESS_BYTES;
    return s;
}


// ---- the header -----------------------------------------------------------------------------

static json_t *make_entry(const safetensor *s)
{
    json_t *shape = json_array();
    for (int i = 0; i < s->dims; i++) {
        json_array_append_new(shape, json_integer(s->shape[i]));
    }
    return json_pack("{s:s, s:o}", "dtype", safetensors_dtype_name(s->dtype), "shape", shape);
}

static sw_status describe_frame(writer *w, const safetensor *s)
{
    char key[sizeof(SAFETENSORS_FRAME) + SAFETENSORS_MAX_NAME];
    snprintf(key, sizeof(key), SAFETENSORS_FRAME "%s", s->name);
    json_t *entry = make_entry(s);
    char *text = json_dumps(entry, JSON_COMPACT);
    json_decref(entry);
    const int failed = json_object_set_new(w->metadata, key, json_string(text));
    free(text);
    return failed ? fail_memory() : SW_OK;
}

static sw_status describe(void *context, const algo_tensor *t)
{
    writer *w = context;
    assert(strlen(t->name) <= SAFETENSORS_MAX_NAME);
    assert(json_object_get(w->header, t->name) == NULL);  // names are unique
    if (is_left_out(w, t)) {
        w->left_out++;
        return SW_OK;
    }
    safetensor s = measure(t);
    if (s.is_frame) {
        const sw_status st = describe_frame(w, &s);
        if (st != SW_OK) {
            return st;
        }
        s = (safetensor){.name = t->name, .dtype = ALGO_U8, .dims = 1, .shape = {widest}};
    }
    json_t *entry = make_entry(&s);
    if (json_object_set_new(entry, "data_offsets", json_pack("[I, I]", widest, widest)) != 0 ||
        json_object_set_new(w->header, t->name, entry) != 0) {
        return fail_memory();
    }
    return SW_OK;
}

// The true numbers of an array that was written.
static sw_status complete(writer *w, const safetensor *s, uint64_t begin)
{
    json_t *entry = json_object_get(w->header, s->name);
    const json_int_t length = (json_int_t) (w->at - begin);
    int failed = json_object_set_new(entry, "data_offsets",
                                     json_pack("[I, I]", (json_int_t) begin, (json_int_t) w->at));
    if (s->is_frame) {
        failed |= json_object_set_new(entry, "shape", json_pack("[I]", length));
    }
    return failed ? fail_memory() : SW_OK;
}

static sw_status begin_header(writer *w, const checkpoint_about *about)
{
    w->metadata = json_pack("{s:s, s:s, s:s, s:s, s:s}", "checksum", checkpoint_zeros, "version",
                            SW_PROJECT_VERSION, "algo", about->algo, "env", about->env, "config",
                            about->config);
    w->header = json_pack("{s:o}", "__metadata__", w->metadata);
    return w->header != NULL ? SW_OK : fail_memory();
}

static sw_status add_number(writer *w, const char *key, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, number);
    return json_object_set_new(w->metadata, key, json_string(text)) == 0 ? SW_OK : fail_memory();
}

// Room for all that the header can become.
static sw_status reserve_header(writer *w)
{
    const size_t length = json_dumpb(w->header, NULL, 0, JSON_COMPACT);
    w->room = (length + ALIGN - 1) / ALIGN * ALIGN;
    void *blank = calloc(1, SAFETENSORS_PREFIX + w->room);
    const sw_status st = length > 0 && blank != NULL
                             ? file_write(&w->file, blank, SAFETENSORS_PREFIX + w->room)
                             : fail_memory();
    free(blank);
    return st;
}

// Spaces fill what remains of the room.
static sw_status write_header(writer *w)
{
    const size_t bytes = SAFETENSORS_PREFIX + w->room;
    char *text = malloc(bytes);
    if (text == NULL) {
        return fail_memory();
    }
    memset(text, ' ', bytes);
    for (int i = 0; i < SAFETENSORS_PREFIX; i++) {
        text[i] = (char) (unsigned char) ((uint64_t) w->room >> (8 * i));
    }
    char *json = text + SAFETENSORS_PREFIX;
    const size_t length = json_dumpb(w->header, json, w->room, JSON_COMPACT);
    assert(length <= w->room && memcmp(json, checkpoint_head, CHECKPOINT_HEAD) == 0);
    (void) length;
    char checksum[CHECKPOINT_DIGITS + 1];
    XXH3_64bits_update(w->hash, text, bytes);
    checkpoint_print_checksum(w->hash, checksum);
    memcpy(json + CHECKPOINT_HEAD, checksum, CHECKPOINT_DIGITS);
    const sw_status st = file_rewrite(&w->file, text, bytes);
    free(text);
    return st;
}


// ---- the data -------------------------------------------------------------------------------

static sw_status put(void *context, const void *data, size_t bytes)
{
    writer *w = context;
    XXH3_64bits_update(w->hash, data, bytes);
    w->at += bytes;
    return file_write(&w->file, data, bytes);
}

static sw_status write_array(void *context, const algo_tensor *t)
{
    writer *w = context;
    const safetensor s = measure(t);
    const size_t element = s.is_frame ? 1 : safetensors_dtype_size(s.dtype);
    if (element != w->element || is_left_out(w, t)) {
        return SW_OK;
    }
    const uint64_t begin = w->at;
    const size_t bytes = (size_t) safetensors_bytes(&s);
    const sw_status st = s.is_frame ? frame_write(t->data, bytes, put, w) : put(w, t->data, bytes);
    return st == SW_OK ? complete(w, &s, begin) : st;
}

static sw_status show(const checkpoint_part *parts, int count, algo_visit visit, writer *w)
{
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < count; i++) {
        st = parts[i].tensors(parts[i].self, visit, w);
    }
    return st;
}

static sw_status write_data(writer *w, const checkpoint_part *parts, int count)
{
    static const size_t elements[] = {8, 4, 1};
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < 3; i++) {
        w->element = elements[i];
        st = show(parts, count, write_array, w);
    }
    return st;
}


// ---- the file -------------------------------------------------------------------------------

static sw_status write_file(writer *w, const char *path, const checkpoint_part *parts, int count)
{
    sw_status st = file_begin(&w->file, path);
    if (st == SW_OK) {
        st = reserve_header(w);
    }
    if (st == SW_OK) {
        st = write_data(w, parts, count);
    }
    if (st == SW_OK) {
        st = write_header(w);
    }
    if (st == SW_OK) {
        st = file_commit(&w->file);
    }
    file_abandon(&w->file);
    return st;
}

sw_status checkpoint_write(const char *path, const checkpoint_about *about,
                           const checkpoint_part *parts, int count, bool with_replay)
{
    writer w = {.with_replay = with_replay, .hash = XXH3_createState()};
    sw_status st = w.hash != NULL && XXH3_64bits_reset(w.hash) == XXH_OK ? begin_header(&w, about)
                                                                         : fail_memory();
    if (st == SW_OK) {
        st = add_number(&w, "format", CHECKPOINT_FORMAT);
    }
    if (st == SW_OK) {
        st = add_number(&w, "steps", about->steps);
    }
    if (st == SW_OK) {
        st = show(parts, count, describe, &w);
    }
    if (st == SW_OK) {
        st = add_number(&w, "left_out", w.left_out);
    }
    if (st == SW_OK) {
        st = write_file(&w, path, parts, count);
    }
    json_decref(w.header);
    XXH3_freeState(w.hash);
    return st;
}

static sw_status show_learner(void *self, algo_visit visit, void *context)
{
    const checkpoint_learner *l = self;
    return l->class->tensors(l->algo, visit, context);
}

checkpoint_part checkpoint_part_of(checkpoint_learner *learner)
{
    return (checkpoint_part){show_learner, learner};
}
