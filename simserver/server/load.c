// load.c -- what requests to the rows ask for: Reset and Step.
#include "load.h"

#include <stdio.h>

#include "codec.h"
#include "random.h"

void load_blame(answer_fault *fault, const char *field)
{
    snprintf(fault->field, sizeof(fault->field), "%s", field);
}

// Blames one row, which must live as long as the fault.
static void blame_row(answer_fault *fault, const char *field, uint32_t row)
{
    load_blame(fault, field);
    fault->row = row;
    fault->rows = &fault->row;
    fault->row_count = 1;
}

// ---- Reset -------------------------------------------------------------------------------------

static sw_status check_reset(const session *x, const Stepwire__Reset *reset, answer_fault *fault)
{
    for (size_t n = 0; n < reset->n_rows; n++) {
        if (reset->rows[n] >= (uint32_t) x->rows) {
            blame_row(fault, "rows", reset->rows[n]);
            return sw_fail(SW_INVALID_ARGUMENT, "row %u: the session has rows 0 to %d",
                           reset->rows[n], x->rows - 1);
        }
        if (n > 0 && reset->rows[n] <= reset->rows[n - 1]) {
            blame_row(fault, "rows", reset->rows[n]);
            return sw_fail(SW_INVALID_ARGUMENT, "row %u after row %u: rows must be ascending",
                           reset->rows[n], reset->rows[n - 1]);
        }
    }
    const size_t rows = reset->n_rows > 0 ? reset->n_rows : (size_t) x->rows;
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
    const sw_status st = check_reset(x, reset, fault);
    if (st != SW_OK) {
        return st;
    }
    x->job_rows = reset->n_rows > 0 ? (int) reset->n_rows : x->rows;
    for (int n = 0; n < x->job_rows; n++) {
        const uint32_t i = reset->n_rows > 0 ? reset->rows[n] : (uint32_t) n;
        session_row *r = &x->row[i];
        x->row_list[n] = i;
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

typedef bool row_test(const session_row *r);

static bool is_fresh(const session_row *r)
{
    return !r->begun;
}

static bool is_ended(const session_row *r)
{
    return r->ended;
}

// How many rows pass the test; *fault gets the list of them.
static size_t find_rows(server *s, const session *x, row_test *test, answer_fault *fault)
{
    size_t count = 0;
    for (int i = 0; i < x->rows; i++) {
        count += test(&x->row[i]);
    }
    if (count == 0) {
        return 0;
    }
    uint32_t *rows = arena_alloc(&s->scratch, count * sizeof(uint32_t));
    for (int i = x->rows - 1, n = (int) count; i >= 0 && rows != NULL; i--) {
        if (test(&x->row[i])) {
            rows[--n] = (uint32_t) i;
        }
    }
    fault->rows = rows;
    fault->row_count = rows == NULL ? 0 : count;
    return count;
}

static sw_status check_running(server *s, const session *x, answer_fault *fault)
{
    const size_t fresh = find_rows(s, x, is_fresh, fault);
    if (fresh > 0) {
        return sw_fail(SW_FAILED_PRECONDITION, "%zu of %d rows had no Reset yet", fresh, x->rows);
    }
    const size_t ended = x->autoreset == SW_DISABLED ? find_rows(s, x, is_ended, fault) : 0;
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
        const int64_t bad = x->row[i].ended ? -1
                                            : codec_first_bad(bytes + (size_t) i * row_bytes, dtype,
                                                              elements, tensor);
        if (bad >= 0) {
            return i * elements + bad;
        }
    }
    return -1;
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
    blame_row(fault, field, (uint32_t) (bad / elements));
    return sw_fail(SW_INVALID_ARGUMENT, "action '%s': row %lld, element %lld is not %s",
                   tensor->name, (long long) (bad / elements), (long long) (bad % elements),
                   dtype == SW_FLOAT32 || dtype == SW_FLOAT64 ? "finite" : "within its bounds");
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
