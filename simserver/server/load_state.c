// load_state.c -- what GetState and SetState ask for.
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "state.h"

static sw_status no_such_format(const session *x, const char *name)
{
    char list[400] = "";
    size_t used = 0;
    for (int f = 0; x->task->state_formats[f] != NULL && used < sizeof(list); f++) {
        used += (size_t) snprintf(list + used, sizeof(list) - used, "%s%s", f == 0 ? "" : ", ",
                                  x->task->state_formats[f]);
    }
    return sw_fail(SW_NOT_FOUND, "%s: no state format '%.*s'; it has %s", x->task->id, SW_MAX_NAME,
                   name, list);
}

// The number of the format; empty means 0.
static sw_status load_format(const session *x, const char *name, int *format, answer_fault *fault)
{
    if (!x->spec.supports_state) {
        return sw_fail(SW_UNIMPLEMENTED, "%s: its state cannot be saved or loaded", x->task->id);
    }
    int f = 0;
    while (name[0] != '\0' && strcmp(x->task->state_formats[f], name) != 0) {
        f++;
        if (x->task->state_formats[f] == NULL) {
            load_blame(fault, "format");
            return no_such_format(x, name);
        }
    }
    *format = f;
    return SW_OK;
}

// Memory for the states of the job's rows. If that is too much, `field` asked for it.
static sw_status take_work(server *s, session *x, const char *field, answer_fault *fault)
{
    const sw_status st = loan_take(&s->lender, (size_t) x->job_rows * x->states.stride, &x->work);
    if (st == SW_TOO_LARGE) {
        load_blame(fault, field);
    }
    return st;
}

sw_status load_get_state(server *s, session *x, const Stepwire__GetState *asked,
                         answer_fault *fault)
{
    int format = 0;
    sw_status st = load_format(x, asked->format, &format, fault);
    if (st != SW_OK) {
        return st;
    }
    st = load_rows(x, asked->rows, asked->n_rows, fault);
    if (st != SW_OK) {
        return st;
    }
    st = load_check_usable(s, x, fault);
    if (st != SW_OK) {
        return st;
    }
    state_lay_out(x, format, false);
    const size_t blobs = (size_t) x->job_rows * state_blob_size(format, x->states.size);
    const size_t reply = session_message_bytes((size_t) x->job_rows + 1, SW_MAX_NAME + blobs);
    st = load_reply_room(s, x, reply, "rows", fault);
    if (st != SW_OK) {
        return st;
    }
    st = take_work(s, x, "rows", fault);
    if (st != SW_OK) {
        loan_return(x->reply_room);
        x->reply_room = NULL;
    }
    return st;
}

static sw_status check_blobs(const session *x, const Stepwire__SetState *asked, answer_fault *fault)
{
    if (asked->n_states != (size_t) x->job_rows) {
        load_blame(fault, "states");
        return sw_fail(SW_INVALID_ARGUMENT, "%zu states for %d rows", asked->n_states, x->job_rows);
    }
    const size_t expected = state_blob_size(x->states.format, x->states.size);
    for (int n = 0; n < x->job_rows; n++) {
        if (asked->states[n].len != expected) {
            load_blame_row(fault, "states", x->row_list[n]);
            return sw_fail(SW_INVALID_ARGUMENT, "%s: row %u: a state of %zu bytes, expected %zu",
                           x->task->id, x->row_list[n], asked->states[n].len, expected);
        }
    }
    return SW_OK;
}

sw_status load_set_state(server *s, session *x, const Stepwire__SetState *asked,
                         answer_fault *fault)
{
    int format = 0;
    sw_status st = load_format(x, asked->format, &format, fault);
    if (st != SW_OK) {
        return st;
    }
    st = load_rows(x, asked->rows, asked->n_rows, fault);
    if (st != SW_OK) {
        return st;
    }
    state_lay_out(x, format, true);
    st = check_blobs(x, asked, fault);
    if (st != SW_OK) {
        return st;
    }
    st = take_work(s, x, "states", fault);
    for (int n = 0; st == SW_OK && asked->states[0].len > 0 && n < x->job_rows; n++) {
        memcpy(state_blob(x, n), asked->states[n].data, asked->states[n].len);
    }
    return st;
}
