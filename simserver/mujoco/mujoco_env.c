// Design: the life that every MuJoCo task has in common, as gymnasium/envs/mujoco/mujoco_env.py
// (Gymnasium 1.4) lives it. MuJoCo is called through mujoco_guard() only.
//
// Differences from Gymnasium: the noise of a reset has the same distribution but comes from our own
// generator; a simulation that diverged is an error, not a silent restart.
#include "mujoco_env.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "mujoco_file.h"
#include "mujoco_guard.h"

enum { MAX_CONTROLS = 1000 };

// ---- describe -------------------------------------------------------------------------------

static sw_status check_ranges(const mujoco_task *task, const sw_value *settings)
{
    for (int i = 0; i < task->env_class->setting_count; i++) {
        const sw_setting *s = &task->env_class->settings[i];
        if (s->type == SW_VECTOR && s->length == 2 && settings[i].v[0] > settings[i].v[1]) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "%s: setting '%s' is an empty range: %g is above %g",
                           task->env_class->id, s->name, settings[i].v[0], settings[i].v[1]);
        }
    }
    return SW_OK;
}

static sw_status add_tensors(const mujoco_task *task, const mjModel *model,
                             const sw_value *settings, sw_spec *spec)
{
    const sw_tensor observation = {.name = "observation",
                                   .dtype = SW_FLOAT64,
                                   .dims = 1,
                                   .shape = {task->observation_size(model, settings)}};
    const sw_status st = sw_spec_add_observation(spec, &observation);
    if (st != SW_OK) {
        return st;
    }
    double low[MAX_CONTROLS];
    double high[MAX_CONTROLS];
    for (int i = 0; i < model->nu; i++) {
        const bool is_limited = model->actuator_ctrllimited[i];
        low[i] = is_limited ? model->actuator_ctrlrange[2 * i] : -HUGE_VAL;
        high[i] = is_limited ? model->actuator_ctrlrange[2 * i + 1] : HUGE_VAL;
    }
    const sw_tensor action = {.name = "action",
                              .dtype = SW_FLOAT64,
                              .dims = 1,
                              .shape = {model->nu},
                              .low = low,
                              .high = high};
    return sw_spec_add_action(spec, &action);
}

// All settings of the task: the class's as they are given, the others' defaults.
static void complete_settings(const mujoco_task *task, const sw_value *given, sw_value *all)
{
    assert(task->setting_count <= MUJOCO_MAX_SETTINGS);
    const int count = task->env_class->setting_count;
    memcpy(all, given, (size_t) count * sizeof(*given));
    for (int i = count; i < task->setting_count; i++) {
        all[i] = task->env_class->settings[i].initial;
    }
}

// A setting that every task has.
static const sw_value *find_setting(const mujoco_task *task, const sw_value *settings,
                                    const char *name)
{
    int row = 0;
    while (strcmp(task->env_class->settings[row].name, name) != 0) {
        row++;
        assert(row < task->setting_count);
    }
    return &settings[row];
}

static int frame_skip(const mujoco_task *task, const sw_value *settings)
{
    return (int) find_setting(task, settings, "frame_skip")->i;
}

sw_status mujoco_check_state(const mjModel *model, int count)
{
    if (model->nq == count && model->nv == count) {
        return SW_OK;
    }
    return sw_fail(SW_INVALID_ARGUMENT,
                   "setting 'xml_file': the model has %d positions and %d velocities; this task "
                   "needs %d and %d",
                   (int) model->nq, (int) model->nv, count, count);
}

// Fills the ids of the bodies that the task names.
static sw_status find_bodies(const mujoco_task *task, const mjModel *model, int *bodies)
{
    for (int i = 0; i < MUJOCO_MAX_BODIES && task->bodies[i] != NULL; i++) {
        bodies[i] = mj_name2id(model, mjOBJ_BODY, task->bodies[i]);
        if (bodies[i] < 0) {
            return sw_fail(SW_INVALID_ARGUMENT, "setting 'xml_file': the model has no body '%s'",
                           task->bodies[i]);
        }
    }
    return SW_OK;
}

