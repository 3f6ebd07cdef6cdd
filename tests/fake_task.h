// fake_task.h -- two tiny tasks in this process, and the driver's turn around them.
//
// TARGET: the observation is a number x uniform in [-1, 1], the action a number in [-2, 2], the
// reward -(a - x)^2; episodes of 5 steps end truncated.
// CORRIDOR: five cells, start in the middle; action 0 goes left, 1 right. The right end pays 1, the
// left end 0, both terminate; 20 steps truncate.
#ifndef FAKE_TASK_H
#define FAKE_TASK_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <algo.h>
#include <random.h>

enum {
    FAKE_ROWS = 16,
    FAKE_OBS = 5,
    FAKE_MAX_GROUPS = 4,
    FAKE_TARGET_STEPS = 5,
    FAKE_CORRIDOR_STEPS = 20
};

typedef enum fake_kind { FAKE_TARGET, FAKE_CORRIDOR } fake_kind;

// The rows of one group.
typedef struct fake_group {
    int rows;
    float obs[FAKE_ROWS * FAKE_OBS];
    float finals[FAKE_ROWS * FAKE_OBS];
    double rewards[FAKE_ROWS];
    uint8_t flags[FAKE_ROWS];
    uint64_t seeds[FAKE_ROWS];
    int final_index[FAKE_ROWS];
    int elapsed[FAKE_ROWS];
    int cell[FAKE_ROWS];
    const void *obs_list[1], *final_list[1];
    union {
        float f[FAKE_ROWS];
        int64_t i[FAKE_ROWS];
    } actions;
    sw_batch batch;
    bool waiting;  // for an update
} fake_group;

typedef struct fake_task {
    fake_kind kind;
    sw_spec spec;
    int groups;
    int first_row[FAKE_MAX_GROUPS + 1];
    fake_group group[FAKE_MAX_GROUPS];
    random_state random;
    int fault_every;  // every so many steps of a group, its row 0 is faulty; 0: never
    int steps;        // of group 0
    int turn;         // the group whose turn is next, if it does not wait
    double reward_sum;
    int reward_count;
} fake_task;

static inline int fake_obs_dim(const fake_task *f)
{
    return f->kind == FAKE_TARGET ? 1 : FAKE_OBS;
}

static inline void fake_begin_episode(fake_task *f, fake_group *g, int i)
{
    float *obs = g->obs + i * fake_obs_dim(f);
    g->elapsed[i] = 0;
    if (f->kind == FAKE_TARGET) {
        obs[0] = (float) random_uniform(&f->random, -1, 1);
    } else {
        g->cell[i] = FAKE_OBS / 2;
        for (int k = 0; k < FAKE_OBS; k++) {
            obs[k] = k == g->cell[i];
        }
    }
}

// One action of one row; writes reward, flags and the next observation.
static inline void fake_step_row(fake_task *f, fake_group *g, int i)
{
    float *obs = g->obs + i * fake_obs_dim(f);
    g->elapsed[i]++;
    if (f->kind == FAKE_TARGET) {
        const double miss = (double) (g->actions.f[i] - obs[0]);
        g->rewards[i] = -miss * miss;
        obs[0] = (float) random_uniform(&f->random, -1, 1);
        g->flags[i] = g->elapsed[i] == FAKE_TARGET_STEPS ? SW_TRUNCATED : 0;
        return;
    }
    obs[g->cell[i]] = 0;
    g->cell[i] += g->actions.i[i] == 1 ? 1 : -1;
    obs[g->cell[i]] = 1;
    g->rewards[i] = g->cell[i] == FAKE_OBS - 1 ? 1 : 0;
    g->flags[i] = g->cell[i] == 0 || g->cell[i] == FAKE_OBS - 1 ? SW_TERMINATED : 0;
    if (g->elapsed[i] == FAKE_CORRIDOR_STEPS) {
        g->flags[i] |= SW_TRUNCATED;
    }
}

static inline void fake_step(fake_task *f, int group)
{
    fake_group *g = &f->group[group];
    const size_t size = (size_t) fake_obs_dim(f) * sizeof(float);

    f->steps += group == 0;
    g->batch.final_count = 0;
    for (int i = 0; i < g->rows; i++) {
        g->final_index[i] = -1;
        if (f->fault_every > 0 && i == 0 && f->steps % f->fault_every == 0) {
            g->flags[i] = SW_FAULTY | SW_TRUNCATED;
            g->rewards[i] = 0;
        } else {
            fake_step_row(f, g, i);
            f->reward_sum += g->rewards[i];
            f->reward_count++;
        }
        if (g->flags[i] & (SW_TERMINATED | SW_TRUNCATED)) {
            const int k = g->batch.final_count++;
            g->final_index[i] = k;
            memcpy((char *) g->finals + (size_t) k * size, (char *) g->obs + (size_t) i * size,
                   size);
            fake_begin_episode(f, g, i);
            g->flags[i] |= SW_FIRST;
        }
    }
}

