// collector.c -- one slot of a rollout per step.
//
// Observation slot t + 1 is written when the transition of step t arrives, slot `horizon` last; it
// becomes slot 0 of the next rollout. Values are computed when the rollout is complete, in large
// batches and off the path between a reply and the next actions. Only V(final observation) is
// computed at once, so that final observations, of which there are few, need not be kept; the
// critic is the same until the rollout has been learned from.
#include "collector.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

#include "gae.h"

sw_status collector_init(collector *c, policy *actor, mlp *critic, const collector_options *options)
{
    const int obs_dim = actor->input.size;
    const size_t groups = (size_t) options->groups, rows = (size_t) options->rows;

    *c = (collector){.options = *options, .policy = actor, .critic = critic};
    sw_status st =
        rollout_init(&c->data, options->horizon, options->rows, obs_dim, actor->dist.actions);
    if (st == SW_OK) {
        st = return_scaler_init(&c->returns, options->rows, options->gamma, options->reward_clip,
                                options->scale_rewards);
    }
    c->step = malloc(groups * sizeof(*c->step));
    c->random = malloc(groups * sizeof(*c->random));
    c->finals = vec_new(rows * (size_t) obs_dim);
    c->final_rows = malloc(rows * sizeof(*c->final_rows));
    if (st == SW_OK && (!c->step || !c->random || !c->finals || !c->final_rows)) {
        st = sw_fail(SW_NO_MEMORY, "no memory for %d groups of rows", options->groups);
    }
    if (st != SW_OK) {
        collector_free(c);
        return st;
    }
    for (int g = 0; g < options->groups; g++) {
        c->step[g] = -1;
        c->random[g] = random_seed(random_mix(options->seed, (uint64_t) g));
    }
    return SW_OK;
}

void collector_free(collector *c)
{
    rollout_free(&c->data);
    return_scaler_free(&c->returns);
    free(c->step);
    free(c->random);
    free(c->finals);
    free(c->final_rows);
    *c = (collector){0};
}

// Observation (t, first row of the group).
static float *observation_slot(const collector *c, int group, int t)
{
    const int first = c->options.first_row[group];
    return c->data.obs + (size_t) (t * c->data.rows + first) * (size_t) c->data.obs_dim;
}

void collector_act(collector *c, int group, const sw_batch *batch, void *actions)
{
    rollout *r = &c->data;
    const dist *d = &c->policy->dist;

    if (c->step[group] < 0) {
        policy_observe(c->policy, batch->observations, batch->rows, observation_slot(c, group, 0));
        c->step[group] = 0;
    }
    assert(c->step[group] < c->options.horizon);
    const int t = c->step[group];
    const int i = t * r->rows + c->options.first_row[group];
    float *act = r->act + i * r->act_dim;
    const dist_batch pi = policy_forward(c->policy, observation_slot(c, group, t), batch->rows);
    d->kind->sample(d, &pi, &c->random[group], act);
    d->kind->log_density(d, &pi, act, r->logp + i);
    policy_write(c->policy, act, batch->rows, actions);
}

// Writes V(final observation) to `value` [rows] where an episode was truncated.
static void value_finals(collector *c, const sw_batch *batch, float *value)
{
    int n = 0;
    for (int i = 0; i < batch->rows; i++) {
        const uint8_t flags = batch->flags[i];
        if ((flags & SW_TRUNCATED) && !(flags & (SW_TERMINATED | SW_FAULTY))) {
            policy_see(c->policy, batch->final_observations, batch->final_index[i], 1,
                       c->finals + n * c->data.obs_dim);
            c->final_rows[n++] = i;
        }
    }
    if (n == 0) {
        return;
    }
    const float *v = mlp_forward(c->critic, c->finals, n);
    for (int k = 0; k < n; k++) {
        value[c->final_rows[k]] = v[k];
    }
}

bool collector_observe(collector *c, int group, const sw_batch *batch)
{
    rollout *r = &c->data;
    const int t = c->step[group]++;
    const int first = c->options.first_row[group];
    const int i = t * r->rows + first;

    return_scaler_step(&c->returns, first, batch, r->reward + i);
    memcpy(r->flags + i, batch->flags, (size_t) batch->rows);
    policy_observe(c->policy, batch->observations, batch->rows, observation_slot(c, group, t + 1));
    value_finals(c, batch, r->final_value + i);
    return t + 1 == c->options.horizon;
}

bool collector_is_full(const collector *c)
{
    for (int g = 0; g < c->options.groups; g++) {
        if (c->step[g] < c->options.horizon) {
            return false;
        }
    }
    return true;
}

void collector_finish(collector *c)
{
    rollout *r = &c->data;
    const int n = (r->steps + 1) * r->rows;
    const int most = c->critic->max_batch;

    for (int i = 0; i < n; i += most) {
        const int part = n - i < most ? n - i : most;
        const float *v = mlp_forward(c->critic, r->obs + (size_t) i * (size_t) r->obs_dim, part);
        memcpy(r->value + i, v, (size_t) part * sizeof(float));
    }
    gae(r, (float) c->options.gamma, (float) c->options.lambda);
}

void collector_restart(collector *c)
{
    rollout *r = &c->data;
    const size_t slot = (size_t) r->rows * (size_t) r->obs_dim;
    memcpy(r->obs, r->obs + (size_t) r->steps * slot, slot * sizeof(float));
    for (int g = 0; g < c->options.groups; g++) {
        c->step[g] = 0;
    }
}
