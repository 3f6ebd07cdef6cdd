#include "load.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "random.h"
#include "task.h"

enum { DEFAULT_LEASE = 30 };  // seconds

static void blame(answer_fault *fault, const char *field)
{
    snprintf(fault->field, sizeof(fault->field), "%s", field);
}

// Blames one row, which must live as long as the fault.
static void blame_row(answer_fault *fault, const char *field, uint32_t row)
{
    blame(fault, field);
    fault->row = row;
    fault->rows = &fault->row;
    fault->row_count = 1;
}

// ---- Describe and Open -------------------------------------------------------------------------

static sw_status no_such_task(const server *s, const char *id)
{
    char list[400] = "";
    size_t used = 0;
    for (int i = 0; i < s->task_count && used < sizeof(list); i++) {
        used += (size_t) snprintf(list + used, sizeof(list) - used, "%s%s", i == 0 ? "" : ", ",
                                  s->tasks[i]->id);
    }
    return sw_fail(SW_NOT_FOUND, "no task '%.*s'; this server has %s", SW_MAX_NAME, id, list);
}

// What Describe and Open have in common: a task and the values of its settings [SW_MAX_SETTINGS].
static sw_status load_task(const server *s, const Stepwire__Describe *asked, sw_value *values,
                           const sw_env_class **task, answer_fault *fault)
{
    const sw_env_class *found = server_find_task(s, asked->env_id);
    if (found == NULL) {
        blame(fault, "env_id");
        return no_such_task(s, asked->env_id);
    }
    const sw_status st = codec_unpack_settings(found->id, found->settings, found->setting_count,
                                               asked->settings, asked->n_settings, values);
    if (st != SW_OK) {
        blame(fault, "settings");
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
    blame(fault, "rows");
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

static sw_status check_autoreset(Stepwire__AutoResetMode mode, answer_fault *fault)
{
    blame(fault, "autoreset");
    switch (mode) {
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_DEFAULT:
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_SAME_STEP: return SW_OK;
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_NEXT_STEP:
        return sw_fail(SW_UNIMPLEMENTED, "autoreset NEXT_STEP is not offered by this server");
    case STEPWIRE__AUTO_RESET_MODE__AUTORESET_DISABLED:
        return sw_fail(SW_UNIMPLEMENTED, "autoreset DISABLED is not offered by this server");
    default: return sw_fail(SW_INVALID_ARGUMENT, "autoreset %d: 0 to 3 are defined", (int) mode);
    }
}

static sw_status check_format(Stepwire__FloatFormat format, const char *field, answer_fault *fault)
{
    if (format != STEPWIRE__FLOAT_FORMAT__FORMAT_NATIVE &&
        format != STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32) {
        blame(fault, field);
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
    sw_status st = check_autoreset(open->autoreset, fault);
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
        blame(fault, "max_episode_steps");
        return sw_fail(SW_INVALID_ARGUMENT, "max_episode_steps is above 2^63 - 1");
    }
    draft->lease = grant_lease(open->lease, s->config.limits.max_lease);
    if (isnan(draft->lease)) {
        blame(fault, "lease");
        return sw_fail(SW_INVALID_ARGUMENT, "lease must be seconds, 0 or more");
    }
    draft->rows = (int) open->rows;
    draft->first_row = open->first_row;
    draft->base_seed = open->base_seed;
    draft->token = open->token;
    draft->float32_observations =
        open->observation_format == STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    draft->float32_actions = open->action_format == STEPWIRE__FLOAT_FORMAT__FORMAT_FLOAT32;
    draft->info = open->info;
    return SW_OK;
}

// The largest messages the session can bring about, against what both sides accept.
static sw_status check_sizes(const server *s, const session *draft, uint64_t max_reply,
                             answer_fault *fault)
{
    const size_t max_message = s->config.limits.max_message;
    const size_t reply = session_largest_reply(draft);
    const size_t request = session_largest_request(draft);
    if (max_reply > 0 && reply > max_reply) {
        blame(fault, "max_reply");
        return sw_fail(SW_TOO_LARGE, "the largest reply to Step has %zu bytes, max_reply is %llu",
                       reply, (unsigned long long) max_reply);
    }
    if (reply > max_message || request > max_message) {
        blame(fault, "rows");
        return sw_fail(SW_TOO_LARGE,
                       "a Step has up to %zu bytes and its reply %zu, max_message is %zu", request,
                       reply, max_message);
    }
    return SW_OK;
}

sw_status load_open(const server *s, const Stepwire__Open *open, session *draft,
                    answer_fault *fault)
{
    if (open->token == 0) {  // most likely forgotten; shared by all who forget it
        blame(fault, "token");
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
    blame(fault, "settings");
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

// ---- Reset -------------------------------------------------------------------------------------

static sw_status check_reset(const session *x, const Stepwire__Reset *reset, answer_fault *fault)
{
    for (size_t n = 0; n < reset->n_rows; n++) {
        if (reset->rows[n] >= (uint32_t) x->rows) {
            blame_row(fault, "rows", reset->rows[n]);
            return sw_fail(SW_INVALID_ARGUMENT, "row %u: the session has rows 0 to %d",
                           reset->rows[n], x->rows - 1);
        }
        if (n > 0 && reset->rows[n] <= reset->rows[n - 1]) {
            blame_row(fault, "rows", reset->rows[n]);
            return sw_fail(SW_INVALID_ARGUMENT, "row %u after row %u: rows must be ascending",
                           reset->rows[n], reset->rows[n - 1]);
        }
    }
    const size_t rows = reset->n_rows > 0 ? reset->n_rows : (size_t) x->rows;
    if (reset->n_seeds != 0 && reset->n_seeds != rows) {
        blame(fault, "seeds");
        return sw_fail(SW_INVALID_ARGUMENT, "%zu seeds for %zu rows", reset->n_seeds, rows);
    }
    if (reset->n_episodes != 0 && reset->n_episodes != rows) {
        blame(fault, "episodes");
        return sw_fail(SW_INVALID_ARGUMENT, "%zu episode numbers for %zu rows", reset->n_episodes,
                       rows);
    }
    return SW_OK;
}

// Rule 5.
sw_status load_reset(session *x, const Stepwire__Reset *reset, answer_fault *fault)
{
    const sw_status st = check_reset(x, reset, fault);
    if (st != SW_OK) {
        return st;
    }
    x->job_rows = reset->n_rows > 0 ? (int) reset->n_rows : x->rows;
    for (int n = 0; n < x->job_rows; n++) {
        const uint32_t i = reset->n_rows > 0 ? reset->rows[n] : (uint32_t) n;
        session_row *r = &x->row[i];
        x->row_list[n] = i;
        if (reset->n_seeds > 0) {
            r->stream = reset->seeds[n];
            r->k = 0;
        }
        if (reset->n_episodes > 0) {
            r->k = reset->episodes[n];
        }
        const bool is_given = reset->n_seeds > 0 && r->k == 0;
        x->seeds[i] = is_given ? r->stream : random_mix(r->stream, r->k);
        r->k++;
        r->begun = true;
    }
    return SW_OK;
}

// ---- Step --------------------------------------------------------------------------------------

static sw_status check_begun(server *s, const session *x, answer_fault *fault)
{
    size_t count = 0;
    for (int i = 0; i < x->rows; i++) {
        count += !x->row[i].begun;
    }
    if (count == 0) {
        return SW_OK;
    }
    uint32_t *rows = arena_alloc(&s->scratch, count * sizeof(uint32_t));
    for (int i = x->rows - 1, n = (int) count; i >= 0 && rows != NULL; i--) {
        if (!x->row[i].begun) {
            rows[--n] = (uint32_t) i;
        }
    }
    fault->rows = rows;
    fault->row_count = rows == NULL ? 0 : count;
    return sw_fail(SW_FAILED_PRECONDITION, "%zu of %d rows had no Reset yet", count, x->rows);
}

// Rule 6.
static sw_status check_action(const session *x, int t, const ProtobufCBinaryData *bytes,
                              answer_fault *fault)
{
    const sw_tensor *tensor = &x->spec.actions[t];
    const sw_dtype dtype = codec_wire_dtype(tensor->dtype, x->float32_actions);
    const size_t expected = (size_t) x->rows * session_action_bytes(x, t);
    const int64_t elements = sw_tensor_elements(tensor);
    snprintf(fault->field, sizeof(fault->field), "actions[%d]", t);
    if (bytes->len != expected) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "action '%s': %zu bytes, expected %zu: %d rows of %lld %s", tensor->name,
                       bytes->len, expected, x->rows, (long long) elements, sw_dtype_name(dtype));
    }
    const int64_t bad = codec_first_bad(bytes->data, dtype, x->rows * elements, tensor);
    if (bad < 0) {
        return SW_OK;
    }
    fault->row = (uint32_t) (bad / elements);
    fault->rows = &fault->row;
    fault->row_count = 1;
    return sw_fail(SW_INVALID_ARGUMENT, "action '%s': row %lld, element %lld is not %s",
                   tensor->name, (long long) (bad / elements), (long long) (bad % elements),
                   dtype == SW_FLOAT32 || dtype == SW_FLOAT64 ? "finite" : "within its bounds");
}

sw_status load_step(server *s, session *x, const Stepwire__Step *step, answer_fault *fault)
{
    sw_status st = check_begun(s, x, fault);
    if (st != SW_OK) {
        return st;
    }
    if (step->n_actions != (size_t) x->spec.action_count) {
        blame(fault, "actions");
        return sw_fail(SW_INVALID_ARGUMENT, "%zu action tensors, %s has %d", step->n_actions,
                       x->task->id, x->spec.action_count);
    }
    for (int t = 0; t < x->spec.action_count; t++) {
        st = check_action(x, t, &step->actions[t], fault);
        if (st != SW_OK) {
            return st;
        }
    }
    for (int t = 0; t < x->spec.action_count; t++) {
        const sw_tensor *tensor = &x->spec.actions[t];
        const sw_dtype dtype = codec_wire_dtype(tensor->dtype, x->float32_actions);
        const size_t bytes = session_action_bytes(x, t);
        for (int i = 0; i < x->rows; i++) {
            codec_convert((void *) x->row[i].io.actions[t], tensor->dtype,
                          step->actions[t].data + (size_t) i * bytes, dtype,
                          sw_tensor_elements(tensor));
        }
    }
    return SW_OK;
}
