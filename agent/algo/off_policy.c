// off_policy.c -- between the driver's turns and a minibatch.
//
//   observe   rows of a batch, with what was seen and done before, become transitions of the replay
//   act       observations -> encoder -> random actions at first, then the algorithm's -> the task
//   update    as many gradient steps as are due, each from a minibatch drawn anew
//
// Gradient steps fall due with transitions, `updates_per_step` for each, and what is left of one is
// kept: 0.3 make a step after 4, 7, 10 transitions. Those of a turn are made after its actions were
// sent, while its group simulates, so learning and simulating overlap and yet nothing depends on
// which is faster.
//
// A row that breaks off between two transitions, because its step was faulty or its episode was
// begun anew by whoever resumed the run, leaves no transition across the break: what it did until
// then counts as truncated there.
#include "off_policy.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

enum { REPORT_STEPS = 1000 };  // transitions from one report to the next

// A gradient step is due when so much of it is: ten times 0.1 is a little less than 1.
static const double whole_step = 1 - 1e-6;

// ---- opening ------------------------------------------------------------------------------------

static bool is_discrete(const sw_tensor *t)
{
    return (t->dtype == SW_INT32 || t->dtype == SW_INT64) && sw_tensor_elements(t) == 1;
}

static bool is_bounded(const sw_tensor *t)
{
    for (int64_t i = 0; i < sw_tensor_elements(t); i++) {
        if (!isfinite(t->low[i]) || !isfinite(t->high[i])) {
            return false;
        }
    }
    return true;
}

static bool is_quantities(const sw_tensor *t)
{
    return t->dtype == SW_FLOAT32 && is_bounded(t);
}

// Whoever learns actions of this kind: of several tensors, nobody.
static const char *who_learns(const sw_spec *spec)
{
    const sw_tensor *t = &spec->actions[0];
    if (spec->action_count > 1) {
        return "no algorithm learns that";
    }
    if (is_discrete(t)) {
        return "use dqn, fitted_q or ppo";
    }
    if (is_quantities(t)) {
        return "use ddpg, sac, td3 or ppo";
    }
    const bool is_known = t->dtype == SW_FLOAT32 || (t->dtype != SW_UINT8 && is_bounded(t));
    return is_known ? "use ppo" : "no algorithm learns that";
}

static sw_status check_action(const sw_spec *spec, const char *name, bool discrete)
{
    const sw_tensor *t = &spec->actions[0];

    if (spec->action_count == 1 && (discrete ? is_discrete(t) : is_quantities(t))) {
        return SW_OK;
    }
    return sw_fail(SW_INVALID_ARGUMENT, "%s learns one %s, and '%s' of %s is %lld x %s%s%s: %s",
                   name, discrete ? "Discrete action" : "float32 action with finite bounds",
                   t->name, spec->id, (long long) sw_tensor_elements(t), sw_dtype_name(t->dtype),
                   is_bounded(t) ? "" : " without bounds",
                   spec->action_count > 1 ? ", and not alone" : "", who_learns(spec));
}

static bool has_bytes_only(const sw_spec *spec)
{
    for (int i = 0; i < spec->observation_count; i++) {
        if (spec->observations[i].dtype != SW_UINT8) {
            return false;
        }
    }
    return true;
}

static sw_status init_replay(off_policy *o, const algo_problem *problem, const sw_value *values)
{
    const replay_options options = {
        .capacity = values[OFF_BUFFER].i,
        .rows = problem->rows,
        .obs_dim = o->obs_dim,
        .act_dim = o->act_dim,
        .bytes = has_bytes_only(o->spec),
        .n_steps = (int) values[OFF_N_STEP].i,
        .gamma = o->gamma,
    };
    if (values[OFF_BUFFER].i < o->batch_rows) {
        return sw_fail(
            SW_INVALID_ARGUMENT,
            "a buffer of %lld transitions has no batch of %d: raise buffer or lower batch",
            (long long) values[OFF_BUFFER].i, o->batch_rows);
    }
    const sw_status st = replay_init(&o->replay, &options);
    return st == SW_OK ? replay_batch_init(&o->batch, &o->replay, o->batch_rows) : st;
}

static sw_status init_rows(off_policy *o, const algo_problem *problem)
{
    const size_t rows = (size_t) problem->rows;
    o->seen = vec_new(rows * (size_t) o->obs_dim);
    o->done = vec_new(rows * (size_t) o->act_dim);
    o->scratch = vec_new(rows * (size_t) o->obs_dim);
    o->chosen = vec_new(rows * (size_t) o->act_dim);
    o->explore = malloc((size_t) problem->groups * sizeof(*o->explore));
    if (!o->seen || !o->done || !o->scratch || !o->chosen || !o->explore) {
        return sw_fail(SW_NO_MEMORY, "no memory for the observations of %d rows", problem->rows);
    }
    for (int g = 0; g < problem->groups; g++) {
        o->explore[g] =
            random_seed(random_mix(random_mix(problem->seed, OFF_SEED_EXPLORE), (uint64_t) g));
    }
    return SW_OK;
}

