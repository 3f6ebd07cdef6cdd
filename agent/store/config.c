// config.c -- puts a run's configuration together.
//
// Task and algorithm come first, whichever source names them, because they decide which keys there
// are and what their defaults are; then every source is applied in order.
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "presets.h"

static const char setting_prefix[] = "env.";

enum { PREFIX = sizeof(setting_prefix) - 1 };

// In the order of the members of config.
static const sw_setting common[] = {
    {.name = "envs",
     .type = SW_INT,
     .initial.i = 8,
     .low = 1,
     .high = 1 << 20,
     .doc = "environments stepped side by side"},
    {.name = "groups",
     .type = SW_INT,
     .initial.i = 0,
     .low = 0,
     .high = 1 << 20,
     .doc = "sessions the environments are split into; 0: 2 if there are 2 environments, else 1"},
    {.name = "steps",
     .type = SW_INT,
     .initial.i = 1000000,
     .low = 1,
     .high = 1e15,
     .doc = "transitions to train for, of all environments together"},
    {.name = "seed",
     .type = SW_INT,
     .initial.i = 1,
     .low = 0,
     .high = 9007199254740992.0,
     .doc = "everything random hangs off it"},
};

enum { COMMON = sizeof(common) / sizeof(common[0]) };

const sw_setting *config_common(int *count)
{
    *count = COMMON;
    return common;
}

static int64_t *common_member(config *c, int i)
{
    int64_t *const members[COMMON] = {&c->envs, &c->groups, &c->steps, &c->seed};
    return members[i];
}

// Appends ", name" to a list that is cut where `size` ends.
static void append_name(char *list, size_t size, const char *name)
{
    const size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", name);
}

sw_status config_find_algo(const char *origin, const char *name, const algo_class **class)
{
    const algo_class *found = algo_find(name);
    if (found != NULL) {
        *class = found;
        return SW_OK;
    }
    char allowed[256] = "";
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        append_name(allowed, sizeof(allowed), all[i]->name);
    }
    return sw_fail(SW_NOT_FOUND, "%s: no algorithm '%.63s'; there are: %s", origin, name, allowed);
}

static sw_status fail_key(const config *c, const char *key)
{
    char allowed[400] = "";
    for (int i = 0; i < COMMON; i++) {
        append_name(allowed, sizeof(allowed), common[i].name);
    }
    for (int i = 0; i < c->algo->param_count; i++) {
        append_name(allowed, sizeof(allowed), c->algo->params[i].name);
    }
    return sw_fail(SW_NOT_FOUND, "no option '%.63s'; there are: %s, env.NAME", key, allowed);
}

static sw_status set_task_setting(config *c, const char *name, const char *value)
{
    int i = 0;
    while (i < c->setting_count && strcmp(c->settings[i].name, name) != 0) {
        i++;
    }
    if (i == SW_MAX_SETTINGS || strlen(name) > SW_MAX_NAME || strlen(value) > CONFIG_MAX_VALUE) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "env.%.63s: at most %d settings, %d bytes in a name and %d in a value", name,
                       SW_MAX_SETTINGS, SW_MAX_NAME, CONFIG_MAX_VALUE);
    }
    snprintf(c->settings[i].name, sizeof(c->settings[i].name), "%s", name);
    snprintf(c->settings[i].value, sizeof(c->settings[i].value), "%s", value);
    c->setting_count += i == c->setting_count;
    return SW_OK;
}

static sw_status set(config *c, const char *key, const char *value)
{
    if (strcmp(key, "env") == 0 || strcmp(key, "algo") == 0) {
        return SW_OK;  // read before everything else
    }
    if (strncmp(key, setting_prefix, PREFIX) == 0) {
        return set_task_setting(c, key + PREFIX, value);
    }
    for (int i = 0; i < COMMON; i++) {
        if (strcmp(key, common[i].name) == 0) {
            sw_value v;
            const sw_status st = sw_setting_parse(&common[i], value, &v);
            if (st == SW_OK) {
                *common_member(c, i) = v.i;
            }
            return st;
        }
    }
    for (int i = 0; i < c->algo->param_count; i++) {
        if (strcmp(key, c->algo->params[i].name) == 0) {
            return sw_setting_parse(&c->algo->params[i], value, &c->params[i]);
        }
    }
    return fail_key(c, key);
}

static sw_status apply(config *c, const config_source *source)
{
    for (int i = 0; i < source->count; i++) {
        const sw_status st = set(c, source->items[i].name, source->items[i].value);
        if (st != SW_OK) {
            return sw_fail(st, "%s: %s", source->origin, sw_last_error());
        }
    }
    return SW_OK;
}

// The last value of `key` in all sources; *origin says where. NULL: none.
static const char *find(const config_source *sources, int count, const char *key,
                        const char **origin)
{
    const char *value = NULL;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < sources[i].count; j++) {
            if (strcmp(sources[i].items[j].name, key) == 0) {
                value = sources[i].items[j].value;
                *origin = sources[i].origin;
            }
        }
    }
    return value;
}

// Task, algorithm, and their defaults.
static sw_status begin(const config_source *sources, int count, config *c)
{
    const char *origin = "";
    const char *env = find(sources, count, "env", &origin);
    if (env == NULL || env[0] == 0) {
        return sw_fail(SW_INVALID_ARGUMENT, "no task: name one with --env, e.g. --env Hopper-v5");
    }
    if (strlen(env) > SW_MAX_NAME) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: env: a task id has at most %d bytes", origin,
                       SW_MAX_NAME);
    }
    const char *name = find(sources, count, "algo", &origin);
    if (name == NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "no algorithm: name one with --algo, e.g. --algo ppo");
    }
    *c = (config){0};
    const sw_status st = config_find_algo(origin, name, &c->algo);
    if (st != SW_OK) {
        return st;
    }
    memcpy(c->env, env, strlen(env) + 1);
    for (int i = 0; i < COMMON; i++) {
        *common_member(c, i) = common[i].initial.i;
    }
    for (int i = 0; i < c->algo->param_count; i++) {
        c->params[i] = c->algo->params[i].initial;
    }
    const preset *p = preset_find(name, env);
    return p == NULL ? SW_OK : apply(c, &(config_source){"preset", p->values, p->count});
}

sw_status config_resolve(const config_source *sources, int count, config *c)
{
    config made;
    sw_status st = begin(sources, count, &made);
    for (int i = 0; st == SW_OK && i < count; i++) {
        st = apply(&made, &sources[i]);
    }
    if (st != SW_OK) {
        return st;
    }
    if (made.groups == 0) {
        made.groups = made.envs >= 2 ? 2 : 1;
    }
    if (made.groups > made.envs) {
        return sw_fail(SW_INVALID_ARGUMENT, "groups is %lld, but there are only %lld envs",
                       (long long) made.groups, (long long) made.envs);
    }
    *c = made;
    return SW_OK;
}

void config_assignments(const config *c, sw_assignment *out)
{
    for (int i = 0; i < c->setting_count; i++) {
        out[i] = (sw_assignment){c->settings[i].name, c->settings[i].value};
    }
}
