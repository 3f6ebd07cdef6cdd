// finish.c -- what becomes of a job when its last row is reported done.
#include <assert.h>
#include <stdlib.h>

#include "answer.h"
#include "core.h"
#include "load.h"
#include "state.h"

// Describes the rows that failed and fails with the first one's status and text; SW_OK if none did.
static sw_status check_failures(server *s, const session *x, answer_fault *fault)
{
    uint32_t *rows = NULL;
    size_t count = 0;
    const session_row *first = NULL;
    for (int n = 0; n < x->job_rows; n++) {
        const int i = session_job_row(x, n);
        if (x->row[i].status == SW_OK) {
            continue;
        }
        if (count == 0) {
            first = &x->row[i];
            rows = arena_alloc(&s->scratch, (size_t) (x->job_rows - n) * sizeof(uint32_t));
            if (rows == NULL) {
                break;
            }
        }
        rows[count++] = (uint32_t) i;
    }
    if (count == 0) {
        return SW_OK;
    }
    fault->rows = rows;
    fault->row_count = count;
    return sw_fail(first->status, "%s: row %u: %s", x->task->id, rows[0],
                   first->failure == NULL ? "it failed" : first->failure);
}

static void forget_failures(session *x)
{
    for (int n = 0; n < x->job_rows; n++) {
        session_row *r = &x->row[session_job_row(x, n)];
        r->status = SW_OK;
        free(r->failure);
        r->failure = NULL;
    }
}

static void finish_open(server *s, session *x, int64_t now)
{
    answer_fault fault = {0};
    const sw_status st = check_failures(s, x, &fault);
    if (st != SW_OK) {
        answer_error(s, &x->asker, st, &fault);
        server_lose(s, x, now);
        return;
    }
    x->job = JOB_NONE;
    x->id = server_new_id(s);
    server_renew(s, x);
    answer_opened(s, x, &x->asker);
    log_line(&s->config.log, SW_LOG_INFO, "%s: opened a session of %d rows", x->task->id, x->rows);
}

// The field of Render or SetState that names what there is not, or has what cannot be.
static const char *field_at_fault(job_kind job, sw_status status)
{
    if (job == JOB_RENDER && status == SW_NOT_FOUND) {
        return "camera";
    }
    return job == JOB_UNDO && status == SW_INVALID_ARGUMENT ? "states" : "";
}

// After these an error leaves the session as it was.
static void finish_asked(server *s, session *x)
{
    answer_fault fault = {0};
    const sw_status st = check_failures(s, x, &fault);
    if (st != SW_OK) {
        load_blame(&fault, field_at_fault(x->job, st));
        answer_session_error(s, x, st, &fault);
        forget_failures(x);
    } else if (x->job == JOB_RENDER) {
        answer_render(s, x);
    } else if (x->job == JOB_SAVE) {
        answer_get_state(s, x);
    } else {
        state_commit(x);
        answer_set_state(s, x);
    }
    x->job = JOB_NONE;
}

// All rows or none.
static void finish_load(server *s, session *x, int64_t now)
{
    for (int n = 0; n < x->job_rows; n++) {
        if (x->row[session_job_row(x, n)].status != SW_OK) {
            server_start_job(s, x, JOB_UNDO, now);
            return;
        }
    }
    finish_asked(s, x);
}

// Answers why the rows could not be loaded. One that could not be put back either is in no state to
// go on with.
static void finish_undo(server *s, session *x, int64_t now)
{
    for (int n = 0; n < x->job_rows; n++) {
        const int i = session_job_row(x, n);
        if (x->row[i].set_aside) {
            answer_fault fault = {.row = (uint32_t) i, .rows = &fault.row, .row_count = 1};
            const sw_status st =
                sw_fail(SW_ENVIRONMENT,
                        "%s: row %d: it could not be put back into the state before SetState",
                        x->task->id, i);
            answer_session_error(s, x, st, &fault);
            server_lose(s, x, now);
            return;
        }
    }
    finish_asked(s, x);
}

static void finish_rows(server *s, session *x, int64_t now)
{
    answer_fault fault = {0};
    const sw_status st = check_failures(s, x, &fault);
    if (st != SW_OK) {
        answer_session_error(s, x, st, &fault);
        server_lose(s, x, now);
        return;
    }
    if (x->job == JOB_RESET) {
        answer_reset(s, x);
    } else {
        answer_step(s, x);
    }
    x->job = JOB_NONE;
}

// Whoever asked for it still finds the session and is told; a lost one goes silently.
static void finish_close(server *s, session *x)
{
    if (x->id != 0) {
        answer_closed(s, &x->asker);
        log_line(&s->config.log, SW_LOG_INFO, "%s: closed a session of %d rows", x->task->id,
                 x->rows);
    }
    server_remove_session(s, x);
}

void server_row_done(server *s, session *x, int row, int64_t now)
{
    assert(x->row[row].running);
    x->row[row].running = false;
    if (--x->rows_left > 0) {
        return;
    }
    arena_reset(&s->scratch);
    if (server_is_hidden(x) && x->job != JOB_CLOSE) {  // it was given up
        server_lose(s, x, now);
        return;
    }
    switch (x->job) {
    case JOB_OPEN: finish_open(s, x, now); break;
    case JOB_CLOSE: finish_close(s, x); break;
    case JOB_RENDER:
    case JOB_SAVE: finish_asked(s, x); break;
    case JOB_LOAD: finish_load(s, x, now); break;
    case JOB_UNDO: finish_undo(s, x, now); break;
    default: finish_rows(s, x, now);
    }
}