// Makes the batch of a group speak of the group itself.
static inline void fake_show(fake_group *g)
{
    g->obs_list[0] = g->obs;
    g->final_list[0] = g->finals;
    g->batch = (sw_batch){.rows = g->rows,
                          .observations = g->obs_list,
                          .rewards = g->rewards,
                          .flags = g->flags,
                          .seeds = g->seeds,
                          .final_index = g->final_index,
                          .final_count = g->batch.final_count,
                          .final_observations = g->final_list};
}

static inline void fake_init(fake_task *f, fake_kind kind, int rows, int groups)
{
    const sw_tensor target_obs = {.name = "x", .dtype = SW_FLOAT32, .dims = 1, .shape = {1}};
    const double low = -2, high = 2, zero = 0, one = 1;
    const sw_tensor target_act = {
        .name = "a", .dtype = SW_FLOAT32, .dims = 1, .shape = {1}, .low = &low, .high = &high};
    const sw_tensor corridor_obs = {
        .name = "cell", .dtype = SW_FLOAT32, .dims = 1, .shape = {FAKE_OBS}};
    const sw_tensor corridor_act = {.name = "move", .dtype = SW_INT64, .low = &zero, .high = &one};

    assert(rows <= FAKE_ROWS && groups <= FAKE_MAX_GROUPS);
    memset(f, 0, sizeof(*f));
    f->kind = kind;
    f->groups = groups;
    f->random = random_seed(7);
    sw_spec_init(&f->spec, "Fake-v0");
    f->spec.max_episode_steps = kind == FAKE_TARGET ? FAKE_TARGET_STEPS : FAKE_CORRIDOR_STEPS;
    sw_spec_add_observation(&f->spec, kind == FAKE_TARGET ? &target_obs : &corridor_obs);
    sw_spec_add_action(&f->spec, kind == FAKE_TARGET ? &target_act : &corridor_act);
    for (int n = 0; n < groups; n++) {
        fake_group *g = &f->group[n];
        g->rows = rows / groups + (n < rows % groups);
        f->first_row[n + 1] = f->first_row[n] + g->rows;
        fake_show(g);
        for (int i = 0; i < g->rows && i < FAKE_ROWS; i++) {
            fake_begin_episode(f, g, i);
            g->flags[i] = SW_FIRST;
        }
    }
}

// Puts `to`, of the same kind, rows and groups, where `from` is.
static inline void fake_copy(fake_task *to, const fake_task *from)
{
    const sw_spec spec = to->spec;
    *to = *from;
    to->spec = spec;
    for (int n = 0; n < to->groups; n++) {
        fake_show(&to->group[n]);
    }
}

static inline void fake_free(fake_task *f)
{
    sw_spec_free(&f->spec);
}

static inline algo_problem fake_problem(const fake_task *f, uint64_t seed, int64_t total_steps,
                                        int threads)
{
    return (algo_problem){.spec = &f->spec,
                          .rows = f->first_row[f->groups],
                          .groups = f->groups,
                          .first_row = f->first_row,
                          .total_steps = total_steps,
                          .seed = seed,
                          .threads = threads};
}

// The value of the hyper-parameter called `name`; NULL if there is none.
static inline sw_value *fake_value(const algo_class *c, sw_value *values, const char *name)
{
    for (int i = 0; i < c->param_count; i++) {
        if (strcmp(c->params[i].name, name) == 0) {
            return &values[i];
        }
    }
    return NULL;
}

static inline void fake_defaults(const algo_class *c, sw_value *values)
{
    for (int i = 0; i < c->param_count; i++) {
        values[i] = c->params[i].initial;
    }
}

static inline void fake_act(fake_task *f, const algo_class *c, algo *a, int group)
{
    void *const actions[] = {&f->group[group].actions};
    c->act(a, group, &f->group[group].batch, actions);
}

// The first actions, for the reply to the first Reset.
static inline void fake_start(fake_task *f, const algo_class *c, algo *a)
{
    for (int g = 0; g < f->groups; g++) {
        fake_act(f, c, a, g);
    }
}

// One turn of the driver, as algo.h describes it, but for the actions of the groups that wait, for
// which fake_release() is to be called if it returns true: an update ran.
static inline bool fake_turn(fake_task *f, const algo_class *c, algo *a)
{
    int n = f->turn;
    while (f->group[n].waiting) {
        n = (n + 1) % f->groups;
    }
    f->turn = (n + 1) % f->groups;

    fake_group *g = &f->group[n];
    fake_step(f, n);
    g->waiting = c->observe(a, n, &g->batch) == ALGO_HOLD;
    if (!g->waiting) {
        fake_act(f, c, a, n);
    }
    return c->update(a);
}

static inline void fake_release(fake_task *f, const algo_class *c, algo *a)
{
    for (int n = 0; n < f->groups; n++) {
        if (f->group[n].waiting) {
            f->group[n].waiting = false;
            fake_act(f, c, a, n);
        }
    }
}

// Turns until `updates` more have run.
static inline void fake_run(fake_task *f, const algo_class *c, algo *a, int updates)
{
    while (updates > 0) {
        if (fake_turn(f, c, a)) {
            updates--;
            fake_release(f, c, a);
        }
    }
}

#endif
