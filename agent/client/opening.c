// opening.c -- which request comes next follows from what is known, so that every reply is taken in
// the same way: learn what it says, send what is missing.
#include "opening.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/random.h>

#include "codec.h"

static sw_status check_options(const sw_session_options *o)
{
    if (o->rows < 1 || o->first_row < 0 || o->max_episode_steps < 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: %d rows from row %" PRId64 " on, episodes of %" PRId64
                       " steps; at least 1, 0 and 0",
                       o->env_id, o->rows, o->first_row, o->max_episode_steps);
    }
    return SW_OK;
}

static sw_status random_token(uint64_t *token)
{
    while (getrandom(token, sizeof(*token), 0) != (ssize_t) sizeof(*token)) {
        if (errno != EINTR) {
            return sw_fail(SW_IO, "no random numbers: %s", strerror(errno));
        }
    }
    return SW_OK;
}

static sw_status send_open(const opening *from)
{
    const sw_client *c = from->client;
    const sw_session_options *o = from->options;
    Stepwire__Open body = STEPWIRE__OPEN__INIT;
    const sw_status st = random_token(&body.token);
    if (st != SW_OK) {
        return st;
    }
    const Stepwire__FloatFormat format =
        o->float32 ? STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32 : STEPWIRE__FLOAT_FORMAT__FORMAT_NATIVE;
    body.env_id = (char *) o->env_id;  // protobuf-c has no const; packing does not write
    body.rows = (uint32_t) o->rows;
    body.first_row = (uint64_t) o->first_row;
    body.base_seed = o->seed;
    body.n_settings = from->typed.count;
    body.settings = (Stepwire__Setting **) from->typed.messages;
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
    return channel_send(c->channel, &request, STEPWIRE__REPLY__RESULT_OPENED);
}

static sw_status take_opened(const opening *from, const Stepwire__Opened *opened)
{
    sw_client *c = from->client;
    const double lease =
        opened->lease > 0 ? fmin(opened->lease, c->options.lease) : c->options.lease;
    if (opened->session == 0) {
        return sw_fail(SW_PROTOCOL, "%s: open: the reply lacks the session", c->options.endpoint);
    }
    session_enter(c, opened->session, lease, 0);
    if (opened->spec == NULL || !(opened->lease > 0)) {
        return sw_fail(SW_PROTOCOL, "%s: open: the reply lacks spec or lease", c->options.endpoint);
    }
    const sw_status st = session_prepare(c, opened->spec, from->options);
    return st == SW_OK ? keeper_add(c->keeper, c->options.endpoint, c->session, lease) : st;
}

static sw_status check_limits(const opening *o)
{
    const uint32_t most = o->client->max_rows;
    if (most != 0 && (uint32_t) o->options->rows > most) {
        return sw_fail(SW_TOO_LARGE,
                       "%s: %d rows in a session, and this server takes at most %" PRIu32
                       ": fewer --envs or more --groups",
                       o->client->options.endpoint, o->options->rows, most);
    }
    return SW_OK;
}

static sw_status send_next(opening *o)
{
    if (!client_is_welcome(o->client)) {
        return client_send_hello(o->client);
    }
    const sw_status st = check_limits(o);
    if (st != SW_OK) {
        return st;
    }
    if (o->options->setting_count > 0 && o->plain.id == NULL) {
        return client_send_describe(o->client, o->options->env_id, NULL);
    }
    return send_open(o);
}

static sw_status take(opening *o, const Stepwire__Reply *reply)
{
    sw_status st;
    if (reply->result_case == STEPWIRE__REPLY__RESULT_OPENED) {
        return take_opened(o, reply->opened);
    }
    if (reply->result_case == STEPWIRE__REPLY__RESULT_WELCOME) {
        st = client_take_welcome(o->client, reply);
    } else {
        st = client_take_description(o->client, reply, &o->plain);
        if (st == SW_OK) {
            st = assigned_init(&o->typed, &o->plain, o->options->settings,
                               o->options->setting_count);
        }
    }
    return st == SW_OK ? send_next(o) : st;
}

sw_status opening_begin(opening *o, sw_client *client, const sw_session_options *options)
{
    assert(client->session == 0);
    *o = (opening){.client = client, .options = options};
    const sw_status st = check_options(options);
    return st == SW_OK ? send_next(o) : st;
}

sw_status opening_advance(opening *o, bool *open)
{
    const Stepwire__Reply *reply = NULL;
    sw_status st = channel_advance(o->client->channel, &reply);
    if (st == SW_OK && reply != NULL) {
        st = take(o, reply);
    }
    *open = o->client->session != 0;
    return st;
}

sw_status opening_finish(opening *o)
{
    sw_status st = SW_OK;
    while (st == SW_OK && o->client->session == 0) {
        const Stepwire__Reply *reply;
        st = channel_receive(o->client->channel, &reply);
        if (st == SW_OK) {
            st = take(o, reply);
        }
    }
    return st;
}

void opening_free(opening *o)
{
    assigned_free(&o->typed);
    sw_spec_free(&o->plain);
}
