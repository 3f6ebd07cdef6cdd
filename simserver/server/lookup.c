// lookup.c -- see the header.
#include "lookup.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "similar.h"

enum { NO_VERSION = -1, LIST_BYTES = 400 };

typedef struct task_name {
    const char *text;  // [length], without the version
    int length;
    int version;
} task_name;

const sw_env_class *lookup_task(const sw_env_class *const *tasks, int count, const char *id)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(tasks[i]->id, id) == 0) {
            return tasks[i];
        }
    }
    return NULL;
}

static task_name split(const char *id)
{
    enum { MOST_DIGITS = 9 };  // of a version that is an int
    task_name name = {.text = id, .length = (int) strnlen(id, SW_MAX_NAME), .version = NO_VERSION};
    int digits = 0;
    while (digits < name.length && isdigit((unsigned char) id[name.length - 1 - digits])) {
        digits++;
    }
    const int v = name.length - digits - 2;  // where "-v" would be
    if (digits > 0 && digits <= MOST_DIGITS && v >= 0 && strncmp(id + v, "-v", 2) == 0) {
        name.version = atoi(id + v + 2);
        name.length = v;
    }
    return name;
}

static bool is_same(const task_name *a, const task_name *b)
{
    return a->length == b->length && strncmp(a->text, b->text, (size_t) a->length) == 0;
}

// The name that is most like the wanted one; false if none is.
static bool find_nearest(const sw_env_class *const *tasks, int count, const task_name *wanted,
                         task_name *nearest)
{
    int best = INT_MAX;
    for (int i = 0; i < count; i++) {
        const task_name name = split(tasks[i]->id);
        const int distance = similar_distance(wanted->text, wanted->length, name.text, name.length);
        if (distance >= 0 && distance < best) {
            best = distance;
            *nearest = name;
        }
    }
    return best < INT_MAX;
}

// The newest version of that name below `limit`; NULL if there is none.
static const char *find_newest(const sw_env_class *const *tasks, int count, const task_name *wanted,
                               int limit)
{
    const char *found = NULL;
    int newest = INT_MIN;
    for (int i = 0; i < count; i++) {
        const task_name name = split(tasks[i]->id);
        if (is_same(&name, wanted) && name.version < limit && name.version > newest) {
            newest = name.version;
            found = tasks[i]->id;
        }
    }
    return found;
}

// "'Hopper-v5' (or 'Hopper-v4')"
static void list_versions(const sw_env_class *const *tasks, int count, const task_name *name,
                          char list[LIST_BYTES])
{
    const char *id = find_newest(tasks, count, name, INT_MAX);
    int others = 0;
    int used = 0;
    while (id != NULL && used < LIST_BYTES) {
        const char *before = used == 0 ? "" : others++ == 0 ? " (or " : ", ";
        used += snprintf(list + used, (size_t) (LIST_BYTES - used), "%s'%s'", before, id);
        id = find_newest(tasks, count, name, split(id).version);
    }
    if (others > 0 && used < LIST_BYTES) {
        (void) snprintf(list + used, (size_t) (LIST_BYTES - used), ")");
    }
}

// "Ant-v5, Hopper-v5, and older versions"
static void list_newest(const sw_env_class *const *tasks, int count, char list[LIST_BYTES])
{
    bool has_older = false;
    int used = 0;
    for (int i = 0; i < count && used < LIST_BYTES; i++) {
        const task_name name = split(tasks[i]->id);
        if (find_newest(tasks, count, &name, INT_MAX) != tasks[i]->id) {
            has_older = true;
            continue;
        }
        used += snprintf(list + used, (size_t) (LIST_BYTES - used), "%s%s", used > 0 ? ", " : "",
                         tasks[i]->id);
    }
    if (has_older && used < LIST_BYTES) {
        used += snprintf(list + used, (size_t) (LIST_BYTES - used), ", and older versions");
    }
    if (used >= LIST_BYTES) {
        strcpy(list + LIST_BYTES - sizeof("..."), "...");
    }
}

sw_status lookup_failed(const sw_env_class *const *tasks, int count, const char *id)
{
    const task_name wanted = split(id);
    task_name nearest;
    char list[LIST_BYTES] = "nothing";
    if (!find_nearest(tasks, count, &wanted, &nearest)) {
        list_newest(tasks, count, list);
        return sw_fail(SW_NOT_FOUND, "no task '%.*s'; this server has %s", SW_MAX_NAME, id, list);
    }
    list_versions(tasks, count, &nearest, list);
    if (!is_same(&nearest, &wanted)) {
        return sw_fail(SW_NOT_FOUND, "no task '%.*s'; did you mean %s?", SW_MAX_NAME, id, list);
    }
    if (wanted.version == NO_VERSION) {
        return sw_fail(SW_NOT_FOUND, "no task '%.*s'; use %s", SW_MAX_NAME, id, list);
    }
    return sw_fail(SW_NOT_FOUND, "no task '%.*s': version %d is not offered; use %s", SW_MAX_NAME,
                   id, wanted.version, list);
}
