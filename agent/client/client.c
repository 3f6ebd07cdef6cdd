// client.c -- a session: who says what in which order. How a call gets through is channel.c's.
#include <stepwire/client.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "assign.h"
#include "batch.h"
#include "channel.h"
#include "codec.h"
#include "now.h"
#include "session.h"
#include "socket.h"

enum {
    MINOR = 0,       // of the protocol version we speak
    CLOSE_MS = 1000  // how long a closing client waits for its server, all in all
};

// ---- outside a session --------------------------------------------------------------------------

static sw_status call(sw_client *c, Stepwire__Request *request,
                      Stepwire__Reply__ResultCase expected, const Stepwire__Reply **reply)
{
    const sw_status st = channel_send(c->channel, request, expected);
    return st == SW_OK ? channel_receive(c->channel, reply) : st;
}

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

// Says Hello to a server that we have not met in its present incarnation.
static sw_status greet(sw_client *c)
{
    if (c->welcomed_by != 0 && c->welcomed_by == channel_incarnation(c->channel)) {
        return SW_OK;
    }
    Stepwire__Hello hello = STEPWIRE__HELLO__INIT;
    hello.minor = MINOR;
    hello.name = "stepwire " SW_PROJECT_VERSION;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_HELLO;
    request.hello = &hello;
    const Stepwire__Reply *reply;
    const sw_status st = call(c, &request, STEPWIRE__REPLY__RESULT_WELCOME, &reply);
    if (st != SW_OK) {
        return st;
    }
    const Stepwire__Welcome *welcome = reply->welcome;
    if (welcome->major != STEPWIRE__VERSION__VERSION_MAJOR) {
        return sw_fail(SW_VERSION,
                       "%s: the server speaks protocol %" PRIu32 ".%" PRIu32 ", this client %d.%d",
                       c->options.endpoint, welcome->major, welcome->minor,
                       STEPWIRE__VERSION__VERSION_MAJOR, MINOR);
    }
    channel_set_limit(c->channel, welcome->limits != NULL ? welcome->limits->max_message : 0);
    c->welcomed_by = reply->incarnation;
    return keep_tasks(c, welcome);
}

sw_status session_connect(keeper *k, const sw_client_options *options, sw_client **client)
{
    sw_client *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for a client", options->endpoint);
    }
    c->keeper = k;
    c->options = *options;
    sw_status st = channel_open(keeper_context(k), options, &c->channel);
    if (st == SW_OK) {
        c->options.endpoint = channel_endpoint(c->channel);
        st = greet(c);
    }
    if (st != SW_OK) {
        session_close(c, 0);
        return st;
    }
    *client = c;
    return SW_OK;
}

sw_status sw_client_connect(const sw_client_options *options, sw_client **client)
{
    keeper *k;
    sw_client *c;
    sw_status st = keeper_open(options->log, &k);
    if (st != SW_OK) {
        return st;
    }
    st = session_connect(k, options, &c);
    if (st != SW_OK) {
        keeper_close(k);
        return st;
    }
    c->owns_keeper = true;
    *client = c;
    return SW_OK;
}

const char *const *sw_client_tasks(const sw_client *client, int *count)
{
    *count = client->task_count;
    return (const char *const *) client->tasks;
}

static sw_status describe(sw_client *c, const char *env_id, const assigned *settings, sw_spec *spec)
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
    const Stepwire__Reply *reply;
    const sw_status st = call(c, &request, STEPWIRE__REPLY__RESULT_DESCRIPTION, &reply);
    if (st != SW_OK) {
        return st;
    }
    if (reply->description->spec == NULL) {
        return sw_fail(SW_PROTOCOL, "%s: describe: the reply has no spec", c->options.endpoint);
    }
    return codec_unpack_spec(reply->description->spec, spec);
}

// Gives the assignments the types that the task, under its defaults, says they have.
static sw_status type_settings(sw_client *c, const char *env_id, const sw_assignment *settings,
                               int count, sw_spec *spec, assigned *typed)
{
    const sw_status st = describe(c, env_id, NULL, spec);
    return st == SW_OK ? assigned_init(typed, spec, settings, count) : st;
}

sw_status sw_client_describe(sw_client *client, const char *env_id, const sw_assignment *settings,
                             int count, sw_spec *spec)
{
    assert(client->session == 0);
    sw_status st = greet(client);
    if (st != SW_OK || count == 0) {
        return st == SW_OK ? describe(client, env_id, NULL, spec) : st;
    }
    sw_spec plain = {0};
    assigned typed = {.count = 0};
    st = type_settings(client, env_id, settings, count, &plain, &typed);
    if (st == SW_OK) {
        st = describe(client, env_id, &typed, spec);
    }
    assigned_free(&typed);
    sw_spec_free(&plain);
    return st;
}


