// client.c -- a session: who says what in which order. How a call gets through is channel.c's.
#include <stepwire/client.h>

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "codec.h"
#include "opening.h"
#include "session.h"

enum { MINOR = 0 };  // of the protocol version we speak

// ---- outside a session --------------------------------------------------------------------------

static void forget_tasks(sw_client *c)
{
    for (int i = 0; i < c->task_count; i++) {
        free(c->tasks[i]);
    }
    free(c->tasks);
    c->tasks = NULL;
    c->task_count = 0;
}

static sw_status keep_tasks(sw_client *c, const Stepwire__Welcome *welcome)
{
    forget_tasks(c);
    c->tasks = calloc(welcome->n_env_ids + 1, sizeof(*c->tasks));
    for (size_t i = 0; c->tasks != NULL && i < welcome->n_env_ids; i++) {
        c->tasks[i] = strndup(welcome->env_ids[i], SW_MAX_NAME);
        if (c->tasks[i] == NULL) {
            break;
        }
        c->task_count++;
    }
    if (c->tasks == NULL || (size_t) c->task_count < welcome->n_env_ids) {
        return sw_fail(SW_NO_MEMORY, "no memory for the names of %zu tasks", welcome->n_env_ids);
    }
    return SW_OK;
}

bool client_is_welcome(const sw_client *c)
{
    return c->welcomed_by != 0 && c->welcomed_by == channel_incarnation(c->channel);
}

sw_status client_send_hello(sw_client *c)
{
    Stepwire__Hello hello = STEPWIRE__HELLO__INIT;
    hello.minor = MINOR;
    hello.name = "stepwire " SW_PROJECT_VERSION;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_HELLO;
    request.hello = &hello;
    return channel_send(c->channel, &request, STEPWIRE__REPLY__RESULT_WELCOME);
}

sw_status client_take_welcome(sw_client *c, const Stepwire__Reply *reply)
{
    const Stepwire__Welcome *welcome = reply->welcome;
    if (welcome->major != STEPWIRE__VERSION__VERSION_MAJOR) {
        return sw_fail(SW_VERSION,
                       "%s: the server speaks protocol %" PRIu32 ".%" PRIu32 ", this client %d.%d",
                       c->options.endpoint, welcome->major, welcome->minor,
                       STEPWIRE__VERSION__VERSION_MAJOR, MINOR);
    }
    channel_set_limit(c->channel, welcome->limits != NULL ? welcome->limits->max_message : 0);
    c->max_rows = welcome->limits != NULL ? welcome->limits->max_rows : 0;
    c->welcomed_by = reply->incarnation;
    return keep_tasks(c, welcome);
}

sw_status client_greet(sw_client *c)
{
    if (client_is_welcome(c)) {
        return SW_OK;
    }
    const Stepwire__Reply *reply;
    sw_status st = client_send_hello(c);
    if (st == SW_OK) {
        st = channel_receive(c->channel, &reply);
    }
    return st == SW_OK ? client_take_welcome(c, reply) : st;
}

sw_status client_new(keeper *k, const sw_client_options *options, sw_client **client)
{
    sw_client *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for a client", options->endpoint);
    }
    c->keeper = k;
    c->options = *options;
    const sw_status st = channel_open(keeper_context(k), options, &c->channel);
    if (st != SW_OK) {
        free(c);
        return st;
    }
    c->options.endpoint = channel_endpoint(c->channel);
    keeper_meet(k, c->options.endpoint);
    *client = c;
    return SW_OK;
}

sw_status sw_client_connect(const sw_client_options *options, sw_client **client)
{
    keeper *k;
    sw_client *c;
    sw_status st = keeper_open(options, &k);
    if (st != SW_OK) {
        return st;
    }
    st = client_new(k, options, &c);
    if (st != SW_OK) {
        keeper_close(k);
        return st;
    }
    c->owns_keeper = true;
    st = client_greet(c);
    if (st != SW_OK) {
        session_close(c, 0);
        return st;
    }
    *client = c;
    return SW_OK;
}

const char *const *sw_client_tasks(const sw_client *client, int *count)
{
    *count = client->task_count;
    return (const char *const *) client->tasks;
}

sw_status client_send_describe(sw_client *c, const char *env_id, const assigned *settings)
{
    Stepwire__Describe body = STEPWIRE__DESCRIBE__INIT;
    body.env_id = (char *) env_id;  // protobuf-c has no const; packing does not write
    if (settings != NULL) {
        body.n_settings = settings->count;
        body.settings = (Stepwire__Setting **) settings->messages;
    }
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_DESCRIBE;
    request.describe = &body;
    return channel_send(c->channel, &request, STEPWIRE__REPLY__RESULT_DESCRIPTION);
}

sw_status client_take_description(sw_client *c, const Stepwire__Reply *reply, sw_spec *spec)
{
    if (reply->description->spec == NULL) {
        return sw_fail(SW_PROTOCOL, "%s: describe: the reply has no spec", c->options.endpoint);
    }
    return codec_unpack_spec(reply->description->spec, spec);
}

static sw_status describe(sw_client *c, const char *env_id, const assigned *settings, sw_spec *spec)
{
    const Stepwire__Reply *reply;
    sw_status st = client_send_describe(c, env_id, settings);
    if (st == SW_OK) {
        st = channel_receive(c->channel, &reply);
    }
    return st == SW_OK ? client_take_description(c, reply, spec) : st;
}

sw_status sw_client_describe(sw_client *client, const char *env_id, const sw_assignment *settings,
                             int count, sw_spec *spec)
{
    assert(client->session == 0);
    sw_status st = client_greet(client);
    if (st != SW_OK || count == 0) {
        return st == SW_OK ? describe(client, env_id, NULL, spec) : st;
    }
    sw_spec plain = {0};
    assigned typed = {.count = 0};
    st = describe(client, env_id, NULL, &plain);
    if (st == SW_OK) {
        st = assigned_init(&typed, &plain, settings, count);
    }
    if (st == SW_OK) {
        st = describe(client, env_id, &typed, spec);
    }
    assigned_free(&typed);
    sw_spec_free(&plain);
    return st;
}

sw_status sw_client_open(sw_client *client, const sw_session_options *options)
{
    opening o;
    sw_status st = opening_begin(&o, client, options);
    if (st == SW_OK) {
        st = opening_finish(&o);
    }
    if (st != SW_OK) {
        session_leave(client, clock_ms() + SESSION_CLOSE_MS);
    }
    opening_free(&o);
    return st;
}

const sw_spec *sw_client_spec(const sw_client *client)
{
    return &client->spec;
}

uint64_t sw_client_session(const sw_client *client)
{
    return client->session;
}

// ---- closing ------------------------------------------------------------------------------------

void session_close(sw_client *client, int64_t deadline_ms)
{
    if (client == NULL) {
        return;
    }
    session_leave(client, deadline_ms);
    channel_close(client->channel);
    forget_tasks(client);
    if (client->owns_keeper) {
        keeper_close(client->keeper);
    }
    free(client);
}

void sw_client_close(sw_client *client)
{
    session_close(client, clock_ms() + SESSION_CLOSE_MS);
}
