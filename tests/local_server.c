#include "local_server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <stepwire/server.h>

#include "classic_tasks.h"

struct local_server {
    sw_server *server;
    pthread_t thread;
};

static void must(int ok)
{
    if (!ok) {
        fprintf(stderr, "no server: %s\n", sw_last_error());
        abort();
    }
}

static void *serve(void *argument)
{
    must(sw_server_run(argument) == SW_OK);
    return NULL;
}

local_server *local_server_start(const char *address, int threads)
{
    local_server *s = calloc(1, sizeof(*s));
    must(s != NULL);
    sw_server_options options = SW_SERVER_OPTIONS;
    options.endpoint = address;
    options.threads = threads;
    must(sw_server_open(&options, &s->server) == SW_OK);
    must(sw_server_add(s->server, &classic_counter_v0) == SW_OK);
    must(pthread_create(&s->thread, NULL, serve, s->server) == 0);
    return s;
}

const char *local_server_endpoint(const local_server *s)
{
    return sw_server_endpoint(s->server);
}

void local_server_stop(local_server *s)
{
    sw_server_stop(s->server);
    pthread_join(s->thread, NULL);
    sw_server_close(s->server);
    free(s);
}
