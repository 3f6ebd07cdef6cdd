// config.c -- puts a run's configuration together.
//
// Task and algorithm come first, whichever source names them, because they decide which keys there
// are and what their defaults are; then every source is applied in order.
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "preset.h"
#include "unknown.h"
#include "words.h"

static const char setting_prefix[] = "env.";

enum { PREFIX = sizeof(setting_prefix) - 1 };

// Keys that are read before everything else.
static const char *const first_keys[] = {"env", "algo", "preset"};

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
    {.name = "eval_every",
     .type = SW_INT,
     .initial.i = 0,
     .low = 0,
     .high = 1e15,
     .doc = "transitions from one evaluation to the next; 0: none"},
    {.name = "checkpoint_every",
     .type = SW_INT,
     .initial.i = 0,
     .low = 0,
     .high = 1e15,
     .doc = "transitions from one checkpoint to the next; 0: one every minute"},
    {.name = "keep",
     .type = SW_INT,
     .initial.i = 2,
     .low = 1,
     .high = 1000000,
     .doc = "checkpoints that stay, beside the best"},
    {.name = "no_replay",
     .type = SW_BOOL,
     .doc = "checkpoints without the replay: smaller, but training goes on from them with an empty "
            "one"},
};

enum { COMMON = sizeof(common) / sizeof(common[0]) };

const sw_setting *config_common(int *count)
{
    *count = COMMON;
    return common;
}

static const size_t common_offsets[COMMON] = {
    offsetof(config, envs), offsetof(config, groups),     offsetof(config, steps),
    offsetof(config, seed), offsetof(config, eval_every), offsetof(config, checkpoint_every),
    offsetof(config, keep), offsetof(config, no_replay),
};

sw_value config_common_value(const config *c, int i)
{
    const int64_t value = *(const int64_t *) ((const char *) c + common_offsets[i]);
    return common[i].type == SW_BOOL ? (sw_value){.b = value != 0} : (sw_value){.i = value};
}

static void set_common(config *c, int i, const sw_value *value)
{
    *(int64_t *) ((char *) c + common_offsets[i]) = common[i].type == SW_BOOL ? value->b : value->i;
}

static const sw_setting *option(const config *c, int i)
{
    return i < COMMON ? &common[i] : &c->algo->params[i - COMMON];
}

sw_status config_find_algo(const char *origin, const char *name, const algo_class **class)
{
    const algo_class *found = algo_find(name);
    if (found != NULL) {
        *class = found;
        return SW_OK;
    }
    (void) unknown_algo(name);
    return sw_fail(SW_NOT_FOUND, "%s: %s", origin, sw_last_error());
}

// The option of that key: its place among the common ones, and after them the algorithm's; -1 if
// there is none.
static int find_option(const config *c, const char *key)
{
    for (int i = 0; i < COMMON + c->algo->param_count; i++) {
        if (strcmp(key, option(c, i)->name) == 0) {
            return i;
        }
    }
    return -1;
}

static bool is_task_setting(const char *key)
{
    return strncmp(key, setting_prefix, PREFIX) == 0;
}

// c->setting_count if there is none of that name.
static int find_task_setting(const config *c, const char *name)
{
    int i = 0;
    while (i < c->setting_count && strcmp(c->settings[i].name, name) != 0) {
        i++;
    }
    return i;
}

static sw_status set_task_setting(config *c, const char *name, const char *value)
{
    const int i = find_task_setting(c, name);
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
    for (size_t i = 0; i < sizeof(first_keys) / sizeof(first_keys[0]); i++) {
        if (strcmp(key, first_keys[i]) == 0) {
            return SW_OK;
        }
    }
    if (is_task_setting(key)) {
        return set_task_setting(c, key + PREFIX, value);
    }
    const int i = find_option(c, key);
    if (i < 0) {
        return unknown_option(c->algo, common, COMMON, key);
    }
    sw_value v;
    const sw_status st = sw_setting_parse(option(c, i), value, &v);
    if (st != SW_OK) {
        return sw_fail(st, "%s: %s", c->algo->name, sw_last_error());
    }
    if (i < COMMON) {
        set_common(c, i, &v);
    } else {
        c->params[i - COMMON] = v;
    }
    return SW_OK;
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
        set_common(c, i, &common[i].initial);
    }
    for (int i = 0; i < c->algo->param_count; i++) {
        c->params[i] = c->algo->params[i].initial;
    }
    return SW_OK;
}

static sw_status apply_preset(const config_source *sources, int count, config *c)
{
    const char *origin = "";
    const char *wish = find(sources, count, "preset", &origin);
    preset p;
    sw_status st = preset_open(c->algo->name, c->env, &p);
    if (st != SW_OK) {
        return st;
    }
    st = preset_choose(&p, c, wish, &c->preset);
    if (st != SW_OK) {
        st = sw_fail(st, "%s: %s", origin, sw_last_error());
    } else {
        st = apply(c, &(config_source){"preset", p.items[c->preset], p.counts[c->preset]});
    }
    preset_close(&p);
    return st;
}

sw_status config_resolve(const config_source *sources, int count, config *c)
{
    config made;
    sw_status st = begin(sources, count, &made);
    if (st == SW_OK) {
        st = apply_preset(sources, count, &made);
    }
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

void config_print_value(const config *c, const char *key, char *text, size_t size)
{
    const int i = find_option(c, key);
    if (i >= 0) {
        const sw_value value = i < COMMON ? config_common_value(c, i) : c->params[i - COMMON];
        sw_setting_print(option(c, i), &value, text, size);
        return;
    }
    const int j = is_task_setting(key) ? find_task_setting(c, key + PREFIX) : c->setting_count;
    snprintf(text, size, "%s", j < c->setting_count ? c->settings[j].value : "");
}

// Adds the option to the list if it is not what it was.
static void list_change(const config *was, const config *c, const char *key, char *text,
                        size_t size)
{
    char before[CONFIG_MAX_VALUE + 1], now[CONFIG_MAX_VALUE + 1];
    char item[CONFIG_MAX_VALUE + SW_MAX_NAME + 16];
    config_print_value(was, key, before, sizeof(before));
    config_print_value(c, key, now, sizeof(now));
    if (strcmp(before, now) != 0) {
        snprintf(item, sizeof(item), "%s (it was %s)", key, before[0] != 0 ? before : "empty");
        words_add(text, size, item);
    }
}

static void list_setting(const config *was, const config *c, const char *name, char *text,
                         size_t size)
{
    char key[PREFIX + SW_MAX_NAME + 1];
    snprintf(key, sizeof(key), "%s%s", setting_prefix, name);
    list_change(was, c, key, text, size);
}

void config_print_changes(const config *was, const config *c, char *text, size_t size)
{
    text[0] = '\0';
    for (int i = 0; i < COMMON + c->algo->param_count; i++) {
        list_change(was, c, option(c, i)->name, text, size);
    }
    for (int i = 0; i < c->setting_count; i++) {
        list_setting(was, c, c->settings[i].name, text, size);
    }
    for (int i = 0; i < was->setting_count; i++) {  // those that are gone
        if (find_task_setting(c, was->settings[i].name) == c->setting_count) {
            list_setting(was, c, was->settings[i].name, text, size);
        }
    }
}

void config_assignments(const config *c, sw_assignment *out)
{
    for (int i = 0; i < c->setting_count; i++) {
        out[i] = (sw_assignment){c->settings[i].name, c->settings[i].value};
    }
}
