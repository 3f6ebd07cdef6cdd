// critics.c -- one job per network and pass, so that two networks can be on two threads; whatever
// needs both of them comes after.
#include "critics.h"

#include <stdlib.h>
#include <string.h>

#include <vec.h>

static sw_status init_net(critics *c, int k, const off_policy *o, random_state *random)
{
    mlp_shape shape = o->shape;
    shape.in = c->obs_dim + c->act_dim;
    shape.out = 1;
    sw_status st = mlp_init(&c->net[k], &shape, 0, o->batch_rows);
    if (st == SW_OK) {
        st = mlp_init(&c->target[k], &shape, 0, o->batch_rows);
    }
    if (st == SW_OK) {
        st = adam_init(&c->adam[k], c->net[k].param_count, 1e-8);
    }
    if (st == SW_OK) {
        const size_t size = (size_t) c->net[k].param_count * sizeof(float);
        init_mlp(&c->net[k], INIT_UNIFORM, 1, random);
        memcpy(c->target[k].params, c->net[k].params, size);
    }
    return st;
}

sw_status critics_init(critics *c, const off_policy *o, int count, random_state *random)
{
    const size_t n = (size_t) o->batch_rows, act_dim = (size_t) o->act_dim;
    bool complete = true;

    *c = (critics){.count = count, .obs_dim = o->obs_dim, .act_dim = o->act_dim, .team = o->team};
    for (int k = 0; k < count; k++) {
        const sw_status st = init_net(c, k, o, random);
        if (st != SW_OK) {
            return st;
        }
        c->dvalue[k] = vec_new(n);
        c->slope[k] = vec_new(n * act_dim);
        complete = complete && c->dvalue[k] != NULL && c->slope[k] != NULL;
    }
    c->y = vec_new(n);
    c->input = vec_new(n * ((size_t) o->obs_dim + act_dim));
    if (!complete || c->y == NULL || c->input == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the critics of %d transitions", o->batch_rows);
    }
    return SW_OK;
}

void critics_free(critics *c)
{
    for (int k = 0; k < c->count; k++) {
        mlp_free(&c->net[k]);
        mlp_free(&c->target[k]);
        adam_free(&c->adam[k]);
        free(c->dvalue[k]);
        free(c->slope[k]);
    }
    free(c->y);
    free(c->input);
    *c = (critics){0};
}


// ---- the passes ---------------------------------------------------------------------------------

// What a job is given.
typedef struct pass {
    critics *c;
    const replay_batch *b;
    double lr;
} pass;

// [n] what a network said in its last pass.
static const float *values(const mlp *m)
{
    return m->layers[m->layer_count - 1].output;
}

// Puts obs [n, obs_dim] and act [n, act_dim] side by side.
static void join(critics *c, const float *obs, const float *act, int n)
{
    const int s = c->obs_dim, a = c->act_dim;
    for (int i = 0; i < n; i++) {
        float *line = c->input + i * (s + a);
        memcpy(line, obs + i * s, (size_t) s * sizeof(float));
        memcpy(line + s, act + i * a, (size_t) a * sizeof(float));
    }
}

// The smaller of what two networks say, or what the one says.
static float least(const critics *c, const mlp *nets, int i)
{
    const float first = values(&nets[0])[i];
    if (c->count == 1) {
        return first;
    }
    const float second = values(&nets[1])[i];
    return second < first ? second : first;
}

static void value_next(void *context, int k)
{
    const pass *p = context;
    mlp_forward(&p->c->target[k], p->c->input, p->b->n);
}

void critics_target(critics *c, const replay_batch *b, const float *act, const float *cost)
{
    join(c, b->next, act, b->n);
    team_run(c->team, value_next, &(pass){.c = c, .b = b}, c->count);
    for (int i = 0; i < b->n; i++) {
        const float value = least(c, c->target, i) - (cost != NULL ? cost[i] : 0);
        c->y[i] = b->reward[i] + b->discount[i] * value;
    }
}

// L_k, and its gradient in place of what was there.
static void find_gradient(critics *c, const replay_batch *b, int k)
{
    const float *value = mlp_forward(&c->net[k], b->input, b->n);
    double loss = 0, mean = 0;

    for (int i = 0; i < b->n; i++) {
        const float error = value[i] - c->y[i];
        loss += (double) error * (double) error;
        mean += (double) value[i];
        c->dvalue[k][i] = 2 * error / (float) b->n;
    }
    c->net_loss[k] = loss / b->n;
    c->net_mean[k] = mean / b->n;
    mlp_zero_grads(&c->net[k]);
    mlp_backward(&c->net[k], c->dvalue[k], b->n);
}

static void step_net(void *context, int k)
{
    const pass *p = context;
    critics *c = p->c;
    find_gradient(c, p->b, k);
    adam_step(&c->adam[k], c->net[k].params, c->net[k].grads, p->lr);
}

void critics_learn(critics *c, const replay_batch *b, double lr)
{
    team_run(c->team, step_net, &(pass){.c = c, .b = b, .lr = lr}, c->count);
    c->loss = c->net_loss[0] + (c->count > 1 ? c->net_loss[1] : 0);
    c->mean = c->net_mean[0];
}

static void find_slope(void *context, int k)
{
    const pass *p = context;
    critics *c = p->c;
    mlp_forward(&c->net[k], c->input, p->b->n);
    for (int i = 0; i < p->b->n; i++) {
        c->dvalue[k][i] = 1;
    }
    mlp_backward_input(&c->net[k], c->dvalue[k], p->b->n, c->act_dim, c->slope[k]);
}

void critics_judge(critics *c, const replay_batch *b, const float *act, bool first, float *value,
                   float *dact)
{
    const size_t bytes = (size_t) c->act_dim * sizeof(float);
    const int nets = first ? 1 : c->count;

    join(c, b->obs, act, b->n);
    team_run(c->team, find_slope, &(pass){.c = c, .b = b}, nets);
    for (int i = 0; i < b->n; i++) {
        const float q[2] = {values(&c->net[0])[i], values(&c->net[nets - 1])[i]};
        const int k = q[1] < q[0];
        value[i] = q[k];
        memcpy(dact + i * c->act_dim, c->slope[k] + i * c->act_dim, bytes);
    }
}

void critics_follow(critics *c, double tau)
{
    for (int k = 0; k < c->count; k++) {
        vec_mix(c->target[k].params, (float) tau, c->net[k].params, c->net[k].param_count);
    }
}


// ---- saving -------------------------------------------------------------------------------------

sw_status critics_tensors(critics *c, const tensor_visitor *to)
{
    static const char *const names[][3] = {
        {"critic.0", "target.0", "critic.0.adam"},
        {"critic.1", "target.1", "critic.1.adam"},
    };
    sw_status st = SW_OK;
    for (int k = 0; k < c->count && st == SW_OK; k++) {
        st = tensors_mlp(to, names[k][0], &c->net[k]);
        if (st == SW_OK) {
            st = tensors_mlp(to, names[k][1], &c->target[k]);
        }
        if (st == SW_OK) {
            st = tensors_adam(to, names[k][2], &c->adam[k]);
        }
    }
    return st;
}
