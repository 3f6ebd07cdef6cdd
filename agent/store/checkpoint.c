// checkpoint.c -- saving and loading are the algorithm's `tensors` with different visitors: one
// describes the arrays for the header, one writes them; one compares them with a header, one reads.
#include "checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "safetensors.h"

static size_t tensor_bytes(const algo_tensor *t)
{
    size_t bytes = safetensors_dtype_size(t->dtype);
    for (int i = 0; i < t->dims; i++) {
        bytes *= (size_t) t->shape[i];
    }
    return bytes;
}


// ---- saving ---------------------------------------------------------------------------------

typedef struct header {
    json_t *json;
    size_t data_bytes;  // of the tensors so far
} header;

static sw_status describe_tensor(void *context, const algo_tensor *t)
{
    header *h = context;
    const size_t end = h->data_bytes + tensor_bytes(t);
    json_t *shape = json_array();
    for (int i = 0; i < t->dims; i++) {
        json_array_append_new(shape, json_integer(t->shape[i]));
    }
    json_t *entry =
        json_pack("{s:s, s:o, s:[I, I]}", "dtype", safetensors_dtype_name(t->dtype), "shape", shape,
                  "data_offsets", (json_int_t) h->data_bytes, (json_int_t) end);
    if (json_object_set_new(h->json, t->name, entry) != 0) {
        return sw_fail(SW_NO_MEMORY, "no memory for the header of a checkpoint");
    }
    h->data_bytes = end;
    return SW_OK;
}

static sw_status write_tensor(void *context, const algo_tensor *t)
{
    return file_write(context, t->data, tensor_bytes(t));
}

// Spaces after the JSON bring the data to a multiple of 8 bytes.
static sw_status write_header(file_writer *w, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the header of a checkpoint");
    }
    const size_t length = strlen(text);
    const size_t padding = (8 - length % 8) % 8;
    uint8_t prefix[SAFETENSORS_PREFIX];
    for (int i = 0; i < SAFETENSORS_PREFIX; i++) {
        prefix[i] = (uint8_t) ((uint64_t) (length + padding) >> (8 * i));
    }
    sw_status st = file_write(w, prefix, sizeof(prefix));
    if (st == SW_OK) {
        st = file_write(w, text, length);
    }
    if (st == SW_OK) {
        st = file_write(w, "       ", padding);
    }
    free(text);
    return st;
}

static sw_status write_file(const char *path, const json_t *json, const algo_class *class, algo *a)
{
    file_writer w;
    sw_status st = file_begin(&w, path);
    if (st == SW_OK) {
        st = write_header(&w, json);
    }
    if (st == SW_OK) {
        st = class->tensors(a, write_tensor, &w);
    }
    if (st == SW_OK) {
        st = file_commit(&w);
    }
    file_abandon(&w);
    return st;
}

sw_status checkpoint_save(const char *path, const algo_class *class, algo *a, const char *env,
                          int64_t steps)
{
    char number[24];
    snprintf(number, sizeof(number), "%" PRId64, steps);
    header h = {.json = json_pack("{s:{s:s, s:s, s:s, s:s}}", "__metadata__", "algo", class->name,
                                  "env", env, "steps", number, "version", SW_PROJECT_VERSION)};
    sw_status st = class->tensors(a, describe_tensor, &h);
    if (st == SW_OK) {
        st = write_file(path, h.json, class, a);
    }
    json_decref(h.json);
    return st;
}


// ---- loading --------------------------------------------------------------------------------

typedef struct source {
    const char *path;
    FILE *file;
    long data;  // where the data begins, bytes
    safetensors header;
} source;

static sw_status compare_tensor(void *context, const algo_tensor *t)
{
    const source *s = context;
    const safetensor *found = safetensors_find(&s->header, t->name);
    if (found == NULL) {
        return sw_fail(SW_PROTOCOL, "%s has no '%s'", s->path, t->name);
    }
    if (found->dtype != t->dtype || found->dims != t->dims ||
        memcmp(found->shape, t->shape, (size_t) t->dims * sizeof(t->shape[0])) != 0) {
        return sw_fail(SW_PROTOCOL, "%s: '%s' has another type or shape than this run's", s->path,
                       t->name);
    }
    return SW_OK;
}

static sw_status read_tensor(void *context, const algo_tensor *t)
{
    const source *s = context;
    const safetensor *found = safetensors_find(&s->header, t->name);
    const size_t bytes = tensor_bytes(t);
    if (fseek(s->file, s->data + (long) found->begin, SEEK_SET) != 0 ||
        fread(t->data, 1, bytes, s->file) != bytes) {
        return sw_fail(SW_IO, "cannot read '%s' from %s", t->name, s->path);
    }
    return SW_OK;
}

// Reads and checks the header of an open file.
static sw_status read_header(source *s)
{
    uint8_t prefix[SAFETENSORS_PREFIX];
    uint64_t length = 0;
    if (fread(prefix, 1, sizeof(prefix), s->file) != sizeof(prefix)) {
        return sw_fail(SW_PROTOCOL, "%s is too short for a checkpoint", s->path);
    }
    for (int i = 0; i < SAFETENSORS_PREFIX; i++) {
        length |= (uint64_t) prefix[i] << (8 * i);
    }
    if (fseek(s->file, 0, SEEK_END) != 0) {
        return sw_fail(SW_IO, "cannot read %s: %s", s->path, strerror(errno));
    }
    const long size = ftell(s->file);
    if (length > SAFETENSORS_MAX_HEADER || (long) length > size - SAFETENSORS_PREFIX) {
        return sw_fail(SW_PROTOCOL, "%s: a header of %" PRIu64 " bytes does not fit", s->path,
                       length);
    }
    char *text = malloc((size_t) length + 1);
    if (text == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to read %s", s->path);
    }
    s->data = SAFETENSORS_PREFIX + (long) length;
    sw_status st;
    if (fseek(s->file, SAFETENSORS_PREFIX, SEEK_SET) != 0 ||
        fread(text, 1, (size_t) length, s->file) != length) {
        st = sw_fail(SW_IO, "cannot read %s", s->path);
    } else {
        st = safetensors_parse(s->path, text, (size_t) length, (uint64_t) (size - s->data),
                               &s->header);
    }
    free(text);
    return st;
}

static sw_status load(source *s, const algo_class *class, algo *a)
{
    sw_status st = read_header(s);
    if (st != SW_OK) {
        return st;
    }
    const char *owner = safetensors_metadata(&s->header, "algo");
    if (owner == NULL || strcmp(owner, class->name) != 0) {
        return sw_fail(SW_PROTOCOL, "%s is a checkpoint of '%.63s', not of '%s'", s->path,
                       owner != NULL ? owner : "?", class->name);
    }
    st = class->tensors(a, compare_tensor, s);
    return st == SW_OK ? class->tensors(a, read_tensor, s) : st;
}

sw_status checkpoint_load(const char *path, const algo_class *class, algo *a)
{
    source s = {.path = path, .file = fopen(path, "rbe")};
    if (s.file == NULL) {
        return sw_fail(SW_IO, "cannot read %s: %s", path, strerror(errno));
    }
    const sw_status st = load(&s, class, a);
    safetensors_free(&s.header);
    fclose(s.file);
    return st;
}
