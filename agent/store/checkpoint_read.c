// checkpoint_read.c -- opening reads the whole file once, for its checksum; parts are then shown
// twice: to compare what they have with what is there, and to read it.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "checkpoint_format.h"
#include "file.h"
#include "frame.h"

enum { PIECE = 1 << 17 };

struct checkpoint {
    char path[FILE_MAX_PATH + 1];
    FILE *file;
    int64_t size;  // bytes of the file
    int64_t data;  // where the data begins, bytes
    safetensors header;
    checkpoint_about about;
    size_t taken;  // arrays that parts have shown, while they are compared
    bool only_policy;
    bool is_foreign;  // has neither format nor checksum
};


// ---- opening --------------------------------------------------------------------------------

static sw_status fail_read(const checkpoint *c)
{
    return sw_fail(SW_IO, "cannot read %s: %s", c->path, errno != 0 ? strerror(errno) : "it ends");
}

static sw_status read_at(checkpoint *c, int64_t offset, void *data, size_t bytes)
{
    errno = 0;
    if (fseeko(c->file, offset, SEEK_SET) != 0 || fread(data, 1, bytes, c->file) != bytes) {
        return fail_read(c);
    }
    return SW_OK;
}

// Finds out where the data begins.
static sw_status measure(checkpoint *c)
{
    uint8_t prefix[SAFETENSORS_PREFIX];
    uint64_t length = 0;
    errno = 0;
    if (fseeko(c->file, 0, SEEK_END) != 0 || (c->size = ftello(c->file)) < 0) {
        return fail_read(c);
    }
    if (c->size < SAFETENSORS_PREFIX) {
        return sw_fail(SW_PROTOCOL, "%s is no checkpoint: it has only %" PRId64 " bytes", c->path,
                       c->size);
    }
    const sw_status st = read_at(c, 0, prefix, sizeof(prefix));
    if (st != SW_OK) {
        return st;
    }
    for (int i = 0; i < SAFETENSORS_PREFIX; i++) {
        length |= (uint64_t) prefix[i] << (8 * i);
    }
    if (length > SAFETENSORS_MAX_HEADER || (int64_t) length > c->size - SAFETENSORS_PREFIX) {
        return sw_fail(SW_PROTOCOL,
                       "%s is cut short, or no checkpoint: a header of %" PRIu64
                       " bytes does not fit into its %" PRId64,
                       c->path, length, c->size);
    }
    c->data = SAFETENSORS_PREFIX + (int64_t) length;
    return SW_OK;
}

