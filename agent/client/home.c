// home.c -- the new session is opened while the old one goes on stepping; then
//
//     GetState of the old, SetState of the new, Close of the old.
//
// Until SetState has its answer the old session is whole, and the new one is nothing that anybody
// would miss.
#include "home.h"

#include "clock.h"

enum {
    LOOK_MS = 250,   // how often a group asks itself whether it should be elsewhere
    CLOSE_MS = 1000  // how long it waits for the server that it leaves
};

// Where the group should be instead of where it is; -1: it should stay.
static int choose_target(const pool_group *g)
{
    const fleet *f = g->fleet;
    if (g->server != g->home && fleet_is_usable(f, g->home)) {
        return g->home;
    }
    return fleet_is_draining(f, g->server) ? fleet_choose(f, g->home) : -1;
}

// Said once; it may go on for hours.
static void stay(pool_group *g)
{
    group_log(g, g->stays ? SW_LOG_DEBUG : SW_LOG_INFO, "stays where it is: ", sw_last_error());
    g->stays = true;
}

static void look_around(pool_group *g)
{
    const int64_t now = clock_ms();
    if (g->fleet->count == 1 || now < g->move_ms || !g->fleet->plan->spec.supports_state) {
        return;
    }
    g->move_ms = now + LOOK_MS;
    const int target = choose_target(g);
    if (target >= 0 && candidate_begin(&g->next, g->fleet, target, &g->session) != SW_OK) {
        stay(g);
    }
}

// True if the old session is still what it was.
static bool is_whole(const pool_group *g)
{
    return g->client->ended == SW_OK;
}

static sw_status move(pool_group *g)
{
    const sw_states *states;
    const sw_batch *batch;
    sw_status st = sw_client_get_state(g->client, NULL, 0, NULL, &states);
    if (st == SW_OK) {
        st = sw_client_set_state(g->next.client, NULL, 0, states, &batch);
    }
    if (st != SW_OK) {
        stay(g);
        fleet_blame(g->fleet, g->next.server, st);
        candidate_drop(&g->next);
        return is_whole(g) ? SW_OK : st;
    }
    session_close(g->client, clock_ms() + CLOSE_MS);
    g->server = g->next.server;
    g->client = candidate_take(&g->next);
    g->counts->moves++;
    g->stays = false;
    group_log(g, SW_LOG_INFO, "moved to ", fleet_name(g->fleet, g->server));
    return SW_OK;
}

sw_status home_visit(pool_group *g)
{
    if (g->next.client == NULL) {
        look_around(g);
        return SW_OK;
    }
    bool open;
    if (candidate_advance(&g->next, &open) != SW_OK) {
        stay(g);
        return SW_OK;
    }
    return open ? move(g) : SW_OK;
}
