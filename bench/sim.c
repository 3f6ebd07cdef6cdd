// sim.c -- what it costs to step a simulator somewhere else.
//
// Ours: Hopper-v5 in a server process, over ipc, 2 groups that alternate; everything that a learner
// sees of it, client included. Raw: the same environments in threads of this process, one per core,
// that do nothing but mj_step() and the same resets, each at its own pace. Both take the same
// actions from the same initial states. Figures: `remote_sps` and `raw_sps`, steps of environments
// per second, for 2 x 8 rows; `..._2x32` for 2 x 32.
//
// Memory: what the server grows by per environment that has been reset and waits, over what a
// process grows by per mjData that has been reset: `memory_ratio`.
//
//     build/release/bench/sim [--seconds S]
#include "bench.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mujoco/mujoco.h>
#include <stepwire/pool.h>

#include <embedded.h>
#include <mujoco_model.h>
#include <random.h>

enum {
    GROUPS = 2,
    MAX_ROWS = 64,
    MAX_THREADS = 256,
    ACT = 3,
    FRAME_SKIP = 4,
    MAX_STEPS = 1000,  // of an episode
    ACTIONS = 509,     // steps after which a row's actions repeat; a prime
    IDLE = 512,        // environments whose memory is measured
    BASE_SEED = 1
};

// Action t of row i: uniform in [-1, 1].
static double actions[ACTIONS][MAX_ROWS][ACT];

static void draw_actions(void)
{
    random_state random = random_seed(BASE_SEED);
    for (int t = 0; t < ACTIONS; t++) {
        for (int i = 0; i < MAX_ROWS * ACT; i++) {
            actions[t][i / ACT][i % ACT] = random_uniform(&random, -1, 1);
        }
    }
}


// ---- ours -----------------------------------------------------------------------------------

typedef struct comparison {
    const char *endpoint;
    int rows;
    const mjModel *model;
    sw_pool *pool;
    int64_t turn;            // how often the pool has been stepped
    struct hopper *hoppers;  // [rows], the raw ones
} comparison;

static sw_status open_pool(comparison *c)
{
    const sw_pool_options options = {
        .endpoints = &c->endpoint,
        .endpoint_count = 1,
        .rows = c->rows,
        .groups = GROUPS,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = "Hopper-v5", .seed = BASE_SEED},
    };
    sw_status st = sw_pool_open(&options, &c->pool);
    for (int g = 0; g < GROUPS && st == SW_OK; g++) {
        const sw_batch *batch;
        st = sw_pool_reset(c->pool, g, NULL);
        st = st == SW_OK ? sw_pool_recv(c->pool, g, &batch) : st;
    }
    return st;
}

static sw_status send_actions(comparison *c, int group)
{
    const void *tensors[] = {actions[c->turn % ACTIONS][sw_pool_first_row(c->pool, group)]};
    return sw_pool_send(c->pool, group, tensors);
}

// Steps the groups in turn, one always on its way, until the time is over; then waits for both.
static sw_status step_remotely(void *context, double seconds, double *steps_per_second)
{
    comparison *c = context;
    const double start = bench_now();
    int64_t steps = 0;
    sw_status st = SW_OK;
    for (int g = 0; g < GROUPS && st == SW_OK; g++) {
        st = send_actions(c, g);
    }
    for (bool last = false; !last && st == SW_OK;) {
        last = bench_now() - start > seconds;
        c->turn++;
        for (int g = 0; g < GROUPS && st == SW_OK; g++) {
            const sw_batch *batch;
            st = sw_pool_recv(c->pool, g, &batch);
            steps += st == SW_OK ? batch->rows : 0;
            if (st == SW_OK && !last) {
                st = send_actions(c, g);
            }
        }
    }
    *steps_per_second = (double) steps / (bench_now() - start);
    return st;
}


// ---- raw ------------------------------------------------------------------------------------

typedef struct hopper {
    mjData *data;
    uint64_t stream, episode;
    int64_t turn;
    int elapsed;  // steps of this episode
} hopper;

static void reset_hopper(const mjModel *m, hopper *h)
{
    random_state random = random_seed(random_mix(h->stream, h->episode++));
    mj_resetData(m, h->data);
    for (int i = 0; i < m->nq; i++) {
        h->data->qpos[i] += random_uniform(&random, -5e-3, 5e-3);
    }
    for (int i = 0; i < m->nv; i++) {
        h->data->qvel[i] += random_uniform(&random, -5e-3, 5e-3);
    }
    mj_forward(m, h->data);
    h->elapsed = 0;
}

static bool is_over(const mjModel *m, const hopper *h)
{
    const mjData *d = h->data;
    bool healthy = d->qpos[1] > 0.7 && fabs(d->qpos[2]) < 0.2;
    for (int i = 0; i < m->nv; i++) {
        healthy = healthy && fabs(d->qvel[i]) < 100 && (i < 2 || fabs(d->qpos[i]) < 100);
    }
    return !healthy || h->elapsed == MAX_STEPS;
}

static void step_hopper(const mjModel *m, hopper *h, int row)
{
    memcpy(h->data->ctrl, actions[h->turn % ACTIONS][row], sizeof(actions[0][0]));
    for (int i = 0; i < FRAME_SKIP; i++) {
        mj_step(m, h->data);
    }
    h->turn++;
    h->elapsed++;
    if (is_over(m, h)) {
        reset_hopper(m, h);
    }
}

// One thread: rows first, first + stride, ...
typedef struct lane {
    comparison *c;
    pthread_t thread;
    int first, stride;
    double end;
    int64_t steps;
} lane;

static void *step_lane(void *context)
{
    lane *l = context;
    while (bench_now() < l->end) {
        for (int i = l->first; i < l->c->rows; i += l->stride) {
            step_hopper(l->c->model, &l->c->hoppers[i], i);
            l->steps++;
        }
    }
    return NULL;
}

