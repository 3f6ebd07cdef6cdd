// group.c -- see the header. Whatever waits does so in group_recv() or in the pool, and everything
// a group has to remember is in its struct, so that a signal may come at any point.
#include "group.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "home.h"
#include "log.h"
#include "recovery.h"
#include "socket.h"

enum {
    LOOK_MS = 20,    // how often to look for a server
    CLOSE_MS = 1000  // how long to wait for one that is left
};

sw_status group_name(const pool_group *g, sw_status st)
{
    char text[450];
    snprintf(text, sizeof(text), "%s", sw_last_error());
    return sw_fail(st, "group %d: %s", g->number, text);
}

void group_log(const pool_group *g, sw_log_level level, const char *what, const char *text)
{
    log_line(&g->fleet->plan->options.client.log, level, "group %d: %s%s", g->number, what, text);
}

sw_autoreset group_autoreset(const pool_group *g)
{
    return g->session.autoreset == 0 ? SW_SAME_STEP : g->session.autoreset;
}


// ---- opening for the first time -----------------------------------------------------------------

static sw_status open_at(pool_group *g, int server)
{
    bool open = false;
    sw_status st = candidate_begin(&g->next, g->fleet, server, &g->session);
    while (st == SW_OK && !open) {
        st = candidate_advance(&g->next, &open);
        if (st == SW_OK && !open) {
            void *sockets[2];
            bool ready[3];
            const int timeout_ms = candidate_waits_for(&g->next, sockets);
            st = socket_wait(sockets, 2, -1, timeout_ms, ready);
        }
    }
    if (st == SW_OK) {
        g->client = candidate_take(&g->next);
        g->server = server;
    }
    return st;
}

// Whether the pool can begin without a server that fails like that.
static bool is_dispensable(sw_status st)
{
    return st == SW_UNAVAILABLE || st == SW_CAPACITY || st == SW_TOO_LARGE || st == SW_DRAINING;
}

static sw_status open_somewhere(pool_group *g)
{
    const fleet *f = g->fleet;
    sw_status st = SW_OK;
    for (int i = 0; i < f->count; i++) {
        const int server = (g->home + i) % f->count;
        if (f->count > 1 && !fleet_is_usable(f, server)) {
            continue;
        }
        st = open_at(g, server);
        if (st == SW_OK) {
            return st;
        }
        if (f->count == 1 || !is_dispensable(st)) {
            return group_name(g, st);
        }
        group_log(g, SW_LOG_WARNING, "begins without a server: ", sw_last_error());
    }
    char text[400];
    fleet_describe(f, text, sizeof(text));
    return st != SW_OK ? group_name(g, st)
                       : sw_fail(SW_UNAVAILABLE, "group %d: %s", g->number, text);
}

sw_status group_open(pool_group *g, fleet *f, int number, sw_pool_counts *counts)
{
    *g = (pool_group){.fleet = f,
                      .counts = counts,
                      .number = number,
                      .home = number % f->count,
                      .session = plan_session(f->plan, number)};
    const size_t rows = (size_t) g->session.rows;
    g->seeds = calloc(rows, sizeof(*g->seeds));
    g->numbers = calloc(rows, sizeof(*g->numbers));
    if (g->seeds == NULL || g->numbers == NULL) {
        return sw_fail(SW_NO_MEMORY, "group %d: no memory for %zu rows", number, rows);
    }
    const sw_status st = open_somewhere(g);
    return st == SW_OK ? aftermath_init(&g->aftermath, &f->plan->spec, &g->session) : st;
}

void group_free(pool_group *g, int64_t deadline_ms)
{
    candidate_drop(&g->next);
    session_close(g->client, deadline_ms);
    aftermath_free(&g->aftermath);
    free(g->seeds);
    free(g->numbers);
    *g = (pool_group){.number = 0};
}


// ---- a session is lost --------------------------------------------------------------------------

