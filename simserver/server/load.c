// load.c -- what requests to the rows ask for: Reset, Step and Render.
#include "load.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "random.h"

enum { LARGEST_SIDE = 4096 };  // of a picture, pixels

void load_blame(answer_fault *fault, const char *field)
{
    snprintf(fault->field, sizeof(fault->field), "%s", field);
}

void load_blame_row(answer_fault *fault, const char *field, uint32_t row)
{
    load_blame(fault, field);
    fault->row = row;
    fault->rows = &fault->row;
    fault->row_count = 1;
}

// ---- rows --------------------------------------------------------------------------------------

sw_status load_rows(session *x, const uint32_t *rows, size_t count, answer_fault *fault)
{
    for (size_t n = 0; n < count; n++) {
        if (rows[n] >= (uint32_t) x->rows) {
            load_blame_row(fault, "rows", rows[n]);
            return sw_fail(SW_INVALID_ARGUMENT, "row %u: the session has rows 0 to %d", rows[n],
                           x->rows - 1);
        }
        if (n > 0 && rows[n] <= rows[n - 1]) {
            load_blame_row(fault, "rows", rows[n]);
            return sw_fail(SW_INVALID_ARGUMENT, "row %u after row %u: rows must be ascending",
                           rows[n], rows[n - 1]);
        }
    }
    x->job_rows = count > 0 ? (int) count : x->rows;
    for (int n = 0; n < x->job_rows; n++) {
        x->row_list[n] = count > 0 ? rows[n] : (uint32_t) n;
    }
    return SW_OK;
}

typedef bool row_test(const session_row *r);

static bool is_fresh(const session_row *r)
{
    return !r->begun;
}

static bool is_ended(const session_row *r)
{
    return r->ended;
}

static bool is_broken(const session_row *r)
{
    return r->broken;
}

// How many of rows [count] pass the test; *fault gets the list of them. NULL: all rows.
static size_t find_rows(server *s, const session *x, const uint32_t *rows, row_test *test,
                        answer_fault *fault)
{
    const int count = rows == NULL ? x->rows : x->job_rows;
    uint32_t *found = NULL;
    size_t passed = 0;
    for (int n = 0; n < count; n++) {
        const uint32_t i = rows == NULL ? (uint32_t) n : rows[n];
        if (!test(&x->row[i])) {
            continue;
        }
        if (found == NULL) {
            found = arena_alloc(&s->scratch, (size_t) (count - n) * sizeof(*found));
            if (found == NULL) {
                return (size_t) (count - n);
            }
        }
        found[passed++] = i;
    }
    fault->rows = found;
    fault->row_count = passed;
    return passed;
}

sw_status load_check_usable(server *s, const session *x, answer_fault *fault)
{
    const size_t fresh = find_rows(s, x, x->row_list, is_fresh, fault);
    if (fresh > 0) {
        return sw_fail(SW_FAILED_PRECONDITION, "%zu of %d rows had no Reset yet", fresh,
                       x->job_rows);
    }
    const size_t broken = find_rows(s, x, x->row_list, is_broken, fault);
    if (broken > 0) {
        return sw_fail(SW_FAILED_PRECONDITION, "%zu of %d rows are faulty and had no Reset since",
                       broken, x->job_rows);
    }
    return SW_OK;
}

// ---- Reset -------------------------------------------------------------------------------------

static sw_status check_numbers(const session *x, const Stepwire__Reset *reset, answer_fault *fault)
{
    const size_t rows = (size_t) x->job_rows;
    if (reset->n_seeds != 0 && reset->n_seeds != rows) {
        load_blame(fault, "seeds");
        return sw_fail(SW_INVALID_ARGUMENT, "%zu seeds for %zu rows", reset->n_seeds, rows);
    }
    if (reset->n_episodes != 0 && reset->n_episodes != rows) {
        load_blame(fault, "episodes");
        return sw_fail(SW_INVALID_ARGUMENT, "%zu episode numbers for %zu rows", reset->n_episodes,
                       rows);
    }
    return SW_OK;
}

