// raw.c -- see the header.
//
// When an episode is over is written here a second time, as simply as the tasks' documentation has
// it, because their own steps make rewards and observations along with it.
#include "raw.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions.h"
#include "bench.h"
#include "mujoco_env.h"
#include "mujoco_tasks.h"
#include "random.h"
#include "remote.h"

enum {
    MAX_THREADS = 256,
    CHECKED = 1100  // steps that are compared with the task's own: past the time limit
};

// ---- tasks ------------------------------------------------------------------------------------

typedef struct raw_task {
    const char *id;
    bool (*is_over)(const mjData *d);
} raw_task;

static bool is_within(double x, double low, double high)
{
    return low < x && x < high;
}

static bool is_hopper_over(const mjData *d)
{
    return !(d->qpos[1] > 0.7 && fabs(d->qpos[2]) < 0.2);
}

static bool is_walker2d_over(const mjData *d)
{
    return !(is_within(d->qpos[1], 0.8, 2) && fabs(d->qpos[2]) < 1);
}

static bool is_ant_over(const mjData *d)
{
    return !(0.2 <= d->qpos[2] && d->qpos[2] <= 1);
}

static bool is_humanoid_over(const mjData *d)
{
    return !is_within(d->qpos[2], 1, 2);
}

static bool is_inverted_pendulum_over(const mjData *d)
{
    return fabs(d->qpos[1]) > 0.2;
}

static bool is_inverted_double_pendulum_over(const mjData *d)
{
    return d->site_xpos[2] <= 1;
}

static bool is_never_over(const mjData *d)
{
    (void) d;
    return false;
}

static raw_task describe_task(const char *id)
{
    static const raw_task tasks[] = {
        {"Ant-v5", is_ant_over},
        {"Hopper-v5", is_hopper_over},
        {"Humanoid-v5", is_humanoid_over},
        {"InvertedDoublePendulum-v5", is_inverted_double_pendulum_over},
        {"InvertedPendulum-v5", is_inverted_pendulum_over},
        {"Walker2d-v5", is_walker2d_over},
    };
    for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
        if (strcmp(tasks[i].id, id) == 0) {
            return tasks[i];
        }
    }
    return (raw_task){id, is_never_over};
}

static const sw_env_class *find_class(const char *id)
{
    int count;
    const sw_env_class *const *classes = mujoco_tasks(&count);
    for (int i = 0; i < count; i++) {
        if (strcmp(classes[i]->id, id) == 0) {
            return classes[i];
        }
    }
    return NULL;
}

// ---- rows -------------------------------------------------------------------------------------

typedef struct raw_row {
    mujoco_env *env;
    double *observation;         // which the task makes when an episode begins,
    double infos[SW_MAX_INFOS];  // and these
    uint64_t stream, episode;
    int64_t turn, elapsed;  // steps in all, and of this episode
} raw_row;

struct raw {
    const sw_env_class *class;
    raw_task task;
    sw_spec spec;
    actions actions;
    raw_row *rows;  // [row_count]
    int row_count;
    int64_t steps;
};

static sw_row point(raw_row *w, void **observations)
{
    observations[0] = w->observation;
    return (sw_row){.observations = observations, .infos = w->infos};
}

static sw_status begin_episode(const raw *r, raw_row *w)
{
    void *observations[1];
    sw_row row = point(w, observations);
    w->elapsed = 0;
    return r->class->reset(w->env, random_mix(w->stream, w->episode++), &row);
}

static sw_status row_init(const raw *r, int i, raw_row *w)
{
    enum { ALIGN = 64 };
    const size_t bytes = (r->class->env_size + ALIGN - 1) / ALIGN * ALIGN;
    const int64_t numbers = sw_tensor_elements(&r->spec.observations[0]);
    *w = (raw_row){.env = aligned_alloc(ALIGN, bytes),
                   .observation = calloc((size_t) numbers, sizeof(double)),
                   .stream = random_mix(REMOTE_SEED, (uint64_t) i)};
    if (w->env == NULL || w->observation == NULL) {
        free(w->env);
        w->env = NULL;
        return sw_fail(SW_NO_MEMORY, "no memory for %d environments", r->row_count);
    }
    memset(w->env, 0, bytes);
    sw_value values[SW_MAX_SETTINGS];
    for (int s = 0; s < r->class->setting_count; s++) {
        values[s] = r->class->settings[s].initial;
    }
    const sw_status st = r->class->init(w->env, values);
    return st == SW_OK ? begin_episode(r, w) : st;
}

static void row_free(const raw *r, raw_row *w)
{
    if (w->env != NULL) {
        r->class->close(w->env);
    }
    free(w->env);
    free(w->observation);
}

// What is measured.
static sw_status step_row(const raw *r, int i, raw_row *w)
{
    const mjModel *m = w->env->model;
    mjData *d = w->env->data;
    memcpy(d->ctrl, actions_at(&r->actions, w->turn++, i), r->actions.row_bytes);
    for (int n = 0; n < w->env->frame_skip; n++) {
        mj_step(m, d);
    }
    if (w->env->task->contact_forces) {
        mj_rnePostConstraint(m, d);
    }
    const bool is_late = ++w->elapsed == r->spec.max_episode_steps;
    return is_late || r->task.is_over(d) ? begin_episode(r, w) : SW_OK;
}

// ---- that it is the same task -----------------------------------------------------------------

