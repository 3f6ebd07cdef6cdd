#include "local_server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <stepwire/server.h>

#include "classic_tasks.h"
#include "mujoco_tasks.h"

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

static void add_all(sw_server *server, const sw_env_class *const *(*list)(int *count))
{
    int count;
    const sw_env_class *const *tasks = list(&count);
    for (int i = 0; i < count; i++) {
        must(sw_server_add(server, tasks[i]) == SW_OK);
    }
}

local_server *local_server_start(const char *address, int threads)
{
    local_server *s = calloc(1, sizeof(*s));
    must(s != NULL);
    sw_server_options options = SW_SERVER_OPTIONS;
    options.endpoint = address;
    options.threads = threads;
    must(sw_server_open(&options, &s->server) == SW_OK);
    add_all(s->server, classic_tasks);
    add_all(s->server, mujoco_tasks);
    must(pthread_create(&s->thread, NULL, serve, s->server) == 0);
    return s;
}

const char *local_server_endpoint(const local_server *s)
{
    return sw_server_endpoint(s->server);
}

void local_server_drain(local_server *s)
{
    sw_server_drain(s->server);
}

void local_server_stop(local_server *s)
{
    sw_server_stop(s->server);
    pthread_join(s->thread, NULL);
    sw_server_close(s->server);
    free(s);
}
