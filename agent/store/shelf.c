// shelf.c -- see the header. Steps are told from the names of files alone, so a directory that was
// moved, or in which somebody tidied up, is as good as any.
#include "shelf.h"

#include <dirent.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Bytes of an error's text that are kept when more is said.
enum { WHY = 340 };

static sw_status find_step(const char *directory, int64_t steps, char *path)
{
    char name[48];
    snprintf(name, sizeof(name), "step-%" PRId64 ".safetensors", steps);
    return file_path(directory, name, path);
}

// The greatest N below `limit` of which there is a step-N; -1: none.
static int64_t step_below(const char *directory, int64_t limit)
{
    int64_t best = -1;
    DIR *d = opendir(directory);
    const struct dirent *e;
    while (d != NULL && (e = readdir(d)) != NULL) {
        int64_t steps;
        int end = 0;
        if (sscanf(e->d_name, "step-%" SCNd64 ".safetensors%n", &steps, &end) == 1 && end > 0 &&
            e->d_name[end] == 0 && steps > best && steps < limit) {
            best = steps;
        }
    }
    if (d != NULL) {
        closedir(d);
    }
    return best;
}

bool shelf_is_empty(const char *directory)
{
    char path[FILE_MAX_PATH + 1];
    return step_below(directory, INT64_MAX) < 0 &&
           file_path(directory, SHELF_LATEST, path) == SW_OK && access(path, F_OK) != 0;
}

static sw_status remove_old(const shelf *s, int64_t steps)
{
    char path[FILE_MAX_PATH + 1];
    for (int kept = 1; (steps = step_below(s->directory, steps)) >= 0; kept++) {
        if (kept >= s->keep) {
            const sw_status st = find_step(s->directory, steps, path);
            if (st != SW_OK) {
                return st;
            }
            unlink(path);  // if it cannot be removed, it stays
        }
    }
    return SW_OK;
}

// What somebody who was killed had begun to write.
static void remove_begun(const shelf *s)
{
    static const char end[] = ".safetensors.tmp";
    char path[FILE_MAX_PATH + 1];
    DIR *d = opendir(s->directory);
    const struct dirent *e;
    while (d != NULL && (e = readdir(d)) != NULL) {
        const size_t length = strlen(e->d_name);
        if (length >= sizeof(end) && strcmp(e->d_name + length + 1 - sizeof(end), end) == 0 &&
            file_path(s->directory, e->d_name, path) == SW_OK) {
            unlink(path);
        }
    }
    if (d != NULL) {
        closedir(d);
    }
}

static sw_status link_step(const shelf *s, int64_t steps, const char *name)
{
    char step[FILE_MAX_PATH + 1], path[FILE_MAX_PATH + 1];
    sw_status st = find_step(s->directory, steps, step);
    if (st == SW_OK) {
        st = file_path(s->directory, name, path);
    }
    return st == SW_OK ? file_link(step, path) : st;
}


// ---- naming another -------------------------------------------------------------------------

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static sw_status open_one(const char *path, const char *algo_name, const char *env,
                          checkpoint **out)
{
    checkpoint *c;
    sw_status st = checkpoint_open(path, &c);
    if (st != SW_OK) {
        return st;
    }
    st = algo_name != NULL ? checkpoint_check(c, algo_name, env) : SW_OK;
    if (st != SW_OK) {
        checkpoint_close(c);
        return st;
    }
    *out = c;
    return SW_OK;
}

// Adds to the last error, which is about `path`, which other checkpoint would do.
static sw_status name_another(sw_status why, const char *path, const char *algo_name,
                              const char *env)
{
    char text[WHY], copy[FILE_MAX_PATH + 1], other[FILE_MAX_PATH + 1];
    snprintf(text, sizeof(text), "%s", sw_last_error());
    snprintf(copy, sizeof(copy), "%s", path);
    const char *directory = dirname(copy);
    const size_t length = strlen(path), name = strlen("/" SHELF_LATEST);
    const bool is_latest = length > name && strcmp(path + length - name, "/" SHELF_LATEST) == 0;
    int64_t steps = INT64_MAX;
    while ((steps = step_below(directory, steps)) >= 0) {
        checkpoint *c;
        if (find_step(directory, steps, other) == SW_OK && !is_same_file(other, path) &&
            open_one(other, algo_name, env, &c) == SW_OK) {
            checkpoint_close(c);
            return is_latest ? sw_fail(why, "%s; %s is whole; to go on from that: ln -f %s %s",
                                       text, other, other, path)
                             : sw_fail(why, "%s; %s is whole", text, other);
        }
    }
    return sw_fail(why, "%s", text);
}

sw_status shelf_open(const char *path, const char *algo_name, const char *env, checkpoint **c)
{
    const sw_status st = open_one(path, algo_name, env, c);
    return st == SW_OK ? st : name_another(st, path, algo_name, env);
}

sw_status shelf_add(const shelf *s, const checkpoint_about *about, const checkpoint_part *parts,
                    int count, bool is_best)
{
    char path[FILE_MAX_PATH + 1];
    sw_status st = find_step(s->directory, about->steps, path);
    if (st != SW_OK) {
        return st;
    }
    remove_begun(s);
    st = checkpoint_write(path, about, parts, count, s->with_replay);
    if (st == SW_OK && is_best) {
        st = link_step(s, about->steps, SHELF_BEST);
    }
    if (st == SW_OK) {  // last: who goes on from the latest finds the best that it knows of
        st = link_step(s, about->steps, SHELF_LATEST);
    }
    return st == SW_OK ? remove_old(s, about->steps)
                       : name_another(st, path, about->algo, about->env);
}