// Rule 5.
sw_status load_reset(session *x, const Stepwire__Reset *reset, answer_fault *fault)
{
    sw_status st = load_rows(x, reset->rows, reset->n_rows, fault);
    if (st == SW_OK) {
        st = check_numbers(x, reset, fault);
    }
    if (st != SW_OK) {
        return st;
    }
    for (int n = 0; n < x->job_rows; n++) {
        const uint32_t i = x->row_list[n];
        session_row *r = &x->row[i];
        if (reset->n_seeds > 0) {
            r->stream = reset->seeds[n];
            r->k = 0;
        }
        if (reset->n_episodes > 0) {
            r->k = reset->episodes[n];
        }
        const bool is_given = reset->n_seeds > 0 && r->k == 0;
        x->seeds[i] = is_given ? r->stream : random_mix(r->stream, r->k);
        r->k++;
        r->begun = true;
        r->ended = false;
        r->broken = false;
    }
    return SW_OK;
}

// ---- Step --------------------------------------------------------------------------------------

static sw_status check_running(server *s, const session *x, answer_fault *fault)
{
    const size_t fresh = find_rows(s, x, NULL, is_fresh, fault);
    if (fresh > 0) {
        return sw_fail(SW_FAILED_PRECONDITION, "%zu of %d rows had no Reset yet", fresh, x->rows);
    }
    const size_t ended = x->autoreset == SW_DISABLED ? find_rows(s, x, NULL, is_ended, fault) : 0;
    if (ended > 0) {
        return sw_fail(SW_FAILED_PRECONDITION,
                       "%zu of %d rows ended: without autoreset they need a Reset", ended, x->rows);
    }
    return SW_OK;
}

// The first of the elements [rows, elements] that may not be sent; -1 if there is none. The action
// of an ended row is not looked at.
static int64_t find_bad_action(const session *x, const sw_tensor *tensor, sw_dtype dtype,
                               const unsigned char *bytes)
{
    const int64_t elements = sw_tensor_elements(tensor);
    if (x->autoreset == SW_SAME_STEP) {  // then no row has ended
        return codec_first_bad(bytes, dtype, x->rows * elements, tensor);
    }
    const size_t row_bytes = (size_t) elements * sw_dtype_size(dtype);
    for (int i = 0; i < x->rows; i++) {
        if (x->row[i].ended) {
            continue;
        }
        const int64_t bad =
            codec_first_bad(bytes + (size_t) i * row_bytes, dtype, elements, tensor);
        if (bad >= 0) {
            return i * elements + bad;
        }
    }
    return -1;
}

// Element `bad` of [rows, elements] may not be sent.
static sw_status refuse_element(const sw_tensor *tensor, sw_dtype dtype, const unsigned char *bytes,
                                int64_t bad)
{
    const int64_t elements = sw_tensor_elements(tensor);
    const long long row = bad / elements, e = bad % elements;
    if (dtype == SW_FLOAT32 || dtype == SW_FLOAT64) {
        double x;
        codec_convert(&x, SW_FLOAT64, bytes + (size_t) bad * sw_dtype_size(dtype), dtype, 1);
        return sw_fail(SW_INVALID_ARGUMENT, "action '%s': row %lld, element %lld is %g: not finite",
                       tensor->name, row, e, x);
    }
    return sw_fail(SW_INVALID_ARGUMENT,
                   "action '%s': row %lld, element %lld is %lld: allowed are %.17g to %.17g",
                   tensor->name, row, e, (long long) codec_integer(bytes, dtype, bad),
                   tensor->low[e], tensor->high[e]);
}

// Rule 6.
static sw_status check_action(const session *x, int t, const ProtobufCBinaryData *bytes,
                              answer_fault *fault)
{
    const sw_tensor *tensor = &x->spec.actions[t];
    const sw_dtype dtype = codec_wire_dtype(tensor->dtype, x->float32_actions);
    const size_t expected = (size_t) x->rows * session_action_bytes(x, t);
    const int64_t elements = sw_tensor_elements(tensor);
    char field[32];
    snprintf(field, sizeof(field), "actions[%d]", t);
    if (bytes->len != expected) {
        load_blame(fault, field);
        return sw_fail(SW_INVALID_ARGUMENT,
                       "action '%s': %zu bytes, expected %zu: %d rows of %lld %s", tensor->name,
                       bytes->len, expected, x->rows, (long long) elements, sw_dtype_name(dtype));
    }
    const int64_t bad = find_bad_action(x, tensor, dtype, bytes->data);
    if (bad < 0) {
        return SW_OK;
    }
    load_blame_row(fault, field, (uint32_t) (bad / elements));
    return refuse_element(tensor, dtype, bytes->data, bad);
}

