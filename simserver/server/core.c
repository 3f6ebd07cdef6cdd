// core.c -- sessions, their jobs and their leases. What messages ask for is in request.c, what
// becomes of finished jobs in finish.c.
//
// Sessions stand in one list that is searched from front to back: there are tens of them, and each
// message means work that costs far more.
#include "core.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "codec.h"
#include "lookup.h"
#include "step.h"
#include "task.h"

enum {
    SCRATCH_BYTES = 1 << 18,    // for what a reply needs besides: the largest spec, say
    LONGEST_LEASE = 1000000000  // s
};

// What a reply needs besides its bytes: a list of rows at fault, or of sessions, or a spec.
static sw_status make_arenas(server *s)
{
    const sw_limits *limits = &s->config.limits;
    const size_t row = sizeof(uint32_t);
    const size_t one = sizeof(Stepwire__SessionStatus) + sizeof(Stepwire__SessionStatus *);
    const size_t scratch = limits->max_message + (size_t) limits->max_rows * row +
                           (size_t) limits->max_sessions * one + SCRATCH_BYTES;
    sw_status st = arena_init(&s->parsed, codec_arena_size(limits->max_message));
    if (st == SW_OK) {
        st = arena_init(&s->scratch, scratch);
    }
    if (st != SW_OK) {
        arena_free(&s->parsed);
    }
    return st;
}

sw_status server_init(server *s, const server_config *config, int64_t now)
{
    const sw_limits *limits = &config->limits;
    if (limits->max_sessions < 1 || limits->max_rows < 1 || limits->max_envs < 1 ||
        limits->max_message < 1 || !(limits->max_lease > 0)) {
        return sw_fail(SW_INVALID_ARGUMENT, "limits: max_sessions, max_rows, max_envs, max_message "
                                            "and max_lease must all be positive");
    }
    server fresh = {.config = *config, .ticked = now};
    fresh.sessions = calloc((size_t) limits->max_sessions, sizeof(session *));
    if (fresh.sessions == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %d sessions", limits->max_sessions);
    }
    const sw_status st = make_arenas(&fresh);
    if (st != SW_OK) {
        free(fresh.sessions);
        return st;
    }
    fresh.lender.most = LOAN_MESSAGES * limits->max_message;
    fresh.incarnation = config->random(config->context);
    *s = fresh;
    return SW_OK;
}

static void free_session(session *x)
{
    loan_return(x->kept_loan);
    loan_return(x->reply_room);
    loan_return(x->work);
    session_free(x);
}

void server_free(server *s)
{
    for (int i = 0; i < s->session_count; i++) {
        session *x = s->sessions[i];
        x->job = JOB_CLOSE;
        step_rows(x, 0, x->rows, &s->config.log);
        free_session(x);
    }
    free(s->sessions);
    arena_free(&s->parsed);
    arena_free(&s->scratch);
    *s = (server){0};
}

sw_status server_add(server *s, const sw_env_class *task)
{
    const sw_status st = task_check(task);
    if (st != SW_OK) {
        return st;
    }
    if (lookup_task(s->tasks, s->task_count, task->id) != NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: there is such a task already", task->id);
    }
    if (s->task_count == SERVER_MAX_TASKS) {
        return sw_fail(SW_CAPACITY, "%s: a server offers at most %d tasks", task->id,
                       SERVER_MAX_TASKS);
    }
    s->tasks[s->task_count++] = task;
    return SW_OK;
}

bool server_next_reply(server *s, server_reply *reply)
{
    if (!s->has_reply) {
        return false;
    }
    *reply = s->reply;
    s->has_reply = false;
    return true;
}

session *server_next_job(server *s)
{
    session *x = s->first_job;
    if (x != NULL) {
        s->first_job = x->next;
    }
    return x;
}

// ---- sessions ----------------------------------------------------------------------------------

static bool is_of(const session *x, const server_peer *peer)
{
    return strcmp(x->key, peer->key) == 0;
}

