// safetensors.c -- checks a header as the reference reader does: after sorting by offset, each
// array begins where the one before ended, and the last ends with the file.
#include "safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {[ALGO_F32] = {"F32", 4},
              [ALGO_F64] = {"F64", 8},
              [ALGO_I64] = {"I64", 8},
              [ALGO_U64] = {"U64", 8},
              [ALGO_U8] = {"U8", 1}};

enum { DTYPES = sizeof(dtypes) / sizeof(dtypes[0]) };

static const char metadata_key[] = "__metadata__";

size_t safetensors_dtype_size(algo_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *safetensors_dtype_name(algo_dtype dtype)
{
    return dtypes[dtype].name;
}

static bool parse_dtype(const json_t *json, algo_dtype *dtype)
{
    const char *name = json_string_value(json);
    for (int i = 0; name != NULL && i < DTYPES; i++) {
        if (strcmp(name, dtypes[i].name) == 0) {
            *dtype = (algo_dtype) i;
            return true;
        }
    }
    return false;
}

// Also writes the bytes that an array of this shape takes; false if they pass `limit`.
static bool parse_shape(const json_t *json, uint64_t limit, safetensor *t, uint64_t *bytes)
{
    if (!json_is_array(json) || json_array_size(json) > SAFETENSORS_MAX_DIMS) {
        return false;
    }
    t->dims = (int) json_array_size(json);
    *bytes = safetensors_dtype_size(t->dtype);
    for (int i = 0; i < t->dims; i++) {
        const json_t *item = json_array_get(json, (size_t) i);
        const json_int_t n = json_integer_value(item);
        if (!json_is_integer(item) || n < 0 || (n > 0 && *bytes > limit / (uint64_t) n)) {
            return false;
        }
        t->shape[i] = n;
        *bytes *= (uint64_t) n;
    }
    return true;
}

uint64_t safetensors_bytes(const safetensor *t)
{
    uint64_t bytes = safetensors_dtype_size(t->dtype);
    for (int i = 0; i < t->dims; i++) {
        bytes *= (uint64_t) t->shape[i];
    }
    return bytes;
}

static bool parse_offsets(const json_t *json, safetensor *t)
{
    const json_t *begin = json_array_get(json, 0), *end = json_array_get(json, 1);
    if (json_array_size(json) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin)) {
        return false;
    }
    t->begin = (uint64_t) json_integer_value(begin);
    t->end = (uint64_t) json_integer_value(end);
    return true;
}

// If the metadata says that `t` is a frame, makes it what is in that.
static bool unpack(const safetensors *s, safetensor *t)
{
    char key[SAFETENSORS_MAX_NAME + sizeof(SAFETENSORS_FRAME)];
    snprintf(key, sizeof(key), SAFETENSORS_FRAME "%s", t->name);
    const char *text = safetensors_metadata(s, key);
    if (text == NULL) {
        return true;
    }
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    uint64_t bytes;
    const bool ok = t->dtype == ALGO_U8 && t->dims == 1 &&
                    parse_dtype(json_object_get(json, "dtype"), &t->dtype) &&
                    parse_shape(json_object_get(json, "shape"), INT64_MAX, t, &bytes);
    json_decref(json);
    t->is_frame = true;
    return ok;
}

static int by_offset(const void *a, const void *b)
{
    const safetensor *x = a, *y = b;
    if (x->begin != y->begin) {
        return x->begin < y->begin ? -1 : 1;
    }
    return (x->end > y->end) - (x->end < y->end);  // an empty array before the one it touches
}

static sw_status check_layout(const char *path, const safetensors *s)
{
    uint64_t at = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->tensors[i].begin != at) {
            return sw_fail(SW_PROTOCOL, "%s: a gap or overlap in the data before '%.63s'", path,
                           s->tensors[i].name);
        }
        at = s->tensors[i].end;
    }
    if (at != s->data_bytes) {
        return sw_fail(SW_PROTOCOL,
                       "%s: the header describes %llu bytes of data, the file has %llu", path,
                       (unsigned long long) at, (unsigned long long) s->data_bytes);
    }
    return SW_OK;
}

static sw_status parse_tensors(const char *path, safetensors *s)
{
    const char *name;
    json_t *entry;
    json_object_foreach(s->json, name, entry)
    {
        if (strcmp(name, metadata_key) == 0) {
            continue;
        }
        safetensor *t = &s->tensors[s->count];
        *t = (safetensor){.name = name};
        uint64_t bytes;
        if (!parse_dtype(json_object_get(entry, "dtype"), &t->dtype) ||
            !parse_offsets(json_object_get(entry, "data_offsets"), t) ||
            !parse_shape(json_object_get(entry, "shape"), s->data_bytes, t, &bytes) ||
            bytes != t->end - t->begin || strlen(name) > SAFETENSORS_MAX_NAME || !unpack(s, t)) {
            return sw_fail(SW_PROTOCOL, "%s: dtype, shape and data_offsets of '%.63s' do not fit",
                           path, name);
        }
        s->count++;
    }
    qsort(s->tensors, s->count, sizeof(*s->tensors), by_offset);
    return check_layout(path, s);
}

sw_status safetensors_parse(const char *path, const void *header, size_t bytes, uint64_t data_bytes,
                            safetensors *s)
{
    safetensors made = {.data_bytes = data_bytes};
    json_error_t why;
    made.json = json_loadb(header, bytes, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(made.json)) {
        json_decref(made.json);
        return sw_fail(SW_PROTOCOL, "%s: the header is not a JSON object", path);
    }
    made.tensors = calloc(json_object_size(made.json) + 1, sizeof(*made.tensors));
    const sw_status st = made.tensors != NULL ? parse_tensors(path, &made)
                                              : sw_fail(SW_NO_MEMORY, "no memory to read %s", path);
    if (st != SW_OK) {
        safetensors_free(&made);
        return st;
    }
    *s = made;
    return SW_OK;
}

void safetensors_free(safetensors *s)
{
    free(s->tensors);
    json_decref(s->json);
    *s = (safetensors){0};
}

const safetensor *safetensors_find(const safetensors *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->tensors[i].name, name) == 0) {
            return &s->tensors[i];
        }
    }
    return NULL;
}

const char *safetensors_metadata(const safetensors *s, const char *key)
{
    return json_string_value(json_object_get(json_object_get(s->json, metadata_key), key));
}
