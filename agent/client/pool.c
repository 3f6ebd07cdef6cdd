// pool.c -- a pool made of groups, each of which is a session on one of the pool's servers.
//
//     pool.c        the groups together
//     group.c       one group: its rows and its session
//     recovery.c    the loss of a session, and another one
//     home.c        moving to where a group should be
//     candidate.c   a session that is being opened
//     aftermath.c   the batch that stands for a lost reply
//     fleet.c       which servers may be tried
//     plan.c        what was asked for
//
// All sessions share one keeper, so there is one thread and one ZeroMQ context however many groups
// there are. Groups know nothing of one another; only recv_any looks at several.
#include <stepwire/pool.h>

#include <assert.h>
#include <stdlib.h>

#include "clock.h"
#include "group.h"
#include "pool_ops.h"
#include "socket.h"

enum { CLOSE_MS = 1000 };  // how long closing waits for the servers, all of them together

typedef struct session_pool {
    sw_pool base;
    plan plan;
    keeper *keeper;
    fleet fleet;
    pool_group *groups;  // [groups]
    int last;            // the group that recv_any gave last
    void **sockets;      // [2 * groups] room for recv_any
    bool *ready;         // [2 * groups + 1] likewise
} session_pool;


// ---- the functions of the table -----------------------------------------------------------------

static sw_status reset_group(sw_pool *pool, int group, const uint64_t *seeds)
{
    return group_reset(&((session_pool *) pool)->groups[group], seeds);
}

static sw_status send_group(sw_pool *pool, int group, const void *const *actions)
{
    return group_send(&((session_pool *) pool)->groups[group], actions);
}

static sw_status recv_group(sw_pool *pool, int group, const sw_batch **batch)
{
    return group_recv(&((session_pool *) pool)->groups[group], batch);
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
        if (!group_is_waiting(&p->groups[g])) {
            continue;
        }
        const sw_status st = group_advance(&p->groups[g], batch);
        if (st != SW_OK || *batch != NULL) {
            p->last = *group = g;
            return st;
        }
        const int ms = group_waits_for(&p->groups[g], &p->sockets[2 * g]);
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

static sw_status get_group_state(sw_pool *pool, int group, sw_pool_state *state)
{
    return group_get_state(&((session_pool *) pool)->groups[group], state);
}

static sw_status set_group_state(sw_pool *pool, int group, const sw_pool_state *state)
{
    return group_set_state(&((session_pool *) pool)->groups[group], state);
}

static void close_pool(sw_pool *pool)
{
    session_pool *p = (session_pool *) pool;
    const int64_t deadline_ms = clock_ms() + CLOSE_MS;
    for (int g = 0; p->groups != NULL && g < p->base.groups; g++) {
        group_free(&p->groups[g], deadline_ms);
    }
    fleet_free(&p->fleet);
    keeper_close(p->keeper);
    plan_free(&p->plan);
    free(p->groups);
    free(p->sockets);
    free(p->ready);
    free(p);
}

static const pool_ops session_ops = {.reset = reset_group,
                                     .send = send_group,
                                     .recv = recv_group,
                                     .recv_any = recv_any_group,
                                     .get_state = get_group_state,
                                     .set_state = set_group_state,
                                     .close = close_pool};

static sw_status open_groups(session_pool *p)
{
    const size_t groups = (size_t) p->base.groups;
    p->groups = calloc(groups, sizeof(*p->groups));
    p->sockets = calloc(2 * groups, sizeof(*p->sockets));
    p->ready = calloc(2 * groups + 1, sizeof(*p->ready));
    if (p->groups == NULL || p->sockets == NULL || p->ready == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a pool of %zu groups", groups);
    }
    const sw_client_options first = plan_client(&p->plan, 0);
    sw_status st = keeper_open(&first, &p->keeper);
    if (st == SW_OK) {
        st = fleet_init(&p->fleet, p->keeper, &p->plan);
    }
    for (int g = 0; st == SW_OK && g < p->base.groups; g++) {
        st = group_open(&p->groups[g], &p->fleet, g, &p->base.counts);
    }
    return st;
}

sw_status sw_pool_open(const sw_pool_options *options, sw_pool **pool)
{
    session_pool *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a pool");
    }
    p->base = (sw_pool){.ops = &session_ops,
                        .spec = &p->plan.spec,
                        .groups = options->groups,
                        .rows = options->rows};
    sw_status st = plan_init(&p->plan, options);
    if (st == SW_OK) {
        st = open_groups(p);
    }
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

sw_status sw_pool_reset(sw_pool *pool, int group, const uint64_t *seeds)
{
    return pool->ops->reset(pool, group, seeds);
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

sw_status sw_pool_get_state(sw_pool *pool, int group, sw_pool_state *state)
{
    return pool->ops->get_state(pool, group, state);
}

sw_status sw_pool_set_state(sw_pool *pool, int group, const sw_pool_state *state)
{
    return pool->ops->set_state(pool, group, state);
}

void sw_pool_count(const sw_pool *pool, sw_pool_counts *counts)
{
    *counts = pool->counts;
}

void sw_pool_close(sw_pool *pool)
{
    if (pool != NULL) {
        pool->ops->close(pool);
    }
}