sw_status off_policy_init(off_policy *o, const algo_problem *problem, const sw_value *values,
                          const off_policy_class *kind, const char *name, bool discrete)
{
    o->kind = kind;
    o->spec = problem->spec;
    o->action = &problem->spec->actions[0];
    o->groups = problem->groups;
    o->first_row = problem->first_row;
    o->gamma = values[OFF_GAMMA].f;
    o->updates_per_step = values[OFF_UPDATES_PER_STEP].f;
    o->start_steps = values[OFF_START_STEPS].i;
    o->total_steps = problem->total_steps;
    o->steps = problem->evaluates ? o->total_steps : 0;
    o->batch_rows = (int) values[OFF_BATCH].i;
    o->sample = random_seed(random_mix(problem->seed, OFF_SEED_SAMPLE));
    o->decide = random_seed(random_mix(problem->seed, OFF_SEED_DECIDE));
    sw_status st = check_action(problem->spec, name, discrete);
    if (st == SW_OK) {
        st = encoder_init(&o->input, problem->spec, true);
    }
    if (st == SW_OK) {
        st = mlp_shape_parse(values[OFF_HIDDEN].s, values[OFF_ACTIVATION].s, &o->shape);
    }
    if (st != SW_OK) {
        return st;
    }
    o->input.scaled = values[OFF_OBS_SCALE].b;
    o->obs_dim = o->input.size;
    o->act_dim = (int) sw_tensor_elements(o->action);
    o->choices = discrete ? (int) (o->action->high[0] - o->action->low[0]) + 1 : 0;
    st = init_rows(o, problem);
    if (st == SW_OK && !problem->evaluates) {
        st = init_replay(o, problem, values);
    }
    return st == SW_OK ? team_new(problem->threads > 1 ? 2 : 1, &o->team) : st;
}

void off_policy_free(off_policy *o)
{
    team_close(o->team);
    replay_batch_free(&o->batch);
    replay_free(&o->replay);
    free(o->seen);
    free(o->done);
    free(o->scratch);
    free(o->chosen);
    free(o->explore);
}


// ---- acting -------------------------------------------------------------------------------------

double off_policy_progress(const off_policy *o)
{
    return fmin(1, (double) o->steps / (double) o->total_steps);
}

static void draw_actions(const off_policy *o, int n, random_state *random, float *actions)
{
    for (int i = 0; i < n * o->act_dim; i++) {
        actions[i] = o->choices > 0 ? (float) random_below(random, (uint64_t) o->choices)
                                    : (float) random_uniform(random, -1, 1);
    }
}

// Writes actions [n, act_dim] as the task takes them to `out`.
static void write_actions(const off_policy *o, const float *actions, int n, void *out)
{
    const sw_tensor *t = o->action;
    for (int i = 0; i < n * o->act_dim; i++) {
        const double low = t->low[i % o->act_dim], high = t->high[i % o->act_dim];
        const double a = (double) actions[i];
        switch (t->dtype) {
        case SW_FLOAT32:
            ((float *) out)[i] = (float) fmin(fmax(low + (a + 1) / 2 * (high - low), low), high);
            break;
        case SW_INT32: ((int32_t *) out)[i] = (int32_t) (low + a); break;
        default: ((int64_t *) out)[i] = (int64_t) (low + a); break;
        }
    }
}

static float *row_of(float *array, int row, int dim)
{
    return array + (size_t) row * (size_t) dim;
}

void off_policy_act(algo *a, int group, const sw_batch *batch, void *const *actions)
{
    off_policy *o = (off_policy *) a;
    const int first = o->first_row[group], n = batch->rows;
    float *seen = row_of(o->seen, first, o->obs_dim), *done = row_of(o->done, first, o->act_dim);

    for (int i = 0; i < n; i++) {
        if (batch->flags[i] & SW_FIRST) {
            replay_break(&o->replay, first + i);
        }
    }
    encoder_read(&o->input, batch->observations, 0, n, seen);
    if (o->steps < o->start_steps) {
        draw_actions(o, n, &o->explore[group], done);
    } else {
        o->kind->explore(o, seen, n, &o->explore[group], done);
    }
    write_actions(o, done, n, actions[0]);
}

void off_policy_decide(algo *a, const sw_batch *batch, bool stochastic, void *const *actions)
{
    off_policy *o = (off_policy *) a;
    encoder_read(&o->input, batch->observations, 0, batch->rows, o->scratch);
    o->kind->decide(o, o->scratch, batch->rows, &o->decide, stochastic, o->chosen);
    write_actions(o, o->chosen, batch->rows, actions[0]);
}