static int64_t read_number(const checkpoint *c, const char *key)
{
    const char *text = safetensors_metadata(&c->header, key);
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static const char *read_text(const checkpoint *c, const char *key)
{
    const char *text = safetensors_metadata(&c->header, key);
    return text != NULL ? text : "";
}

// Adds the data to the checksum.
static sw_status hash_data(checkpoint *c, XXH3_state_t *hash)
{
    void *piece = malloc(PIECE);
    sw_status st = piece != NULL ? SW_OK : sw_fail(SW_NO_MEMORY, "no memory to read %s", c->path);
    for (int64_t at = c->data; st == SW_OK && at < c->size; at += PIECE) {
        const size_t bytes = (size_t) (c->size - at < PIECE ? c->size - at : PIECE);
        st = read_at(c, at, piece, bytes);
        if (st == SW_OK) {
            XXH3_64bits_update(hash, piece, bytes);
        }
    }
    free(piece);
    return st;
}

// `start` [c->data] is all before the data; the digits in it become zeros.
static sw_status verify(checkpoint *c, char *start)
{
    char *digits = start + SAFETENSORS_PREFIX + CHECKPOINT_HEAD;
    char found[CHECKPOINT_DIGITS + 1] = "", made[CHECKPOINT_DIGITS + 1];
    if (c->data < SAFETENSORS_PREFIX + CHECKPOINT_HEAD + CHECKPOINT_DIGITS ||
        memcmp(start + SAFETENSORS_PREFIX, checkpoint_head, CHECKPOINT_HEAD) != 0) {
        return sw_fail(SW_PROTOCOL, "%s is damaged: its checksum is not where it belongs", c->path);
    }
    memcpy(found, digits, CHECKPOINT_DIGITS);
    memcpy(digits, checkpoint_zeros, CHECKPOINT_DIGITS);
    XXH3_state_t *hash = XXH3_createState();
    if (hash == NULL || XXH3_64bits_reset(hash) != XXH_OK) {
        XXH3_freeState(hash);
        return sw_fail(SW_NO_MEMORY, "no memory to read %s", c->path);
    }
    const sw_status st = hash_data(c, hash);
    if (st == SW_OK) {
        XXH3_64bits_update(hash, start, (size_t) c->data);
        checkpoint_print_checksum(hash, made);
    }
    XXH3_freeState(hash);
    if (st != SW_OK) {
        return st;
    }
    return strcmp(found, made) == 0
               ? SW_OK
               : sw_fail(SW_PROTOCOL, "%s is damaged: its checksum is %s, it says %s", c->path,
                         made, found);
}

// A file of ours has both a format and a checksum; one of others has neither.
static sw_status check_whole(checkpoint *c, char *start)
{
    const int64_t format = read_number(c, "format");
    if (format > CHECKPOINT_FORMAT) {
        return sw_fail(SW_PROTOCOL,
                       "%s has format %" PRId64 ", of Stepwire %.20s; this is %s, which reads "
                       "formats up to %d: use a newer one",
                       c->path, format, c->about.version, SW_PROJECT_VERSION, CHECKPOINT_FORMAT);
    }
    c->is_foreign = safetensors_metadata(&c->header, "format") == NULL &&
                    safetensors_metadata(&c->header, "checksum") == NULL;
    return c->is_foreign ? SW_OK : verify(c, start);
}

static sw_status read_header(checkpoint *c)
{
    sw_status st = measure(c);
    if (st != SW_OK) {
        return st;
    }
    char *start = malloc((size_t) c->data);
    if (start == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to read %s", c->path);
    }
    st = read_at(c, 0, start, (size_t) c->data);
    if (st == SW_OK) {
        st = safetensors_parse(c->path, start + SAFETENSORS_PREFIX,
                               (size_t) c->data - SAFETENSORS_PREFIX,
                               (uint64_t) (c->size - c->data), &c->header);
    }
    if (st == SW_OK) {
        c->about = (checkpoint_about){.algo = read_text(c, "algo"),
                                      .env = read_text(c, "env"),
                                      .steps = read_number(c, "steps"),
                                      .config = read_text(c, "config"),
                                      .version = read_text(c, "version"),
                                      .left_out = read_number(c, "left_out")};
        st = check_whole(c, start);
    }
    free(start);
    return st;
}

sw_status checkpoint_open(const char *path, checkpoint **out)
{
    if (strlen(path) > FILE_MAX_PATH) {
        return sw_fail(SW_IO, "%.80s...: a path has at most %d bytes", path, FILE_MAX_PATH);
    }
    checkpoint *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to read %s", path);
    }
    strcpy(c->path, path);
    c->file = fopen(path, "rbe");
    const sw_status st = c->file != NULL ? read_header(c) : fail_read(c);
    if (st != SW_OK) {
        checkpoint_close(c);
        return st;
    }
    *out = c;
    return SW_OK;
}

void checkpoint_close(checkpoint *c)
{
    if (c == NULL) {
        return;
    }
    if (c->file != NULL) {
        fclose(c->file);
    }
    safetensors_free(&c->header);
    free(c);
}


// ---- what it is -----------------------------------------------------------------------------

const char *checkpoint_path(const checkpoint *c)
{
    return c->path;
}

const checkpoint_about *checkpoint_says(const checkpoint *c)
{
    return &c->about;
}