// Refuses a model that the task cannot be made of.
static sw_status check_model(const mujoco_task *task, const mjModel *model,
                             const sw_value *settings)
{
    if (model->nu < 1 || model->nu > MAX_CONTROLS) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the model has %d actuators; allowed: 1 to %d",
                       (int) model->nu, MAX_CONTROLS);
    }
    if (!(model->opt.timestep > 0 && model->opt.timestep < HUGE_VAL)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "setting 'xml_file': the model's timestep is %g s; it must be above 0",
                       model->opt.timestep);
    }
    int bodies[MUJOCO_MAX_BODIES];
    const sw_status st = find_bodies(task, model, bodies);
    return st == SW_OK && task->check != NULL ? task->check(model, settings) : st;
}

static sw_status blame_file(sw_status st)
{
    return st == SW_OK ? st : sw_fail(st, "setting 'xml_file': %s", sw_last_error());
}

// The model that the settings say, if the task can be made of it.
static sw_status acquire(const mujoco_task *task, const sw_value *settings, const mjModel **model)
{
    const char *file = find_setting(task, settings, "xml_file")->s;
    const bool is_users = file[0] != '\0';
    const mjModel *m = NULL;
    sw_status st = is_users ? blame_file(mujoco_model_acquire_file(file, &m))
                            : mujoco_model_acquire(task->xml, &m);
    st = st == SW_OK ? check_model(task, m, settings) : st;
    if (st == SW_OK && is_users) {
        st = blame_file(mujoco_file_check_sizes(file, m));
    }
    if (st != SW_OK) {
        mujoco_model_release(m);
        return sw_fail(st, "%s: %s", task->env_class->id, sw_last_error());
    }
    *model = m;
    return SW_OK;
}

static sw_status describe(const mujoco_task *task, const mjModel *model, const sw_value *settings,
                          sw_spec *spec)
{
    sw_status st = add_tensors(task, model, settings, spec);
    for (int i = 0; i < task->info_count && st == SW_OK; i++) {
        st = sw_spec_add_info(spec, task->infos[i].name, task->infos[i].at_reset);
    }
    spec->max_episode_steps = task->max_episode_steps;
    spec->dt = model->opt.timestep * frame_skip(task, settings);
    return st;
}

sw_status mujoco_describe(const mujoco_task *task, const sw_value *settings, sw_spec *spec)
{
    sw_status st = check_ranges(task, settings);
    if (st != SW_OK) {
        return st;
    }
    sw_value all[MUJOCO_MAX_SETTINGS];
    complete_settings(task, settings, all);
    const mjModel *model = NULL;
    st = acquire(task, all, &model);
    if (st != SW_OK) {
        return st;
    }
    st = describe(task, model, all, spec);
    mujoco_model_release(model);
    return st;
}

// ---- life -----------------------------------------------------------------------------------

static void make_data(void *context)
{
    mujoco_env *e = context;
    e->data = mj_makeData(e->model);
}

sw_status mujoco_init(mujoco_env *env, const mujoco_task *task, const sw_value *settings)
{
    env->task = task;
    complete_settings(task, settings, env->settings);
    env->frame_skip = frame_skip(task, env->settings);
    sw_status st = acquire(task, env->settings, &env->model);
    if (st != SW_OK) {
        return st;
    }
    env->dt = env->model->opt.timestep * env->frame_skip;
    st = find_bodies(task, env->model, env->bodies);
    st = st == SW_OK ? mujoco_guard(make_data, env) : st;
    if (st == SW_OK && env->data == NULL) {
        st = sw_fail(SW_ENVIRONMENT, "%s: no memory for the simulation", task->env_class->id);
    }
    return st;
}

