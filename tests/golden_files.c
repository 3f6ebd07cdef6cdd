// Design: a table of what was measured by replaying every file on libraries from 2.2.2 to 4.0.0;
// golden/README.md says why the versions differ where they do. A version that was not measured has
// the row of the nearest one below, whose "from" is the release that brought the change.
#include "golden_files.h"

#include <dirent.h>
#include <mujoco/mujoco.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_SOURCES = 3, MAX_NAME = 64 };

typedef struct source {
    const char *directory;
    const char *tasks;  // with all their files: versions 4 and 5, and variants of the settings
} source;

#define PENDULUMS " InvertedPendulum InvertedDoublePendulum "
#define SAME_UP_TO_3_10 " Walker2d HalfCheetah Swimmer Reacher" PENDULUMS

static const struct {
    int from;  // version
    source sources[MAX_SOURCES];
} table[] = {
    {2002002, {{"mujoco-2.2.2", SAME_UP_TO_3_10 " Hopper Ant Pusher Humanoid HumanoidStandup "}}},
    {2003000, {{"mujoco-2.2.2", SAME_UP_TO_3_10 " Hopper Ant Pusher "}}},
    {3000000, {{"mujoco-2.2.2", SAME_UP_TO_3_10 " Hopper Ant Humanoid HumanoidStandup "}}},
    {3002000,
     {{"mujoco-2.2.2", SAME_UP_TO_3_10 " Hopper Ant Humanoid HumanoidStandup "},
      {"mujoco-3.3.5", " Ant "}}},
    {3003000,
     {{"mujoco-2.2.2", SAME_UP_TO_3_10 " Hopper Ant Humanoid HumanoidStandup "},
      {"mujoco-3.3.5", " Ant Pusher "}}},
    {3003006,
     {{"mujoco-2.2.2", SAME_UP_TO_3_10},
      {"mujoco-3.3.7", " Hopper Ant Pusher Humanoid HumanoidStandup "}}},
    {3005000, {{"mujoco-2.2.2", SAME_UP_TO_3_10}, {"mujoco-3.17.0", " Hopper Ant "}}},
    {3011000,
     {{"mujoco-2.2.2", " Swimmer" PENDULUMS},
      {"mujoco-3.17.0", " Walker2d HalfCheetah Reacher Hopper Ant "}}},
    {3017000,
     {{"mujoco-2.2.2", " Swimmer" PENDULUMS},
      {"mujoco-3.17.0",
       " Walker2d HalfCheetah Reacher Hopper Ant Pusher Humanoid HumanoidStandup "}}},
    {4000000,
     {{"mujoco-2.2.2", " Swimmer" PENDULUMS},
      {"mujoco-4.0.0",
       " Walker2d HalfCheetah Reacher Hopper Ant Pusher Humanoid HumanoidStandup "}}},
};

int golden_version(const char *text)
{
    int major = 0;
    int minor = 0;
    int patch = 0;
    (void) sscanf(text, "%d.%d.%d", &major, &minor, &patch);
    return major * 1000000 + minor * 1000 + patch;
}

// mj_version() is 335 for 3.3.5, and what we count with from 3.5.0 on.
int golden_library(void)
{
    const int v = mj_version();
    return v >= 1000000 ? v : v / 100 * 1000000 + v / 10 % 10 * 1000 + v % 10;
}

// Appends every regular file of the directory but hidden ones, if its task is among `tasks` or that
// is NULL.
static int append(const char *directory, const char *tasks, char (*paths)[GOLDEN_MAX_PATH],
                  int count)
{
    DIR *d = opendir(directory);
    for (struct dirent *entry = NULL; d != NULL && (entry = readdir(d)) != NULL;) {
        char task[MAX_NAME];
        (void) snprintf(task, sizeof(task), " %.*s ", (int) strcspn(entry->d_name, "-"),
                        entry->d_name);
        if (count == GOLDEN_MAX_FILES || entry->d_name[0] == '.' ||
            (tasks != NULL && strstr(tasks, task) == NULL)) {
            continue;
        }
        struct stat info;
        (void) snprintf(paths[count], GOLDEN_MAX_PATH, "%s/%s", directory, entry->d_name);
        count += stat(paths[count], &info) == 0 && S_ISREG(info.st_mode) ? 1 : 0;
    }
    if (d != NULL) {
        (void) closedir(d);
    }
    return count;
}

int golden_files(int version, char (*paths)[GOLDEN_MAX_PATH])
{
    const source *sources = table[0].sources;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        sources = table[i].from <= version ? table[i].sources : sources;
    }
    int count = 0;
    for (int i = 0; i < MAX_SOURCES && sources[i].directory != NULL; i++) {
        char directory[MAX_NAME];
        (void) snprintf(directory, sizeof(directory), "golden/%s", sources[i].directory);
        count = append(directory, sources[i].tasks, paths, count);
    }
    return count;
}

int golden_files_in(const char *directory, char (*paths)[GOLDEN_MAX_PATH])
{
    return append(directory, NULL, paths, 0);
}
