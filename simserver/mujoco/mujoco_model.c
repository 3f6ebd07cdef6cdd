// Design: a list of the models in use, under a mutex, keyed by the address of what they are made
// from. A compiled model is constant while stepping, so environments on all threads read the same
// one.
//
// MuJoCo loads from a path or from a virtual file system whose interface differs between versions.
// A path works with all of them, so the text goes through a file that exists in memory only.
#define _GNU_SOURCE  // memfd_create
#include "mujoco_model.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mujoco_guard.h"
#include "mujoco_render.h"

typedef struct shared_model {
    struct shared_model *next;
    const mujoco_xml *xml;
    mjModel *model;
    int users;
} shared_model;

static struct {
    pthread_mutex_t lock;
    shared_model *first;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

typedef struct loading {
    char path[32];
    mjModel *model;  // out
    char why[300];   // out; may hold a mere remark when there is a model
} loading;

static void load_xml(void *context)
{
    loading *l = context;
    l->model = mj_loadXML(l->path, NULL, l->why, sizeof(l->why));
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

static sw_status compile(const mujoco_xml *xml, mjModel **model)
{
    if (mj_version() != mjVERSION_HEADER) {
        return sw_fail(SW_VERSION, "built for MuJoCo %d, but the library is %d: build again",
                       mjVERSION_HEADER, mj_version());
    }
    const int file = memfd_create(xml->name, MFD_CLOEXEC);
    if (file < 0) {
        return sw_fail(SW_IO, "%s: no file in memory: %s", xml->name, strerror(errno));
    }
    loading l = {.model = NULL};
    (void) snprintf(l.path, sizeof(l.path), "/proc/self/fd/%d", file);
    sw_status st = write_all(file, xml);
    if (st == SW_OK) {
        st = mujoco_guard(load_xml, &l);
    }
    (void) close(file);
    if (st == SW_OK && l.model == NULL) {
        st = sw_fail(SW_ENVIRONMENT, "%s: %s", xml->name, l.why);
    }
    if (st == SW_OK) {
        *model = l.model;
    }
    return st;
}

static sw_status make_model(const mujoco_xml *xml, mjModel **model)
{
    const sw_status st = compile(xml->base != NULL ? xml->base : xml, model);
    if (st == SW_OK && xml->change != NULL) {
        xml->change(*model);
    }
    return st;
}

// Called with the lock held.
static sw_status find_or_add(const mujoco_xml *xml, shared_model **found)
{
    for (shared_model *s = cache.first; s != NULL; s = s->next) {
        if (s->xml == xml) {
            *found = s;
            return SW_OK;
        }
    }
    shared_model *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for the model", xml->name);
    }
    const sw_status st = make_model(xml, &s->model);
    if (st != SW_OK) {
        free(s);
        return st;
    }
    s->xml = xml;
    s->next = cache.first;
    cache.first = s;
    *found = s;
    return SW_OK;
}

sw_status mujoco_model_acquire(const mujoco_xml *xml, const mjModel **model)
{
    shared_model *s = NULL;
    pthread_mutex_lock(&cache.lock);
    const sw_status st = find_or_add(xml, &s);
    if (st == SW_OK) {
        s->users++;
        *model = s->model;
    }
    pthread_mutex_unlock(&cache.lock);
    return st;
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