// The same through the class, as the server does it.
static sw_status step_class(const raw *r, int i, raw_row *w)
{
    void *observations[1];
    const void *row_actions[] = {actions_at(&r->actions, w->turn++, i)};
    sw_row row = point(w, observations);
    row.actions = row_actions;
    const sw_status st = r->class->step(w->env, &row);
    const bool is_late = ++w->elapsed == r->spec.max_episode_steps;
    return st == SW_OK && (is_late || row.terminated) ? begin_episode(r, w) : st;
}

static sw_status compare_row(const raw *r, raw_row *ours, raw_row *theirs)
{
    const size_t bytes = (size_t) ours->env->model->nq * sizeof(double);
    for (int t = 0; t < CHECKED; t++) {
        sw_status st = step_row(r, 0, ours);
        st = st == SW_OK ? step_class(r, 0, theirs) : st;
        if (st != SW_OK) {
            return st;
        }
        if (memcmp(ours->env->data->qpos, theirs->env->data->qpos, bytes) != 0) {
            return sw_fail(SW_INTERNAL, "%s: the raw loop does something else in step %d",
                           r->task.id, t);
        }
    }
    return SW_OK;
}

static sw_status check(const raw *r)
{
    raw_row ours = {.env = NULL};
    raw_row theirs = {.env = NULL};
    sw_status st = row_init(r, 0, &ours);
    st = st == SW_OK ? row_init(r, 0, &theirs) : st;
    st = st == SW_OK ? compare_row(r, &ours, &theirs) : st;
    row_free(r, &ours);
    row_free(r, &theirs);
    return st;
}

// ---- life -------------------------------------------------------------------------------------

static sw_status describe(raw *r)
{
    sw_value values[SW_MAX_SETTINGS];
    for (int s = 0; s < r->class->setting_count; s++) {
        values[s] = r->class->settings[s].initial;
    }
    const sw_status st = sw_spec_init(&r->spec, r->class->id);
    return st == SW_OK ? r->class->describe(values, &r->spec) : st;
}

static sw_status fill(raw *r)
{
    sw_status st = describe(r);
    st = st == SW_OK ? actions_draw(&r->spec.actions[0], r->row_count, &r->actions) : st;
    st = st == SW_OK ? check(r) : st;
    for (int i = 0; i < r->row_count && st == SW_OK; i++) {
        st = row_init(r, i, &r->rows[i]);
    }
    return st;
}

sw_status raw_open(const char *task, int rows, raw **out)
{
    const sw_env_class *class = find_class(task);
    if (class == NULL) {
        return sw_fail(SW_NOT_FOUND, "no MuJoCo task '%s'", task);
    }
    raw *r = calloc(1, sizeof(*r));
    raw_row *list = calloc((size_t) rows, sizeof(*list));
    if (r == NULL || list == NULL) {
        free(r);
        free(list);
        return sw_fail(SW_NO_MEMORY, "no memory for %d environments", rows);
    }
    *r = (raw){.class = class, .task = describe_task(class->id), .rows = list, .row_count = rows};
    const sw_status st = fill(r);
    if (st != SW_OK) {
        raw_close(r);
        return st;
    }
    *out = r;
    return SW_OK;
}

void raw_close(raw *r)
{
    if (r == NULL) {
        return;
    }
    for (int i = 0; i < r->row_count; i++) {
        row_free(r, &r->rows[i]);
    }
    sw_spec_free(&r->spec);
    actions_free(&r->actions);
    free(r->rows);
    free(r);
}

int64_t raw_steps(const raw *r)
{
    return r->steps;
}

const mjModel *raw_model(const raw *r)
{
    return r->rows[0].env->model;
}

// ---- threads ----------------------------------------------------------------------------------

// One thread: rows first, first + stride, ...
typedef struct lane {
    const raw *r;
    pthread_t thread;
    int first, stride;
    double end;
    int64_t steps;
    sw_status status;
} lane;

static void *step_lane(void *context)
{
    lane *l = context;
    while (l->status == SW_OK && bench_now() < l->end) {
        for (int i = l->first; i < l->r->row_count && l->status == SW_OK; i += l->stride) {
            l->status = step_row(l->r, i, &l->r->rows[i]);
            l->steps++;
        }
    }
    return NULL;
}

sw_status raw_step(raw *r, double seconds, double *steps_per_second)
{
    lane lanes[MAX_THREADS];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int count = cores < MAX_THREADS ? (int) cores : MAX_THREADS;
    const double start = bench_now();
    const int64_t before = r->steps;
    int started = 0;
    sw_status st = SW_OK;
    for (; started < count && st == SW_OK; started++) {
        lane *l = &lanes[started];
        *l = (lane){.r = r, .first = started, .stride = count, .end = start + seconds};
        if (pthread_create(&l->thread, NULL, step_lane, l) != 0) {
            st = sw_fail(SW_NO_MEMORY, "cannot start %d threads", count);
            break;
        }
    }
    for (int i = 0; i < started; i++) {
        (void) pthread_join(lanes[i].thread, NULL);
        r->steps += lanes[i].steps;
        if (lanes[i].status != SW_OK) {
            st = sw_fail(lanes[i].status, "%s: an episode could not begin", r->task.id);
        }
    }
    *steps_per_second = (double) (r->steps - before) / (bench_now() - start);
    return st;
}