void mujoco_close(void *env)
{
    mujoco_env *e = env;
    if (e->data != NULL) {
        mj_deleteData(e->data);
    }
    if (e->model != NULL) {
        mujoco_model_release(e->model);
    }
}

static void reset_data(void *context)
{
    mujoco_env *e = context;
    mj_resetData(e->model, e->data);
}

sw_status mujoco_clear(mujoco_env *env)
{
    return mujoco_guard(reset_data, env);
}

// Does what may go wrong inside MuJoCo.
static sw_status simulate(mujoco_env *env, void (*work)(void *env))
{
    const char *id = env->task->env_class->id;
    const sw_status st = mujoco_guard(work, env);
    return st == SW_OK ? mujoco_check(id, env->data) : sw_fail(st, "%s: %s", id, sw_last_error());
}

// The checks are mj_step()'s.
static void forward(void *context)
{
    mujoco_env *e = context;
    mj_checkPos(e->model, e->data);
    mj_checkVel(e->model, e->data);
    mj_forward(e->model, e->data);
    mj_checkAcc(e->model, e->data);
}

sw_status mujoco_complete(mujoco_env *env)
{
    return simulate(env, forward);
}

sw_status mujoco_reset(void *env, uint64_t seed, sw_row *row)
{
    mujoco_env *e = env;
    sw_status st = mujoco_clear(e);
    if (st != SW_OK) {
        return st;
    }
    random_state random = random_seed(seed);
    e->task->draw(e, &random);
    st = mujoco_complete(e);
    if (st == SW_OK) {
        e->task->observe(e, row);
    }
    return st;
}

static void step_frames(void *context)
{
    mujoco_env *e = context;
    for (int i = 0; i < e->frame_skip; i++) {
        mj_step(e->model, e->data);
    }
    // mj_step leaves the contact forces on bodies (cfrc_ext) to those who want them.
    if (e->task->contact_forces) {
        mj_rnePostConstraint(e->model, e->data);
    }
}

sw_status mujoco_advance(mujoco_env *env, const double *action)
{
    memcpy(env->data->ctrl, action, (size_t) env->model->nu * sizeof(*action));
    return simulate(env, step_frames);
}

sw_status mujoco_render(void *env, const sw_picture *picture)
{
    const mujoco_env *e = env;
    return mujoco_render_draw(e->model, e->data, &e->task->camera, picture);
}

// ---- what steps are made of -----------------------------------------------------------------

static void add_position_noise(mujoco_env *env, double scale, random_state *random)
{
    for (int i = 0; i < env->model->nq; i++) {
        env->data->qpos[i] += random_uniform(random, -scale, scale);
    }
}

void mujoco_add_noise(mujoco_env *env, double scale, random_state *random)
{
    add_position_noise(env, scale, random);
    for (int i = 0; i < env->model->nv; i++) {
        env->data->qvel[i] += random_uniform(random, -scale, scale);
    }
}

void mujoco_add_normal_noise(mujoco_env *env, double scale, random_state *random)
{
    add_position_noise(env, scale, random);
    for (int i = 0; i < env->model->nv; i++) {
        env->data->qvel[i] += scale * random_normal(random);
    }
}

double *mujoco_put(double *to, const double *numbers, int count)
{
    memcpy(to, numbers, (size_t) count * sizeof(*numbers));
    return to + count;
}

double mujoco_clip(double x, const double *range)
{
    return fmin(fmax(x, range[0]), range[1]);
}

double *mujoco_put_clipped(double *to, const double *numbers, int count, double low, double high)
{
    const double range[2] = {low, high};
    for (int i = 0; i < count; i++) {
        to[i] = mujoco_clip(numbers[i], range);
    }
    return to + count;
}

double mujoco_square_sum(const double *numbers, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += numbers[i] * numbers[i];
    }
    return sum;
}

bool mujoco_is_within(double x, const double *range)
{
    return range[0] < x && x < range[1];
}
