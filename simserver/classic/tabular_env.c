// Design: a task is its table, and everything here reads that: bounds of the reward, steps, checks
// of a state. Randomness is drawn in a fixed order: an outcome, then the noise of its reward.
#include "tabular_env.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INFO_PROB };  // Gymnasium's only info: how likely was what happened

// ---- the table ------------------------------------------------------------------------------

static void free_table(tabular_table *table)
{
    free(table->start);
    free(table->choices);
    *table = (tabular_table){0};
}

static sw_status make_table(const tabular_task *task, const sw_value *settings, tabular_table *out)
{
    tabular_table table = {0};
    task->measure(settings, &table.states, &table.actions);
    const size_t choices = (size_t) table.states * (size_t) table.actions;
    table.start = calloc((size_t) table.states, sizeof(*table.start));
    table.choices = calloc(choices, sizeof(*table.choices));
    if (table.start == NULL || table.choices == NULL) {
        free_table(&table);
        return sw_fail(SW_NO_MEMORY, "%s: no memory for a table of %d states", task->env_class->id,
                       table.states);
    }
    task->fill(settings, &table);
    *out = table;
    return SW_OK;
}

const tabular_table *tabular_table_of(const sw_env_class *env_class, const void *env)
{
    return env_class->step == tabular_step ? &((const tabular_env *) env)->table : NULL;
}

tabular_choice *tabular_at(const tabular_table *table, int state, int action)
{
    return &table->choices[state * table->actions + action];
}

void tabular_add(tabular_choice *choice, tabular_outcome outcome)
{
    choice->outcomes[choice->count++] = outcome;
}

// ---- the spec -------------------------------------------------------------------------------

static void bound_reward(const tabular_table *table, sw_spec *spec)
{
    spec->reward_low = table->noise > 0 ? -INFINITY : table->choices[0].outcomes[0].reward;
    spec->reward_high = table->noise > 0 ? INFINITY : spec->reward_low;
    for (int i = 0; i < table->states * table->actions; i++) {
        for (int o = 0; o < table->choices[i].count; o++) {
            const double reward = table->choices[i].outcomes[o].reward;
            spec->reward_low = fmin(spec->reward_low, reward);
            spec->reward_high = fmax(spec->reward_high, reward);
        }
    }
}

static bool has_features(const tabular_task *task, const sw_value *settings)
{
    float unused[TABULAR_MAX_FEATURES];
    return task->features != NULL && task->features(settings, 0, unused);
}

static sw_status add_tensors(const tabular_table *table, bool is_float, sw_spec *spec)
{
    static const double zeros[TABULAR_MAX_FEATURES] = {0};
    static const double ones[TABULAR_MAX_FEATURES] = {1, 1};
    const double last_state = table->states - 1;
    const double last_action = table->actions - 1;
    sw_tensor observation = {
        .name = "observation", .dtype = SW_INT64, .low = zeros, .high = &last_state};
    if (is_float) {
        observation.dtype = SW_FLOAT32;
        observation.dims = 1;
        observation.shape[0] = TABULAR_MAX_FEATURES;
        observation.high = ones;
    }
    const sw_tensor action = {
        .name = "action", .dtype = SW_INT64, .low = zeros, .high = &last_action};
    sw_status st = sw_spec_add_observation(spec, &observation);
    st = st == SW_OK ? sw_spec_add_action(spec, &action) : st;
    return st == SW_OK ? sw_spec_add_info(spec, "prob", true) : st;
}

sw_status tabular_describe(const tabular_task *task, const sw_value *settings, sw_spec *spec)
{
    tabular_table table = {0};
    sw_status st = make_table(task, settings, &table);
    if (st != SW_OK) {
        return st;
    }
    bound_reward(&table, spec);
    spec->max_episode_steps = task->limit != NULL ? task->limit(settings) : 0;
    st = add_tensors(&table, has_features(task, settings), spec);
    free_table(&table);
    return st;
}

// ---- life -----------------------------------------------------------------------------------

sw_status tabular_init(tabular_env *env, const tabular_task *task, const sw_value *settings)
{
    env->task = task;
    const size_t count = (size_t) task->env_class->setting_count;
    if (count > 0) {
        memcpy(env->settings, settings, count * sizeof(*settings));
    }
    return make_table(task, settings, &env->table);
}

void tabular_close(void *env)
{
    free_table(&((tabular_env *) env)->table);
}

