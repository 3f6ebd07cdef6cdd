#include "plan.h"

#include <stdint.h>
#include <string.h>

#include "pool_ops.h"
#include "socket.h"

enum { MAX_GROUPS = (SOCKET_MAX_WAIT - 1) / 2, TAKE_ALIGNED = 16 };

// ---- a copy of the options ----------------------------------------------------------------------

static size_t bytes_for(const char *text)
{
    return text != NULL ? strlen(text) + 1 + TAKE_ALIGNED : 0;
}

// How much memory the copy takes, at most.
static size_t count_bytes(const sw_pool_options *o)
{
    size_t bytes = (size_t) o->endpoint_count * sizeof(*o->endpoints) +
                   (size_t) o->session.setting_count * sizeof(*o->session.settings) +
                   2 * TAKE_ALIGNED;
    for (int i = 0; i < o->endpoint_count; i++) {
        bytes += bytes_for(o->endpoints[i]);
    }
    for (int i = 0; i < o->session.setting_count; i++) {
        bytes += bytes_for(o->session.settings[i].name) + bytes_for(o->session.settings[i].value);
    }
    return bytes + bytes_for(o->session.env_id) + bytes_for(o->client.keys);
}

static const char *keep(arena *a, const char *text)
{
    return text != NULL ? memcpy(arena_take(a, strlen(text) + 1), text, strlen(text) + 1) : NULL;
}

static void copy_options(plan *p, const sw_pool_options *o)
{
    arena *a = &p->memory;
    const size_t servers = (size_t) o->endpoint_count, settings = (size_t) o->session.setting_count;
    const char **endpoints = arena_take(a, servers * sizeof(*endpoints));
    sw_assignment *assignments = arena_take(a, settings * sizeof(*assignments));
    for (size_t i = 0; i < servers; i++) {
        endpoints[i] = keep(a, o->endpoints[i]);
    }
    for (size_t i = 0; i < settings; i++) {
        assignments[i] = (sw_assignment){.name = keep(a, o->session.settings[i].name),
                                         .value = keep(a, o->session.settings[i].value)};
    }
    p->options = *o;
    p->options.endpoints = endpoints;
    p->options.session.settings = assignments;
    p->options.session.env_id = keep(a, o->session.env_id);
    p->options.client.keys = keep(a, o->client.keys);
}

sw_status plan_init(plan *p, const sw_pool_options *options)
{
    *p = (plan){.spec_from = NULL};
    if (options->endpoint_count < 1 || options->groups < 1 || options->groups > MAX_GROUPS ||
        options->rows < options->groups) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "a pool of %d rows in %d groups on %d servers; allowed are 1 to %d groups "
                       "of at least a row each, on at least one server",
                       options->rows, options->groups, options->endpoint_count, MAX_GROUPS);
    }
    const sw_status st = arena_init(&p->memory, count_bytes(options));
    if (st == SW_OK) {
        copy_options(p, options);
    }
    return st;
}

void plan_free(plan *p)
{
    sw_spec_free(&p->spec);
    arena_free(&p->memory);
    *p = (plan){.spec_from = NULL};
}

sw_session_options plan_session(const plan *p, int group)
{
    const int rows = p->options.rows, groups = p->options.groups;
    sw_session_options session = p->options.session;
    session.first_row = pool_first_row(rows, groups, group);
    session.rows = pool_first_row(rows, groups, group + 1) - (int) session.first_row;
    return session;
}

sw_client_options plan_client(const plan *p, int server)
{
    sw_client_options client = p->options.client;
    client.endpoint = p->options.endpoints[server];
    return client;
}


// ---- the spec -----------------------------------------------------------------------------------

static sw_status copy_spec(const sw_spec *from, sw_spec *to)
{
    sw_spec copy;
    sw_status st = sw_spec_init(&copy, from->id);
    for (int i = 0; st == SW_OK && i < from->observation_count; i++) {
        st = sw_spec_add_observation(&copy, &from->observations[i]);
    }
    for (int i = 0; st == SW_OK && i < from->action_count; i++) {
        st = sw_spec_add_action(&copy, &from->actions[i]);
    }
    for (int i = 0; st == SW_OK && i < from->info_count; i++) {
        st = sw_spec_add_info(&copy, from->infos[i].name, from->infos[i].at_reset);
    }
    for (int i = 0; st == SW_OK && i < from->setting_count; i++) {
        st = sw_spec_add_setting(&copy, &from->settings[i]);
    }
    if (st != SW_OK) {
        sw_spec_free(&copy);
        return st;
    }
    copy.reward_low = from->reward_low;
    copy.reward_high = from->reward_high;
    copy.max_episode_steps = from->max_episode_steps;
    copy.dt = from->dt;
    copy.agents = from->agents;
    copy.supports_state = from->supports_state;
    copy.supports_render = from->supports_render;
    *to = copy;
    return SW_OK;
}

static bool is_same_tensors(const sw_tensor *a, int a_count, const sw_tensor *b, int b_count)
{
    if (a_count != b_count) {
        return false;
    }
    for (int i = 0; i < a_count; i++) {
        if (strcmp(a[i].name, b[i].name) != 0 || a[i].dtype != b[i].dtype ||
            a[i].dims != b[i].dims ||
            memcmp(a[i].shape, b[i].shape, (size_t) a[i].dims * sizeof(a[i].shape[0])) != 0) {
            return false;
        }
        const size_t bytes = (size_t) sw_tensor_elements(&a[i]) * sizeof(double);
        if (memcmp(a[i].low, b[i].low, bytes) != 0 || memcmp(a[i].high, b[i].high, bytes) != 0) {
            return false;
        }
    }
    return true;
}

static bool is_same_infos(const sw_spec *a, const sw_spec *b)
{
    if (a->info_count != b->info_count) {
        return false;
    }
    for (int i = 0; i < a->info_count; i++) {
        if (strcmp(a->infos[i].name, b->infos[i].name) != 0) {
            return false;
        }
    }
    return true;
}

// NULL if a learner may take one for the other, else in what they differ.
static const char *find_difference(const sw_spec *a, const sw_spec *b)
{
    if (!is_same_tensors(a->observations, a->observation_count, b->observations,
                         b->observation_count)) {
        return "observations";
    }
    if (!is_same_tensors(a->actions, a->action_count, b->actions, b->action_count)) {
        return "actions";
    }
    if (!is_same_infos(a, b)) {
        return "info columns";
    }
    return a->max_episode_steps != b->max_episode_steps ? "time limits"
           : a->agents != b->agents                     ? "numbers of agents"
                                                        : NULL;
}

sw_status plan_check(plan *p, const sw_spec *spec, const char *endpoint)
{
    if (p->spec.id == NULL) {
        p->spec_from = endpoint;
        return copy_spec(spec, &p->spec);
    }
    const char *difference = find_difference(&p->spec, spec);
    if (difference == NULL) {
        return SW_OK;
    }
    return sw_fail(SW_FAILED_PRECONDITION, "%s: %s and %s give it different %s", spec->id,
                   p->spec_from, endpoint, difference);
}