// ---- learning -----------------------------------------------------------------------------------

algo_answer off_policy_observe(algo *a, int group, const sw_batch *batch)
{
    off_policy *o = (off_policy *) a;
    const int first = o->first_row[group];

    encoder_read(&o->input, batch->observations, 0, batch->rows, o->scratch);
    for (int i = 0; i < batch->rows; i++) {
        const uint8_t flags = batch->flags[i];
        const bool ended = (flags & (SW_TERMINATED | SW_TRUNCATED)) != 0;
        float *next = row_of(o->scratch, i, o->obs_dim);
        if (flags & SW_FAULTY) {
            replay_break(&o->replay, first + i);
            continue;
        }
        if (ended) {
            encoder_read(&o->input, batch->final_observations, batch->final_index[i], 1, next);
        }
        replay_add(&o->replay, first + i,
                   &(replay_step){.obs = row_of(o->seen, first + i, o->obs_dim),
                                  .act = row_of(o->done, first + i, o->act_dim),
                                  .reward = (float) batch->rewards[i],
                                  .next = next,
                                  .is_terminated = (flags & SW_TERMINATED) != 0,
                                  .is_truncated = (flags & SW_TRUNCATED) != 0});
    }
    o->steps += batch->rows;
    if (o->steps > o->start_steps) {
        o->due += o->updates_per_step * batch->rows;
    }
    return ALGO_GO;
}

static void close_report(off_policy *o)
{
    for (int i = 0; i < o->kind->stat_count; i++) {
        o->means[i] = o->sum_count > 0 ? o->sums[i] / (double) o->sum_count : 0;
    }
    memset(o->sums, 0, sizeof(o->sums));
    o->sum_count = 0;
    o->reported = o->steps;
}

// Every REPORT_STEPS transitions, and where the run is to end.
static bool is_report_due(const off_policy *o)
{
    return o->steps / REPORT_STEPS > o->reported / REPORT_STEPS ||
           (o->steps >= o->total_steps && o->reported < o->total_steps);
}

bool off_policy_update(algo *a)
{
    off_policy *o = (off_policy *) a;

    if (o->replay.count == 0) {
        o->due = 0;  // nothing to learn from yet, and nothing to catch up with later
    }
    for (; o->due >= whole_step; o->due--) {
        if (!o->kind->learns_whole) {
            replay_sample(&o->replay, &o->sample, o->batch_rows, &o->batch);
        }
        o->kind->learn(o);
        o->updates++;
        o->sum_count++;
    }
    if (!is_report_due(o)) {
        return false;
    }
    close_report(o);
    return true;
}

void off_policy_stats(const algo *a, double *out)
{
    const off_policy *o = (const off_policy *) a;
    memcpy(out, o->means, (size_t) o->kind->stat_count * sizeof(*out));
    out[o->kind->stat_count] = (double) o->updates;
}


// ---- saving -------------------------------------------------------------------------------------

static algo_tensor lines(const char *name, float *data, int64_t rows, int64_t dim)
{
    return (algo_tensor){
        .name = name, .dtype = ALGO_F32, .dims = 2, .shape = {rows, dim}, .data = data};
}

static sw_status show_counters(off_policy *o, const tensor_visitor *to)
{
    const int64_t rows = o->first_row[o->groups];
    const algo_tensor counters[] = {
        {.name = "steps", .dtype = ALGO_I64, .data = &o->steps},
        {.name = "updates", .dtype = ALGO_I64, .data = &o->updates},
        {.name = "due", .dtype = ALGO_F64, .data = &o->due},
        {.name = "report.steps", .dtype = ALGO_I64, .data = &o->reported},
        {.name = "report.count", .dtype = ALGO_I64, .data = &o->sum_count},
        {.name = "report.sums",
         .dtype = ALGO_F64,
         .dims = 1,
         .shape = {o->kind->stat_count},
         .data = o->sums},
        {.name = "report.means",
         .dtype = ALGO_F64,
         .dims = 1,
         .shape = {o->kind->stat_count},
         .data = o->means},
        lines("acted.seen", o->seen, rows, o->obs_dim),
        lines("acted.done", o->done, rows, o->act_dim),
    };
    return tensors_list(to, counters, sizeof(counters) / sizeof(counters[0]));
}

sw_status off_policy_tensors(off_policy *o, const tensor_visitor *to)
{
    sw_status st = show_counters(o, to);
    if (st == SW_OK) {
        st = tensors_random(to, "random.explore", o->explore, o->groups);
    }
    if (st == SW_OK) {
        st = tensors_random(to, "random.sample", &o->sample, 1);
    }
    if (st == SW_OK) {
        st = tensors_random(to, "random.decide", &o->decide, 1);
    }
    return st == SW_OK && o->replay.options.capacity > 0 ? tensors_replay(to, "replay", &o->replay)
                                                         : st;
}
