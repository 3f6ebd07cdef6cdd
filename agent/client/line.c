// line.c -- a DEALER with its monitor, and a second look by plain sockets when that fails.
#include "line.h"

#include <stdlib.h>
#include <string.h>

#include "greeting.h"
#include "keys.h"
#include "log.h"

enum { ASK_MS = 500 };  // how long a server may take to say who it is

sw_status line_init(line *l, const sw_client_options *options)
{
    *l = (line){.max_message = options->max_message,
                .refused_ms = options->refused_ms,
                .log = options->log};
    if (strlen(options->endpoint) >= sizeof(l->endpoint)) {
        return sw_fail(SW_INVALID_ARGUMENT, "endpoint '%s' is longer than %d bytes",
                       options->endpoint, SOCKET_MAX_ENDPOINT - 1);
    }
    strcpy(l->endpoint, options->endpoint);
    if (options->keys != NULL && (l->keys = strdup(options->keys)) == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for a connection", l->endpoint);
    }
    return SW_OK;
}

void line_free(line *l)
{
    socket_close(l->socket, l->monitor);
    free(l->keys);
    *l = (line){.keys = NULL};
}

sw_status line_connect(line *l, void *context)
{
    keys k;
    socket_options options = {.max_message = l->max_message};
    if (l->keys != NULL) {
        const sw_status st = keys_read_client(l->keys, l->endpoint, &k);
        if (st != SW_OK) {
            return st;
        }
        options.keys = &k;
    }
    void *socket, *monitor;
    const sw_status st = socket_connect(context, l->endpoint, &options, &socket, &monitor);
    if (st != SW_OK) {
        return st;
    }
    socket_close(l->socket, l->monitor);
    l->socket = socket;
    l->monitor = monitor;
    l->over = false;
    return SW_OK;
}

socket_event line_next_event(line *l)
{
    const socket_event event = monitor_next(l->monitor, NULL);
    if (event == SOCKET_DROPPED) {
        l->over = true;
    } else if (event == SOCKET_RETRYING || event == SOCKET_CONNECTED) {
        l->over = false;
    }
    return event;
}

static sw_status blame_keys(const line *l, greeting who)
{
    char path[KEYS_MAX_PATH];
    if (l->keys == NULL) {
        return sw_fail(SW_UNAVAILABLE,
                       "%s: the server asks for keys: --keys DIR, which stepwire-simserver keygen "
                       "makes",
                       l->endpoint);
    }
    if (who == GREETING_PLAIN) {
        return sw_fail(SW_UNAVAILABLE,
                       "%s: the server has no keys: start it with --keys, or connect without",
                       l->endpoint);
    }
    const sw_status st = keys_server_path(l->keys, l->endpoint, path);
    return st != SW_OK ? st
                       : sw_fail(SW_UNAVAILABLE,
                                 "%s: the key in %s is not that of this server: copy its "
                                 "server.pub there",
                                 l->endpoint, path);
}

// Why the server does not let us in, after `refusal`, the event that said so.
static sw_status explain(const line *l, socket_event refusal)
{
    if (refusal == SOCKET_UNLISTED && l->keys != NULL) {
        return sw_fail(SW_UNAVAILABLE,
                       "%s: the server does not know this client's key: add %s/client.pub to the "
                       "server's clients/",
                       l->endpoint, l->keys);
    }
    const greeting who = greeting_ask(l->endpoint, ASK_MS);
    if (who == GREETING_CURVE || (who == GREETING_PLAIN && l->keys != NULL)) {
        return blame_keys(l, who);
    }
    static const char *const answers[] = {
        [GREETING_NONE] = "its handshake failed, and now nobody answers there",
        [GREETING_SILENT] = "its handshake failed, and now it is silent",
        [GREETING_CLOSED] = "what listens there hangs up: no Stepwire server, or one that ends",
        [GREETING_FOREIGN] = "what listens there is no Stepwire server",
        [GREETING_PLAIN] = "its handshake fails, though it is a ZeroMQ socket without keys",
        [GREETING_OTHER] = "it is a ZeroMQ socket, but asks for something other than keys",
    };
    return sw_fail(SW_UNAVAILABLE, "%s: %s", l->endpoint, answers[who]);
}

// A handshake takes its time. It still may come, so from a server that was stopped.
static sw_status wonder(line *l)
{
    l->wondered = true;
    log_line(&l->log, SW_LOG_WARNING, "%s: no answer yet", l->endpoint);
    return greeting_ask(l->endpoint, ASK_MS) == GREETING_FOREIGN
               ? sw_fail(SW_UNAVAILABLE, "%s: what listens there is no Stepwire server",
                         l->endpoint)
               : SW_OK;
}

sw_status line_check(line *l, const patience *p, int64_t silence_ms)
{
    if (p->connected) {
        l->wondered = false;
    } else if (!l->wondered && p->refusal == SOCKET_NOTHING &&
               p->clock - p->heard >= l->refused_ms) {
        return wonder(l);
    }
    const sw_status st = patience_check(p, l->endpoint, l->refused_ms, silence_ms);
    const bool rejected = p->refusal != SOCKET_NOTHING && p->refusal != SOCKET_REFUSED;
    return st != SW_OK && rejected ? explain(l, p->refusal) : st;
}