sw_status load_step(server *s, session *x, const Stepwire__Step *step, answer_fault *fault)
{
    sw_status st = check_running(s, x, fault);
    if (st != SW_OK) {
        return st;
    }
    if (step->n_actions != (size_t) x->spec.action_count) {
        load_blame(fault, "actions");
        return sw_fail(SW_INVALID_ARGUMENT, "%zu action tensors, %s has %d", step->n_actions,
                       x->task->id, x->spec.action_count);
    }
    for (int t = 0; t < x->spec.action_count; t++) {
        st = check_action(x, t, &step->actions[t], fault);
        if (st != SW_OK) {
            return st;
        }
    }
    for (int t = 0; t < x->spec.action_count; t++) {
        const sw_tensor *tensor = &x->spec.actions[t];
        const sw_dtype dtype = codec_wire_dtype(tensor->dtype, x->float32_actions);
        const size_t bytes = session_action_bytes(x, t);
        for (int i = 0; i < x->rows; i++) {  // of an ended row too, which reads none
            codec_convert((void *) x->row[i].io.actions[t], tensor->dtype,
                          step->actions[t].data + (size_t) i * bytes, dtype,
                          sw_tensor_elements(tensor));
        }
    }
    return SW_OK;
}

// ---- Render ------------------------------------------------------------------------------------

sw_status load_reply_room(server *s, session *x, size_t size, const char *field,
                          answer_fault *fault)
{
    if (size > x->max_reply) {
        load_blame(fault, field);
        return sw_fail(SW_TOO_LARGE, "the reply has up to %zu bytes, at most %zu are accepted",
                       size, x->max_reply);
    }
    return loan_take(&s->lender, CODEC_FRONT_BYTES + size, &x->reply_room);
}

static sw_status check_side(uint32_t pixels, const char *field, answer_fault *fault)
{
    if (pixels < 1 || pixels > LARGEST_SIDE) {
        load_blame(fault, field);
        return sw_fail(SW_INVALID_ARGUMENT, "%s: %u pixels, allowed are 1 to %d", field, pixels,
                       LARGEST_SIDE);
    }
    return SW_OK;
}

static sw_status check_render(session *x, const Stepwire__Render *asked, answer_fault *fault)
{
    if (!x->spec.supports_render) {
        return sw_fail(SW_UNIMPLEMENTED, "%s: there are no pictures of it", x->task->id);
    }
    sw_status st = load_rows(x, &asked->row, 1, fault);
    if (st != SW_OK) {
        load_blame(fault, "row");
        return st;
    }
    st = check_side(asked->width, "width", fault);
    if (st != SW_OK) {
        return st;
    }
    st = check_side(asked->height, "height", fault);
    if (st == SW_OK && strlen(asked->camera) > SW_MAX_NAME) {
        load_blame(fault, "camera");
        st = sw_fail(SW_NOT_FOUND, "%s: no camera has a name of more than %d bytes", x->task->id,
                     SW_MAX_NAME);
    }
    return st;
}

sw_status load_render(server *s, session *x, const Stepwire__Render *asked, answer_fault *fault)
{
    sw_status st = check_render(x, asked, fault);
    if (st != SW_OK) {
        return st;
    }
    st = load_check_usable(s, x, fault);
    if (st != SW_OK) {
        return st;
    }
    x->picture = (sw_picture){
        .width = (int) asked->width, .height = (int) asked->height, .camera = x->camera};
    const size_t bytes = session_picture_bytes(x);
    st = load_reply_room(s, x, session_message_bytes(3, bytes), "width", fault);
    if (st != SW_OK) {
        return st;
    }
    strcpy(x->camera, asked->camera);
    unsigned char *rest = session_reply_rest(x);
    x->picture.rgb = rest + codec_pack_key(CODEC_RENDERED_RGB, bytes, rest);
    return SW_OK;
}