// Errors that end the session and not the pool: of a server that is gone, restarted or broken.
static bool is_loss(sw_status st)
{
    switch (st) {
    case SW_STALE:
    case SW_OUT_OF_ORDER:
    case SW_SESSION_LOST:
    case SW_ENVIRONMENT:
    case SW_VERSION:
    case SW_UNAVAILABLE:
    case SW_PROTOCOL: return true;
    default: return false;
    }
}

// The rows of a lost Step end.
static const sw_batch *end_rows(pool_group *g)
{
    g->counts->faulty_rows += g->session.rows;
    g->stage = GROUP_IDLE;
    g->over = true;
    return aftermath_end(&g->aftermath);
}


// ---- asking -------------------------------------------------------------------------------------

sw_status group_send_reset(pool_group *g)
{
    const sw_reset reset = {.seeds = g->seeded ? g->seeds : NULL, .episodes = g->numbers};
    return sw_client_send_reset(g->client, &reset);
}

sw_status group_reset(pool_group *g, const uint64_t *seeds)
{
    assert(g->stage == GROUP_IDLE);
    const size_t rows = (size_t) g->session.rows;
    g->stepping = false;
    if (seeds != NULL) {
        g->seeded = true;
        memcpy(g->seeds, seeds, rows * sizeof(*seeds));
        memset(g->numbers, 0, rows * sizeof(*g->numbers));
    }
    if (g->client == NULL) {
        g->stage = GROUP_REOPENING;
        return SW_OK;
    }
    const sw_status st = group_send_reset(g);
    g->stage = st == SW_OK ? GROUP_ANSWERING : GROUP_IDLE;
    return st == SW_OK ? SW_OK : group_name(g, st);
}

// The observations delivered last, before their memory is used again.
static void keep_delivered(pool_group *g)
{
    if (g->batch != NULL) {
        aftermath_keep(&g->aftermath, g->batch->observations);
        g->batch = NULL;
    }
}

// A Step while there is no session: it is lost, or begins rows that ended with the session.
static sw_status send_without_session(pool_group *g)
{
    if (g->over && group_autoreset(g) == SW_DISABLED) {
        return sw_fail(SW_FAILED_PRECONDITION,
                       "group %d: all its episodes ended with its session: reset it", g->number);
    }
    g->stepping = !g->over;
    g->stage = recovery_stage(g);
    return SW_OK;
}

sw_status group_send(pool_group *g, const void *const *actions)
{
    assert(g->stage == GROUP_IDLE);
    keep_delivered(g);
    if (g->client == NULL) {
        return send_without_session(g);
    }
    g->stepping = true;
    sw_status st = home_visit(g);
    if (st != SW_OK) {
        return recovery_begin(g, st);
    }
    st = sw_client_send_step(g->client, actions);
    g->stage = st == SW_OK ? GROUP_ANSWERING : GROUP_IDLE;
    return st == SW_OK ? SW_OK : group_name(g, st);
}


// ---- answers ------------------------------------------------------------------------------------

static void count_episodes(pool_group *g, const uint8_t *flags)
{
    for (int i = 0; i < g->session.rows; i++) {
        g->numbers[i] += (flags[i] & SW_FIRST) != 0;
    }
}

// Makes of the session's batch the one to be delivered.
static void deliver(pool_group *g, const sw_batch **batch)
{
    if (g->stage == GROUP_RESETTING) {
        group_log(g, SW_LOG_INFO, "goes on at ", fleet_name(g->fleet, g->server));
        fleet_forget(g->fleet);
        g->stranded_ms = 0;
        if (g->stepping) {
            g->counts->faulty_rows += g->session.rows;
            *batch = aftermath_begin(&g->aftermath, *batch);
        }
    }
    g->stage = GROUP_IDLE;
    g->over = false;
    g->failed_resets = 0;
    g->batch = *batch;
    count_episodes(g, (*batch)->flags);
}

// The outcome of asking the session for its answer.
static sw_status take(pool_group *g, sw_status st, const sw_batch **batch)
{
    if (st == SW_OK) {
        if (*batch != NULL) {
            deliver(g, batch);
        }
        return SW_OK;
    }
    *batch = NULL;
    if (st == SW_INTERRUPTED) {
        return st;
    }
    if (is_loss(st) || g->stage == GROUP_RESETTING) {
        return recovery_begin(g, st);
    }
    g->stage = GROUP_IDLE;
    return group_name(g, st);
}

