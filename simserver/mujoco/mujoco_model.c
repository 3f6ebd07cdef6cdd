// Design: a list of the models in use, under a mutex, keyed by what they are made from. A compiled
// model is constant while stepping, so environments on all threads read the same one.
//
// MuJoCo loads from a path or from a virtual file system whose interface differs between versions.
// A path works with all of them, so the text of a model of ours goes through a file that exists in
// memory only.
#define _GNU_SOURCE  // memfd_create
#include "mujoco_model.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mujoco_file.h"
#include "mujoco_guard.h"
#include "mujoco_render.h"

// What a model is made from.
typedef struct origin {
    const mujoco_xml *xml;  // NULL: the file
    mujoco_file file;
} origin;

typedef struct shared_model {
    struct shared_model *next;
    origin origin;
    mjModel *model;
    int users;
} shared_model;

static struct {
    pthread_mutex_t lock;
    shared_model *first;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

typedef struct loading {
    const char *path;
    mjModel *model;  // out
    char why[400];   // out; may hold a mere remark when there is a model
} loading;

static void load_xml(void *context)
{
    loading *l = context;
    l->model = mj_loadXML(l->path, NULL, l->why, sizeof(l->why));
}

// Loads the file `path`, which people know by `name`.
static sw_status load(const char *path, const char *name, mjModel **model)
{
    if (mj_version() != mjVERSION_HEADER) {
        return sw_fail(SW_VERSION, "built for MuJoCo %d, but the library is %d: build again",
                       mjVERSION_HEADER, mj_version());
    }
    loading l = {.path = path};
    const sw_status st = mujoco_guard(load_xml, &l);
    if (st != SW_OK) {
        return sw_fail(st, "'%s': %s", name, sw_last_error());
    }
    if (l.model == NULL) {
        for (char *c = strchr(l.why, '\n'); c != NULL; c = strchr(c, '\n')) {
            *c = ' ';
        }
        return sw_fail(SW_ENVIRONMENT, "'%s': %s", name, l.why);
    }
    *model = l.model;
    return SW_OK;
}

static sw_status write_all(int file, const mujoco_xml *xml)
{
    for (size_t done = 0; done < xml->size;) {
        const ssize_t n = write(file, xml->text + done, xml->size - done);
        if (n < 0 && errno != EINTR) {
            return sw_fail(SW_IO, "%s: cannot copy it to memory: %s", xml->name, strerror(errno));
        }
        done += n > 0 ? (size_t) n : 0;
    }
    return SW_OK;
}

static sw_status load_ours(const mujoco_xml *xml, mjModel **model)
{
    if (xml->base != NULL) {
        const sw_status st = load_ours(xml->base, model);
        if (st == SW_OK) {
            xml->change(*model);
        }
        return st;
    }
    const int file = memfd_create(xml->name, MFD_CLOEXEC);
    if (file < 0) {
        return sw_fail(SW_IO, "%s: no file in memory: %s", xml->name, strerror(errno));
    }
    char path[32];
    (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    sw_status st = write_all(file, xml);
    st = st == SW_OK ? load(path, xml->name, model) : st;
    (void) close(file);
    return st;
}

// A file that is no model is its author's mistake.
static sw_status load_users(const mujoco_file *file, mjModel **model)
{
    mjModel *m = NULL;
    sw_status st = load(file->path, file->name, &m);
    if (st != SW_OK) {
        return sw_fail(st == SW_ENVIRONMENT ? SW_INVALID_ARGUMENT : st, "%s", sw_last_error());
    }
    st = mujoco_file_check_memory(file, m);
    if (st != SW_OK) {
        mj_deleteModel(m);
        return st;
    }
    *model = m;
    return SW_OK;
}

static bool is_same(const origin *one, const origin *two)
{
    return one->xml == two->xml &&
           (one->xml != NULL || mujoco_file_is_same(&one->file, &two->file));
}

// Called with the lock held.
static sw_status find_or_add(const origin *from, shared_model **found)
{
    for (shared_model *s = cache.first; s != NULL; s = s->next) {
        if (is_same(&s->origin, from)) {
            *found = s;
            return SW_OK;
        }
    }
    shared_model *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for a model");
    }
    const sw_status st =
        from->xml != NULL ? load_ours(from->xml, &s->model) : load_users(&from->file, &s->model);
    if (st != SW_OK) {
        free(s);
        return st;
    }
    s->origin = *from;
    s->next = cache.first;
    cache.first = s;
    *found = s;
    return SW_OK;
}

static sw_status acquire(const origin *from, const mjModel **model)
{
    shared_model *s = NULL;
    pthread_mutex_lock(&cache.lock);
    const sw_status st = find_or_add(from, &s);
    if (st == SW_OK) {
        s->users++;
        *model = s->model;
    }
    pthread_mutex_unlock(&cache.lock);
    return st;
}

sw_status mujoco_model_acquire(const mujoco_xml *xml, const mjModel **model)
{
    const origin from = {.xml = xml};
    return acquire(&from, model);
}

sw_status mujoco_model_acquire_file(const char *name, const mjModel **model)
{
    origin from = {.xml = NULL};
    const sw_status st = mujoco_file_find(name, &from.file);
    return st == SW_OK ? acquire(&from, model) : st;
}

// Takes `model` off the list if this was its last user; returns what is then to be freed, or NULL.
static shared_model *give_back(const mjModel *model)
{
    for (shared_model **link = &cache.first; *link != NULL; link = &(*link)->next) {
        shared_model *s = *link;
        if (s->model == model) {
            if (--s->users > 0) {
                return NULL;
            }
            *link = s->next;
            return s;
        }
    }
    return NULL;
}

void mujoco_model_release(const mjModel *model)
{
    pthread_mutex_lock(&cache.lock);
    shared_model *unused = give_back(model);
    pthread_mutex_unlock(&cache.lock);
    // Without the lock: a picture that is being drawn may take a while.
    if (unused != NULL) {
        mujoco_render_forget(unused->model);
        mj_deleteModel(unused->model);
        free(unused);
    }
}
