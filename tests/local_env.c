#include "local_env.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "classic_tasks.h"
#include "mujoco_tasks.h"

static const sw_env_class *find(const sw_env_class *const *tasks, int count, const char *id)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(tasks[i]->id, id) == 0) {
            return tasks[i];
        }
    }
    return NULL;
}

bool local_env_is_typical(const char *id)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static const char *const typical[] = {"Counter-v0",    "CartPole-v1", "Pendulum-v1",
                                          "FrozenLake-v1", "LQR-v0",      "Hopper-v5",
                                          "Reacher-v4",    "Humanoid-v5"};
    for (size_t i = 0; i < sizeof(typical) / sizeof(typical[0]); i++) {
        if (strcmp(id, typical[i]) == 0) {
            return true;
        }
    }
    return false;
#else
    (void) id;
    return true;
#endif
}

const sw_env_class *local_env_task(const char *id)
{
    int count;
    const sw_env_class *const *tasks = mujoco_tasks(&count);
    const sw_env_class *task = find(tasks, count, id);
    if (task == NULL) {
        tasks = classic_tasks(&count);
        task = find(tasks, count, id);
    }
    return task;
}

static sw_status describe(local_env *e, const sw_assignment *settings, int count)
{
    sw_status st = sw_spec_init(&e->spec, e->task->id);
    for (int i = 0; i < e->task->setting_count && st == SW_OK; i++) {
        e->settings[i] = e->task->settings[i].initial;
        st = sw_spec_add_setting(&e->spec, &e->task->settings[i]);
    }
    for (int i = 0; i < count && st == SW_OK; i++) {
        const int s = sw_spec_find_setting(&e->spec, settings[i].name);
        st = s < 0 ? sw_fail(SW_INVALID_ARGUMENT, "no setting '%s'", settings[i].name)
                   : sw_setting_parse(&e->task->settings[s], settings[i].value, &e->settings[s]);
    }
    return st == SW_OK ? e->task->describe(e->settings, &e->spec) : st;
}

static size_t tensor_bytes(const sw_tensor *t)
{
    return (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
}

static void allocate(local_env *e)
{
    e->env = arena_alloc(&e->memory, e->task->env_size);
    for (int i = 0; i < e->spec.action_count; i++) {
        e->actions[i] = arena_alloc(&e->memory, tensor_bytes(&e->spec.actions[i]));
    }
    for (int i = 0; i < e->spec.observation_count; i++) {
        e->observations[i] = arena_alloc(&e->memory, tensor_bytes(&e->spec.observations[i]));
    }
    e->row.infos = arena_alloc(&e->memory, (size_t) e->spec.info_count * sizeof(double));
    e->row.actions = (const void *const *) e->actions;
    e->row.observations = e->observations;
}

sw_status local_env_open(local_env *e, const sw_env_class *task, const sw_assignment *settings,
                         int count)
{
    *e = (local_env){.task = task};
    sw_status st = describe(e, settings, count);
    if (st == SW_OK) {
        st = arena_init(&e->memory, (size_t) 1 << 20);  // far more than any task here needs
    }
    if (st == SW_OK) {
        allocate(e);
        st = task->init(e->env, e->settings);
    }
    if (st != SW_OK) {
        local_env_close(e);
    }
    return st;
}

void local_env_close(local_env *e)
{
    if (e->env != NULL) {
        e->task->close(e->env);
    }
    arena_free(&e->memory);
    sw_spec_free(&e->spec);
    *e = (local_env){.task = NULL};
}

static void clear_row(local_env *e)
{
    for (int i = 0; i < e->spec.info_count; i++) {
        e->row.infos[i] = (double) NAN;
    }
    e->row.reward = 0;
    e->row.terminated = false;
    e->row.truncated = false;
}

sw_status local_env_reset(local_env *e, uint64_t seed)
{
    clear_row(e);
    e->elapsed = 0;
    return e->task->reset(e->env, seed, &e->row);
}

sw_status local_env_step(local_env *e)
{
    clear_row(e);
    const sw_status st = e->task->step(e->env, &e->row);
    e->elapsed++;
    if (e->spec.max_episode_steps > 0 && e->elapsed >= e->spec.max_episode_steps) {
        e->row.truncated = true;
    }
    return st;
}

sw_status local_env_load(local_env *e, const char *format, const void *state)
{
    int number = 0;
    while (strcmp(e->task->state_formats[number], format) != 0) {
        number++;
    }
    clear_row(e);
    e->elapsed = 0;
    return e->task->load(e->env, number, state, &e->row);
}

static double draw_number(const sw_tensor *t, int64_t i, random_state *random)
{
    const double low = isfinite(t->low[i]) ? t->low[i] : -1;
    const double high = isfinite(t->high[i]) ? t->high[i] : 1;
    if (t->dtype == SW_FLOAT32 || t->dtype == SW_FLOAT64) {
        return random_uniform(random, low, high);
    }
    return low + (double) random_below(random, (uint64_t) (high - low) + 1);
}

double local_env_info(const local_env *e, const char *name)
{
    for (int i = 0; i < e->spec.info_count; i++) {
        if (strcmp(e->spec.infos[i].name, name) == 0) {
            return e->row.infos[i];
        }
    }
    return NAN;
}

void local_env_draw_actions(local_env *e, random_state *random)
{
    for (int a = 0; a < e->spec.action_count; a++) {
        const sw_tensor *t = &e->spec.actions[a];
        if (strcmp(t->name, "command") == 0) {
            continue;
        }
        for (int64_t i = 0; i < sw_tensor_elements(t); i++) {
            const double x = draw_number(t, i, random);
            switch (t->dtype) {
            case SW_UINT8: ((uint8_t *) e->actions[a])[i] = (uint8_t) x; break;
            case SW_INT32: ((int32_t *) e->actions[a])[i] = (int32_t) x; break;
            case SW_INT64: ((int64_t *) e->actions[a])[i] = (int64_t) x; break;
            case SW_FLOAT32: ((float *) e->actions[a])[i] = (float) x; break;
            case SW_FLOAT64: ((double *) e->actions[a])[i] = x; break;
            }
        }
    }
}