// ---- opening ------------------------------------------------------------------------------------

static sw_status random_token(uint64_t *token)
{
    while (getrandom(token, sizeof(*token), 0) != (ssize_t) sizeof(*token)) {
        if (errno != EINTR) {
            return sw_fail(SW_IO, "no random numbers: %s", strerror(errno));
        }
    }
    return SW_OK;
}

static sw_status check_session_options(const sw_session_options *o)
{
    if (o->rows < 1 || o->first_row < 0 || o->max_episode_steps < 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: %d rows from row %" PRId64 " on, episodes of %" PRId64
                       " steps; at least 1, 0 and 0",
                       o->env_id, o->rows, o->first_row, o->max_episode_steps);
    }
    return SW_OK;
}

static sw_status take_opened(sw_client *c, const Stepwire__Opened *opened,
                             const sw_session_options *options)
{
    if (opened->session == 0 || opened->spec == NULL || !(opened->lease > 0)) {
        return sw_fail(SW_PROTOCOL, "%s: open: the reply lacks session, spec or lease",
                       c->options.endpoint);
    }
    sw_status st = codec_unpack_spec(opened->spec, &c->spec);
    if (st != SW_OK) {
        return st;
    }
    if (options->rows % c->spec.agents != 0) {
        return sw_fail(SW_PROTOCOL, "%s: open: %d rows, opened with %d agents to an environment",
                       c->options.endpoint, options->rows, c->spec.agents);
    }
    st = batch_reader_init(&c->reader, &c->spec, options);
    if (st != SW_OK) {
        return st;
    }
    const double lease = fmin(opened->lease, c->options.lease);
    c->session = opened->session;
    channel_enter(c->channel, c->session, lease);
    return keeper_add(c->keeper, c->options.endpoint, c->session, lease);
}

static sw_status open_typed(sw_client *c, const sw_session_options *o, assigned *typed)
{
    Stepwire__Open body = STEPWIRE__OPEN__INIT;
    sw_status st = random_token(&body.token);
    if (st != SW_OK) {
        return st;
    }
    const Stepwire__FloatFormat format =
        o->float32 ? STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32 : STEPWIRE__FLOAT_FORMAT__FORMAT_NATIVE;
    body.env_id = (char *) o->env_id;
    body.rows = (uint32_t) o->rows;
    body.first_row = (uint64_t) o->first_row;
    body.base_seed = o->seed;
    body.n_settings = typed->count;
    body.settings = typed->messages;
    body.max_episode_steps = (uint64_t) o->max_episode_steps;
    body.autoreset = (Stepwire__AutoResetMode) o->autoreset;
    body.observation_format = format;
    body.action_format = format;
    body.info = o->info;
    body.lease = c->options.lease;
    body.max_reply = c->options.max_message;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_OPEN;
    request.open = &body;
    const Stepwire__Reply *reply;
    st = call(c, &request, STEPWIRE__REPLY__RESULT_OPENED, &reply);
    return st == SW_OK ? take_opened(c, reply->opened, o) : st;
}

sw_status sw_client_open(sw_client *client, const sw_session_options *options)
{
    assert(client->session == 0);
    sw_spec plain = {0};
    assigned typed = {.count = 0};
    sw_status st = check_session_options(options);
    if (st == SW_OK) {
        st = greet(client);
    }
    if (st == SW_OK && options->setting_count > 0) {
        st = type_settings(client, options->env_id, options->settings, options->setting_count,
                           &plain, &typed);
    }
    if (st == SW_OK) {
        st = open_typed(client, options, &typed);
    }
    assigned_free(&typed);
    sw_spec_free(&plain);
    return st;
}

const sw_spec *sw_client_spec(const sw_client *client)
{
    return &client->spec;
}

// ---- closing ------------------------------------------------------------------------------------

void session_close(sw_client *client, int64_t deadline_ms)
{
    if (client == NULL) {
        return;
    }
    // closing does not fail, and its caller may be about to say why it closes
    char why[512];
    snprintf(why, sizeof(why), "%s", sw_last_error());
    session_leave(client, deadline_ms);
    sw_fail(SW_IO, "%s", why);
    channel_close(client->channel);
    batch_reader_free(&client->reader);
    sw_spec_free(&client->spec);
    forget_tasks(client);
    if (client->owns_keeper) {
        keeper_close(client->keeper);
    }
    free(client);
}

void sw_client_close(sw_client *client)
{
    session_close(client, now_ms() + CLOSE_MS);
}
