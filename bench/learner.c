#include "learner.h"

#include <string.h>

#include <random.h>

enum { MAX_PARAMS = 64 };

static void make_replies(replies *r)
{
    random_state random = random_seed(1);
    for (int k = 0; k < LEARNER_BATCHES; k++) {
        for (int i = 0; i < LEARNER_GROUP_ROWS * LEARNER_OBS; i++) {
            r->obs[k][i] = (float) random_normal(&random);
        }
        for (int i = 0; i < LEARNER_GROUP_ROWS; i++) {
            const uint64_t fate = random_below(&random, 200);
            r->rewards[k][i] = random_unit(&random);
            r->flags[k][i] = fate == 0   ? SW_TERMINATED | SW_FIRST
                             : fate == 1 ? SW_TRUNCATED | SW_FIRST
                                         : 0;
            r->final_index[k][i] = i;
        }
        r->obs_list[k] = r->obs[k];
        r->batch[k] = (sw_batch){.rows = LEARNER_GROUP_ROWS,
                                 .observations = &r->obs_list[k],
                                 .rewards = r->rewards[k],
                                 .flags = r->flags[k],
                                 .final_index = r->final_index[k],
                                 .final_observations = &r->obs_list[k],
                                 .final_count = LEARNER_GROUP_ROWS};
    }
}

static sw_status make_spec(sw_spec *spec)
{
    const double low[LEARNER_ACT] = {-1, -1, -1}, high[LEARNER_ACT] = {1, 1, 1};
    const sw_tensor obs = {
        .name = "observation", .dtype = SW_FLOAT32, .dims = 1, .shape = {LEARNER_OBS}};
    const sw_tensor act = {.name = "action",
                           .dtype = SW_FLOAT32,
                           .dims = 1,
                           .shape = {LEARNER_ACT},
                           .low = low,
                           .high = high};
    sw_status st = sw_spec_init(spec, "Fake-v0");
    if (st == SW_OK) {
        st = sw_spec_add_observation(spec, &obs);
    }
    return st == SW_OK ? sw_spec_add_action(spec, &act) : st;
}

static void set_values(const algo_class *class, const learner_option *options, sw_value *values)
{
    for (int i = 0; i < class->param_count; i++) {
        values[i] = class->params[i].initial;
        for (const learner_option *o = options; o->name != NULL; o++) {
            if (strcmp(class->params[i].name, o->name) == 0) {
                values[i].i = o->value;
            }
        }
    }
}

sw_status learner_open(learner *l, const char *name, const learner_option *options, int threads)
{
    static const int first_row[LEARNER_GROUPS + 1] = {0, LEARNER_GROUP_ROWS, LEARNER_ROWS};
    sw_value values[MAX_PARAMS];

    memset(l, 0, sizeof(*l));
    l->class = algo_find(name);
    make_replies(&l->made);
    const sw_status st = make_spec(&l->spec);
    if (st != SW_OK) {
        return st;
    }
    set_values(l->class, options, values);
    const algo_problem problem = {.spec = &l->spec,
                                  .rows = LEARNER_ROWS,
                                  .groups = LEARNER_GROUPS,
                                  .first_row = first_row,
                                  .total_steps = INT64_MAX,
                                  .seed = 1,
                                  .threads = threads};
    return l->class->open(&problem, values, &l->algo);
}

void learner_turn(learner *l)
{
    void *const actions[] = {l->actions};
    for (int g = 0; g < LEARNER_GROUPS; g++) {
        const sw_batch *batch = &l->made.batch[l->turns++ % LEARNER_BATCHES];
        l->class->act(l->algo, g, batch, actions);
        l->class->observe(l->algo, g, batch);
        l->class->update(l->algo);
    }
}

void learner_close(learner *l)
{
    l->class->close(l->algo);
    sw_spec_free(&l->spec);
}
