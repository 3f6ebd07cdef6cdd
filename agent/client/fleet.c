#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "endpoint.h"
#include "log.h"

enum { SKIP_MS = 5000 };  // how long a server that failed is left alone

sw_status fleet_init(fleet *f, keeper *k, plan *p)
{
    *f = (fleet){.keeper = k, .plan = p, .count = p->options.endpoint_count};
    f->skip_until = calloc((size_t) f->count, sizeof(*f->skip_until));
    if (f->skip_until == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a pool of %d servers", f->count);
    }
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < f->count; i++) {
        st = endpoint_check_connect(fleet_name(f, i));
        if (st == SW_OK) {
            st = keeper_watch(k, fleet_name(f, i));
        }
    }
    return st;
}

void fleet_free(fleet *f)
{
    free(f->skip_until);
    *f = (fleet){.count = 0};
}

const char *fleet_name(const fleet *f, int server)
{
    return f->plan->options.endpoints[server];
}

bool fleet_is_usable(const fleet *f, int server)
{
    return clock_ms() >= f->skip_until[server] &&
           keeper_look(f->keeper, fleet_name(f, server)) == KEEPER_ANSWERS;
}

bool fleet_is_draining(const fleet *f, int server)
{
    return keeper_look(f->keeper, fleet_name(f, server)) == KEEPER_DRAINING;
}

bool fleet_is_silent(const fleet *f, int server)
{
    return keeper_look(f->keeper, fleet_name(f, server)) == KEEPER_SILENT;
}

int fleet_choose(const fleet *f, int home)
{
    for (int i = 0; i < f->count; i++) {
        const int server = (home + i) % f->count;
        if (fleet_is_usable(f, server)) {
            return server;
        }
    }
    return -1;
}

void fleet_blame(fleet *f, int server, sw_status st)
{
    if (st == SW_UNAVAILABLE) {
        keeper_doubt(f->keeper, fleet_name(f, server));
    } else {
        f->skip_until[server] = clock_ms() + SKIP_MS;
        snprintf(f->trouble, sizeof(f->trouble), "%s", sw_last_error());
    }
}

void fleet_forget(fleet *f)
{
    f->told = false;
    f->trouble[0] = '\0';
}

void fleet_describe(const fleet *f, char *text, size_t size)
{
    bool answers = false;
    size_t used = 0;
    char names[300] = "";
    for (int i = 0; i < f->count; i++) {
        answers = answers || !fleet_is_silent(f, i);
        if (used < sizeof(names)) {
            used += (size_t) snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                                      fleet_name(f, i));
        }
    }
    const bool said = answers && f->trouble[0] != '\0';
    snprintf(text, size, "no server %s (%s)%s%s", answers ? "takes a session" : "answers", names,
             said ? ": " : "", said ? f->trouble : "");
}

void fleet_tell(fleet *f, double most)
{
    char text[400];
    if (!f->told) {
        fleet_describe(f, text, sizeof(text));
        log_line(&f->plan->options.client.log, SW_LOG_WARNING, "%s: waiting up to %.0f s", text,
                 most);
    }
    f->told = true;
}
