// load_open.c -- what Describe and Open ask for.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "load.h"
#include "lookup.h"
#include "task.h"

enum { DEFAULT_LEASE = 30 };  // seconds

// What Describe and Open have in common: a task and the values of its settings [SW_MAX_SETTINGS].
static sw_status load_task(const server *s, const Stepwire__Describe *asked, sw_value *values,
                           const sw_env_class **task, answer_fault *fault)
{
    const sw_env_class *found = lookup_task(s->tasks, s->task_count, asked->env_id);
    if (found == NULL) {
        load_blame(fault, "env_id");
        return lookup_failed(s->tasks, s->task_count, asked->env_id);
    }
    const sw_status st = codec_unpack_settings(found->id, found->settings, found->setting_count,
                                               asked->settings, asked->n_settings, values);
    if (st != SW_OK) {
        load_blame(fault, "settings");
        return st;
    }
    *task = found;
    return SW_OK;
}

sw_status load_describe(const server *s, const Stepwire__Describe *describe, sw_spec *spec,
                        answer_fault *fault)
{
    sw_value values[SW_MAX_SETTINGS];
    const sw_env_class *task = NULL;
    const sw_status st = load_task(s, describe, values, &task, fault);
    if (st != SW_OK) {
        return st;
    }
    return task_describe(task, values, spec);
}

static sw_status check_rows(const server *s, const Stepwire__Open *open, answer_fault *fault)
{
    const sw_limits *limits = &s->config.limits;
    load_blame(fault, "rows");
    if (open->rows == 0) {
        return sw_fail(SW_INVALID_ARGUMENT, "rows must be at least 1");
    }
    if (open->rows > (uint32_t) limits->max_rows) {
        return sw_fail(SW_TOO_LARGE, "%u rows: a session has at most %d here (max_rows)",
                       open->rows, limits->max_rows);
    }
    if (open->rows > (uint32_t) (limits->max_envs - s->env_count)) {
        return sw_fail(SW_CAPACITY, "%u rows: %d of %d environments are in use (max_envs)",
                       open->rows, s->env_count, limits->max_envs);
    }
    if (s->session_count == limits->max_sessions) {
        return sw_fail(SW_CAPACITY, "all %d sessions are in use (max_sessions)",
                       limits->max_sessions);
    }
    return SW_OK;
}

static sw_status load_autoreset(Stepwire__AutoResetMode asked, sw_autoreset *mode,
                                answer_fault *fault)
{
    switch (asked) {
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_DEFAULT: *mode = SW_SAME_STEP; return SW_OK;
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_SAME_STEP:
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_NEXT_STEP:
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_DISABLED: *mode = (sw_autoreset) asked; return SW_OK;
    default:
        load_blame(fault, "autoreset");
        return sw_fail(SW_INVALID_ARGUMENT, "autoreset %d: 0 to 3 are defined", (int) asked);
    }
}

static sw_status check_format(Stepwire__FloatFormat format, const char *field, answer_fault *fault)
{
    if (format != STEPWIRE__FLOAT_FORMAT__FORMAT_NATIVE &&
        format != STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32) {
        load_blame(fault, field);
        return sw_fail(SW_INVALID_ARGUMENT, "%s %d: 0 (native) and 1 (float32) are defined", field,
                       (int) format);
    }
    return SW_OK;
}

// Seconds, or NaN for a lease that is none.
static double grant_lease(double asked, double most)
{
    if (!(asked >= 0)) {
        return NAN;
    }
    return fmin(asked > 0 ? asked : DEFAULT_LEASE, most);
}

// The plain numbers and choices of an Open.
static sw_status load_choices(const server *s, const Stepwire__Open *open, session *draft,
                              answer_fault *fault)
{
    sw_status st = load_autoreset(open->autoreset, &draft->autoreset, fault);
    if (st != SW_OK) {
        return st;
    }
    st = check_format(open->observation_format, "observation_format", fault);
    if (st != SW_OK) {
        return st;
    }
    st = check_format(open->action_format, "action_format", fault);
    if (st != SW_OK) {
        return st;
    }
    if (open->max_episode_steps > INT64_MAX) {
        load_blame(fault, "max_episode_steps");
        return sw_fail(SW_INVALID_ARGUMENT, "max_episode_steps is above 2^63 - 1");
    }
    draft->lease = grant_lease(open->lease, s->config.limits.max_lease);
    if (isnan(draft->lease)) {
        load_blame(fault, "lease");
        return sw_fail(SW_INVALID_ARGUMENT, "lease must be seconds, 0 or more");
    }
    draft->rows = (int) open->rows;
    draft->first_row = open->first_row;
    draft->base_seed = open->base_seed;
    draft->token = open->token;
    strcpy(draft->key, draft->asker.peer.key);
    draft->float32_observations =
        open->observation_format == STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    draft->float32_actions = open->action_format == STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    draft->info = open->info;
    return SW_OK;
}

// The largest messages the session can bring about, against what both sides accept.
static sw_status check_sizes(const server *s, session *draft, uint64_t max_reply,
                             answer_fault *fault)
{
    const size_t max_message = s->config.limits.max_message;
    const size_t reply = session_largest_reply(draft);
    const size_t request = session_largest_request(draft);
    if (max_reply > 0 && reply > max_reply) {
        load_blame(fault, "max_reply");
        return sw_fail(SW_TOO_LARGE, "the largest reply to Step has %zu bytes, max_reply is %llu",
                       reply, (unsigned long long) max_reply);
    }
    if (reply > max_message || request > max_message) {
        load_blame(fault, "rows");
        return sw_fail(SW_TOO_LARGE,
                       "a Step has up to %zu bytes and its reply %zu, max_message is %zu", request,
                       reply, max_message);
    }
    draft->max_reply = max_reply > 0 && max_reply < max_message ? (size_t) max_reply : max_message;
    return SW_OK;
}

sw_status load_open(const server *s, const Stepwire__Open *open, session *draft,
                    answer_fault *fault)
{
    if (open->token == 0) {  // most likely forgotten; shared by all who forget it
        load_blame(fault, "token");
        return sw_fail(SW_INVALID_ARGUMENT, "token must be 64 random bits, not 0");
    }
    const Stepwire__Describe asked = {
        .env_id = open->env_id, .settings = open->settings, .n_settings = open->n_settings};
    sw_status st = load_task(s, &asked, draft->values, &draft->task, fault);
    if (st != SW_OK) {
        return st;
    }
    st = check_rows(s, open, fault);
    if (st != SW_OK) {
        return st;
    }
    st = load_choices(s, open, draft, fault);
    if (st != SW_OK) {
        return st;
    }
    load_blame(fault, "settings");
    st = task_describe(draft->task, draft->values, &draft->spec);
    if (st != SW_OK) {
        return st;
    }
    if (open->max_episode_steps > 0) {
        draft->spec.max_episode_steps = (int64_t) open->max_episode_steps;
    }
    st = check_sizes(s, draft, open->max_reply, fault);
    if (st != SW_OK) {
        sw_spec_free(&draft->spec);
    }
    return st;
}
