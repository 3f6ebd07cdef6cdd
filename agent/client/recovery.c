// recovery.c -- the patience of a group counts the time that somebody spent waiting while no server
// could be had, and nothing else: neither what it takes to open a session nor a learner's own time.
#include "recovery.h"

#include <stdio.h>

#include "clock.h"
#include "log.h"

enum {
    MAX_LOOKED_MS = 1000,  // a longer pause was not spent waiting
    MAX_FAILED_RESETS = 2
};

group_stage recovery_stage(const pool_group *g)
{
    return g->stepping && group_autoreset(g) != SW_SAME_STEP ? GROUP_ENDED : GROUP_REOPENING;
}

void recovery_lose(pool_group *g, sw_status st)
{
    g->why = st;
    snprintf(g->why_text, sizeof(g->why_text), "%s", sw_last_error());
    group_log(g, SW_LOG_WARNING, "its session is lost: ", g->why_text);
    session_close(g->client, 0);
    g->client = NULL;
    // of a server that restarted, or whose environment failed, the next session may be a good one
    const bool is_well = st == SW_SESSION_LOST || st == SW_ENVIRONMENT;
    if (!is_well || g->stage == GROUP_RESETTING) {
        fleet_blame(g->fleet, g->server, st);
    }
    g->counts->sessions_lost++;
}

sw_status recovery_begin(pool_group *g, sw_status st)
{
    recovery_lose(g, st);
    g->stage = recovery_stage(g);
    g->failed_resets += st == SW_ENVIRONMENT;
    if (g->failed_resets == MAX_FAILED_RESETS) {
        g->failed_resets = 0;
        return sw_fail(st, "group %d: %s", g->number, g->why_text);
    }
    return SW_OK;
}

static void find_server(pool_group *g)
{
    g->counts->stranded -= g->stranded;
    g->stranded = false;
    g->looked_ms = 0;
}

// There is no server to be had. SW_UNAVAILABLE once that has been so for too long.
static sw_status be_stranded(pool_group *g)
{
    const double patience = g->fleet->plan->options.patience;
    const int64_t now = clock_ms();
    const int64_t passed = g->looked_ms > 0 ? now - g->looked_ms : 0;
    g->stranded_ms += passed < MAX_LOOKED_MS ? passed : MAX_LOOKED_MS;
    g->looked_ms = now;
    if (1e-3 * (double) g->stranded_ms < patience) {
        g->counts->stranded += !g->stranded;
        g->stranded = true;
        fleet_tell(g->fleet, patience);
        return SW_OK;
    }
    find_server(g);
    g->stranded_ms = 0;
    if (patience > 0) {
        char text[400];
        fleet_describe(g->fleet, text, sizeof(text));
        return sw_fail(SW_UNAVAILABLE, "%s for %.0f s; group %d had lost its session: %s", text,
                       patience, g->number, g->why_text);
    }
    return sw_fail(g->why, "group %d: %s", g->number, g->why_text);
}

static sw_status begin_opening(pool_group *g)
{
    const int server = fleet_choose(g->fleet, g->home);
    if (server < 0) {
        return be_stranded(g);
    }
    find_server(g);
    if (candidate_begin(&g->next, g->fleet, server, &g->session) != SW_OK) {
        group_log(g, SW_LOG_WARNING, "finds no session: ", sw_last_error());
    }
    return SW_OK;
}

sw_status recovery_advance(pool_group *g)
{
    if (g->next.client == NULL) {
        return begin_opening(g);
    }
    bool open;
    if (candidate_advance(&g->next, &open) != SW_OK) {
        group_log(g, SW_LOG_WARNING, "finds no session: ", sw_last_error());
        return SW_OK;
    }
    if (!open) {
        return SW_OK;
    }
    g->server = g->next.server;
    g->client = candidate_take(&g->next);
    g->stage = GROUP_RESETTING;
    const sw_status st = group_send_reset(g);
    return st == SW_OK ? SW_OK : recovery_begin(g, st);
}
