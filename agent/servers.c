// servers.c -- see the header.
#include "servers.h"

#include <stdio.h>
#include <string.h>

#include "log.h"

enum { PATIENCE_S = 60 };

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

static void write_line(void *context, sw_log_level level, const char *line)
{
    if (level >= SW_LOG_INFO) {
        log_to_stderr(context, level, line);
    }
}

sw_status servers_open(servers *s, const args *a)
{
    *s = (servers){.client = SW_CLIENT_OPTIONS};
    s->client.log.write = write_line;
    s->client.keys = args_get(a, "keys");
    const char *connect = args_get(a, "connect");
    if (connect != NULL) {
        s->patience = PATIENCE_S;
        const sw_status st = args_float(a, "patience", 0, 1e9, &s->patience);
        return st == SW_OK ? split(s, connect) : st;
    }
    if (args_get(a, "patience") != NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "--patience is for --connect; a server of one's own is "
                                            "restarted by nobody");
    }
    if (s->client.keys != NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "--keys is for --connect; a server of one's own is "
                                            "reached by nobody else");
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
    sw_client_options options = s->client;
    options.endpoint = s->endpoints[0];
    return sw_client_connect(&options, client);
}
