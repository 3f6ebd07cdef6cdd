// learner.h -- any algorithm on a fake task, small enough for a test.
#ifndef LEARNER_H
#define LEARNER_H

#include <math.h>
#include <stdio.h>

#include "fake_task.h"
#include "test.h"

enum { LEARNER_PARAMS = 64, LEARNER_STATS = 32 };

typedef struct learner {
    fake_task task;
    const algo_class *class;
    algo *algo;
    sw_value values[LEARNER_PARAMS];
} learner;

static inline void learner_set_small(learner *l, const char *name, int64_t number)
{
    sw_value *value = fake_value(l->class, l->values, name);
    if (value != NULL) {
        value->i = number;
    }
}

// Defaults but for small networks, and rollouts of 8 rows x 32 steps or a replay of 512. Change
// `values` and learner_open() it.
static inline void learner_begin(learner *l, const algo_class *class, fake_kind kind, int groups)
{
    assert_true(class->param_count <= LEARNER_PARAMS && class->stat_count <= LEARNER_STATS);
    l->class = class;
    fake_init(&l->task, kind, 8, groups);
    fake_defaults(class, l->values);
    learner_set_small(l, "horizon", 32);
    learner_set_small(l, "buffer", 512);
    learner_set_small(l, "batch", 16);
    learner_set_small(l, "start_steps", 64);
    strcpy(fake_value(class, l->values, "hidden")->s, "16,16");
}

static inline void learner_open(learner *l, uint64_t seed, int threads)
{
    const algo_problem problem = fake_problem(&l->task, seed, 1024, threads);
    assert_ok(l->class->open(&problem, l->values, &l->algo));
    fake_start(&l->task, l->class, l->algo);
}

static inline void learner_close(learner *l)
{
    l->class->close(l->algo);
    fake_free(&l->task);
}

static inline void learner_run(learner *l, int updates)
{
    fake_run(&l->task, l->class, l->algo, updates);
}

// A column of the last update; not a number if there is none of that name.
static inline double learner_stat(const learner *l, const char *name)
{
    double stats[LEARNER_STATS];
    l->class->stats(l->algo, stats);
    for (int i = 0; i < l->class->stat_count; i++) {
        if (strcmp(l->class->stat_names[i], name) == 0) {
            return stats[i];
        }
    }
    return NAN;
}

// Mean reward of training steps over the next `updates` rollouts.
static inline double learner_reward(learner *l, int updates)
{
    l->task.reward_sum = l->task.reward_count = 0;
    learner_run(l, updates);
    return l->task.reward_sum / l->task.reward_count;
}

// Opens the learner, and after `updates` rollouts the next `last` must pay more than `least` per
// step; closes it. A random policy pays -(1/3 + 1) in TARGET, and 1/2 every 4 steps in CORRIDOR;
// the best pays -0.01 where its std is 0.1, and 1 every 2 steps.
static inline void learner_learns(learner *l, int updates, int last, double least)
{
    learner_open(l, 1, 2);
    learner_reward(l, updates);
    assert_true(learner_reward(l, last) > least);
    learner_close(l);
}


// ---- what a checkpoint would hold ---------------------------------------------------------------

enum { LEARNER_BYTES = 1 << 18, LEARNER_TEXT = 4096 };

// "name[shape] " of each array, as far as it is in use, and the bytes of all.
typedef struct learner_state {
    char text[LEARNER_TEXT];
    unsigned char bytes[LEARNER_BYTES];
    size_t used;
    bool load;                         // write the bytes back instead
    bool (*wanted)(const char *name);  // which arrays; NULL: all
} learner_state;

// Copies between `data` and what the state holds at its end.
static inline void learner_copy(learner_state *r, void *data, size_t bytes)
{
    unsigned char *kept = r->bytes + r->used;
    assert_true(r->used + bytes <= LEARNER_BYTES);
    memcpy(r->load ? data : kept, r->load ? kept : data, bytes);
    r->used += bytes;
}

// algo_visit on a learner_state
static inline sw_status learner_visit(void *context, const algo_tensor *t)
{
    static const size_t sizes[] = {
        [ALGO_F32] = 4, [ALGO_F64] = 8, [ALGO_I64] = 8, [ALGO_U64] = 8, [ALGO_U8] = 1};
    learner_state *r = context;
    size_t bytes = sizes[t->dtype], length = strlen(r->text);

    if (r->wanted != NULL && !r->wanted(t->name)) {
        return SW_OK;
    }
    if (t->used != NULL) {
        learner_copy(r, t->used, sizeof(*t->used));
        assert_in_range(*t->used, 0, t->shape[0]);
    }
    length += (size_t) snprintf(r->text + length, LEARNER_TEXT - length, "%s[", t->name);
    for (int i = 0; i < t->dims; i++) {
        const int64_t lines = i == 0 && t->used != NULL ? *t->used : t->shape[i];
        bytes *= (size_t) lines;
        length += (size_t) snprintf(r->text + length, LEARNER_TEXT - length, "%s%d",
                                    i > 0 ? "," : "", (int) lines);
    }
    snprintf(r->text + length, LEARNER_TEXT - length, "] ");
    learner_copy(r, t->data, bytes);
    return SW_OK;
}

static inline void learner_save(learner *l, bool (*wanted)(const char *name), learner_state *state)
{
    *state = (learner_state){.wanted = wanted};
    assert_ok(l->class->tensors(l->algo, learner_visit, state));
}

static inline void learner_load(learner *l, learner_state *state)
{
    const size_t all = state->used;
    state->used = 0;
    state->text[0] = '\0';
    state->load = true;
    assert_ok(l->class->tensors(l->algo, learner_visit, state));
    assert_int_equal(state->used, all);
}

#endif