static bool is_asking(const pool_group *g)
{
    return g->stage == GROUP_ANSWERING || g->stage == GROUP_RESETTING;
}

sw_status group_advance(pool_group *g, const sw_batch **batch)
{
    assert(g->stage != GROUP_IDLE);
    *batch = NULL;
    if (is_asking(g)) {
        const sw_status st = session_advance(g->client, batch);
        return take(g, st, batch);
    }
    if (g->stage == GROUP_ENDED) {
        *batch = end_rows(g);
        return SW_OK;
    }
    return recovery_advance(g);
}

int group_waits_for(const pool_group *g, void **sockets)
{
    sockets[0] = sockets[1] = NULL;
    if (is_asking(g)) {
        return session_waits_for(g->client, sockets);
    }
    if (g->stage == GROUP_ENDED) {
        return 0;
    }
    return g->next.client != NULL ? candidate_waits_for(&g->next, sockets) : LOOK_MS;
}

bool group_is_waiting(const pool_group *g)
{
    return g->stage != GROUP_IDLE;
}

static sw_status wait(const pool_group *g)
{
    void *sockets[2];
    bool ready[3];
    const int timeout_ms = group_waits_for(g, sockets);
    return socket_wait(sockets, 2, -1, timeout_ms, ready);
}

sw_status group_recv(pool_group *g, const sw_batch **batch)
{
    sw_status st = SW_OK;
    *batch = NULL;
    while (st == SW_OK && *batch == NULL) {
        if (is_asking(g)) {  // one wait and one receive in one
            st = sw_client_recv(g->client, batch);
            st = take(g, st, batch);
            continue;
        }
        st = group_advance(g, batch);
        if (st == SW_OK && *batch == NULL && !is_asking(g)) {
            st = wait(g);
        }
    }
    return st;
}


// ---- states -------------------------------------------------------------------------------------

sw_status group_get_state(pool_group *g, sw_pool_state *state)
{
    keep_delivered(g);
    *state = (sw_pool_state){.seeds = g->seeded ? g->seeds : NULL,
                             .episodes = g->numbers,
                             .observations = g->aftermath.observations};
    if (g->stage != GROUP_IDLE || g->client == NULL || !g->fleet->plan->spec.supports_state) {
        return SW_OK;
    }
    const sw_status st = sw_client_get_state(g->client, NULL, 0, NULL, &state->states);
    if (st == SW_OK || st == SW_NO_MEMORY) {
        return st;
    }
    if (g->client->ended != SW_OK) {
        recovery_lose(g, st);
    } else {
        group_log(g, SW_LOG_WARNING, "its state cannot be saved: ", sw_last_error());
    }
    return SW_OK;
}

// Its rows' states are gone, as if with a session.
static void begin_without_session(pool_group *g)
{
    g->why = SW_UNAVAILABLE;
    snprintf(g->why_text, sizeof(g->why_text), "it begins without a state");
    session_close(g->client, clock_ms() + CLOSE_MS);
    g->client = NULL;
}

sw_status group_set_state(pool_group *g, const sw_pool_state *state)
{
    assert(g->stage == GROUP_IDLE && g->client != NULL);
    const size_t bytes = (size_t) g->session.rows * sizeof(*g->seeds);
    const sw_batch *batch;
    if (state->states != NULL) {
        const sw_status st = sw_client_set_state(g->client, NULL, 0, state->states, &batch);
        if (st != SW_OK) {
            return group_name(g, st);
        }
    } else {
        begin_without_session(g);
    }
    aftermath_keep(&g->aftermath, state->observations);
    memcpy(g->numbers, state->episodes, bytes);
    g->seeded = state->seeds != NULL;
    if (g->seeded) {
        memcpy(g->seeds, state->seeds, bytes);
    }
    return SW_OK;
}