static sw_status step_raw(void *context, double seconds, double *steps_per_second)
{
    comparison *c = context;
    lane lanes[MAX_THREADS];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int count = cores < MAX_THREADS ? (int) cores : MAX_THREADS;
    const double start = bench_now();
    int64_t steps = 0;
    int started = 0;
    for (; started < count; started++) {
        lane *l = &lanes[started];
        *l = (lane){.c = c, .first = started, .stride = count, .end = start + seconds};
        if (pthread_create(&l->thread, NULL, step_lane, l) != 0) {
            break;
        }
    }
    for (int i = 0; i < started; i++) {
        (void) pthread_join(lanes[i].thread, NULL);
        steps += lanes[i].steps;
    }
    *steps_per_second = (double) steps / (bench_now() - start);
    return started == count ? SW_OK : sw_fail(SW_NO_MEMORY, "cannot start %d threads", count);
}

static sw_status compare(const char *endpoint, const mjModel *model, int rows, double seconds,
                         bench_result *result)
{
    static hopper hoppers[MAX_ROWS];
    comparison c = {.endpoint = endpoint, .rows = rows, .model = model, .hoppers = hoppers};
    for (int i = 0; i < rows; i++) {
        hoppers[i] =
            (hopper){.data = mj_makeData(model), .stream = random_mix(BASE_SEED, (uint64_t) i)};
        reset_hopper(model, &hoppers[i]);
    }
    sw_status st = open_pool(&c);
    if (st == SW_OK) {
        st = bench_compare(step_remotely, step_raw, &c, seconds, result);
    }
    sw_pool_close(c.pool);
    for (int i = 0; i < rows; i++) {
        mj_deleteData(hoppers[i].data);
    }
    return st;
}


// ---- memory ---------------------------------------------------------------------------------

// Bytes of a process that are in memory; 0 if that cannot be read.
static double resident(int pid)
{
    char path[64];
    long pages = 0;
    (void) snprintf(path, sizeof(path), "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%*d %ld", &pages) != 1) {
        pages = 0;
    }
    (void) fclose(file);
    return (double) pages * (double) sysconf(_SC_PAGESIZE);
}

static double measure_data(const mjModel *model)
{
    static hopper hoppers[IDLE];
    const double before = resident(getpid());
    for (int i = 0; i < IDLE; i++) {
        hoppers[i] = (hopper){.data = mj_makeData(model)};
        reset_hopper(model, &hoppers[i]);
    }
    const double after = resident(getpid());
    for (int i = 0; i < IDLE; i++) {
        mj_deleteData(hoppers[i].data);
    }
    return (after - before) / IDLE;
}

static sw_status open_session(const char *endpoint, int rows, sw_client **client)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    const sw_session_options session = {.env_id = "Hopper-v5", .rows = rows, .seed = BASE_SEED};
    const sw_batch *batch;
    sw_status st = sw_client_connect(&options, client);
    st = st == SW_OK ? sw_client_open(*client, &session) : st;
    st = st == SW_OK ? sw_client_send_reset(*client, NULL) : st;
    return st == SW_OK ? sw_client_recv(*client, &batch) : st;
}

// A first session makes the server allocate what it does once; a second one is measured.
static sw_status measure_env(const embedded *server, double *bytes)
{
    sw_client *first = NULL;
    sw_client *second = NULL;
    sw_status st = open_session(embedded_endpoint(server), 1, &first);
    const double before = resident(embedded_pid(server));
    st = st == SW_OK ? open_session(embedded_endpoint(server), IDLE, &second) : st;
    *bytes = (resident(embedded_pid(server)) - before) / IDLE;
    sw_client_close(second);
    sw_client_close(first);
    return st;
}


// ---- main -----------------------------------------------------------------------------------

static sw_status run(double seconds)
{
    const mjModel *model = NULL;
    embedded *server = NULL;
    bench_result small, large;
    double env_bytes = 0;
    sw_status st = mujoco_model_acquire(&mujoco_xml_hopper, &model);
    if (st != SW_OK) {
        return st;
    }
    draw_actions();
    const double data_bytes = measure_data(model);
    const char *const arguments[] = {"--log", "warning", NULL};
    st = embedded_start(&(embedded_options){.program = SIMSERVER, .arguments = arguments}, &server);
    st = st == SW_OK ? measure_env(server, &env_bytes) : st;
    st = st == SW_OK ? compare(embedded_endpoint(server), model, GROUPS * 8, seconds, &small) : st;
    st = st == SW_OK ? compare(embedded_endpoint(server), model, GROUPS * 32, seconds, &large) : st;
    if (st == SW_OK) {
        const bench_field fields[] = {
            {"ratio", small.ratio},
            {"ratio_2x32", large.ratio},
            {"memory_ratio", env_bytes / data_bytes},
            {"remote_sps", small.ours},
            {"raw_sps", small.raw},
            {"remote_sps_2x32", large.ours},
            {"raw_sps_2x32", large.raw},
            {"env_bytes", env_bytes},
            {"mjdata_bytes", data_bytes},
            {"seconds", seconds},
        };
        bench_print(fields, (int) (sizeof(fields) / sizeof(fields[0])), NULL);
    }
    (void) embedded_stop(server);
    mujoco_model_release(model);
    return st;
}

int main(int argc, char **argv)
{
    double seconds;
    sw_status st = bench_seconds(argc, argv, &seconds);
    if (st == SW_OK) {
        st = run(seconds);
    }
    if (st != SW_OK) {
        fprintf(stderr, "sim: %s\n", sw_last_error());
        return 1;
    }
    return 0;
}
