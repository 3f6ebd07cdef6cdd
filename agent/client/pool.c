// pool.c -- a pool made of sessions: group g is a session on endpoint g mod n.
//
// All sessions share one keeper, so there is one thread and one ZeroMQ context however many groups
// there are. Groups know nothing of one another; only recv_any looks at several.
#include <stepwire/pool.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "keeper.h"
#include "now.h"
#include "pool_ops.h"
#include "session.h"
#include "socket.h"

enum {
    CLOSE_MS = 1000,  // how long closing waits for the servers, all of them together
    MAX_GROUPS = (SOCKET_MAX_WAIT - 1) / 2
};

typedef struct session_pool {
    sw_pool base;
    keeper *keeper;
    sw_client **clients;  // [groups]
    bool *waiting;        // [groups] a reply is outstanding
    int last;             // the group that recv_any gave last
    void **sockets;       // [2 * groups] room for recv_any
    bool *ready;          // [2 * groups + 1] likewise
} session_pool;

// Says which group it was.
static sw_status name_group(int group, sw_status st)
{
    char text[512];
    strncpy(text, sw_last_error(), sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    return sw_fail(st, "group %d: %s", group, text);
}


// ---- the functions of the table -----------------------------------------------------------------

static sw_status reset_group(sw_pool *pool, int group)
{
    session_pool *p = (session_pool *) pool;
    const sw_status st = sw_client_send_reset(p->clients[group], NULL);
    p->waiting[group] = st == SW_OK;
    return st == SW_OK ? SW_OK : name_group(group, st);
}

static sw_status send_group(sw_pool *pool, int group, const void *const *actions)
{
    session_pool *p = (session_pool *) pool;
    const sw_status st = sw_client_send_step(p->clients[group], actions);
    p->waiting[group] = st == SW_OK;
    return st == SW_OK ? SW_OK : name_group(group, st);
}

static sw_status recv_group(sw_pool *pool, int group, const sw_batch **batch)
{
    session_pool *p = (session_pool *) pool;
    const sw_status st = sw_client_recv(p->clients[group], batch);
    p->waiting[group] = st == SW_INTERRUPTED;
    return st == SW_OK ? SW_OK : name_group(group, st);
}

// Looks once at every waiting group, beginning behind the one that was given last. *batch is NULL
// if none had anything; then the sockets to wait for are in place, and *timeout_ms.
static sw_status look_at_all(session_pool *p, int *group, const sw_batch **batch, int *timeout_ms)
{
    const int groups = p->base.groups;
    *timeout_ms = -1;
    *batch = NULL;
    for (int i = 0; i < groups; i++) {
        const int g = (p->last + 1 + i) % groups;
        p->sockets[2 * g] = p->sockets[2 * g + 1] = NULL;
        if (!p->waiting[g]) {
            continue;
        }
        const sw_status st = session_advance(p->clients[g], batch);
        if (st != SW_OK || *batch != NULL) {
            p->waiting[g] = false;
            p->last = *group = g;
            return st == SW_OK ? SW_OK : name_group(g, st);
        }
        const int ms = session_waits_for(p->clients[g], &p->sockets[2 * g]);
        *timeout_ms = *timeout_ms < 0 || ms < *timeout_ms ? ms : *timeout_ms;
    }
    return SW_OK;
}

static sw_status recv_any_group(sw_pool *pool, int *group, const sw_batch **batch)
{
    session_pool *p = (session_pool *) pool;
    for (;;) {
        const sw_batch *found;
        int from = 0, timeout_ms = 0;
        sw_status st = look_at_all(p, &from, &found, &timeout_ms);
        if (st != SW_OK) {
            return st;
        }
        if (found != NULL) {
            *group = from;
            *batch = found;
            return SW_OK;
        }
        assert(timeout_ms >= 0);  // at least one group waits
        st = socket_wait(p->sockets, 2 * p->base.groups, -1, timeout_ms, p->ready);
        if (st != SW_OK) {
            return st;
        }
    }
}

static void close_pool(sw_pool *pool)
{
    session_pool *p = (session_pool *) pool;
    const int64_t deadline_ms = now_ms() + CLOSE_MS;
    for (int g = 0; p->clients != NULL && g < p->base.groups; g++) {
        session_close(p->clients[g], deadline_ms);
    }
    keeper_close(p->keeper);
    free(p->clients);
    free(p->waiting);
    free(p->sockets);
    free(p->ready);
    free(p);
}

static const pool_ops session_ops = {.reset = reset_group,
                                     .send = send_group,
                                     .recv = recv_group,
                                     .recv_any = recv_any_group,
                                     .close = close_pool};


// ---- opening ------------------------------------------------------------------------------------

static bool is_same_tensors(const sw_tensor *a, int a_count, const sw_tensor *b, int b_count)
{
    if (a_count != b_count) {
        return false;
    }
    for (int i = 0; i < a_count; i++) {
        if (strcmp(a[i].name, b[i].name) != 0 || a[i].dtype != b[i].dtype ||
            a[i].dims != b[i].dims ||
            memcmp(a[i].shape, b[i].shape, (size_t) a[i].dims * sizeof(a[i].shape[0])) != 0) {
            return false;
        }
        const size_t bytes = (size_t) sw_tensor_elements(&a[i]) * sizeof(double);
        if (memcmp(a[i].low, b[i].low, bytes) != 0 || memcmp(a[i].high, b[i].high, bytes) != 0) {
            return false;
        }
    }
    return true;
}

static bool is_same_infos(const sw_spec *a, const sw_spec *b)
{
    if (a->info_count != b->info_count) {
        return false;
    }
    for (int i = 0; i < a->info_count; i++) {
        if (strcmp(a->infos[i].name, b->infos[i].name) != 0) {
            return false;
        }
    }
    return true;
}

// NULL if a learner may take one for the other, else in what they differ.
static const char *find_difference(const sw_spec *a, const sw_spec *b)
{
    if (!is_same_tensors(a->observations, a->observation_count, b->observations,
                         b->observation_count)) {
        return "observations";
    }
    if (!is_same_tensors(a->actions, a->action_count, b->actions, b->action_count)) {
        return "actions";
    }
    if (!is_same_infos(a, b)) {
        return "info columns";
    }
    return a->max_episode_steps != b->max_episode_steps ? "time limits"
           : a->agents != b->agents                     ? "numbers of agents"
                                                        : NULL;
}

static sw_status open_group(session_pool *p, const sw_pool_options *options, int group)
{
    const int groups = p->base.groups;
    sw_client_options client = options->client;
    client.endpoint = options->endpoints[group % options->endpoint_count];
    sw_status st = client_new(p->keeper, &client, &p->clients[group]);
    if (st != SW_OK) {
        return name_group(group, st);
    }
    const int first_row = pool_first_row(p->base.rows, groups, group);
    sw_session_options session = options->session;
    session.first_row = first_row;
    session.rows = pool_first_row(p->base.rows, groups, group + 1) - first_row;
    st = sw_client_open(p->clients[group], &session);
    if (st != SW_OK) {
        return name_group(group, st);
    }
    if (group == 0) {
        p->base.spec = sw_client_spec(p->clients[0]);
    }
    const char *difference = find_difference(p->base.spec, sw_client_spec(p->clients[group]));
    if (difference != NULL) {
        return sw_fail(SW_FAILED_PRECONDITION, "%s: %s and %s give it different %s", session.env_id,
                       options->endpoints[0], client.endpoint, difference);
    }
    return SW_OK;
}

static sw_status open_groups(session_pool *p, const sw_pool_options *options)
{
    const size_t groups = (size_t) p->base.groups;
    p->clients = calloc(groups, sizeof(*p->clients));
    p->waiting = calloc(groups, sizeof(*p->waiting));
    p->sockets = calloc(2 * groups, sizeof(*p->sockets));
    p->ready = calloc(2 * groups + 1, sizeof(*p->ready));
    if (p->clients == NULL || p->waiting == NULL || p->sockets == NULL || p->ready == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a pool of %zu groups", groups);
    }
    sw_status st = keeper_open(&options->client, &p->keeper);
    for (int g = 0; st == SW_OK && g < p->base.groups; g++) {
        st = open_group(p, options, g);
    }
    return st;
}

sw_status sw_pool_open(const sw_pool_options *options, sw_pool **pool)
{
    if (options->endpoint_count < 1 || options->groups < 1 || options->groups > MAX_GROUPS ||
        options->rows < options->groups) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "a pool of %d rows in %d groups on %d servers; allowed are 1 to %d groups "
                       "of at least a row each, on at least one server",
                       options->rows, options->groups, options->endpoint_count, MAX_GROUPS);
    }
    session_pool *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a pool");
    }
    p->base = (sw_pool){.ops = &session_ops, .groups = options->groups, .rows = options->rows};
    const sw_status st = open_groups(p, options);
    if (st != SW_OK) {
        close_pool(&p->base);
        return st;
    }
    *pool = &p->base;
    return SW_OK;
}


// ---- any pool -----------------------------------------------------------------------------------

const sw_spec *sw_pool_spec(const sw_pool *pool)
{
    return pool->spec;
}

int sw_pool_groups(const sw_pool *pool)
{
    return pool->groups;
}

int sw_pool_rows(const sw_pool *pool, int group)
{
    return sw_pool_first_row(pool, group + 1) - sw_pool_first_row(pool, group);
}

int sw_pool_first_row(const sw_pool *pool, int group)
{
    return pool_first_row(pool->rows, pool->groups, group);
}

sw_status sw_pool_reset(sw_pool *pool, int group)
{
    return pool->ops->reset(pool, group);
}

sw_status sw_pool_send(sw_pool *pool, int group, const void *const *actions)
{
    return pool->ops->send(pool, group, actions);
}

sw_status sw_pool_recv(sw_pool *pool, int group, const sw_batch **batch)
{
    return pool->ops->recv(pool, group, batch);
}

sw_status sw_pool_recv_any(sw_pool *pool, int *group, const sw_batch **batch)
{
    return pool->ops->recv_any(pool, group, batch);
}

void sw_pool_close(sw_pool *pool)
{
    if (pool != NULL) {
        pool->ops->close(pool);
    }
}