session *server_find_session(const server *s, const server_peer *peer, uint64_t id)
{
    for (int i = 0; id != 0 && i < s->session_count; i++) {
        if (s->sessions[i]->id == id && is_of(s->sessions[i], peer)) {
            return s->sessions[i];
        }
    }
    return NULL;
}

session *server_find_token(const server *s, const server_peer *peer, uint64_t token)
{
    for (int i = 0; token != 0 && i < s->session_count; i++) {
        if (s->sessions[i]->token == token && is_of(s->sessions[i], peer)) {
            return s->sessions[i];
        }
    }
    return NULL;
}

static bool is_taken(const server *s, uint64_t id)
{
    for (int i = 0; i < s->session_count; i++) {
        if (s->sessions[i]->id == id) {
            return true;
        }
    }
    return false;
}

// 0 is what sessions have that no request finds.
uint64_t server_new_id(const server *s)
{
    uint64_t id;
    do {
        id = s->config.random(s->config.context);
    } while (id == 0 || is_taken(s, id));
    return id;
}

void server_renew(const server *s, session *x)
{
    x->expires = s->lease_clock + (int64_t) (x->lease * 1000);
}

void server_start_job(server *s, session *x, job_kind kind, int64_t now)
{
    x->job = kind;
    x->busy_since = now;
    if (!session_job_has_list(kind)) {
        x->job_rows = x->rows;
    }
    x->rows_left = x->job_rows;
    for (int n = 0; n < x->job_rows; n++) {
        x->row[session_job_row(x, n)].running = true;
    }
    x->next = NULL;
    if (s->first_job == NULL) {
        s->first_job = x;
    } else {
        s->last_job->next = x;
    }
    s->last_job = x;
}

static void hide(session *x)
{
    x->id = 0;
    x->token = 0;
}

bool server_is_hidden(const session *x)
{
    return x->id == 0 && x->token == 0;
}

void server_lose(server *s, session *x, int64_t now)
{
    hide(x);
    server_start_job(s, x, JOB_CLOSE, now);
}

void server_add_session(server *s, session *x, int64_t now)
{
    s->sessions[s->session_count++] = x;
    s->env_count += x->rows;
    server_start_job(s, x, JOB_OPEN, now);
}

void server_remove_session(server *s, session *x)
{
    int i = 0;
    while (s->sessions[i] != x) {
        i++;
    }
    s->sessions[i] = s->sessions[--s->session_count];
    s->env_count -= x->rows;
    free_session(x);
}

void server_tick(server *s, int64_t now)
{
    const int64_t passed = now - s->ticked;
    s->lease_clock += passed < SERVER_TICK_MS ? passed : SERVER_TICK_MS;
    s->ticked = now;
    for (int i = 0; i < s->session_count; i++) {
        session *x = s->sessions[i];
        if (x->job == JOB_NONE && x->expires <= s->lease_clock) {
            log_line(&s->config.log, SW_LOG_INFO, "%s: a session of %d rows was silent for %g s",
                     x->task->id, x->rows, x->lease);
            server_lose(s, x, now);
        }
    }
}

void server_drain(server *s)
{
    s->draining = true;
}

void server_give_up(server *s, session *x, int row, int64_t now)
{
    assert(x->job != JOB_NONE);
    if (server_is_hidden(x)) {  // given up before, or nobody waits for it
        return;
    }
    const sw_status st =
        sw_fail(SW_SESSION_LOST, "%s: row %d has not come back for %g s: its session is given up",
                x->task->id, row, 1e-3 * (double) (now - x->busy_since));
    arena_reset(&s->scratch);
    const answer_fault fault = {.row = (uint32_t) row, .rows = &fault.row, .row_count = 1};
    answer_error(s, &x->asker, st, &fault);
    log_line(&s->config.log, SW_LOG_ERROR, "%s", sw_last_error());
    hide(x);
}
