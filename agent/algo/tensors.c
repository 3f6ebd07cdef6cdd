#include "tensors.h"

#include <stdio.h>

enum { NAME_SIZE = 96 };

// The arrays tensors [count], which have the names of their parts, as NAME.PART.
static sw_status show_all(const tensor_visitor *to, const char *name, const algo_tensor *tensors,
                          size_t count)
{
    sw_status st = SW_OK;
    for (size_t i = 0; i < count && st == SW_OK; i++) {
        algo_tensor tensor = tensors[i];
        char full[2 * NAME_SIZE];
        snprintf(full, sizeof(full), "%s.%s", name, tensor.name);
        tensor.name = full;
        st = to->visit(to->context, &tensor);
    }
    return st;
}

#define SHOW_ALL(to, name, tensors)                                                                \
    show_all(to, name, tensors, sizeof(tensors) / sizeof((tensors)[0]))

sw_status tensors_list(const tensor_visitor *to, const algo_tensor *list, size_t count)
{
    sw_status st = SW_OK;
    for (size_t i = 0; i < count && st == SW_OK; i++) {
        st = to->visit(to->context, &list[i]);
    }
    return st;
}

sw_status tensors_floats(const tensor_visitor *to, const char *name, float *data, int64_t count)
{
    const algo_tensor tensor = {name, ALGO_F32, 1, {count}, data, NULL};
    return to->visit(to->context, &tensor);
}

sw_status tensors_mlp(const tensor_visitor *to, const char *name, mlp *m)
{
    sw_status st = SW_OK;
    for (int l = m->shared; l < m->layer_count && st == SW_OK; l++) {
        const mlp_layer *y = &m->layers[l];
        const algo_tensor tensors[] = {
            {"weight", ALGO_F32, 2, {y->out, y->in}, y->weight, NULL},
            {"bias", ALGO_F32, 1, {y->out}, y->bias, NULL},
        };
        char layer[NAME_SIZE];
        snprintf(layer, sizeof(layer), "%s.%d", name, l);
        st = SHOW_ALL(to, layer, tensors);
    }
    return st;
}

sw_status tensors_adam(const tensor_visitor *to, const char *name, adam *a)
{
    const algo_tensor tensors[] = {
        {"steps", ALGO_I64, 0, {0}, &a->steps, NULL},
        {"m", ALGO_F32, 1, {a->count}, a->m, NULL},
        {"v", ALGO_F32, 1, {a->count}, a->v, NULL},
    };
    return SHOW_ALL(to, name, tensors);
}

sw_status tensors_kfac(const tensor_visitor *to, const char *name, kfac *k)
{
    const algo_tensor batches[] = {{"batches", ALGO_I64, 0, {0}, &k->batches, NULL}};
    sw_status st = SHOW_ALL(to, name, batches);
    for (int l = 0; l < k->net->layer_count && st == SW_OK; l++) {
        const int64_t in = k->net->layers[l].in + 1, out = k->net->layers[l].out;
        const algo_tensor tensors[] = {
            {"A", ALGO_F32, 2, {in, in}, k->layers[l].A, NULL},
            {"G", ALGO_F32, 2, {out, out}, k->layers[l].G, NULL},
        };
        char layer[NAME_SIZE];
        snprintf(layer, sizeof(layer), "%s.%d", name, l);
        st = SHOW_ALL(to, layer, tensors);
    }
    return st;
}

sw_status tensors_normalizer(const tensor_visitor *to, const char *name, normalizer *z)
{
    const algo_tensor tensors[] = {
        {"count", ALGO_F64, 0, {0}, &z->count, NULL},
        {"mean", ALGO_F64, 1, {z->dim}, z->mean, NULL},
        {"var", ALGO_F64, 1, {z->dim}, z->var, NULL},
    };
    return SHOW_ALL(to, name, tensors);
}

sw_status tensors_return_scaler(const tensor_visitor *to, const char *name, return_scaler *z)
{
    const algo_tensor tensors[] = {
        {"count", ALGO_F64, 0, {0}, &z->count, NULL},
        {"mean", ALGO_F64, 0, {0}, &z->mean, NULL},
        {"var", ALGO_F64, 0, {0}, &z->var, NULL},
        {"returns", ALGO_F64, 1, {z->rows}, z->returns, NULL},
    };
    return SHOW_ALL(to, name, tensors);
}

sw_status tensors_replay(const tensor_visitor *to, const char *name, replay *r)
{
    const replay_options *o = &r->options;
    const int64_t record = (int64_t) r->record;
    const algo_tensor tensors[] = {
        {"records", ALGO_U8, 2, {o->capacity, record}, r->records, &r->count},
        {"next", ALGO_I64, 0, {0}, &r->next, NULL},
        {"pending", ALGO_U8, 3, {o->rows, o->n_steps, record}, r->pending, NULL},
        {"pending_count", ALGO_I64, 1, {o->rows}, r->pending_count, NULL},
    };
    const sw_status st = SHOW_ALL(to, name, tensors);
    return st == SW_OK ? replay_check(r) : st;
}