static void observe(const tabular_env *e, sw_row *row)
{
    const tabular_task *task = e->task;
    if (task->features == NULL || !task->features(e->settings, e->state, row->observations[0])) {
        *(int64_t *) row->observations[0] = e->state;
    }
}

// The last one that can be, when rounding leaves nothing of `u` to be found.
static int draw_start(const tabular_table *table, double u)
{
    int state = 0;
    double sum = 0;
    for (int s = 0; s < table->states && u >= sum; s++) {
        if (table->start[s] > 0) {
            state = s;
            sum += table->start[s];
        }
    }
    return state;
}

static const tabular_outcome *draw_outcome(const tabular_choice *choice, double u)
{
    const tabular_outcome *outcome = &choice->outcomes[0];
    double sum = 0;
    for (int o = 0; o < choice->count && u >= sum; o++) {
        if (choice->outcomes[o].probability > 0) {
            outcome = &choice->outcomes[o];
            sum += outcome->probability;
        }
    }
    return outcome;
}

sw_status tabular_reset(void *env, uint64_t seed, sw_row *row)
{
    tabular_env *e = env;
    e->random = random_seed(seed);
    e->state = draw_start(&e->table, random_unit(&e->random));
    e->last_action = -1;
    row->infos[INFO_PROB] = 1;
    observe(e, row);
    return SW_OK;
}

sw_status tabular_step(void *env, sw_row *row)
{
    tabular_env *e = env;
    const int action = (int) *(const int64_t *) row->actions[0];
    const tabular_outcome *outcome =
        draw_outcome(tabular_at(&e->table, e->state, action), random_unit(&e->random));
    e->state = outcome->next;
    e->last_action = action;
    row->reward = outcome->reward;
    if (e->table.noise > 0) {
        row->reward += e->table.noise * random_normal(&e->random);
    }
    row->terminated = outcome->is_terminated;
    row->infos[INFO_PROB] = outcome->probability;
    observe(e, row);
    return SW_OK;
}

sw_status tabular_render(void *env, const sw_picture *picture)
{
    const tabular_env *e = env;
    if (picture->camera[0] != '\0') {
        return sw_fail(SW_NOT_FOUND, "%s: no camera '%s': it has one only, without a name",
                       e->task->env_class->id, picture->camera);
    }
    e->task->draw(e, picture);
    return SW_OK;
}

// ---- state ----------------------------------------------------------------------------------

typedef struct saved {
    int64_t state, last_action;
    random_state random;
} saved;

typedef struct exchanged {
    int64_t state;
    uint64_t seed;
} exchanged;

_Static_assert(sizeof(saved) == 48 && sizeof(exchanged) == 16, "a state has no gaps");

size_t tabular_state_size(const void *env, int format)
{
    (void) env;
    return format == 0 ? sizeof(saved) : sizeof(exchanged);
}

sw_status tabular_save(void *env, int format, void *state)
{
    const tabular_env *e = env;
    if (format == 0) {
        const saved s = {e->state, e->last_action, e->random};
        memcpy(state, &s, sizeof(s));
    } else {
        random_state copy = e->random;
        const exchanged s = {e->state, random_bits(&copy)};
        memcpy(state, &s, sizeof(s));
    }
    return SW_OK;
}

// A generator of zeros only gives zeros for ever, and then random_normal() finds nothing.
static bool is_generator(const random_state *r)
{
    return (r->s[0] | r->s[1] | r->s[2] | r->s[3]) != 0;
}

sw_status tabular_load(void *env, int format, const void *state, sw_row *row)
{
    tabular_env *e = env;
    saved s;
    if (format == 0) {
        memcpy(&s, state, sizeof(s));
    } else {
        exchanged from;
        memcpy(&from, state, sizeof(from));
        s = (saved){from.state, -1, random_seed(from.seed)};
    }
    if (s.state < 0 || s.state >= e->table.states || s.last_action < -1 ||
        s.last_action >= e->table.actions || !is_generator(&s.random)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: state: state %lld of %d after action %lld of %d, or the random numbers "
                       "after it, cannot be",
                       e->task->env_class->id, (long long) s.state, e->table.states,
                       (long long) s.last_action, e->table.actions);
    }
    e->state = (int) s.state;
    e->last_action = (int) s.last_action;
    e->random = s.random;
    row->infos[INFO_PROB] = 1;
    observe(e, row);
    return SW_OK;
}
