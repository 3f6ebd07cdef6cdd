#include "candidate.h"

#include "clock.h"

enum {
    GRACE_MS = 1000,  // beyond refused_ms, within which the connection itself says what is wrong
    DROP_MS = 100     // how long dropping an open session waits for its server
};

sw_status candidate_begin(candidate *c, fleet *f, int server, const sw_session_options *session)
{
    *c = (candidate){.fleet = f, .server = server, .begun_ms = clock_ms()};
    const sw_client_options options = plan_client(f->plan, server);
    sw_status st = client_new(f->keeper, &options, &c->client);
    if (st == SW_OK) {
        st = opening_begin(&c->opening, c->client, session);
    }
    if (st != SW_OK) {
        candidate_drop(c);
        fleet_blame(f, server, st);
    }
    return st;
}

// A lone server gets all the patience of its connection: there is nothing better to try.
static sw_status check_silence(const candidate *c)
{
    const fleet *f = c->fleet;
    const int64_t tried_ms = clock_ms() - c->begun_ms;
    if (f->count == 1 || tried_ms < f->plan->options.client.refused_ms + GRACE_MS ||
        !fleet_is_silent(f, c->server)) {
        return SW_OK;
    }
    return sw_fail(SW_UNAVAILABLE, "%s: given up after trying for %.1f s: it does not answer",
                   fleet_name(f, c->server), 1e-3 * (double) tried_ms);
}

sw_status candidate_advance(candidate *c, bool *open)
{
    *open = c->client->session != 0;
    if (*open) {
        return SW_OK;
    }
    sw_status st = opening_advance(&c->opening, open);
    if (st == SW_OK && *open) {
        st = plan_check(c->fleet->plan, sw_client_spec(c->client), fleet_name(c->fleet, c->server));
    } else if (st == SW_OK) {
        st = check_silence(c);
    }
    if (st != SW_OK) {
        candidate_drop(c);
        fleet_blame(c->fleet, c->server, st);
    }
    return st;
}

int candidate_waits_for(const candidate *c, void **sockets)
{
    return session_waits_for(c->client, sockets);
}

sw_client *candidate_take(candidate *c)
{
    sw_client *client = c->client;
    opening_free(&c->opening);
    c->client = NULL;
    return client;
}

void candidate_drop(candidate *c)
{
    if (c->client != NULL) {
        session_close(candidate_take(c), clock_ms() + DROP_MS);
    }
}