// Whether each x [count] is in low .. high: a file may say anything, and these are indices.
static sw_status check_range(const char *what, const int64_t *x, int64_t count, int64_t low,
                             int64_t high)
{
    for (int64_t i = 0; i < count; i++) {
        if (x[i] < low || x[i] > high) {
            return sw_fail(SW_PROTOCOL, "a checkpoint with %lld for %s, which is %lld at most",
                           (long long) x[i], what, (long long) high);
        }
    }
    return SW_OK;
}

sw_status tensors_collector(const tensor_visitor *to, const char *name, collector *c)
{
    rollout *r = &c->data;
    const int64_t steps = r->capacity, rows = r->rows, n = steps * rows;
    int64_t seen = collector_seen(c);
    int64_t acted = seen < steps ? seen : steps, made = seen > 0 ? seen - 1 : 0;
    const int64_t finals = c->options.revalues ? n : 0;
    const algo_tensor tensors[] = {
        {"step", ALGO_I64, 1, {c->options.groups}, c->step, NULL},
        {"complete", ALGO_U8, 1, {c->options.groups}, c->complete, NULL},
        {"row", ALGO_U8, 1, {rows}, c->row, NULL},
        {"obs", ALGO_F32, 3, {steps + 1, rows, r->obs_dim}, r->obs, &seen},
        {"act", ALGO_F32, 3, {steps + 1, rows, r->act_dim}, r->act, &seen},
        {"logp", ALGO_F32, 2, {steps, rows}, r->logp, &acted},
        {"reward", ALGO_F32, 2, {steps, rows}, r->reward, &made},
        {"flags", ALGO_U8, 2, {steps, rows}, r->flags, &made},
        {"skip", ALGO_U8, 2, {steps, rows}, r->skip, &made},
        {"final_value", ALGO_F32, 2, {steps, rows}, r->final_value, &made},
        {"finals", ALGO_F32, 2, {finals, r->obs_dim}, c->finals, &c->final_count},
        {"final_at", ALGO_I64, 1, {finals}, c->final_at, &c->final_count},
        {"final_actions", ALGO_F32, 2, {finals, r->act_dim}, c->final_actions, &c->final_count},
    };
    sw_status st = SHOW_ALL(to, name, tensors);
    if (st == SW_OK) {
        st = check_range("the steps of a rollout", c->step, c->options.groups, -1, steps);
    }
    return st == SW_OK ? check_range("a place in a rollout", c->final_at, c->final_count, 0, n - 1)
                       : st;
}

sw_status tensors_history(const tensor_visitor *to, const char *name, history *h)
{
    rollout *r = &h->data;
    const int64_t steps = r->capacity, rows = r->rows, n = steps * rows;
    const int64_t size = h->source->policy->input.size;
    const int64_t now = collector_seen(h->source);
    int64_t kept = r->steps, seen = kept + now, made = kept + (now > 0 ? now - 1 : 0);
    const algo_tensor tensors[] = {
        {"steps", ALGO_I64, 0, {0}, &kept, NULL},
        {"obs", ALGO_F32, 3, {steps + 1, rows, size}, h->numbers, &seen},
        {"act", ALGO_F32, 3, {steps, rows, r->act_dim}, r->act, &made},
        {"logp", ALGO_F32, 2, {steps, rows}, r->logp, &made},
        {"reward", ALGO_F64, 2, {steps, rows}, h->rewards, &made},
        {"flags", ALGO_U8, 2, {steps, rows}, r->flags, &made},
        {"finals", ALGO_F32, 2, {n, size}, h->finals, &h->final_count},
        {"final_at", ALGO_I64, 1, {n}, h->final_at, &h->final_count},
    };
    sw_status st = SHOW_ALL(to, name, tensors);
    if (st == SW_OK) {
        st = check_range("the steps of a history", &kept, 1, 0, h->keep);
    }
    if (st == SW_OK) {
        st = check_range("a place in a history", h->final_at, h->final_count, 0, n - 1);
    }
    if (st == SW_OK) {
        r->steps = (int) kept;
    }
    return st;
}

sw_status tensors_random(const tensor_visitor *to, const char *name, random_state *states,
                         int count)
{
    const algo_tensor tensor = {
        .name = name, .dtype = ALGO_U64, .dims = 2, .shape = {count, 4}, .data = states};
    return to->visit(to->context, &tensor);
}
