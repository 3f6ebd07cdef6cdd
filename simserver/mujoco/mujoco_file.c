// Design: what a client names is checked as text, so that there is one way only to name a file, and
// none to leave the directory. A link that leads out of it is the operator's.
//
// A file may change at any time, and nothing ties the model that described a session to those of
// its environments. Hence the sizes of a file are kept, a few numbers for each, for good.
#include "mujoco_file.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mujoco_guard.h"

enum { MIB = 1 << 20, MAX_FILE_MIB = 16, MAX_MODEL_MIB = 256, MAX_DATA_MIB = 64 };

// ---- where it is ----------------------------------------------------------------------------

// One way only to write each path: no component is empty, "." or "..".
static bool is_inside(const char *name)
{
    for (const char *part = name;; part++) {
        const size_t length = strcspn(part, "/");
        if (length == 0 || strncmp(part, ".", length) == 0 || strncmp(part, "..", length) == 0) {
            return false;
        }
        part += length;
        if (*part == '\0') {
            return true;
        }
    }
}

sw_status mujoco_file_find(const char *name, mujoco_file *file)
{
    const char *directory = getenv("STEPWIRE_MODELS");
    if (directory == NULL || directory[0] == '\0') {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "'%s': the server has no models of users; whoever starts it sets the "
                       "environment variable STEPWIRE_MODELS to a directory of them",
                       name);
    }
    if (!is_inside(name)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "'%s': must be the name of a file in the server's directory of models, or a "
                       "path like robots/ant.xml from there",
                       name);
    }
    mujoco_file f = {.size = 0};
    const int length = snprintf(f.path, sizeof(f.path), "%s/%s", directory, name);
    struct stat info;
    if (length >= (int) sizeof(f.path) || stat(f.path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "'%s': no such file in the server's directory of models", name);
    }
    if (info.st_size > (off_t) MAX_FILE_MIB * MIB) {
        return sw_fail(SW_INVALID_ARGUMENT, "'%s': the file is larger than %d MiB", name,
                       MAX_FILE_MIB);
    }
    (void) snprintf(f.name, sizeof(f.name), "%s", name);
    f.device = info.st_dev;
    f.inode = info.st_ino;
    f.size = info.st_size;
    f.written = info.st_mtim;
    f.changed = info.st_ctim;
    *file = f;
    return SW_OK;
}

static bool is_same_time(struct timespec one, struct timespec two)
{
    return one.tv_sec == two.tv_sec && one.tv_nsec == two.tv_nsec;
}

bool mujoco_file_is_same(const mujoco_file *one, const mujoco_file *two)
{
    return strcmp(one->path, two->path) == 0 && one->device == two->device &&
           one->inode == two->inode && one->size == two->size &&
           is_same_time(one->written, two->written) && is_same_time(one->changed, two->changed);
}

// ---- how large it is ------------------------------------------------------------------------

typedef struct measuring {
    const mjModel *model;
    int64_t bytes;  // out: of an mjData; 0: there was no memory for one
} measuring;

static void measure_data(void *context)
{
    measuring *m = context;
    mjData *d = mj_makeData(m->model);
    if (d != NULL) {
#if mjVERSION_HEADER < 300
        m->bytes = d->nbuffer + (int64_t) d->nstack * (int64_t) sizeof(mjtNum);
#else
        m->bytes = (int64_t) d->nbuffer + (int64_t) d->narena;
#endif
        mj_deleteData(d);
    }
}

sw_status mujoco_file_check_memory(const mujoco_file *file, const mjModel *model)
{
    if ((int64_t) mj_sizeModel(model) > (int64_t) MAX_MODEL_MIB * MIB) {
        return sw_fail(SW_INVALID_ARGUMENT, "'%s': the model takes more than %d MiB", file->name,
                       MAX_MODEL_MIB);
    }
    measuring m = {.model = model};
    if (mujoco_guard(measure_data, &m) != SW_OK) {
        return sw_fail(SW_INVALID_ARGUMENT, "'%s': %s", file->name, sw_last_error());
    }
    if (m.bytes == 0) {
        return sw_fail(SW_NO_MEMORY, "'%s': no memory for an environment", file->name);
    }
    if (m.bytes > (int64_t) MAX_DATA_MIB * MIB) {
        return sw_fail(SW_INVALID_ARGUMENT, "'%s': an environment takes more than %d MiB",
                       file->name, MAX_DATA_MIB);
    }
    return SW_OK;
}

// All that observations, actions and states are as long as.
typedef struct sizes {
    int64_t nq, nv, na, nu, nbody, ngeom, nsite, ncam, nlight;
    int64_t ntendon, nmocap, nuserdata, nsensordata;
} sizes;

// The files that were ever used: no more than the operator made.
typedef struct known_file {
    struct known_file *next;
    char name[SW_MAX_TEXT + 1];
    sizes sizes;
} known_file;

static struct {
    pthread_mutex_t lock;
    known_file *first;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

// With the lock held: what is known of a file, which is `now` if it is new. NULL: no memory.
static const sizes *find_or_add(const char *name, const sizes *now)
{
    known_file *k = known.first;
    while (k != NULL && strcmp(k->name, name) != 0) {
        k = k->next;
    }
    if (k == NULL) {
        k = calloc(1, sizeof(*k));
        if (k == NULL) {
            return NULL;
        }
        (void) snprintf(k->name, sizeof(k->name), "%s", name);
        k->sizes = *now;
        k->next = known.first;
        known.first = k;
    }
    return &k->sizes;
}

sw_status mujoco_file_check_sizes(const char *name, const mjModel *m)
{
    const sizes now = {
        .nq = m->nq,
        .nv = m->nv,
        .na = m->na,
        .nu = m->nu,
        .nbody = m->nbody,
        .ngeom = m->ngeom,
        .nsite = m->nsite,
        .ncam = m->ncam,
        .nlight = m->nlight,
        .ntendon = m->ntendon,
        .nmocap = m->nmocap,
        .nuserdata = m->nuserdata,
        .nsensordata = m->nsensordata,
    };
    pthread_mutex_lock(&known.lock);
    const sizes *first = find_or_add(name, &now);
    pthread_mutex_unlock(&known.lock);
    if (first == NULL) {
        return sw_fail(SW_NO_MEMORY, "'%s': no memory for the model", name);
    }
    if (memcmp(first, &now, sizeof(now)) != 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "'%s': the model has other joints, bodies, shapes... than when the server "
                       "first used the file; give it another name, or start the server again",
                       name);
    }
    return SW_OK;
}
