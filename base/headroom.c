// headroom.c -- the files in which Linux says how much memory there is.
//
// /proc/meminfo speaks of the whole machine: see proc(5), MemAvailable. A container is usually held
// by a control group instead, of version 2 or 1 (cgroups(7)); what that counts as used includes
// pages of files that the kernel would drop before it refuses anybody.
#include "headroom.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, LINE_SIZE = 4352 };

// One version of control groups: how /proc/self/cgroup begins its line, where its files are.
typedef struct group_files {
    const char *mark, *root, *limit, *used;
} group_files;

static const group_files versions[] = {
    {"0::", "/sys/fs/cgroup", "memory.max", "memory.current"},
    {":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"},
};

// The number after `key` on a line that begins with it; false if there is none.
static bool read_number(const char *path, const char *key, uint64_t *number)
{
    char line[LINE_SIZE];
    bool found = false;
    FILE *file = fopen(path, "re");
    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
        const char *at = line + strlen(key);
        found = strncmp(line, key, strlen(key)) == 0;
        if (found) {
            char *end;
            *number = strtoull(at, &end, 10);
            found = end != at;  // a group without a limit says "max"
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

static bool read_group_number(const char *directory, const char *file, const char *key,
                              uint64_t *number)
{
    char path[PATH_SIZE];
    const int length = snprintf(path, sizeof(path), "%s/%s", directory, file);
    return length < PATH_SIZE && read_number(path, key, number);
}

// What the group with its files in `directory` leaves.
static uint64_t group_headroom(const group_files *v, const char *directory)
{
    uint64_t limit, used, files = 0;
    if (!read_group_number(directory, v->limit, "", &limit) ||
        !read_group_number(directory, v->used, "", &used)) {
        return UINT64_MAX;
    }
    read_group_number(directory, "memory.stat", "inactive_file ", &files);
    used -= files < used ? files : used;
    return limit > used ? limit - used : 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// The group's own directory and, as a container sees it, the root of all it may see.
static uint64_t limits_headroom(void)
{
    char line[LINE_SIZE], directory[PATH_SIZE];
    uint64_t left = UINT64_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
            const group_files *v = &versions[i];
            const char *at = strstr(line, v->mark);
            if (at == NULL || (v->mark[0] != ':' && at != line)) {
                continue;
            }
            snprintf(directory, sizeof(directory), "%s%s", v->root, at + strlen(v->mark));
            left = least(left, least(group_headroom(v, v->root), group_headroom(v, directory)));
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return left;
}

uint64_t headroom_bytes(void)
{
    uint64_t kib;
    const bool known = read_number("/proc/meminfo", "MemAvailable:", &kib);
    return least(known ? kib * 1024 : UINT64_MAX, limits_headroom());
}
