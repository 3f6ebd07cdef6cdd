// servers.c -- see the header.
#include "servers.h"

#include <stdio.h>
#include <string.h>

static sw_status split(servers *s, const char *connect)
{
    if (strlen(connect) > SERVERS_MAX_TEXT) {
        return sw_fail(SW_INVALID_ARGUMENT, "--connect: more than %d bytes", SERVERS_MAX_TEXT);
    }
    snprintf(s->text, sizeof(s->text), "%s", connect);
    char *rest = NULL;
    for (char *e = strtok_r(s->text, ",", &rest); e != NULL; e = strtok_r(NULL, ",", &rest)) {
        if (s->count == SERVERS_MAX) {
            return sw_fail(SW_INVALID_ARGUMENT, "--connect: more than %d endpoints", SERVERS_MAX);
        }
        s->endpoints[s->count++] = e;
    }
    if (s->count == 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "--connect needs an endpoint, e.g. --connect tcp://127.0.0.1:5555");
    }
    return SW_OK;
}

sw_status servers_open(servers *s, const char *connect)
{
    *s = (servers){0};
    if (connect != NULL) {
        return split(s, connect);
    }
    static const char *const arguments[] = {"--log", "warning", NULL};
    const sw_status st = embedded_start(&(embedded_options){.arguments = arguments}, &s->own);
    if (st == SW_OK) {
        s->endpoints[s->count++] = embedded_endpoint(s->own);
    }
    return st;
}

void servers_close(servers *s)
{
    embedded_stop(s->own);
    s->own = NULL;
}

sw_status servers_client(const servers *s, sw_client **client)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = s->endpoints[0];
    return sw_client_connect(&options, client);
}