sw_status checkpoint_check(const checkpoint *c, const char *algo_name, const char *env)
{
    if (strcmp(c->about.algo, algo_name) == 0 && strcmp(c->about.env, env) == 0) {
        return SW_OK;
    }
    return sw_fail(SW_FAILED_PRECONDITION,
                   "%s is a checkpoint of '%.63s' on '%.63s', not of '%s' on '%s'", c->path,
                   c->about.algo, c->about.env, algo_name, env);
}

const safetensor *checkpoint_find(const checkpoint *c, const char *name)
{
    return safetensors_find(&c->header, name);
}


// ---- reading --------------------------------------------------------------------------------

static bool is_wanted(const checkpoint *c, const char *name)
{
    return !c->only_policy || strncmp(name, "policy.", 7) == 0;
}

static bool fits(const safetensor *s, const algo_tensor *t)
{
    if (s->dtype != t->dtype || s->dims != t->dims) {
        return false;
    }
    for (int i = 0; i < t->dims; i++) {
        const bool may_be_less = i == 0 && t->used != NULL;
        if (may_be_less ? s->shape[i] > t->shape[i] : s->shape[i] != t->shape[i]) {
            return false;
        }
    }
    return true;
}

static sw_status compare_array(void *context, const algo_tensor *t)
{
    checkpoint *c = context;
    const safetensor *s = checkpoint_find(c, t->name);
    if (!is_wanted(c, t->name) ||
        (s == NULL && c->about.left_out > 0 && checkpoint_is_replay(t->name))) {
        return SW_OK;
    }
    if (s == NULL) {
        return sw_fail(SW_PROTOCOL, "%s has no '%s'", c->path, t->name);
    }
    c->taken++;
    return fits(s, t)
               ? SW_OK
               : sw_fail(SW_PROTOCOL, "%s: '%s' has another type or shape here", c->path, t->name);
}

static sw_status read_array(void *context, const algo_tensor *t)
{
    checkpoint *c = context;
    const safetensor *s = checkpoint_find(c, t->name);
    if (!is_wanted(c, t->name) || s == NULL) {
        return SW_OK;
    }
    const int64_t begin = c->data + (int64_t) s->begin;
    const size_t stored = (size_t) (s->end - s->begin), bytes = (size_t) safetensors_bytes(s);
    sw_status st;
    if (!s->is_frame) {
        st = read_at(c, begin, t->data, bytes);
    } else if (fseeko(c->file, begin, SEEK_SET) != 0) {
        st = fail_read(c);
    } else {
        st = frame_read(c->path, c->file, stored, t->data, bytes);
    }
    if (st == SW_OK && t->used != NULL) {
        *t->used = s->shape[0];
    }
    return st;
}

static sw_status show(checkpoint *c, const checkpoint_part *parts, int count, algo_visit visit)
{
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < count; i++) {
        st = parts[i].tensors(parts[i].self, visit, c);
    }
    return st;
}

sw_status checkpoint_read(checkpoint *c, const checkpoint_part *parts, int count)
{
    if (c->is_foreign) {
        return sw_fail(SW_PROTOCOL,
                       "%s has no format and no checksum: a policy in it can be evaluated, but "
                       "training does not go on from it",
                       c->path);
    }
    c->only_policy = false;
    c->taken = 0;
    const sw_status st = show(c, parts, count, compare_array);
    if (st != SW_OK) {
        return st;
    }
    if (c->taken != c->header.count) {
        return sw_fail(SW_PROTOCOL, "%s has %zu arrays, of which only %zu are known here", c->path,
                       c->header.count, c->taken);
    }
    return show(c, parts, count, read_array);
}

sw_status checkpoint_read_policy(checkpoint *c, const algo_class *class, algo *a)
{
    checkpoint_learner learner = {class, a};
    const checkpoint_part part = checkpoint_part_of(&learner);
    c->only_policy = true;
    const sw_status st = show(c, &part, 1, compare_array);
    return st == SW_OK ? show(c, &part, 1, read_array) : st;
}
