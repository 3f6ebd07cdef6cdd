// collector.c -- one slot of a rollout per step.
//
// Observation slot t + 1 is written when the transition of step t arrives; a group's last one
// becomes its slot 0 of the next rollout. Values are computed when the rollout is complete, in
// large batches and off the path between a reply and the next actions. Only V(final observation) is
// computed at once, so that final observations need not be kept: the critic is the same until the
// rollout has been learned from. Who learns the critic first and asks again keeps them.
//
// A critic of actions is asked about the action that was taken next. Where none was, after the last
// step and in a final observation, one is drawn for it; in the next rollout the row acts anew, with
// the policy that is there by then.
#include "collector.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

int collector_capacity(const collector_options *o)
{
    // A stale episode may leave a row one step less than a whole one; then it has `horizon` steps
    // to begin its last episode in.
    const int whole = estimator_needs_whole_episodes(&o->estimator) ? o->longest_episode : 0;
    return (o->horizon > whole ? o->horizon : whole) + whole;
}

sw_status collector_init(collector *c, policy *actor, mlp *critic, const collector_options *options)
{
    const int obs_dim = actor->obs_dim;
    const size_t groups = (size_t) options->groups, rows = (size_t) options->rows;
    const size_t finals = options->revalues ? rows * (size_t) collector_capacity(options) : rows;

    *c = (collector){.options = *options, .policy = actor, .critic = critic};
    sw_status st = rollout_init(&c->data, collector_capacity(options), options->rows, obs_dim,
                                actor->dist.actions);
    if (st == SW_OK) {
        st = return_scaler_init(&c->returns, options->rows, options->estimator.gamma,
                                options->reward_clip, options->scale_rewards);
    }
    c->step = malloc(groups * sizeof(*c->step));
    c->complete = calloc(groups, sizeof(*c->complete));
    c->row = calloc(rows, sizeof(*c->row));
    c->random = malloc(groups * sizeof(*c->random));
    c->finals = vec_new(finals * (size_t) obs_dim);
    c->final_at = malloc(finals * sizeof(*c->final_at));
    c->final_actions = vec_new(finals * (size_t) actor->dist.actions);
    if (st == SW_OK && (!c->step || !c->complete || !c->row || !c->random || !c->finals ||
                        !c->final_at || !c->final_actions)) {
        st = sw_fail(SW_NO_MEMORY, "no memory for %d groups of rows", options->groups);
    }
    if (st == SW_OK && critic != NULL) {
        const bool of_actions = estimator_has_action_critic(&options->estimator);
        st = critic_input_init(&c->input, of_actions ? &actor->dist : NULL, obs_dim,
                               critic->max_batch);
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
    free(c->complete);
    free(c->row);
    free(c->random);
    free(c->finals);
    free(c->final_at);
    free(c->final_actions);
    critic_input_free(&c->input);
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
    assert(!c->complete[group]);
    const int t = (int) c->step[group];
    const int i = t * r->rows + c->options.first_row[group];
    float *act = r->act + i * r->act_dim;
    const dist_batch pi = policy_forward(c->policy, observation_slot(c, group, t), batch->rows);
    d->kind->sample(d, &pi, &c->random[group], act);
    d->kind->log_density(d, &pi, act, r->logp + i);
    policy_write(c->policy, act, batch->rows, actions);
}

// Draws an action of the policy [n, act_dim] for each of obs [n, obs_dim].
static void draw_actions(collector *c, int group, const float *obs, int n, float *actions)
{
    const dist *d = &c->policy->dist;
    const dist_batch pi = policy_forward(c->policy, obs, n);
    d->kind->sample(d, &pi, &c->random[group], actions);
}

// What the critic says [n] of obs [n, obs_dim] and actions [n, act_dim].
static const float *ask_critic(collector *c, const float *obs, const float *actions, int n)
{
    return mlp_forward(c->critic, critic_input_see(&c->input, obs, actions, n), n);
}

// Writes V(final observation) of finals from, from + 1 ... from + n - 1.
static void value_finals(collector *c, int from, int n)
{
    const rollout *r = &c->data;
    const float *v =
        ask_critic(c, c->finals + from * r->obs_dim, c->final_actions + from * r->act_dim, n);
    for (int k = 0; k < n; k++) {
        r->final_value[c->final_at[from + k]] = v[k];
    }
}

// Takes the final observations of episodes that were truncated; their rows begin at i.
static void take_finals(collector *c, int group, const sw_batch *batch, int i)
{
    const rollout *r = &c->data;
    const int from = (int) c->final_count;
    float *finals = c->finals + from * r->obs_dim;
    int n = 0;
    for (int row = 0; row < batch->rows; row++) {
        const uint8_t flags = batch->flags[row];
        if ((flags & SW_TRUNCATED) && !(flags & (SW_TERMINATED | SW_FAULTY))) {
            policy_see(c->policy, batch->final_observations, batch->final_index[row], 1,
                       finals + n * r->obs_dim);
            c->final_at[from + n++] = i + row;
        }
    }
    if (n == 0) {
        return;
    }
    if (c->input.actions != NULL) {
        draw_actions(c, group, finals, n, c->final_actions + from * r->act_dim);
    }
    value_finals(c, from, n);
    c->final_count += c->options.revalues ? n : 0;
}

static bool is_end(uint8_t flags)
{
    return (flags & (SW_TERMINATED | SW_TRUNCATED)) != 0;
}

// Marks which rows' transitions of step t are part of the rollout. Returns true if all have theirs.
static bool count_rows(collector *c, int group, int t, const sw_batch *batch)
{
    const int first = c->options.first_row[group];
    uint8_t *skip = c->data.skip + t * c->data.rows + first;
    bool all = true;

    for (int i = 0; i < batch->rows; i++) {
        uint8_t *row = &c->row[first + i];
        skip[i] = *row != ROW_COUNTS;
        if (is_end(batch->flags[i]) && *row != ROW_DONE) {
            *row = *row == ROW_COUNTS && t + 1 >= c->options.horizon ? ROW_DONE : ROW_COUNTS;
        }
        all = all && *row == ROW_DONE;
    }
    return all;
}

bool collector_observe(collector *c, int group, const sw_batch *batch)
{
    rollout *r = &c->data;
    if (collector_seen(c) == 1) {
        rollout_empty(r);  // nobody has made a step of this one yet
    }
    const int t = (int) c->step[group]++;
    const int first = c->options.first_row[group];
    const int i = t * r->rows + first;

    return_scaler_step(&c->returns, first, batch, r->reward + i);
    memcpy(r->flags + i, batch->flags, (size_t) batch->rows);
    policy_observe(c->policy, batch->observations, batch->rows, observation_slot(c, group, t + 1));
    if (c->critic != NULL) {
        take_finals(c, group, batch, i);
    }
    bool complete = t + 1 == r->capacity;
    if (estimator_needs_whole_episodes(&c->options.estimator)) {
        complete = count_rows(c, group, t, batch) || complete;
    }
    if (complete && c->input.actions != NULL) {
        draw_actions(c, group, observation_slot(c, group, t + 1), batch->rows,
                     r->act + (i + r->rows) * r->act_dim);
    }
    c->complete[group] = complete;
    return complete;
}

int64_t collector_seen(const collector *c)
{
    int64_t most = -1;
    for (int g = 0; g < c->options.groups; g++) {
        most = c->step[g] > most ? c->step[g] : most;
    }
    return most + 1;
}

bool collector_is_full(const collector *c)
{
    for (int g = 0; g < c->options.groups; g++) {
        if (!c->complete[g]) {
            return false;
        }
    }
    return true;
}

int64_t collector_count(const collector *c)
{
    int64_t count = 0;
    for (int g = 0; g < c->options.groups; g++) {
        count += c->step[g] * (c->options.first_row[g + 1] - c->options.first_row[g]);
    }
    return count;
}

// Ends the rollout with the group that took longest; the steps that others did not make are
// skipped.
static void close_rollout(collector *c)
{
    rollout *r = &c->data;
    r->steps = (int) collector_seen(c) - 1;
    for (int g = 0; g < c->options.groups; g++) {
        const int first = c->options.first_row[g], rows = c->options.first_row[g + 1] - first;
        for (int t = (int) c->step[g]; t < r->steps; t++) {
            memset(r->skip + t * r->rows + first, 1, (size_t) rows);
        }
    }
}

static void compute_values(collector *c)
{
    rollout *r = &c->data;
    const int n = (r->steps + 1) * r->rows;
    const int most = c->critic->max_batch;

    for (int i = 0; i < n; i += most) {
        const int part = n - i < most ? n - i : most;
        const float *v =
            ask_critic(c, r->obs + (size_t) i * (size_t) r->obs_dim, r->act + i * r->act_dim, part);
        memcpy(r->value + i, v, (size_t) part * sizeof(float));
    }
}

void collector_finish(collector *c)
{
    close_rollout(c);
    if (c->critic != NULL) {
        compute_values(c);
    }
    estimate(&c->options.estimator, &c->data);
}

void collector_revalue(collector *c)
{
    const int most = c->critic->max_batch;
    const int count = (int) c->final_count;
    for (int i = 0; i < count; i += most) {
        value_finals(c, i, count - i < most ? count - i : most);
    }
    collector_finish(c);
}

void collector_restart(collector *c)
{
    rollout *r = &c->data;
    const size_t row_size = (size_t) r->obs_dim * sizeof(float);

    for (int g = 0; g < c->options.groups; g++) {
        const int first = c->options.first_row[g], rows = c->options.first_row[g + 1] - first;
        const int last = (int) c->step[g] - 1;
        memcpy(observation_slot(c, g, 0), observation_slot(c, g, last + 1),
               (size_t) rows * row_size);
        if (estimator_needs_whole_episodes(&c->options.estimator)) {
            for (int i = 0; i < rows; i++) {
                const bool fresh = is_end(r->flags[last * r->rows + first + i]);
                c->row[first + i] = fresh ? ROW_COUNTS : ROW_STALE;
            }
        }
        c->step[g] = 0;
        c->complete[g] = false;
    }
    c->final_count = 0;
}
