#include "tensors.h"

#include <stdio.h>

enum { NAME_SIZE = 96 };

// One array called NAME.PART.
static sw_status show(const tensor_visitor *to, const char *name, const char *part,
                      algo_tensor tensor)
{
    char full[2 * NAME_SIZE];
    snprintf(full, sizeof(full), "%s.%s", name, part);
    tensor.name = full;
    return to->visit(to->context, &tensor);
}

static algo_tensor vector(algo_dtype dtype, void *data, int64_t count)
{
    return (algo_tensor){.dtype = dtype, .dims = 1, .shape = {count}, .data = data};
}

static algo_tensor scalar(algo_dtype dtype, void *data)
{
    return (algo_tensor){.dtype = dtype, .data = data};
}

sw_status tensors_floats(const tensor_visitor *to, const char *name, float *data, int64_t count)
{
    algo_tensor tensor = vector(ALGO_F32, data, count);
    tensor.name = name;
    return to->visit(to->context, &tensor);
}

sw_status tensors_mlp(const tensor_visitor *to, const char *name, mlp *m)
{
    sw_status st = SW_OK;
    for (int l = m->shared; l < m->layer_count && st == SW_OK; l++) {
        const mlp_layer *y = &m->layers[l];
        char layer[NAME_SIZE];
        snprintf(layer, sizeof(layer), "%s.%d", name, l);
        const algo_tensor weight = {
            .dtype = ALGO_F32, .dims = 2, .shape = {y->out, y->in}, .data = y->weight};
        st = show(to, layer, "weight", weight);
        if (st == SW_OK) {
            st = show(to, layer, "bias", vector(ALGO_F32, y->bias, y->out));
        }
    }
    return st;
}

sw_status tensors_adam(const tensor_visitor *to, const char *name, adam *a)
{
    sw_status st = show(to, name, "steps", scalar(ALGO_I64, &a->steps));
    if (st == SW_OK) {
        st = show(to, name, "m", vector(ALGO_F32, a->m, a->count));
    }
    if (st == SW_OK) {
        st = show(to, name, "v", vector(ALGO_F32, a->v, a->count));
    }
    return st;
}

// A symmetric matrix, of which the lower triangle counts.
static algo_tensor square(float *data, int64_t size)
{
    return (algo_tensor){.dtype = ALGO_F32, .dims = 2, .shape = {size, size}, .data = data};
}

sw_status tensors_kfac(const tensor_visitor *to, const char *name, kfac *k)
{
    sw_status st = show(to, name, "batches", scalar(ALGO_I64, &k->batches));
    for (int l = 0; l < k->net->layer_count && st == SW_OK; l++) {
        const mlp_layer *y = &k->net->layers[l];
        char layer[NAME_SIZE];
        snprintf(layer, sizeof(layer), "%s.%d", name, l);
        st = show(to, layer, "A", square(k->layers[l].A, y->in + 1));
        if (st == SW_OK) {
            st = show(to, layer, "G", square(k->layers[l].G, y->out));
        }
    }
    return st;
}

sw_status tensors_normalizer(const tensor_visitor *to, const char *name, normalizer *z)
{
    sw_status st = show(to, name, "count", scalar(ALGO_F64, &z->count));
    if (st == SW_OK) {
        st = show(to, name, "mean", vector(ALGO_F64, z->mean, z->dim));
    }
    if (st == SW_OK) {
        st = show(to, name, "var", vector(ALGO_F64, z->var, z->dim));
    }
    return st;
}

sw_status tensors_return_scaler(const tensor_visitor *to, const char *name, return_scaler *z)
{
    sw_status st = show(to, name, "count", scalar(ALGO_F64, &z->count));
    if (st == SW_OK) {
        st = show(to, name, "mean", scalar(ALGO_F64, &z->mean));
    }
    if (st == SW_OK) {
        st = show(to, name, "var", scalar(ALGO_F64, &z->var));
    }
    if (st == SW_OK) {
        st = show(to, name, "returns", vector(ALGO_F64, z->returns, z->rows));
    }
    return st;
}

sw_status tensors_replay(const tensor_visitor *to, const char *name, replay *r)
{
    const replay_options *o = &r->options;
    const int64_t record = (int64_t) r->record;
    const algo_tensor records = {.dtype = ALGO_U8,
                                 .dims = 2,
                                 .shape = {o->capacity, record},
                                 .data = r->records,
                                 .used = &r->count};
    const algo_tensor pending = {
        .dtype = ALGO_U8, .dims = 3, .shape = {o->rows, o->n_steps, record}, .data = r->pending};
    sw_status st = show(to, name, "records", records);
    if (st == SW_OK) {
        st = show(to, name, "next", scalar(ALGO_I64, &r->next));
    }
    if (st == SW_OK) {
        st = show(to, name, "pending", pending);
    }
    if (st == SW_OK) {
        st = show(to, name, "pending_count", vector(ALGO_I64, r->pending_count, o->rows));
    }
    return st == SW_OK ? replay_check(r) : st;
}

sw_status tensors_random(const tensor_visitor *to, const char *name, random_state *states,
                         int count)
{
    const algo_tensor tensor = {
        .name = name, .dtype = ALGO_U64, .dims = 2, .shape = {count, 4}, .data = states};
    return to->visit(to->context, &tensor);
}
