// Design: a state is a list of mjData's arrays, one after the other as float64. The same list
// serves for its size, for saving and for loading.
//
//   mujoco/integration-1   the library's version as mj_version() has it, then all arrays below
//   mujoco/qpos-qvel       qpos [nq], qvel [nv]; what is not in it is as after a reset
//
// MuJoCo calls what mj_step() starts from the integration state. To that come the derived arrays:
// they lag behind qpos by one simulation step, and observations, rewards and pictures are made of
// them as they are. Loading derives everything anew and then puts the saved arrays over it.
//
// Not mj_getState(): 2.2.2 does not have it, and what it would add (plugins, delays, equalities
// switched on and off) is in no model of ours.
#include <math.h>
#include <string.h>

#include "mujoco_env.h"

enum { INTEGRATION, QPOS_QVEL };

const char *const mujoco_state_formats[] = {
    [INTEGRATION] = "mujoco/integration-1",
    [QPOS_QVEL] = "mujoco/qpos-qvel",
    NULL,
};

typedef struct array {
    double *numbers;
    int64_t count;
} array;

enum { QPOS_AND_QVEL = 2, ALL = 33 };

typedef struct layout {
    int count;  // of the arrays, those of the format
    array arrays[ALL];
} layout;

static layout lay_out(const mujoco_env *env, int format)
{
    const mjModel *m = env->model;
    mjData *d = env->data;
    const layout l = {
        .count = format == QPOS_QVEL ? QPOS_AND_QVEL : ALL,
        .arrays =
            {
                {d->qpos, m->nq},
                {d->qvel, m->nv},
                // what else mj_step() starts from
                {&d->time, 1},
                {d->act, m->na},
                {d->qacc_warmstart, m->nv},
                {d->ctrl, m->nu},
                {d->qfrc_applied, m->nv},
                {d->xfrc_applied, 6 * m->nbody},
                {d->mocap_pos, 3 * m->nmocap},
                {d->mocap_quat, 4 * m->nmocap},
                {d->userdata, m->nuserdata},
                // derived: bodies and tendons
                {d->xpos, 3 * m->nbody},
                {d->xquat, 4 * m->nbody},
                {d->xmat, 9 * m->nbody},
                {d->xipos, 3 * m->nbody},
                {d->ximat, 9 * m->nbody},
                {d->subtree_com, 3 * m->nbody},
                {d->cinert, 10 * m->nbody},
                {d->cvel, 6 * m->nbody},
                {d->ten_length, m->ntendon},
                {d->ten_velocity, m->ntendon},
                // derived: forces and sensors
                {d->cfrc_ext, 6 * m->nbody},
                {d->qfrc_actuator, m->nv},
                {d->qfrc_constraint, m->nv},
                {d->sensordata, m->nsensordata},
                // derived: what pictures show
                {d->geom_xpos, 3 * m->ngeom},
                {d->geom_xmat, 9 * m->ngeom},
                {d->site_xpos, 3 * m->nsite},
                {d->site_xmat, 9 * m->nsite},
                {d->cam_xpos, 3 * m->ncam},
                {d->cam_xmat, 9 * m->ncam},
                {d->light_xpos, 3 * m->nlight},
                {d->light_xdir, 3 * m->nlight},
            },
    };
    return l;
}

// Numbers before the arrays.
static size_t header_count(int format)
{
    return format == INTEGRATION ? 1 : 0;
}

size_t mujoco_state_size(const void *env, int format)
{
    const layout l = lay_out(env, format);
    size_t numbers = header_count(format);
    for (int i = 0; i < l.count; i++) {
        numbers += (size_t) l.arrays[i].count;
    }
    return numbers * sizeof(double);
}

sw_status mujoco_save(void *env, int format, void *state)
{
    const double version = mjVERSION_HEADER;
    unsigned char *bytes = state;
    const size_t header = header_count(format) * sizeof(double);
    memcpy(bytes, &version, header);
    bytes += header;

    const layout l = lay_out(env, format);
    for (int i = 0; i < l.count; i++) {
        const size_t size = (size_t) l.arrays[i].count * sizeof(double);
        memcpy(bytes, l.arrays[i].numbers, size);
        bytes += size;
    }
    return SW_OK;
}

// What the bytes of a state alone can tell.
static sw_status check(const mujoco_env *env, int format, const void *state)
{
    const char *id = env->task->env_class->id;
    const size_t count = mujoco_state_size(env, format) / sizeof(double);
    for (size_t i = 0; i < count; i++) {
        double x;
        memcpy(&x, (const unsigned char *) state + i * sizeof(x), sizeof(x));
        if (!isfinite(x)) {
            return sw_fail(SW_INVALID_ARGUMENT, "%s: state %s: number %zu is not finite", id,
                           mujoco_state_formats[format], i);
        }
        if (i < header_count(format) && x != mjVERSION_HEADER) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "%s: state %s: saved with version %g of MuJoCo, this is %d", id,
                           mujoco_state_formats[format], x, mjVERSION_HEADER);
        }
    }
    return SW_OK;
}

static void write_arrays(const mujoco_env *env, int format, const void *state)
{
    const unsigned char *bytes = state;
    bytes += header_count(format) * sizeof(double);
    const layout l = lay_out(env, format);
    for (int i = 0; i < l.count; i++) {
        const size_t size = (size_t) l.arrays[i].count * sizeof(double);
        memcpy(l.arrays[i].numbers, bytes, size);
        bytes += size;
    }
}

sw_status mujoco_load(void *env, int format, const void *state, sw_row *row)
{
    mujoco_env *e = env;
    sw_status st = check(e, format, state);
    if (st == SW_OK) {
        st = mujoco_clear(e);
    }
    if (st != SW_OK) {
        return st;
    }
    write_arrays(e, format, state);
    st = mujoco_complete(e);
    if (st != SW_OK) {
        return st;
    }
    if (format == INTEGRATION) {
        write_arrays(e, format, state);
    }
    e->task->observe(e, row);
    return SW_OK;
}
